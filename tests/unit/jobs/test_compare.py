"""Side by side with MediaPipe: a stand-in for its package, the same frames, figures by hand."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import main
from engine.camera import Camera
from engine.colour import ColourCamera, ColourImage
from engine.errors import InvalidInputError, MissingExtraError, SourceError
from engine.jobs.compare import compare, truth_of
from engine.jobs.mediapipe_hands import MediaPipe
from engine.simulation.scene import GroundTruth
from engine.skeleton import Handedness
from engine.sources.synthetic import SyntheticCamera
from engine.tracking.config import DEFAULT_TRACKING
from engine.types import Frame
from tests.fakes import FakePipeline, FakeSource, make_hand

CAMERA = Camera(width=320, height=240, fx=300.0, fy=300.0, cx=159.5, cy=119.5)
HAND = make_hand()
SHIFT_PX = 6.0
STAND_IN = """
import json, os
from types import SimpleNamespace as Of
__version__ = "0.0.test"

class Hands:
    def __init__(self, **options):
        assert options == dict(static_image_mode=False, max_num_hands=1, model_complexity=1)
    def __enter__(self):
        return self
    def __exit__(self, *_):
        pass
    def process(self, picture):
        if picture[0, 0, 0] == 99:
            print("F0000 something broke", file=__import__("sys").stderr)
            os._exit(3)
        if picture[0, 0, 0] == 0:
            return Of(multi_hand_landmarks=None)
        height, width, _ = picture.shape
        with open(os.environ["SAID"]) as file:
            said = json.load(file)
        image = [Of(x=(u + 0.5) / width, y=(v + 0.5) / height) for u, v in said["uv"]]
        world = [Of(x=x, y=y, z=z) for x, y, z in said["world_m"]]
        side = Of(classification=[Of(label="Left")])
        return Of(
            multi_hand_landmarks=[Of(landmark=image)],
            multi_hand_world_landmarks=[Of(landmark=world)],
            multi_handedness=[side],
        )

