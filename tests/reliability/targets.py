"""What is fuzzed: for every kind of file a sound small sample, its damage, and who reads it."""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import suppress
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

import numpy as np

from engine.errors import CrossingHandsError, InvalidInputError
from tests.reliability.mutations import damaged, damaged_json, damaged_xml
from tests.reliability.pose_targets import POSES
from tests.reliability.recording_targets import RECORDINGS, play
from tests.reliability.target import Target, damage_file, only_file

MODELS: Final = Path(__file__).resolve().parent.parent.parent / "assets" / "models"


# -- networks ----------------------------------------------------------------------------------


def _prepare_models(folder: Path) -> None:
    for name in ("pose_decoder.xml", "pose_decoder.bin", "latent_space.json"):
        shutil.copy(MODELS / name, folder)
    records = json.loads((MODELS / "manifest.json").read_text())
    record = {"pose_decoder": records["pose_decoder"]}
    (folder / "manifest.json").write_text(json.dumps(record))


def _read_models(folder: Path) -> None:
    """As the latent studio loads them; the hash of every file is asked for, too."""
    from engine.about import program_details
    from engine.inference import is_listed, model_hashes
    from engine.latent.space import LatentSpace
    from engine.tracking.generate import PoseDecoder

    is_listed("pose_decoder", folder)
    program_details("CPU", folder)
    with suppress(CrossingHandsError):
        model_hashes(folder)
    space = LatentSpace.load(folder)
    hand = PoseDecoder(directory=folder)(space.neutral())
    assert hand.joints_mm.shape == (21, 3)


def _damage_manifest(folder: Path, random: Random) -> None:
    path = folder / random.choice(("manifest.json", "manifest.json", "latent_space.json"))
    path.write_bytes(damaged_json(path.read_text(), random))


def _damage_weights(folder: Path, random: Random) -> None:
    """Damage one file of a network; mostly its hash is made to fit."""
    path = folder / random.choice(("pose_decoder.xml", "pose_decoder.bin"))
    if path.suffix == ".xml" and random.random() < 0.7:
        path.write_bytes(damaged_xml(path.read_bytes(), random))
    else:
        path.write_bytes(damaged(path.read_bytes(), random))
    if random.random() < 0.8:
        rehash(folder)


def rehash(folder: Path) -> None:
    """Write into the manifest what the files' hashes are now."""
    path = folder / "manifest.json"
    records = json.loads(path.read_text())
    for record in records.values():
        for file in record["sha256"]:
            content = (folder / file).read_bytes()
            record["sha256"][file] = hashlib.sha256(content).hexdigest()
    path.write_text(json.dumps(records))


def _prepare_checkpoint(folder: Path) -> None:
    shutil.copy(MODELS / "pose_decoder.safetensors", folder)


def _read_checkpoint(folder: Path) -> None:
    from training.learning.checkpoint import load_tensors

    tensors, meta = load_tensors(only_file(folder))
    assert isinstance(meta, dict)
    assert isinstance(meta["trained"], object)
    assert tensors


# -- settings and words ------------------------------------------------------------------------


def _prepare_settings(folder: Path) -> None:
    from PySide6.QtCore import QByteArray

    from app.settings_file import write_settings

    values = {
        "view/theme": "dark", "hands/smoothing": "normal", "flags/two_hands": True,
        "record/folder": "/tmp/x", "texts/stream": "127.0.0.1:8765",
        "window/state": QByteArray(b"\0\1\2" * 20),
    }  # fmt: skip
    write_settings(folder / "settings.json", values)


def _read_settings(folder: Path) -> None:
    """Take the file over, and start with what the window itself keeps."""
    from app.settings import Settings

    settings = Settings.at(folder / "kept.ini")
    try:
        settings.import_file(folder / "settings.json")
    finally:
        assert settings.drop_invalid() is not None
        assert settings.theme is not None
        assert settings.recent is not None
        assert settings.tracking.hands in (1, 2)
        settings.text("stream")
        settings.blob("state")
        str(settings.recordings_folder)


def _damage_settings(folder: Path, random: Random) -> None:
    path = folder / "settings.json"
    text = path.read_text()
    path.write_bytes(damaged_json(text, random))
    kept = (
        '[view]\ntheme=dark\n[flags]\ntwo_hands=true\n[window]\nstate="@ByteArray(\\0\\x1\\x2)"\n'
        "[sources]\nrecent=/a.bag, /b.bag\n[texts]\nstream=8765\n[hands]\nsmoothing=light\n"
    )
    (folder / "kept.ini").write_bytes(damaged(kept.encode(), random))


def _prepare_latents(folder: Path) -> None:
    values = np.random.default_rng(1).normal(size=29)
    (folder / "latent.txt").write_text(",".join(f"{value:.6g}" for value in values))


def _damage_latents(folder: Path, random: Random) -> None:
    path = folder / "latent.txt"
    words = path.read_text().split(",")
    for _ in range(random.choice((1, 2, 29))):
        words[random.randrange(len(words))] = random.choice(
            ("nan", "inf", "1e30", "1e39", "-1e38", "0", "", "1e400", "٣", "0x10", "1_0", "x" * 99)
        )
    text = random.choice((",", " ", ";", "\n", ",,")).join(words)
    path.write_bytes(damaged(text.encode(), random) if random.random() < 0.3 else text.encode())


@cache
def _studio_networks() -> tuple[object, object]:
    from engine.tracking.generate import DepthGenerator, PoseDecoder

    return PoseDecoder(), DepthGenerator()


def _read_latents(folder: Path) -> None:
    """As ``main.py latent --decode`` writes the hand of a text."""
    from engine.latent.job import LatentJob, write
    from engine.latent.space import LatentSpace

    text = (folder / "latent.txt").read_bytes().decode("utf-8", "surrogateescape")
    job = LatentJob(folder / "out", decode=text)
    decoder, generator = _studio_networks()
    write(job, LatentSpace.load(), decoder, generator)  # type: ignore[arg-type]
    play(folder / "out")


def _prepare_words(folder: Path) -> None:
    (folder / "words.txt").write_text("camera:12345,848x480@60,high-accuracy\n192.168.1.20:8765")


def _read_words(folder: Path) -> None:
    """A camera and an address as the command line takes them."""
    from engine.sources.camera_choice import CameraChoice
    from engine.stream.address import Address

    text = (folder / "words.txt").read_bytes().decode("utf-8", "replace")
    camera, _, address = text.partition("\n")
    with suppress(InvalidInputError):
        str(CameraChoice.parse(camera))
    str(Address.parse(address))


TARGETS: Final = (
    *RECORDINGS,
    Target("manifest", 4, _prepare_models, _damage_manifest, _read_models),
    Target("network", 4, _prepare_models, _damage_weights, _read_models),
    Target("checkpoint", 4, _prepare_checkpoint, damage_file, _read_checkpoint),
    Target("settings", 6, _prepare_settings, _damage_settings, _read_settings),
    Target("latents", 4, _prepare_latents, _damage_latents, _read_latents),
    *POSES,
    Target("words", 2, _prepare_words, damage_file, _read_words),
)
