"""What is fuzzed: for every kind of file a sound small sample, its damage, and who reads it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

import numpy as np

from engine.camera import Camera
from engine.errors import CrossingHandsError, FrameError, InvalidInputError
from engine.recording.record import write_recording
from engine.sources import open_source
from engine.sources.base import SeekableSource
from engine.tracking.pipeline import Pipeline
from engine.types import Frame
from tests.reliability.bag_sample import write_depth_bag
from tests.reliability.mutations import (
    damage_messages,
    damaged,
    damaged_json,
    damaged_png,
    damaged_xml,
)

MODELS: Final = Path(__file__).resolve().parent.parent.parent / "assets" / "models"
SAMPLE_FRAMES: Final = 4

Prepare = Callable[[Path], None]
Damage = Callable[[Path, Random], None]
Read = Callable[[Path], None]


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of input.

    ``prepare`` writes a sound sample into a folder; ``damage`` spoils a copy of it; ``read`` takes
    it as the program does and raises a ``CrossingHandsError`` where it refuses. ``share`` of all
    inputs, in parts.
    """

    name: str
    share: int
    prepare: Prepare
    damage: Damage
    read: Read


def sample_frames(count: int = SAMPLE_FRAMES) -> list[Frame]:
    """Small frames of a synthetic hand."""
    from engine.sources.synthetic import SyntheticCamera

    camera = Camera(120, 90, 110.0, 110.0, 59.5, 44.5, depth_unit_mm=1.0, name="Test D4")
    source = SyntheticCamera(seed=1, camera=camera)
    with closing(source):
        frames = [source.read() for _ in range(count)]
    return [frame for frame in frames if frame is not None]


@cache
def _pipeline() -> Pipeline:
    return Pipeline.load()


# -- recordings --------------------------------------------------------------------------------


def play(path: Path) -> None:
    """Read everything a recording has, in both ways, and look for hands in its first frame."""
    with closing(open_source(str(path))) as source:
        first = frame = source.read()
        while frame is not None:
            _check(frame)
            frame = source.read()
        assert source.ended
        source.rewind()
        assert isinstance(source, SeekableSource)
        times = source.timeline_ms
        assert len(times) == source.frame_count
        assert np.isfinite(times).all()
        assert (np.diff(times) >= 0).all()
        for index in {0, source.frame_count // 2, source.frame_count - 1}:
            with suppress(FrameError):
                _check(source.frame_at(index))
        if first is not None:
            _track(first)


def _check(frame: Frame) -> None:
    assert frame.depth_mm.shape == (frame.camera.height, frame.camera.width)
    assert np.isfinite(frame.depth_mm).all()
    assert np.isfinite(frame.timestamp_ms)


def _track(frame: Frame) -> None:
    pipeline = _pipeline()
    pipeline.prepare(frame.camera)
    state = pipeline.initial_state()
    for number in range(2):
        result, state = pipeline.step(replace(frame, index=number), state)
        for hand in result.hands:
            assert np.isfinite(hand.pose.joints_mm).all()


def _only(folder: Path) -> Path:
    (path,) = (path for path in folder.iterdir() if not path.name.startswith("."))
    return path


def _read_only_one(folder: Path) -> None:
    play(_only(folder))


def _damage_only(folder: Path, random: Random) -> None:
    path = _only(folder)
    path.write_bytes(damaged(path.read_bytes(), random))


def _prepare_bag(folder: Path, *, packed: bool) -> None:
    write_depth_bag(folder / "a.bag", sample_frames(), packed=packed)


def _prepare_db3(folder: Path) -> None:
    frames = sample_frames()
    write_recording(folder / "a.db3", frames, frames[0].camera)


def _damage_db3(folder: Path, random: Random) -> None:
    damage_messages(_only(folder), random)


def _prepare_folder(folder: Path) -> None:
    frames = sample_frames()
    write_recording(folder / "a", frames, frames[0].camera)


def _damage_png(folder: Path, random: Random) -> None:
    path = random.choice(sorted((folder / "a").glob("*.png")))
    path.write_bytes(damaged_png(path.read_bytes(), random))


def _damage_camera_file(folder: Path, random: Random) -> None:
    path = folder / "a" / "camera.json"
    path.write_bytes(damaged_json(path.read_text(), random))


def _damage_folder(folder: Path, random: Random) -> None:
    """Damage the stamps, the names, or put something else beside the pictures."""
    place = folder / "a"
    times = place / "times.txt"
    what = random.randrange(5)
    if what < 2:
        times.write_bytes(damaged(times.read_bytes(), random))
    elif what == 2:
        words = random.choices(("nan", "1e400", "-5", "0", "1e18", "x", "1_0", ""), k=SAMPLE_FRAMES)
        times.write_text("\n".join(words))
    elif what == 3:
        name = random.choice(("", "0", "-1", "1e9", "9" * 300, "²", "٣", "a.b", "NaN", "\n", "é"))
        path = random.choice(sorted(place.glob("*.png")))
        with suppress(OSError):
            path.rename(place / f"{name}.png")
    else:
        odd = place / f"0000{random.randrange(9)}.png"
        odd.mkdir() if random.random() < 0.5 else odd.symlink_to(random.choice(("/", "x", odd)))


# -- networks ----------------------------------------------------------------------------------


def _prepare_models(folder: Path) -> None:
    for name in ("pose_decoder.xml", "pose_decoder.bin", "latent_space.json"):
        shutil.copy(MODELS / name, folder)
    records = json.loads((MODELS / "manifest.json").read_text())
    record = {"pose_decoder": records["pose_decoder"]}
    (folder / "manifest.json").write_text(json.dumps(record))


def _read_models(folder: Path) -> None:
    """As the latent studio loads them; the hash of every file is asked for, too."""
    from engine.about import program_facts
    from engine.inference import is_listed, model_hashes
    from engine.latent.space import LatentSpace
    from engine.tracking.generate import PoseDecoder

    is_listed("pose_decoder", folder)
    program_facts("CPU", folder)
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

    tensors, meta = load_tensors(_only(folder))
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
    Target("bag", 8, lambda at: _prepare_bag(at, packed=False), _damage_only, _read_only_one),
    Target("bag-lz4", 6, lambda at: _prepare_bag(at, packed=True), _damage_only, _read_only_one),
    Target("db3", 6, _prepare_db3, _damage_only, _read_only_one),
    Target("db3-messages", 8, _prepare_db3, _damage_db3, _read_only_one),
    Target("png", 8, _prepare_folder, _damage_png, _read_only_one),
    Target("camera-file", 8, _prepare_folder, _damage_camera_file, _read_only_one),
    Target("folder", 4, _prepare_folder, _damage_folder, _read_only_one),
    Target("manifest", 4, _prepare_models, _damage_manifest, _read_models),
    Target("network", 4, _prepare_models, _damage_weights, _read_models),
    Target("checkpoint", 4, _prepare_checkpoint, _damage_only, _read_checkpoint),
    Target("settings", 6, _prepare_settings, _damage_settings, _read_settings),
    Target("latents", 4, _prepare_latents, _damage_latents, _read_latents),
    Target("words", 2, _prepare_words, _damage_only, _read_words),
)
