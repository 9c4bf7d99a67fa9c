"""What ``main.py cameras`` lists."""

from __future__ import annotations

import pytest

import main
from app.cli.cameras import camera_lines
from engine.sources import realsense_sdk
from engine.sources.camera_choice import DepthMode
from engine.sources.realsense_devices import CameraInfo

D435 = CameraInfo(
    "Intel RealSense D435",
    "42",
    "2.1",
    "5.9.0.2",
    "5.16.0.1",
    (DepthMode(640, 480, 15), DepthMode(640, 480, 30), DepthMode(848, 480, 30)),
    ("Default", "High Accuracy"),
    {(640, 480): 152.4},
)


def test_a_camera_is_listed_with_all_that_can_be_asked_for() -> None:
    lines = camera_lines(D435)
    assert lines[:5] == [
        "camera:42  Intel RealSense D435, USB 2.1, firmware 5.9.0.2",
        "  640x480 @ 15, 30 fps, measures from 15 cm on",
        "  848x480 @ 30 fps",
        "  unless told otherwise: 848x480@30",
        "  presets: default, high-accuracy",
    ]
    assert "USB 2" in lines[5]
    assert "5.16.0.1" in lines[6]


def test_without_a_camera_the_reason_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(name: str) -> None:
        raise ImportError("No module named 'pyrealsense2'")

    monkeypatch.setattr(f"{realsense_sdk.__name__}.importlib.import_module", missing)
    assert main.main(["cameras"]) == 0
    assert "none for macOS" in capsys.readouterr().out
