"""The live camera's code, fed by the SDK's own software device."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.errors import CameraError
from engine.sources import realsense_camera
from engine.sources.camera_choice import CameraChoice, DepthMode
from tests.recordings import CAMERA, make_frames
from tests.sdk_cameras import PRESETS, SoftwareCamera

rs = pytest.importorskip("pyrealsense2", reason="the RealSense SDK is not installed")

SMALL = replace(CAMERA, width=32, height=24, fps=90.0)


def test_the_newest_frame_wins() -> None:
    device = SoftwareCamera(rs)
    camera = device.open()
    assert (camera.camera, camera.live, camera.frame_count) == (CAMERA, True, None)
    assert camera.name == "Test D4 42"
    assert camera.camera.serial == "42"
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
    there = True
    device = SoftwareCamera(rs)
    camera = realsense_camera.RealSenseCamera(rs, device.device, attached=lambda: there)
    assert camera.read(timeout_ms=10) is None
    with pytest.raises(CameraError, match="sends no frames"):
        camera.read()
    there = False
    with pytest.raises(CameraError, match="was unplugged"):
        camera.read()
    camera.close()


def test_a_unit_that_changes_on_the_way_still_gives_millimetres() -> None:
    device = SoftwareCamera(rs)
    camera = device.open()
    frame = replace(make_frames(1)[0], depth_mm=np.full((48, 64), 400.0, np.float32))
    device.send(frame, unit_mm=0.5)
    seen = camera.read()
    assert seen is not None
    np.testing.assert_allclose(seen.depth_mm, 400.0)
    camera.close()


def test_mode_and_preset_are_chosen() -> None:
    device = SoftwareCamera(rs, (CAMERA, SMALL), presets=PRESETS)
    choice = CameraChoice(mode=DepthMode(32, 24, 90), preset="high-accuracy")
    camera = device.open(choice=choice)
    assert (camera.mode, camera.camera.width) == (DepthMode(32, 24, 90), 32)
    assert device.sensor.get_option(rs.option.visual_preset) == 3.0
    device.send(make_frames(1, SMALL)[0])
    seen = camera.read()
    assert seen is not None
    assert seen.depth_mm.shape == (24, 32)
    camera.close()
    device.open().close()
    assert device.sensor.get_option(rs.option.visual_preset) == 2.0


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        (CameraChoice(mode=DepthMode(640, 480, 30)), "no 640x480@30 on USB 2.1; .*32x24@90"),
        (CameraChoice(preset="face"), "no preset 'face'; its presets: custom, default, hand"),
    ],
)
def test_what_a_camera_does_not_have_is_told_with_what_it_has(
    choice: CameraChoice, told: str
) -> None:
    device = SoftwareCamera(rs, (CAMERA, SMALL), usb="2.1", presets=PRESETS)
    with pytest.raises(CameraError, match=told):
        device.open(choice=choice)


def test_a_stereo_camera_knows_from_where_on_it_measures() -> None:
    camera = SoftwareCamera(rs, baseline_mm=50.0).open()
    assert camera.camera.nearest_mm == pytest.approx(CAMERA.fx * 50.0 / 126.0)
    camera.close()
