"""What ``rosbags`` reads of the messages for ROS 2."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from engine.adapters.ros_mcap import FRAME, JOINTS, RosMcapWriter
from engine.errors import CancelledError, ExportError
from engine.measure import hand as measure
from engine.simulation.gestures import gesture_angles
from engine.simulation.model import HandModel
from engine.skeleton import Handedness
from engine.types import FrameResult, TrackedHand
from tests.fakes import make_frame, make_hand, make_result

rosbags = pytest.importorskip("rosbags.highlevel", reason="rosbags is not installed")


def posed(side: Handedness, name: str = "point") -> TrackedHand:
    model, turn = HandModel.load(), Rotation.from_euler("xyz", (20, -150, 30), degrees=True)
    joints = model.pose_joints(
        gesture_angles(name),
        np.zeros(model.n_shape),
        turn.as_matrix(),
        np.array([30, 0, 450]),
        side,
    )
    hand = make_hand()
    return replace(hand, pose=replace(hand.pose, joints_mm=joints, handedness=side))


def results() -> list[FrameResult]:
    left, right = (posed(side) for side in (Handedness.LEFT, Handedness.RIGHT))
    return [make_result(make_frame(3), left, right), make_result(make_frame(4))]


def read(path: Path) -> dict[str, list[tuple[int, Any]]]:
    store = rosbags.AnyReader([path])
    found: dict[str, list[tuple[int, Any]]] = {}
    with store as reader:
        for connection, stamp_ns, data in reader.messages():
            message = reader.deserialize(data, connection.msgtype)
            found.setdefault(connection.topic, []).append((stamp_ns, message))
    return found


def test_rosbags_reads_angles_markers_and_transforms(tmp_path: Path) -> None:
    path = tmp_path / "hands.mcap"
    with RosMcapWriter(path) as writer:
        for result in results():
            writer.write(result)
    found = read(path)
    for side, hand in zip(("left", "right"), results()[0].hands, strict=True):
        ((stamp_ns, state),) = found[f"/hand/{side}/joint_states"]
        assert stamp_ns == 100_000_000
        assert (state.header.stamp.sec, state.header.stamp.nanosec) == (0, 100_000_000)
        assert state.header.frame_id == FRAME
        assert state.name == [f"{side}_{joint}" for joint in JOINTS]
        bent = measure.flexion_deg(hand.joints_mm, hand.handedness, "middle", 1)
        at = JOINTS.index("middle_pip_flexion")
        assert np.degrees(state.position[at]) == pytest.approx(float(bent))
        assert np.degrees(state.position[JOINTS.index("index_pip_flexion")]) < 15.0 < bent
        (_, shown), (_, gone) = found[f"/hand/{side}/markers"]
        spheres, lines = shown.markers
        at_mm = [[1000 * p.x, 1000 * p.y, 1000 * p.z] for p in spheres.points]
        np.testing.assert_allclose(at_mm, hand.joints_mm, atol=1e-3)
        assert (len(lines.points), len(lines.colors)) == (40, 40)
        assert [marker.action for marker in gone.markers] == [3]


def test_a_transform_leads_from_the_camera_to_the_hand(tmp_path: Path) -> None:
    path = tmp_path / "hands.mcap"
    with RosMcapWriter(path) as writer:
        for result in results():
            writer.write(result)
    ((_, message),) = read(path)["/tf"]
    for moved, hand in zip(message.transforms, reversed(results()[0].hands), strict=True):
        side = hand.handedness
        assert (moved.header.frame_id, moved.child_frame_id) == (FRAME, f"{side.value}_hand")
        turn, at = moved.transform.rotation, moved.transform.translation
        R = Rotation.from_quat([turn.x, turn.y, turn.z, turn.w]).as_matrix()
        seen = (hand.joints_mm / 1000.0 - [at.x, at.y, at.z]) @ R  # from the hand
        np.testing.assert_allclose(seen[0], 0.0, atol=1e-6)
        np.testing.assert_allclose(seen[9][1:], 0.0, atol=1e-6)
        assert seen[9][0] > 0.05
        # Folded fingers lie on the palm's side; the thumb on the left of a right hand's back.
        assert seen[[10, 14, 18], 2].max() < 0.0
        assert bool(seen[5, 1] > seen[17, 1]) is (side is Handedness.RIGHT)


def test_work_that_is_broken_off_keeps_its_frames(tmp_path: Path) -> None:
    path = tmp_path / "hands.mcap"
    path.write_bytes(b"older")
    with pytest.raises(ExportError), RosMcapWriter(path) as writer:
        writer.write(results()[0])
        raise ExportError("the disk is full")
    assert path.read_bytes() == b"older"
    assert {file.name for file in tmp_path.iterdir()} == {"hands.mcap", "hands.mcap.partial"}
    with pytest.raises(CancelledError), RosMcapWriter(path) as writer:
        writer.write(results()[0])
        raise CancelledError("cancelled")
    assert [file.name for file in tmp_path.iterdir()] == ["hands.mcap"]
