"""The tracker from Python: sources, images one by one, and arguments that cannot be used."""

from __future__ import annotations

import subprocess
import sys
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from engine import Camera, Tracker, track
from engine.errors import InvalidInputError, ModelError, SourceError
from engine.gestures.file import write_gestures
from engine.gestures.own import NO_GESTURES
from engine.skeleton import Handedness
from engine.sources.synthetic import SyntheticCamera
from engine.types import Frame


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    """Six frames of a right hand."""
    source = SyntheticCamera(seed=3)
    read = [source.read() for _ in range(6)]
    return [frame for frame in read if frame is not None]


def test_a_source_is_tracked_frame_by_frame() -> None:
    results = list(islice(track("synthetic", seed=3), 4))
    assert [result.frame.index for result in results] == [0, 1, 2, 3]
    (hand,) = results[-1].hands
    assert hand.joints_mm.shape == (21, 3)
    assert hand.handedness is Handedness.RIGHT
    assert hand.expected_error_mm.shape == (21,)
    assert 0.5 <= hand.confidence <= 1.0
    assert hand.latent is not None


def test_images_given_one_by_one_say_what_the_source_says(frames: list[Frame]) -> None:
    wanted = list(islice(track("synthetic", seed=3), len(frames)))
    tracker = Tracker(frames[0].camera)
    for frame, result in zip(frames, wanted, strict=True):
        found = tracker(frame.depth_mm, frame.timestamp_ms)
        np.testing.assert_array_equal(found.hands[0].joints_mm, result.hands[0].joints_mm)


def test_own_gestures_are_recognised(frames: list[Frame], tmp_path: Path) -> None:
    tracker = Tracker(frames[0].camera)
    shown = [tracker(frame.depth_mm, frame.timestamp_ms).hands[0] for frame in frames]
    latents = [hand.latent for hand in shown if hand.latent is not None]
    path = tmp_path / "gestures.json"
    write_gestures(path, NO_GESTURES.with_gesture("mine", latents))
    hands = [result.hands[0] for result in islice(track("synthetic", seed=3, gestures=path), 4)]
    assert [hand.gesture for hand in hands] == ["mine"] * 4
    held_ms = [hand.gesture_held_ms for hand in hands]
    assert held_ms == pytest.approx([0.0, 1000 / 30, 2000 / 30, 100.0], abs=0.1)
    with pytest.raises(InvalidInputError, match=r"missing\.json"):
        Tracker(frames[0].camera, gestures=tmp_path / "missing.json")


def test_whole_numbers_are_millimetres_too(frames: list[Frame]) -> None:
    tracker = Tracker(frames[0].camera, side="right")
    exact = tracker(np.round(frames[0].depth_mm).astype(np.float64)).hands[0].joints_mm
    tracker.reset()
    whole = tracker(np.round(frames[0].depth_mm).astype(np.uint16)).hands[0].joints_mm
    np.testing.assert_array_equal(exact, whole)


def test_a_known_side_is_the_side(frames: list[Frame]) -> None:
    tracker = Tracker(frames[0].camera, side="left")
    for frame in frames:
        assert all(hand.handedness is Handedness.LEFT for hand in tracker(frame.depth_mm).hands)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [({"side": "both"}, "side"), ({"smoothing": "much"}, "smoothing"), ({"hands": 3}, "hands")],
)
def test_an_argument_that_cannot_be_used_is_named(arguments: dict[str, object], word: str) -> None:
    with pytest.raises(InvalidInputError, match=word):
        track("synthetic", **arguments)  # type: ignore[arg-type]


def test_errors_come_from_the_call_and_not_from_the_first_frame(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        track(tmp_path / "nothing.bag")
    with pytest.raises(ModelError):
        track("synthetic", models=tmp_path)


def test_images_of_another_size_or_kind_are_refused(frames: list[Frame]) -> None:
    camera = frames[0].camera
    tracker = Tracker(camera)
    with pytest.raises(InvalidInputError, match="depth image is"):
        tracker(np.zeros((10, 10)))
    with pytest.raises(InvalidInputError, match="numbers"):
        tracker(np.zeros((camera.height, camera.width), "U1"))


def test_importing_the_package_loads_no_networks() -> None:
    script = "import engine, sys; print('openvino' in sys.modules, hasattr(engine, 'nothing'))"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8")
    assert found.stdout.split() == ["False", "False"]


def test_a_camera_needs_no_more_than_its_lens() -> None:
    camera = Camera(width=64, height=48, fx=60.0, fy=60.0, cx=31.5, cy=23.5)
    assert Tracker(camera)(np.zeros((48, 64), np.uint16)).hands == ()
