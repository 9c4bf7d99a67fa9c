"""Unplugging, replugging and silence, with the SDK's software device on a bus of the test's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from engine.errors import CameraError
from engine.run.runner import Runner
from engine.sources import realsense_camera
from engine.sources.base import Link, LinkedSource
from engine.sources.camera_choice import CameraChoice, DepthMode
from engine.sources.camera_link import RESET_AFTER, CameraLink, advice
from engine.sources.realsense_devices import attached_cameras
from engine.types import Frame
from tests.fakes import FakeClock, FakePipeline
from tests.recordings import CAMERA, make_frames
from tests.sdk_cameras import PRESETS, Bus, SoftwareCamera

rs = pytest.importorskip("pyrealsense2", reason="the RealSense SDK is not installed")

SMALL = replace(CAMERA, width=32, height=24, fps=15.0)
FRAMES = make_frames(3)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(realsense_camera, "_CHECK_AFTER_S", 0.02)
    monkeypatch.setattr(realsense_camera, "_SILENCE_S", 0.1)


class Desk:
    """A camera on a bus, opened."""

    def __init__(self) -> None:
        self.camera = SoftwareCamera(rs)
        self.bus = Bus(rs, self.camera)
        self.clock = FakeClock()
        self.link = CameraLink(self.bus, retry_s=0.01, clock=self.clock)

    def plug_in(self, camera: SoftwareCamera | None = None) -> SoftwareCamera:
        self.camera = camera or SoftwareCamera(rs)
        self.bus.cameras = [self.camera]
        return self.camera

    def unplug(self) -> None:
        self.bus.cameras = []
        self.read_until(Link.WAITING)

    def read_until(self, link: Link) -> None:
        for _ in range(100):
            if self.link.connection.link is link:
                return
            assert self.link.read(20) is None
        raise AssertionError(f"still {self.link.connection}")

    def take(self, frame: Frame) -> Frame:
        """Read until the camera's frame is there."""
        for _ in range(100):
            if self.link._device is not None:
                self.camera.send(frame)
            seen = self.link.read(20)
            if seen is not None:
                return seen
        raise AssertionError(f"no frame: {self.link.connection}")


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.link.close()


def test_frames_go_on_after_the_camera_was_unplugged(desk: Desk) -> None:
    assert isinstance(desk.link, LinkedSource)
    first = desk.take(FRAMES[1])
    assert desk.link.connection.link is Link.CONNECTED
    desk.unplug()
    assert "Plug it in again" in desk.link.connection.text
    desk.clock.advance(7.0)
    desk.plug_in()
    after = desk.take(FRAMES[0])
    assert (first.index, after.index) == (0, 1)
    assert after.timestamp_ms - first.timestamp_ms == pytest.approx(7000.0)
    assert desk.link.connection.link is Link.BACK
    assert "is back" in desk.link.connection.text
    desk.clock.advance(4.0)
    later = desk.take(FRAMES[2])
    assert later.timestamp_ms - after.timestamp_ms == pytest.approx(41.0)
    assert (desk.link.connection.link, desk.link.connection.text) == (Link.CONNECTED, "")


def test_another_camera_is_not_taken_for_the_one_that_is_gone(desk: Desk) -> None:
    desk.unplug()
    desk.plug_in(SoftwareCamera(rs, serial="43"))
    for _ in range(3):
        assert desk.link.read(10) is None
    assert desk.link.connection.link is Link.WAITING


def test_a_silent_camera_is_opened_again_and_then_reset(desk: Desk) -> None:
    desk.take(FRAMES[0])
    desk.read_until(Link.LOST)
    device = desk.camera.device
    texts = set()
    for _ in range(200):
        if device.resets:
            break
        assert desk.link.read(20) is None
        texts.add(desk.link.connection.text)
    assert device.resets == 1
    assert any("opened again" in text for text in texts)
    assert "reset" in desk.link.connection.text
    assert RESET_AFTER > 1
    assert desk.take(FRAMES[1]).index == 1
    assert desk.link.connection.link is Link.BACK


