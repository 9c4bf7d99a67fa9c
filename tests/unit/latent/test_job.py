"""``python main.py latent``: what it writes, and one clear line for what it cannot."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import main
from engine.assets import asset_path
from engine.errors import InvalidInputError, ModelError
from engine.latent.job import LatentJob, write
from engine.latent.layouts import LayoutKind
from engine.latent.sampling import RandomHands
from engine.latent.space import LatentSpace
from engine.latent.text import from_text, to_text
from engine.latent.walk import WalkKind, walk
from engine.model_files import MANIFEST
from engine.sources import open_source
from engine.tracking.generate import PoseDecoder
from tests.fakes_latent import FakeGenerator


@pytest.fixture
def fake_generator(monkeypatch: pytest.MonkeyPatch, decoder: PoseDecoder) -> None:
    """The command line with the shipped decoder, loaded once, and a fake generator."""
    monkeypatch.setattr("engine.latent.job.PoseDecoder", lambda **_: decoder)
    monkeypatch.setattr("engine.latent.job.DepthGenerator", lambda **_: FakeGenerator(decoder))


def latents_in(folder: Path) -> list[np.ndarray]:
    lines = (folder / "latents.csv").read_text().splitlines()[1:]
    return [from_text(line.split(",", 1)[1]) for line in lines]


def frames_in(folder: Path) -> int:
    source = open_source(str(folder))
    try:
        return source.frame_count or 0
    finally:
        source.close()


@pytest.mark.usefixtures("fake_generator")
def test_samples_are_those_of_the_seed(
    tmp_path: Path, hands: RandomHands, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "hands"
    assert main.main(["latent", "--sample", "3", "--seed", "7", "--export", str(folder)]) == 0
    assert f"3 hands, wrote {folder}" in capsys.readouterr().err
    assert frames_in(folder) == 3
    np.testing.assert_array_equal(latents_in(folder), list(hands.latents(7, 3)))


@pytest.mark.usefixtures("fake_generator")
def test_a_walk_goes_from_seed_to_seed(tmp_path: Path, hands: RandomHands) -> None:
    folder = tmp_path / "walk"
    words = ["latent", "--walk", "3", "4", "--frames", "5", "--spherical", "--export", str(folder)]
    assert main.main(words) == 0
    expected = walk(hands.latent(3), hands.latent(4), 5, WalkKind.SPHERICAL)
    np.testing.assert_array_equal(latents_in(folder), expected)


@pytest.mark.usefixtures("fake_generator")
@pytest.mark.parametrize("form", ["--decode {}", "--decode={}"])
def test_a_copied_vector_is_decoded_also_when_it_begins_with_a_minus(
    form: str, tmp_path: Path, space: LatentSpace, decoder: PoseDecoder
) -> None:
    latent = space.neutral()
    latent[0] = -0.25
    folder = tmp_path / "one"
    words = form.format(to_text(latent)).split()
    assert main.main(["latent", *words, "--export", str(folder)]) == 0
    (kept,) = latents_in(folder)
    np.testing.assert_array_equal(kept, latent)
    row = (folder / "joints.csv").read_text().splitlines()[1].split(",")
    joints = np.array(row[5:], float).reshape(21, 3)
    expected = decoder(latent).joints_mm + np.array([0.0, 0.0, 450.0])
    np.testing.assert_allclose(joints, expected, atol=0.5)


@pytest.mark.usefixtures("fake_generator")
@pytest.mark.parametrize(("layout", "name"), [("msra", "P0"), ("nyu", "train")])
def test_other_layouts_are_asked_for_by_name(layout: str, name: str, tmp_path: Path) -> None:
    folder = tmp_path / layout
    words = ["latent", "--sample", "17", "--layout", layout, "--export", str(folder)]
    assert main.main(words) == 0
    assert (folder / name).is_dir()


@pytest.mark.usefixtures("fake_generator")
@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--sample", "3"], "need --export"),
        (["--sample", "0", "--export", "x"], "sample must be 1 or more"),
        (["--sample", "3", "--seed", "-1", "--export", "x"], "seed must not be negative"),
        (["--sample", "3", "--decode", "1", "--export", "x"], "one of --sample"),
        (["--sample", "3", "--frames", "9", "--export", "x"], "need --walk"),
        (["--sample", "3", "a.bag", "--export", "x"], "without a SOURCE"),
        (["--sample", "3", "--side", "left", "--export", "x"], "without tracking"),
        (["--sample", "3", "--models", "none", "--export", "x"], "none"),
        (["--sample", "3", "--layout", "msra", "--export", "x"], "17 gestures"),
        (["--sample", "3", "--export", "file"], "no folder"),
        (["--sample", "3", "--export", "file/below"], "cannot write"),
        (["--walk", "1", "2", "--frames", "1", "--export", "x"], "2 to"),
        (["--walk", "1", "-2", "--export", "x"], "seed must not be negative"),
        (["--decode", "1,2,3", "--export", "x"], "has 3"),
        (["--decode", "-1,2,3", "--export", "x"], "has 3"),
        (["--decode", "nan" + ",0" * 28, "--export", "x"], "must be finite"),
        (["--decode", "0" + ",0" * 28, "--export", "x"], "rotation"),
        (["--export", "x"], "--export needs"),
        (["--layout", "nyu"], "--layout needs"),
        (["--frames", "5"], "--frames needs"),
        (["--hands", "3"], "hands must be 1 or 2"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_exit_2(
    words: list[str], part: str, tmp_path: Path, refusal: Callable[..., list[str]]
) -> None:
    file = tmp_path / "file"
    file.write_text("precious")
    # A progress bar may have begun; the error is the last line.
    assert part in refusal("latent", *words)[-1]
    assert list(tmp_path.iterdir()) == [file]
    assert file.read_text() == "precious"


def test_a_missing_generator_is_told(tmp_path: Path) -> None:
    record = json.loads(asset_path("models", MANIFEST).read_text())
    for file in record["pose_decoder"]["sha256"]:
        (tmp_path / file).write_bytes(asset_path("models", file).read_bytes())
    kept = {"pose_decoder": record["pose_decoder"]}
    (tmp_path / MANIFEST).write_text(json.dumps(kept))
    from engine.latent.job import run_job

    with pytest.raises(ModelError, match="generator"):
        run_job(LatentJob(tmp_path / "x", sample=1), directory=tmp_path)
    assert not (tmp_path / "x").exists()


@pytest.mark.usefixtures("fake_generator")
def test_without_a_display_it_samples_some_hands_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("app.cli.latent.has_display", lambda: False)
    monkeypatch.setattr("app.cli.latent.DEMO_HANDS", 3)
    for _ in range(2):  # and again, over what it wrote itself
        assert main.main(["latent"]) == 0
        said = capsys.readouterr().err
        assert "No display is available" in said
        assert str(tmp_path / "out" / "latent") in said
        assert frames_in(tmp_path / "out" / "latent") == 3


def test_with_a_display_the_window_opens_on_the_studio(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str | None, str]] = []
    window = ModuleType("app.application")
    window.run_gui = lambda options, page, **_: asked.append((options.source, page)) or 0  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "app.application", window)
    monkeypatch.setattr("app.cli.latent.has_display", lambda: True)
    assert main.main(["latent"]) == 0
    assert main.main(["latent", "some.bag"]) == 0
    assert asked == [(None, "studio"), ("some.bag", "studio")]


def test_the_trackers_help_names_the_studio(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["--help"], ["latent", "--help"]):
        with pytest.raises(SystemExit) as stopped:
            main.main(words)
        assert stopped.value.code == 0
    text = capsys.readouterr().out
    for word in ("main.py latent", "--sample", "--walk", "--decode", "--layout", "--spherical"):
        assert word in text


def test_a_job_asks_for_one_thing(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="one of"):
        LatentJob(tmp_path)
    with pytest.raises(InvalidInputError, match="one of"):
        LatentJob(tmp_path, sample=1, walk=(0, 1))
    assert LatentJob(tmp_path, walk=(0, 1), frames=9).count == 9


def test_the_shipped_networks_write_hands(
    tmp_path: Path, space: LatentSpace, decoder: PoseDecoder
) -> None:
    """With the generator that is shipped; the depth shows a hand where the joints are."""
    if "generator" not in json.loads(asset_path("models", MANIFEST).read_text()):
        pytest.skip("the manifest has no generator")
    from engine.latent.layouts import STUDIO_VIEW
    from engine.latent.placing import place
    from engine.tracking.generate import DepthGenerator

    generator = DepthGenerator()
    job = LatentJob(tmp_path / "hands", sample=4, layout=LayoutKind.FOLDER)
    assert write(job, space, decoder, generator) == 4
    for latent in latents_in(tmp_path / "hands"):
        hand = place(latent, STUDIO_VIEW, decoder, generator)
        u, v = np.round(STUDIO_VIEW.camera.project(hand.joints_mm)).astype(int).T
        near = [
            hand.depth_mm[y - 4 : y + 5, x - 4 : x + 5].any() for x, y in zip(u, v, strict=True)
        ]
        assert np.mean(near) > 0.8
