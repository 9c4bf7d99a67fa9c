"""Whatever the numbers are, a CSV reader gets them back to the stated precision."""

from __future__ import annotations

import csv
import io
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.export.joints import JointsCsvWriter
from engine.skeleton import JOINT_NAMES, Handedness
from engine.types import Frame
from tests.fakes import SMALL_CAMERA, make_hand, make_result

joints = hnp.arrays(np.float32, (21, 3), elements=st.floats(-5_000, 5_000, width=32))


@settings(max_examples=50, deadline=None)
@given(
    joints_mm=joints,
    score=st.floats(0, 1, width=32),
    side=st.sampled_from(Handedness),
    index=st.integers(0, 10**9),
    timestamp_ms=st.floats(0, 1e12),
    track_id=st.integers(0, 10**6),
)
def test_csv_round_trip(
    joints_mm: np.ndarray,
    score: float,
    side: Handedness,
    index: int,
    timestamp_ms: float,
    track_id: int,
) -> None:
    hand = make_hand(track_id, handedness=side, score=score)
    hand = replace(hand, pose=replace(hand.pose, joints_mm=joints_mm))
    depth = np.zeros((SMALL_CAMERA.height, SMALL_CAMERA.width), dtype=np.float32)
    frame = Frame(depth, timestamp_ms, index, SMALL_CAMERA)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "joints.csv"
        with JointsCsvWriter(path) as writer:
            writer.write(make_result(frame, hand))
        text = path.read_text()
    assert "-0.000," not in text
    (row,) = csv.DictReader(io.StringIO(text))
    back = [[float(row[f"{joint}_{axis}"]) for axis in "xyz"] for joint in JOINT_NAMES]
    np.testing.assert_allclose(back, joints_mm, atol=5.01e-4)
    assert (int(row["frame"]), int(row["hand"])) == (index, track_id)
    assert Handedness(row["handedness"]) is side
    assert abs(float(row["confidence"]) - score) <= 5.01e-5
    assert abs(float(row["timestamp_ms"]) - timestamp_ms) <= 1e-3
