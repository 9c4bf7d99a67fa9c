"""Rotations in a file lead back to the joints."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.adapters.rotations_npz import RotationsWriter
from engine.errors import CancelledError, ExportError
from engine.jobs.export_range import result_writer
from engine.measure.rotations import HandRotations, posed_joints_mm
from engine.skeleton import Handedness
from tests.fakes import make_frame, make_result
from tests.hand_motions import bent_hand

RIGHT, LEFT = Handedness
HANDS = ((bent_hand(10.0),), (), (bent_hand(50.0), bent_hand(70.0, LEFT, (-90.0, 0.0, 480.0))))
RESULTS = [make_result(make_frame(index), *hands) for index, hands in enumerate(HANDS)]


def test_every_hand_is_a_row_that_leads_back_to_its_joints(tmp_path: Path) -> None:
    from scipy.spatial.transform import Rotation

    path = tmp_path / "hands.npz"
    with result_writer(path) as writer:
        for result in RESULTS:
            writer.write(result)
    assert writer.written == (path,)
    with np.load(path, allow_pickle=False) as file:
        kept = {name: file[name] for name in file.files}
    assert kept["frame"].tolist() == [0, 2, 2]
    assert kept["handedness"].tolist() == ["right", "right", "left"]
    assert kept["timestamp_ms"][1] == RESULTS[2].frame.timestamp_ms
    assert kept["joint_names"][[0, 1, 15]].tolist() == ["wrist", "index_mcp", "thumb_ip"]
    hands = [hand for result in RESULTS for hand in result.hands]
    for row, hand in enumerate(hands):
        matrices = Rotation.from_rotvec(kept["axis_angle"][row]).as_matrix()
        moved = HandRotations(matrices, kept["rest_mm"][row], kept["wrist_mm"][row])
        assert np.abs(posed_joints_mm(moved) - hand.joints_mm).max() < 0.01  # mm


def test_without_a_hand_the_file_is_empty_and_sound(tmp_path: Path) -> None:
    with RotationsWriter(tmp_path / "none.npz") as writer:
        writer.write(RESULTS[1])
    with np.load(tmp_path / "none.npz", allow_pickle=False) as file:
        assert file["axis_angle"].shape == (0, 16, 3)
        assert file["handedness"].shape == (0,)


def test_work_that_is_broken_off_leaves_the_older_file(tmp_path: Path) -> None:
    path = tmp_path / "hands.npz"
    path.write_bytes(b"older")
    with pytest.raises(ExportError, match="disk"), RotationsWriter(path) as writer:
        writer.write(RESULTS[0])
        raise ExportError("the disk is full")
    assert path.read_bytes() == b"older"
    with np.load(f"{path}.partial", allow_pickle=False) as file:
        assert len(file["frame"]) == 1
    with pytest.raises(CancelledError), RotationsWriter(path) as writer:
        writer.write(RESULTS[0])
        raise CancelledError("cancelled")
    assert [file.name for file in tmp_path.iterdir()] == ["hands.npz"]