solutions = Of(hands=Of(Hands=Hands))
"""


@pytest.fixture
def python(tmp_path: Path) -> Path:
    """An interpreter with a package called MediaPipe, which says where the hand is, shifted."""
    (tmp_path / "mediapipe.py").write_text(STAND_IN)
    uv = CAMERA.project(HAND.joints_mm) + np.array([SHIFT_PX, 0.0])
    world_m = (HAND.joints_mm - HAND.joints_mm.mean(axis=0)) / 1000.0 + np.array([0.0, 0.0, 5.0])
    said = {"uv": uv.tolist(), "world_m": world_m.tolist()}
    (tmp_path / "said.json").write_text(json.dumps(said))
    script = tmp_path / "python"
    script.write_text(
        f'#!/bin/sh\nPYTHONPATH="{tmp_path}" SAID="{tmp_path}/said.json" '
        f'exec "{sys.executable}" "$@"\n'
    )
    script.chmod(0o755)
    return script


@pytest.fixture
def mediapipe(python: Path) -> Iterator[MediaPipe]:
    with MediaPipe(python) as found:
        yield found


class Coloured(FakeSource):
    """Frames whose first byte of colour is theirs to choose; None is no colour."""

    camera = CAMERA

    def __init__(self, *first: int | None) -> None:
        super().__init__(frame_count=len(first))
        self._first = first

    def read(self, timeout_ms: float = 1000.0) -> Frame | None:
        frame = super().read(timeout_ms)
        if frame is None:
            return None
        depth = np.full((240, 320), 450.0, np.float32)
        made = Frame(depth, frame.timestamp_ms, frame.index, CAMERA, None, "a.bag has no colour")
        value = self._first[frame.index]
        if value is None:
            return made
        camera = ColourCamera(320, 240, 300.0, 300.0, 159.5, 119.5)
        pixels = np.full((240, 320, 3), value, np.uint8)
        return replace(made, colour=ColourImage(camera, lambda: pixels), colour_problem="")


def truth(_index: int) -> GroundTruth:
    return GroundTruth(HAND.joints_mm, HAND.handedness)


def test_figures_are_those_of_what_was_said(mediapipe: MediaPipe) -> None:
    found = compare(
        Coloured(1, 0, 1, None, 1),
        FakePipeline(HAND),
        mediapipe,
        frames=5,
        tracking=DEFAULT_TRACKING,
        truth=truth,
    )
    ours, theirs = found.figures["this program"], found.figures["MediaPipe 0.0.test"]
    assert (found.truth, found.without_colour) == (True, 1)
    assert (ours.frames, ours.found, ours.right_sides) == (4, 4, 4)
    assert (theirs.frames, theirs.reported, theirs.found) == (4, 3, 3)
    # "Left" of a picture that is not mirrored is a right hand.
    assert theirs.right_sides == (3 if HAND.handedness is Handedness.RIGHT else 0)
    assert len(ours.times_ms) == len(theirs.times_ms) == 4
    np.testing.assert_allclose(ours.errors_px, 0.0, atol=1e-3)
    np.testing.assert_allclose(ours.place_mm, 0.0, atol=1e-3)
    np.testing.assert_allclose(theirs.errors_px, SHIFT_PX, atol=1e-2)
    np.testing.assert_allclose(theirs.shape_mm, 0.0, atol=1e-2)
    assert 0.0 < theirs.place_mm[0] < 80.0
    np.testing.assert_allclose(theirs.changes_px, 0.0, atol=1e-3)
    assert len(theirs.changes_px) == 1  # a frame without a hand breaks it


def test_without_truth_there_is_movement(mediapipe: MediaPipe) -> None:
    found = compare(
        Coloured(1, 1), FakePipeline(HAND), mediapipe, frames=9, tracking=DEFAULT_TRACKING
    )
    ours = found.figures["this program"]
    assert not found.truth
    assert (ours.reported, ours.found) == (2, 0)
    np.testing.assert_allclose(ours.changes_px, 0.0, atol=1e-3)


def test_a_source_without_colour_is_refused(mediapipe: MediaPipe) -> None:
    with pytest.raises(SourceError, match="has no colour"):
        compare(Coloured(None), FakePipeline(), mediapipe, frames=9, tracking=DEFAULT_TRACKING)


def test_a_mediapipe_that_ends_by_itself_is_said(mediapipe: MediaPipe) -> None:
    with pytest.raises(InvalidInputError, match="ended by itself: F0000 something broke"):
        mediapipe(np.full((4, 4, 3), 99, np.uint8))


def test_an_interpreter_without_mediapipe_names_the_command(tmp_path: Path) -> None:
    script = tmp_path / "python"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$1" 1 1 0\n')
    script.chmod(0o755)
    with pytest.raises((MissingExtraError, InvalidInputError)):
        MediaPipe(script)
    if "mediapipe" not in sys.modules:
        with pytest.raises(MissingExtraError, match=r"pip install mediapipe==0\.10\.21"):
            MediaPipe(Path(sys.executable))
    with pytest.raises(InvalidInputError, match="cannot be started"):
        MediaPipe(tmp_path / "nothing")


def test_the_synthetic_camera_and_labels_know_the_truth(tmp_path: Path) -> None:
    camera = SyntheticCamera(seed=1)
    known = truth_of(camera, None)
    assert known is not None
    found = known(3)
    assert found is not None
    np.testing.assert_array_equal(found.joints_mm, camera.truth(3).joints_mm)
    labels = tmp_path / "labels.json"
    frame = {"index": 2, "handedness": "left", "joints_mm": HAND.joints_mm.tolist()}
    labels.write_text(json.dumps({"frames": [frame]}))
    of_file = truth_of(camera, labels)
    assert of_file is not None
    labelled = of_file(2)
    assert labelled is not None
    assert labelled.handedness is Handedness.LEFT
    assert of_file(1) is None
    labels.write_text("{}")
    with pytest.raises(InvalidInputError, match="holds no labels"):
        truth_of(camera, labels)
    assert truth_of(FakeSource(frame_count=1), None) is None


def test_the_command_prints_a_table(
    python: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ("compare", "synthetic", "--frames", "3", "--mediapipe-python", str(python))
    assert main.main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["this", "program", "MediaPipe", "0.0.test"]
    assert any(line.startswith("side right, %") for line in lines)
    assert main.main((*words, "--json")) == 0
    assert json.loads(capsys.readouterr().out)["this program"]["frames"] == 3
    assert main.main((*words[:3], "0", *words[4:])) == 2
    assert "frames must be at least 1" in capsys.readouterr().err
    assert main.main(("compare", str(tmp_path), "--hand", "x", *words[4:])) == 2
    assert "SOURCE must be synthetic" in capsys.readouterr().err
