"""Unplugging, replugging and silence, with the SDK's software device on a bus of the test's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from engine.errors import CameraError
from engine.run.runner import Runner
from engine.sources import realsense_camera
from engine.sources.base import ConnectionState, ReconnectingSource
from engine.sources.camera_choice import CameraChoice, DepthMode
from engine.sources.realsense_devices import attached_cameras
from engine.sources.reconnecting_camera import RESET_AFTER, ReconnectingCamera, advice
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


class Setup:
    """A camera on a bus, opened."""

    def __init__(self) -> None:
        self.camera = SoftwareCamera(rs)
        self.bus = Bus(rs, self.camera)
        self.clock = FakeClock()
        self.source = ReconnectingCamera(self.bus, retry_s=0.01, clock=self.clock)

    def plug_in(self, camera: SoftwareCamera | None = None) -> SoftwareCamera:
        self.camera = camera or SoftwareCamera(rs)
        self.bus.cameras = [self.camera]
        return self.camera

    def unplug(self) -> None:
        self.bus.cameras = []
        self.read_until(ConnectionState.UNPLUGGED)

    def read_until(self, state: ConnectionState) -> None:
        for _ in range(100):
            if self.source.connection.state is state:
                return
            assert self.source.read(20) is None
        raise AssertionError(f"still {self.source.connection}")

    def take(self, frame: Frame) -> Frame:
        """Read until the camera's frame is there."""
        for _ in range(100):
            if self.source._device is not None:
                self.camera.send(frame)
            seen = self.source.read(20)
            if seen is not None:
                return seen
        raise AssertionError(f"no frame: {self.source.connection}")


@pytest.fixture
def setup() -> Iterator[Setup]:
    setup = Setup()
    yield setup
    setup.source.close()


def test_frames_go_on_after_the_camera_was_unplugged(setup: Setup) -> None:
    assert isinstance(setup.source, ReconnectingSource)
    first = setup.take(FRAMES[1])
    assert setup.source.connection.state is ConnectionState.CONNECTED
    setup.unplug()
    assert "Plug it in again" in setup.source.connection.text
    setup.clock.advance(7.0)
    setup.plug_in()
    after = setup.take(FRAMES[0])
    assert (first.index, after.index) == (0, 1)
    assert after.timestamp_ms - first.timestamp_ms == pytest.approx(7000.0)
    assert setup.source.connection.state is ConnectionState.RECONNECTED
    assert "is back" in setup.source.connection.text
    setup.clock.advance(4.0)
    later = setup.take(FRAMES[2])
    assert later.timestamp_ms - after.timestamp_ms == pytest.approx(41.0)
    assert (setup.source.connection.state, setup.source.connection.text) == (
        ConnectionState.CONNECTED,
        "",
    )


def test_another_camera_is_not_taken_for_the_one_that_is_gone(setup: Setup) -> None:
    setup.unplug()
    setup.plug_in(SoftwareCamera(rs, serial="43"))
    for _ in range(3):
        assert setup.source.read(10) is None
    assert setup.source.connection.state is ConnectionState.UNPLUGGED


def test_a_silent_camera_is_opened_again_and_then_reset(setup: Setup) -> None:
    setup.take(FRAMES[0])
    setup.read_until(ConnectionState.LOST)
    device = setup.camera.device
    texts = set()
    for _ in range(200):
        if device.resets:
            break
        assert setup.source.read(20) is None
        texts.add(setup.source.connection.text)
    assert device.resets == 1
    assert any("opened again" in text for text in texts)
    assert "reset" in setup.source.connection.text
    assert RESET_AFTER > 1
    assert setup.take(FRAMES[1]).index == 1
    assert setup.source.connection.state is ConnectionState.RECONNECTED


def test_on_a_slower_port_the_best_mode_there_is_taken(setup: Setup) -> None:
    assert setup.source.choice == CameraChoice("42", DepthMode(64, 48, 60))
    setup.unplug()
    setup.plug_in(SoftwareCamera(rs, (replace(SMALL, name=CAMERA.name),), usb="2.1"))
    seen = setup.take(make_frames(1, SMALL)[0])
    assert (seen.camera.width, setup.source.camera.width) == (32, 32)
    assert "USB 2" in setup.source.connection.advice[0]
    setup.unplug()
    assert setup.source.connection.advice == ()
    setup.plug_in()
    assert setup.take(FRAMES[0]).camera.width == 64
    assert setup.source.connection.advice == ()


def test_a_camera_that_another_program_uses_is_tried_again(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup.unplug()
    camera = setup.plug_in()

    def busy(*_: object) -> None:
        raise RuntimeError("xioctl(VIDIOC_S_FMT) failed, Last Error: Device or resource busy")

    with monkeypatch.context() as held:
        held.setattr(camera.device._sensor, "open", busy, raising=False)
        setup.read_until(ConnectionState.LOST)
        assert "used by another program" in setup.source.connection.text
    assert setup.take(FRAMES[0]).index == 0


def test_a_run_goes_on_by_itself() -> None:
    camera = SoftwareCamera(rs)
    bus = Bus(rs, camera)
    source = ReconnectingCamera(bus, retry_s=0.01)
    run = Runner(source, FakePipeline())
    run.start()
    try:
        sent = _send_until(camera, source, run, ConnectionState.CONNECTED)
        bus.cameras = []
        _wait(run, ConnectionState.UNPLUGGED)
        bus.cameras = [camera := SoftwareCamera(rs)]
        sent = _send_until(camera, source, run, ConnectionState.RECONNECTED)
        assert sent
        assert run.snapshot().frames_out >= 2
        assert run.snapshot().error == ""
    finally:
        run.stop()


def _send_until(
    camera: SoftwareCamera, source: ReconnectingCamera, run: Runner[int], wanted: ConnectionState
) -> bool:
    before = run.snapshot().frames_out
    for _ in range(400):
        if source._device is not None:
            camera.send(FRAMES[0])
        if run.results.take(0.02) is not None and run.snapshot().frames_out > before:
            return run.snapshot().connection.state is wanted
    raise AssertionError("no result")


def _wait(run: Runner[int], state: ConnectionState) -> None:
    for _ in range(400):
        if run.snapshot().connection.state is state:
            return
        run.results.take(0.02)
    raise AssertionError(f"still {run.snapshot().connection}")


def test_without_a_camera_the_reason_is_told() -> None:
    with pytest.raises(CameraError, match="no RealSense camera is attached"):
        ReconnectingCamera(Bus(rs))
    with pytest.raises(CameraError, match="no camera with serial number 7; attached: 42"):
        ReconnectingCamera(Bus(rs, SoftwareCamera(rs)), CameraChoice("7"))


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
    assert advice(info, CAMERA, "its lens is distorted") == ("Its lens is distorted.",)
