"""Recordings as unlabelled crops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.errors import InvalidInputError, SourceError
from engine.sources import open_source
from engine.tracking.pipeline import Pipeline
from tests.fakes import FakePipeline, make_hand
from tests.recordings import write_folder
from training.datasets.recordings import RecordedCrops


def test_every_frame_is_seen_once_in_order(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "take", 5)
    pipeline = FakePipeline(make_hand(), make_hand(1))
    recorded = RecordedCrops(folder, pipeline)
    crops = list(recorded)
    assert pipeline.seen == pipeline.states == list(range(5))
    assert pipeline.prepared_for is not None
    assert (recorded.frames, recorded.frames_with_hand, recorded.crops) == (5, 5, 10)
    assert len(crops) == 10
    assert recorded.summary() == f"{folder}: 5 of 5 frames had a hand"


def test_frames_without_a_hand_are_counted_and_each_reading_starts_anew(tmp_path: Path) -> None:
    recorded = RecordedCrops(write_folder(tmp_path / "take", 4), FakePipeline())
    for _ in range(2):
        assert list(recorded) == []
        assert (recorded.frames, recorded.frames_with_hand) == (4, 0)
    assert recorded.summary().endswith("0 of 4 frames had a hand")


def test_what_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="camera: no such recording"):
        list(RecordedCrops("camera", FakePipeline()))
    (tmp_path / "take.bag").write_bytes(b"#ROSBAG V2.0\n nothing")
    with pytest.raises(SourceError, match=r"take\.bag"):
        list(RecordedCrops(tmp_path / "take.bag", FakePipeline()))


def test_a_damaged_frame_is_an_error_unless_allowed(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "take", 5)
    sorted(folder.glob("*.png"))[3].write_bytes(b"nothing")
    crops = iter(RecordedCrops(folder, FakePipeline(make_hand())))
    assert len([next(crops) for _ in range(3)]) == 3
    with pytest.raises(SourceError, match=r"000003\.png is not a PNG"):
        next(crops)
    recorded = RecordedCrops(folder, FakePipeline(make_hand()), allow_partial=True)
    assert len(list(recorded)) == 3
    assert "3 of 3 frames had a hand; take stops early: 3 of 5" in recorded.summary()


def test_a_real_recording_gives_the_crops_of_the_live_program(recordings: Path) -> None:
    path = recordings / "sr305_hand.db3"
    recorded = RecordedCrops(path, Pipeline.load())
    crops = list(recorded)
    with_hand = 0
    live = []
    pipeline, source = Pipeline.load(), open_source(str(path))
    state = pipeline.initial_state()
    while not source.ended:
        frame = source.read(500.0)
        if frame is None:
            continue
        result, state = pipeline.step(frame, state)
        with_hand += bool(result.hands)
        live += [hand.crop for hand in result.hands]
    source.close()
    assert recorded.frames_with_hand == with_hand > 0
    assert len(crops) == len(live)
    for ours, theirs in zip(crops, live, strict=True):
        assert np.array_equal(ours.image, theirs.image)
