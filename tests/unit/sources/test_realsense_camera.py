"""The live camera's code, fed by the SDK's own software device."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.errors import CameraError
from engine.sources import realsense_camera
from engine.sources.realsense_camera import DepthMode, RealSenseCamera, choose_mode
from tests.recordings import CAMERA, make_frames
from tests.sdk_recordings import sdk_frame, sdk_stream

rs = pytest.importorskip("pyrealsense2", reason="the RealSense SDK is not installed")


class SoftwareCamera:
    """A software device with one depth stream."""

    def __init__(self) -> None:
        self.device = rs.software_device()
        self.device.register_info(rs.camera_info.name, CAMERA.name)
        self.device.register_info(rs.camera_info.serial_number, "42")
        self._sensor = self.device.add_sensor("Depth")
        self._profile = self._sensor.add_video_stream(sdk_stream(rs, CAMERA), True)
        self._sensor.add_read_only_option(rs.option.depth_units, CAMERA.depth_unit_mm / 1000.0)
        self.there = True

    def open(self) -> RealSenseCamera:
        return RealSenseCamera(rs, self.device, attached=lambda: self.there)

    def send(self, frame: Any) -> None:
        number = frame.index + 1
        self._sensor.on_video_frame(sdk_frame(rs, frame, CAMERA, self._profile, number))


def test_the_newest_frame_wins() -> None:
    device = SoftwareCamera()
    camera = device.open()
    assert (camera.camera, camera.live, camera.frame_count) == (CAMERA, True, None)
    assert camera.name == "Test D4 42"
    frames = make_frames(4)
    for frame in frames[:3]:
        device.send(frame)
    first = camera.read()
    device.send(frames[3])
    second = camera.read()
    assert first is not None
    assert second is not None
    np.testing.assert_array_equal(first.depth_mm, frames[2].depth_mm)
    np.testing.assert_array_equal(second.depth_mm, frames[3].depth_mm)
    assert (first.index, second.index) == (0, 1)
    assert second.timestamp_ms - first.timestamp_ms == pytest.approx(20.5)
    camera.close()
    camera.close()
    assert camera.ended
    assert camera.read() is None


def test_a_lost_camera_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(realsense_camera, "_CHECK_AFTER_S", 0.05)
    monkeypatch.setattr(realsense_camera, "_SILENCE_S", 0.2)
    device = SoftwareCamera()
    camera = device.open()
    assert camera.read(timeout_ms=10) is None
    with pytest.raises(CameraError, match="sends no frames"):
        camera.read()
    device.there = False
    with pytest.raises(CameraError, match="was unplugged"):
        camera.read()
    camera.close()


@pytest.mark.parametrize(
    ("model", "fps", "chosen"),
    [
        ("Intel RealSense D435I", 30, DepthMode(848, 480, 30)),
        ("Intel RealSense D405", 60, DepthMode(848, 480, 60)),
        ("Intel RealSense D435", 90, DepthMode(848, 480, 90)),
        ("Intel RealSense SR305", 30, DepthMode(640, 480, 30)),
        ("Intel RealSense L515", 30, DepthMode(640, 480, 30)),
    ],
)
def test_the_mode_suits_the_model(model: str, fps: int, chosen: DepthMode) -> None:
    sizes = ((1280, 720), (848, 480), (640, 480), (424, 240))
    modes = [DepthMode(*size, rate) for size in sizes for rate in (6, 15, 30, 60, 90)]
    assert choose_mode(modes, model, fps) == chosen


def test_on_a_slow_connection_the_rate_comes_first() -> None:
    modes = [DepthMode(848, 480, 6), DepthMode(640, 480, 15), DepthMode(480, 270, 30)]
    assert choose_mode(modes, "Intel RealSense D435", 30) == DepthMode(640, 480, 15)
    with pytest.raises(CameraError, match="no depth stream"):
        choose_mode([], "Intel RealSense D435", 30)
