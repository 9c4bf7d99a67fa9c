"""A live RealSense camera, its depth stream set up for hands."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.errors import CameraError, SourceError
from engine.sources.base import Timestamps
from engine.sources.realsense_sdk import camera_of, device_info, load_sdk, one_line
from engine.types import Frame

_SLICE_MS = 50
"""The longest single wait inside the SDK, and so the longest that ``close`` waits for ``read``."""
_CHECK_AFTER_S = 0.5
"""After so long without a frame, ask whether the camera is still attached."""
_SILENCE_S = 5.0
"""An attached camera that sends nothing for so long is reported as lost."""
_SLOWEST_FPS = 15.0
"""Below this rate hands move too far between frames to be followed."""

# Sizes at which each model measures hands best, the best first. The stereo cameras are most exact
# at 848x480, where their shortest distance is also well below arm's length.
_STEREO_SIZES = ((848, 480), (640, 480), (640, 360), (480, 270))
_OTHER_SIZES = ((640, 480), (640, 360), (848, 480), (480, 360), (320, 240))
_HAND_PRESETS = ("hand", "gesturerecognition")


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """An attached camera as a user names it; ``usb`` is its connection, e.g. "3.2"."""

    name: str
    serial: str
    usb: str


@dataclass(frozen=True, slots=True, order=True)
class DepthMode:
    """A size in pixels and a rate in frames a second."""

    width: int
    height: int
    fps: int


def attached_cameras() -> list[CameraInfo]:
    """Return the attached depth cameras; none, too, where the SDK is not installed."""
    try:
        sdk = load_sdk(CameraError, "a live camera")
    except CameraError:
        return []
    return [_describe(sdk, device) for device in _depth_devices(sdk)]


def choose_mode(modes: Sequence[DepthMode], model: str, fps: int) -> DepthMode:
    """Choose the depth mode for hands: a fluent rate first, then the size, then the rate.

    Raises:
        CameraError: if there are no modes.
    """
    if not modes:
        raise CameraError(f"{model} offers no depth stream; update its firmware")
    sizes = _STEREO_SIZES if " D4" in f" {model}" else _OTHER_SIZES

    def cost(mode: DepthMode) -> tuple[bool, int, int, int]:
        size = (mode.width, mode.height)
        rank = sizes.index(size) if size in sizes else len(sizes)
        oddness = abs(mode.width * mode.height - 640 * 480)
        return mode.fps < min(fps, _SLOWEST_FPS), rank, oddness, abs(mode.fps - fps)

    return min(modes, key=cost)


class RealSenseCamera:
    """Delivers the newest depth frame of one camera; unread frames are lost.

    One thread reads; any thread may close. The queue holds one frame: the SDK drops the older.
    It uses the depth sensor itself, not the SDK's pipeline, which blocks for 15 s when it tries to
    reconnect a lost camera.

    Args:
        sdk: the module ``pyrealsense2``.
        device: an SDK device with a depth sensor.
        fps: the wanted rate, 30, 60 or 90; the nearest one offered is taken.
        attached: tells whether the device is still there.

    Raises:
        CameraError: if the camera cannot be opened.
    """

    live = True
    frame_count: int | None = None

    def __init__(
        self, sdk: Any, device: Any, *, fps: int = 30, attached: Callable[[], bool]
    ) -> None:
        self._sdk = sdk
        self._attached = attached
        self._info = _describe(sdk, device)
        self.name = f"{self._info.name} {self._info.serial}".strip()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._delivered = 0
        self._sensor: Any = None
        try:
            self._start(device.first_depth_sensor(), fps)
        except RuntimeError as error:
            raise CameraError(_cannot_open(self.name, error)) from error
        except CameraError:
            raise
        except SourceError as error:
            self.close()
            raise CameraError(str(error)) from error
        self._timestamps = Timestamps(self.camera.fps)
        self.notice = _advice(self._info, self.camera.fps)
        self._silent_since = time.monotonic()

    @classmethod
    def open(cls, serial: str | None = None, *, fps: int = 30) -> RealSenseCamera:
        """Open the camera with this serial number, or the first one.

        Raises:
            CameraError: with the reason and a hint, if there is none or it cannot be opened.
        """
        sdk = load_sdk(CameraError, "a live camera")
        devices = {_describe(sdk, device).serial: device for device in _depth_devices(sdk)}
        if not devices:
            raise CameraError(
                "no RealSense camera is attached: plug it into a USB 3 port with its own cable; "
                "on Linux install the udev rules of librealsense"
            )
        if serial is not None and serial not in devices:
            known = ", ".join(devices)
            raise CameraError(f"no camera with serial number {serial}; attached: {known}")
        chosen = serial if serial is not None else next(iter(devices))

        def attached() -> bool:
            return chosen in {_describe(sdk, device).serial for device in _depth_devices(sdk)}

        return cls(sdk, devices[chosen], fps=fps, attached=attached)

    @property
    def ended(self) -> bool:
        return self._closing.is_set()

    def read(self, timeout_ms: float = 1000.0) -> Frame | None:
        """Return the newest frame, or None if none came in time or the camera was closed.

        Raises:
            CameraError: if the camera was unplugged or has fallen silent.
        """
        deadline = time.monotonic() + timeout_ms / 1000.0
        while not self._closing.is_set():
            with self._lock:
                frame = None if self._closing.is_set() else self._take()
            if frame is not None:
                return frame
            self._raise_if_lost()
            if time.monotonic() >= deadline:
                break
        return None

    def rewind(self) -> None:
        """Do nothing: a live source just goes on."""

    def close(self) -> None:
        self._closing.set()
        with self._lock:
            sensor, self._sensor = self._sensor, None
            if sensor is None:
                return
            for step in (sensor.stop, sensor.close):
                try:
                    step()
                except RuntimeError:
                    # An unplugged camera cannot be stopped, and need not be.
                    continue

    def _start(self, sensor: Any, fps: int) -> None:
        sdk = self._sdk
        profiles = _depth_profiles(sdk, sensor)
        profile = profiles[choose_mode(list(profiles), self._info.name, fps)]
        _set_hand_preset(sdk, sensor)
        self._queue = sdk.frame_queue(1)
        sensor.open(profile)
        self._sensor = sensor
        try:
            sensor.start(self._queue)
        except RuntimeError:
            self.close()
            raise
        self.camera = camera_of(profile, sensor.get_option(sdk.option.depth_units), self._info.name)

    def _take(self) -> Frame | None:
        arrived, frame = self._queue.try_wait_for_frame(_SLICE_MS)
        if not arrived:
            return None
        self._silent_since = time.monotonic()
        raw = np.array(frame.get_data(), dtype=np.uint16)
        stamp_ms = frame.get_timestamp()
        if raw.shape != (self.camera.height, self.camera.width):
            return None
        depth_mm = np.multiply(raw, self.camera.depth_unit_mm, dtype=np.float32)
        result = Frame(depth_mm, self._timestamps.next(stamp_ms), self._delivered, self.camera)
        self._delivered += 1
        return result

    def _raise_if_lost(self) -> None:
        silent_s = time.monotonic() - self._silent_since
        if silent_s > _CHECK_AFTER_S and not self._attached():
            raise CameraError(f"{self.name} was unplugged: plug it in and open it again")
        if silent_s > _SILENCE_S:
            raise CameraError(
                f"{self.name} sends no frames: unplug it, plug it in and open it again"
            )


def _depth_devices(sdk: Any) -> list[Any]:
    """Return the attached devices that have a depth sensor; takes about 1 ms."""
    try:
        return [
            device
            for device in sdk.context().query_devices()
            if any(sensor.is_depth_sensor() for sensor in device.query_sensors())
        ]
    except RuntimeError as error:
        raise CameraError(_cannot_open("the camera", error)) from error


def _describe(sdk: Any, device: Any) -> CameraInfo:
    field = sdk.camera_info
    return CameraInfo(
        name=device_info(device, field.name, "RealSense"),
        serial=device_info(device, field.serial_number),
        usb=device_info(device, field.usb_type_descriptor),
    )


def _depth_profiles(sdk: Any, sensor: Any) -> dict[DepthMode, Any]:
    profiles = {}
    for profile in sensor.get_stream_profiles():
        if profile.stream_type() == sdk.stream.depth and profile.format() == sdk.format.z16:
            video = profile.as_video_stream_profile()
            profiles[DepthMode(video.width(), video.height(), video.fps())] = profile
    return profiles


def _set_hand_preset(sdk: Any, sensor: Any) -> None:
    """Choose the preset made for hands, by its description, where the model has one."""
    option = sdk.option.visual_preset
    if not sensor.supports(option):
        return
    values = sensor.get_option_range(option)
    for value in range(int(values.min), int(values.max) + 1):
        text = sensor.get_option_value_description(option, float(value)) or ""
        if "".join(text.lower().split()) in _HAND_PRESETS:
            sensor.set_option(option, float(value))
            return


def _cannot_open(name: str, error: RuntimeError) -> str:
    return (
        f"{name} cannot be opened ({one_line(error)}): close other programs that use it, try "
        "another USB 3 port and cable; on Linux check the udev rules of librealsense"
    )


def _advice(info: CameraInfo, fps: float) -> str | None:
    if info.usb.startswith("2"):
        return f"{info.name} is on a slow USB 2 connection: use a USB 3 port and cable"
    if fps < _SLOWEST_FPS:
        return f"{info.name} delivers only {fps:g} frames a second: fast hands may be lost"
    if "D455" in info.name or "D456" in info.name:
        return f"{info.name} measures from about 40 cm on: keep your hands farther away than that"
    return None
