"""The live ROS 2 node of the examples, heard by ``rclpy``, and its words where there is none."""

from __future__ import annotations

import runpy
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.adapters.ros_mcap import FRAME, JOINTS
from engine.recording.record import write_recording
from engine.sources.synthetic import SyntheticCamera

WAIT_S = 120.0


@pytest.fixture
def node(repository: Path) -> Path:
    return repository / "docs" / "examples" / "ros_node.py"


def test_without_ros_it_says_what_to_do(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rclpy", None)
    monkeypatch.setattr(sys, "argv", [str(node), "synthetic"])
    with pytest.raises(SystemExit, match=r"ROS 2 is not there .*setup.bash' first"):
        runpy.run_path(str(node), run_name="__main__")


def test_its_messages_are_heard(node: Path, repository: Path, tmp_path: Path) -> None:
    rclpy = pytest.importorskip("rclpy", exc_type=ImportError, reason="ROS 2 is not installed")
    from geometry_msgs.msg import PoseStamped
    from sensor_msgs.msg import JointState
    from visualization_msgs.msg import Marker

    recording = tmp_path / "recording"
    with closing(SyntheticCamera(seed=3)) as source:
        frames = [source.read() for _ in range(30)]
    write_recording(recording, [frame for frame in frames if frame is not None], source.camera)
    kinds = {"joint_states": JointState, "pose": PoseStamped, "joints": Marker}
    heard: dict[str, list[Any]] = {name: [] for name in kinds}
    rclpy.init()
    listener = rclpy.create_node("listener")
    for side in ("right", "left"):
        for name, kind in kinds.items():
            topic = f"/hand/{side}/{name}"
            listener.create_subscription(kind, topic, heard[name].append, 10)
    with subprocess.Popen([sys.executable, str(node), str(recording)], cwd=repository) as process:
        until_s = time.monotonic() + WAIT_S
        while process.poll() is None and time.monotonic() < until_s:
            rclpy.spin_once(listener, timeout_sec=0.1)
    listener.destroy_node()
    rclpy.shutdown()
    assert process.returncode == 0
    assert all(heard.values())
    state, pose, joints = (messages[-1] for messages in heard.values())
    assert len(state.position) == len(JOINTS) and state.name[0].endswith(JOINTS[0])
    assert {message.header.frame_id for message in (state, pose, joints)} == {FRAME}
    wrist, at = joints.points[0], pose.pose.position
    np.testing.assert_allclose([wrist.x, wrist.y, wrist.z], [at.x, at.y, at.z])
    assert len(joints.points) == 21 and 0.1 < at.z < 2.0