def test_on_a_slower_port_the_best_mode_there_is_taken(desk: Desk) -> None:
    assert desk.link.choice == CameraChoice("42", DepthMode(64, 48, 60))
    desk.unplug()
    desk.plug_in(SoftwareCamera(rs, (replace(SMALL, name=CAMERA.name),), usb="2.1"))
    seen = desk.take(make_frames(1, SMALL)[0])
    assert (seen.camera.width, desk.link.camera.width) == (32, 32)
    assert "USB 2" in desk.link.connection.advice[0]
    desk.unplug()
    assert desk.link.connection.advice == ()
    desk.plug_in()
    assert desk.take(FRAMES[0]).camera.width == 64
    assert desk.link.connection.advice == ()


def test_a_camera_that_another_program_uses_is_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.unplug()
    camera = desk.plug_in()

    def busy(*_: object) -> None:
        raise RuntimeError("xioctl(VIDIOC_S_FMT) failed, Last Error: Device or resource busy")

    with monkeypatch.context() as held:
        held.setattr(camera.device._sensor, "open", busy, raising=False)
        desk.read_until(Link.LOST)
        assert "used by another program" in desk.link.connection.text
    assert desk.take(FRAMES[0]).index == 0


def test_a_run_goes_on_by_itself() -> None:
    camera = SoftwareCamera(rs)
    bus = Bus(rs, camera)
    link = CameraLink(bus, retry_s=0.01)
    run = Runner(link, FakePipeline())
    run.start()
    try:
        sent = _send_until(camera, link, run, Link.CONNECTED)
        bus.cameras = []
        _wait(run, Link.WAITING)
        bus.cameras = [camera := SoftwareCamera(rs)]
        sent = _send_until(camera, link, run, Link.BACK)
        assert sent
        assert run.snapshot().frames_out >= 2
        assert run.snapshot().error == ""
    finally:
        run.stop()


def _send_until(camera: SoftwareCamera, link: CameraLink, run: Runner[int], wanted: Link) -> bool:
    before = run.snapshot().frames_out
    for _ in range(400):
        if link._device is not None:
            camera.send(FRAMES[0])
        if run.results.take(0.02) is not None and run.snapshot().frames_out > before:
            return run.snapshot().connection.link is wanted
    raise AssertionError("no result")


def _wait(run: Runner[int], link: Link) -> None:
    for _ in range(400):
        if run.snapshot().connection.link is link:
            return
        run.results.take(0.02)
    raise AssertionError(f"still {run.snapshot().connection}")


def test_without_a_camera_the_reason_is_told() -> None:
    with pytest.raises(CameraError, match="no RealSense camera is attached"):
        CameraLink(Bus(rs))
    with pytest.raises(CameraError, match="no camera with serial number 7; attached: 42"):
        CameraLink(Bus(rs, SoftwareCamera(rs)), CameraChoice("7"))


def test_cameras_are_listed_with_all_that_can_be_chosen() -> None:
    cameras = (CAMERA, replace(SMALL, fps=90.0))
    bus = Bus(rs, SoftwareCamera(rs, cameras, presets=PRESETS, baseline_mm=18.0, usb="2.1"))
    (info,) = attached_cameras(bus)
    assert (info.name, info.serial, info.slow) == ("Test D4", "42", True)
    assert info.modes == (DepthMode(32, 24, 90), DepthMode(64, 48, 60))
    assert info.presets == PRESETS
    assert info.nearest_mm == {(64, 48): pytest.approx(CAMERA.fx * 18 / 126),
                               (32, 24): pytest.approx(CAMERA.fx * 18 / 126)}  # fmt: skip
    assert attached_cameras(Bus(rs)) == []


def test_advice_names_what_could_be_better() -> None:
    camera = SoftwareCamera(rs, usb="2.1", firmware=("5.9.0.2", "5.16.0.1"), baseline_mm=95.0)
    (info,) = attached_cameras(Bus(rs, camera))
    slow = advice(info, replace(CAMERA, fps=6.0, nearest_mm=340.0))
    for text, part in zip(slow, ("USB 2", "5.16.0.1", "6 frames", "34 cm"), strict=True):
        assert part in text
    good = SoftwareCamera(rs)
    (info,) = attached_cameras(Bus(rs, good))
    assert advice(info, CAMERA) == ()
