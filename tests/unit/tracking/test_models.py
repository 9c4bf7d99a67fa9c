"""The shipped networks: their error in mm on frames they were not trained on, and odd input."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.camera import Camera
from engine.skeleton import BONES, Handedness
from engine.sources import open_source
from engine.tracking.pipeline import Pipeline
from engine.types import Frame, TrackingStatus
from training.evaluation.evaluate import score_real, score_synthetic


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Pipeline.load()


@pytest.mark.parametrize(
    "depth", [0.0, 65535.0, 40.0, 500.0], ids=["empty", "saturated", "too near", "flat"]
)
@pytest.mark.parametrize("size", [(16, 16), (640, 480), (1280, 720)])
def test_a_frame_without_shape_has_no_hand(
    pipeline: Pipeline, depth: float, size: tuple[int, int]
) -> None:
    width, height = size
    camera = Camera(width, height, 0.7 * width, 0.7 * width, width / 2, height / 2)
    frame = Frame(np.full((height, width), depth, np.float32), 0.0, 0, camera)
    result, _ = pipeline.step(frame, pipeline.initial_state())
    assert result.hands == ()
    assert result.status is TrackingStatus.NO_HAND


@pytest.mark.parametrize("sensor", ["SR305", "D435_VGA"])
def test_error_on_frames_never_trained_on(pipeline: Pipeline, sensor: str) -> None:
    """Bounds near what ``python -m training evaluate`` measures on many more frames."""
    score = score_synthetic(pipeline, sensor, 120, seed=3)
    assert score.found >= 0.92
    assert score.centre_25mm >= 0.93
    assert score.side >= 0.91
    assert score.median_mm <= 11.0
    assert score.joint_mm <= 16.0
    assert score.quiet >= 0.95


def test_marked_joints_of_real_frames_are_met(pipeline: Pipeline, recordings: Path) -> None:
    score = score_real(pipeline, recordings / "labels" / "sr305_hand.json")
    assert (score.frames, score.found, score.side) == (11, 11, 11)
    assert score.clear_px <= 5.8


def test_random_noise_does_no_harm(pipeline: Pipeline) -> None:
    rng = np.random.default_rng(0)
    camera = Camera(640, 480, 476.0, 476.0, 320.0, 240.0)
    state = pipeline.initial_state()
    for index in range(3):
        noise = rng.uniform(0, 2000, (480, 640)).astype(np.float32)
        result, state = pipeline.step(Frame(noise, index * 33.0, index, camera), state)
        for hand in result.hands:
            assert np.isfinite(hand.pose.joints_mm).all()


def test_every_real_sr305_frame_shows_one_right_hand_of_human_size(
    pipeline: Pipeline, recordings: Path
) -> None:
    source = open_source(str(recordings / "sr305_hand"))
    state, found = pipeline.initial_state(), 0
    try:
        while (frame := source.read(1000)) is not None:
            result, state = pipeline.step(frame, state)
            (hand,) = result.hands
            assert hand.pose.handedness is Handedness.RIGHT
            joints = hand.pose.joints_mm
            bones = [np.linalg.norm(joints[a] - joints[b]) for a, b in BONES]
            assert min(bones) > 5.0 and max(bones) < 130.0
            found += 1
    finally:
        source.close()
    assert found == 11


def test_the_empty_room_has_no_hand(pipeline: Pipeline, recordings: Path) -> None:
    source = open_source(str(recordings / "d435_room.bag"))
    try:
        frame = source.read(5000)
        assert frame is not None
        result, _ = pipeline.step(frame, pipeline.initial_state())
        assert result.hands == ()
    finally:
        source.close()
