"""What recordings must show to be adapted on, and how they are split."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine.errors import CancelledError, CrossingHandsError
from engine.progress import go_on
from engine.recording.record import FolderRecorder
from engine.skeleton import Handedness
from engine.sources.synthetic import SyntheticCamera
from engine.tracking.config import TrackingSettings
from engine.tracking.crop import cut_crop
from engine.tracking.detect import Detector
from engine.tracking.pipeline import Pipeline
from engine.types import Frame
from tests.train.adaptation.conftest import CAMERA, FRAMES, record_take
from training.adaptation.hands import RecordedHand
from training.adaptation.recordings import (
    GAP,
    HELD_OUT,
    gather,
    held_out_frames,
    of_one_side,
    open_recording,
)


@pytest.fixture(scope="module")
def pipeline() -> Pipeline:
    return Pipeline.load()


def empty_room(folder: Path) -> Path:
    """A recording of a wall."""
    with FolderRecorder(folder, CAMERA) as recorder:
        for k in range(FRAMES):
            wall = np.full((CAMERA.height, CAMERA.width), 900.0 + k % 3, np.float32)
            recorder.write(Frame(wall, 100.0 * k, k, CAMERA))
    return folder


def test_the_last_part_is_held_out(take: Path, pipeline: Pipeline) -> None:
    hands = gather([take], pipeline, Detector(), TrackingSettings(), go_on)
    assert hands.frames == (FRAMES,)
    assert hands.seconds == pytest.approx((8.9,), abs=0.01)
    (first,) = hands.held_out
    assert first == round((1 - HELD_OUT) * FRAMES)
    assert max(hand.frame for hand in hands.training) < first - GAP * FRAMES + 1
    held = list(held_out_frames(hands, 0, 1000))
    assert [frame.index for frame in held] == list(range(first, FRAMES))
    assert len(list(held_out_frames(hands, 0, 5))) == 5


def test_a_kept_hand_is_cut_as_the_frame_is(take: Path, pipeline: Pipeline) -> None:
    hands = gather([take], pipeline, Detector(), TrackingSettings(), go_on)
    hand = hands.training[-1]
    source = open_recording(take)
    frames = [source.read() for _ in range(hand.frame + 1)]
    source.close()
    whole = frames[-1]
    assert whole is not None
    expected = cut_crop(whole.depth_mm, whole.camera, hand.centre_mm, mirrored=hand.mirrored)
    np.testing.assert_allclose(hand.cut().image, expected.image, atol=0.002)
    turned = cut_crop(
        whole.depth_mm, whole.camera, hand.centre_mm, mirrored=hand.mirrored, roll_rad=0.7
    )
    assert (np.abs(hand.cut(roll_rad=0.7).image - turned.image) < 0.002).mean() > 0.99


Arranged = Callable[[Path, Path], list[Path]]


def other_camera(folder: Path, take: Path) -> list[Path]:
    camera = dataclasses.replace(CAMERA, fx=240.0, fy=240.0)
    return [take, record_take(folder / "other", 3, camera=camera)]


REFUSED: dict[str, tuple[Arranged, str]] = {
    "missing": (lambda folder, take: [folder / "none"], "no such recording"),
    "twice": (lambda folder, take: [take, take], "named twice"),
    "no hands": (lambda folder, take: [empty_room(folder / "room")], "hardly any hand"),
    "too short": (lambda folder, take: [record_take(folder / "short", 20)], "too short"),
    "another camera": (other_camera, "another camera"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_serve_is_told(
    case: str, take: Path, tmp_path: Path, pipeline: Pipeline
) -> None:
    arrange, words = REFUSED[case]
    with pytest.raises(CrossingHandsError, match=words) as caught:
        gather(arrange(tmp_path, take), pipeline, Detector(), TrackingSettings(), go_on)
    assert "\n" not in str(caught.value)


def test_hands_of_two_people_are_told(
    take: Path, tmp_path: Path, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths = iter(np.repeat([430.0, 520.0], FRAMES))
    monkeypatch.setattr(
        "training.adaptation.recordings.hand_length_mm", lambda joints: next(lengths)
    )
    monkeypatch.setattr("training.adaptation.recordings.SURE_MM", 1e6)
    other = record_take(tmp_path / "other", seed=5)
    with pytest.raises(CrossingHandsError, match="one person"):
        gather([take, other], pipeline, Detector(), TrackingSettings(), go_on)


def test_one_recording_of_two_people_is_refused(tmp_path: Path, pipeline: Pipeline) -> None:
    first, second = (SyntheticCamera(seed, "KINECT_V1", CAMERA, 10.0) for seed in (26, 13))
    with FolderRecorder(tmp_path / "both", first.camera) as recorder:
        for index in range(120):
            frame = (first if index < 60 else second).read()
            assert frame is not None
            recorder.write(dataclasses.replace(frame, index=index, timestamp_ms=100.0 * index))
    with pytest.raises(CrossingHandsError, match="as large as another there"):
        gather([tmp_path / "both"], pipeline, Detector(), TrackingSettings(), go_on)


def test_following_can_be_ended(take: Path, pipeline: Pipeline) -> None:
    with pytest.raises(CancelledError):
        gather([take], pipeline, Detector(), TrackingSettings(), lambda done, total: done < 3)


def test_a_track_keeps_the_side_that_most_of_it_is() -> None:
    def hand(track: int, side: Handedness, frame: int) -> RecordedHand:
        depth, centre = np.zeros((2, 2), np.uint16), np.zeros(3, np.float32)
        return RecordedHand(depth, CAMERA, centre, side, 0, frame, 0.0, track)

    right, left = Handedness.RIGHT, Handedness.LEFT
    hands = [hand(0, left, 0), hand(0, right, 1), hand(0, right, 2), hand(1, left, 0)]
    kept = [(each.track, each.side) for each in of_one_side(hands)]
    assert kept == [(0, right), (0, right), (1, left)]
