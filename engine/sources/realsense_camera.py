"""One opened RealSense camera, its depth stream set up for hands."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import numpy as np

from engine.errors import CameraError, SourceError
from engine.sources.base import Timestamps
from engine.sources.camera_choice import CameraChoice, DepthMode, choose_mode
from engine.sources.depth_units import depth_in_mm
from engine.sources.realsense_colour import RealSenseColour
from engine.sources.realsense_devices import (
    cannot_open,
    chosen_preset,
    depth_profiles,
    describe,
    nearest_mm,
    preset_values,
)
from engine.sources.realsense_sdk import camera_of
from engine.types import Frame

_SLICE_MS: Final = 50
"""The longest single wait inside the SDK, and so the longest that ``close`` waits for ``read``."""
_CHECK_AFTER_S = 0.5
"""After so long without a frame, ask whether the camera is still attached."""
_SILENCE_S = 5.0
"""An attached camera that sends nothing for so long is reported as lost."""


class RealSenseCamera:
    """Delivers the newest depth frame of one camera; unread frames are lost.

    One thread reads; any thread may close. The queue holds one frame: the SDK drops the older.
    It uses the depth sensor itself, not the SDK's pipeline, which blocks for 15 s when it tries to
    reconnect a lost camera. Millimetres follow the unit that each frame says it has, as programs
    may change the camera's.

    Args:
        sdk: the module ``pyrealsense2``.
        device: an SDK device with a depth sensor.
        choice: mode and preset; those best for hands where it does not say.
        fps: the wanted rate where ``choice`` names no mode; the nearest one offered is taken.
        attached: tells whether the device is still there.

    Raises:
        CameraError: if the camera cannot be opened, or not in this mode or with this preset.
    """

    live = True
    frame_count: int | None = None
    notice: str | None = None

    def __init__(
        self,
        sdk: Any,
        device: Any,
        choice: CameraChoice | None = None,
        *,
        fps: int = 30,
        attached: Callable[[], bool],
    ) -> None:
        self._sdk = sdk
        self._attached = attached
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._delivered = 0
        self._sensor: Any = None
        self._colour: RealSenseColour | None = None
        self._colour_wanted = False
        self.name = "the camera"
        try:
            self.info = describe(sdk, device)
            self.name = f"{self.info.name} {self.info.serial}".strip()
            self._start(device, choice or CameraChoice(), fps)
        except RuntimeError as error:
            raise CameraError(cannot_open(self.name, error)) from error
        except CameraError:
            raise
        except SourceError as error:
            self.close()
            raise CameraError(str(error)) from error
        self._timestamps = Timestamps(self.camera.fps)
        self._silent_since = time.monotonic()

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

    def show_colour(self, on: bool) -> None:
        """Let frames carry colour from one of the next on, or no more; any thread may ask.

        Depth goes on, but for a camera whose colour comes from its depth sensor, which begins
        anew.
        """
        self._colour_wanted = on

    def rewind(self) -> None:
        """Do nothing: a live source just goes on."""

    def close(self) -> None:
        self._closing.set()
        with self._lock:
            sensor, self._sensor = self._sensor, None
            if self._colour is not None:
                self._colour.stop()
            if sensor is None:
                return
            for step in (sensor.stop, sensor.close):
                try:
                    step()
                except RuntimeError:
                    # An unplugged camera cannot be stopped, and need not be.
                    continue

    def _start(self, device: Any, choice: CameraChoice, fps: int) -> None:
        sdk = self._sdk
        self._device, sensor = device, device.first_depth_sensor()
        profiles = depth_profiles(sdk, sensor)
        self.mode = self._mode(choice.mode, list(profiles), fps)
        preset = chosen_preset(preset_values(sdk, sensor), choice.preset, self.info.name)
        if preset is not None:
            sensor.set_option(sdk.option.visual_preset, preset)
        self._queue = sdk.frame_queue(1)
        self._profile = profile = profiles[self.mode]
        sensor.open(profile)
        self._sensor = sensor
        try:
            sensor.start(self._queue)
        except RuntimeError:
            self.close()
            raise
        name = self.info.name
        unit_m = sensor.get_option(sdk.option.depth_units)
        camera, self._rectifier = camera_of(profile, unit_m, name)
        self.notice = self._rectifier.notice or None
        nearest = nearest_mm(sdk, sensor, name, camera.fx)
        self.camera = replace(camera, nearest_mm=nearest, serial=self.info.serial)

    def _mode(self, wanted: DepthMode | None, offered: list[DepthMode], fps: int) -> DepthMode:
        if wanted is None:
            return choose_mode(offered, self.info.name, fps)
        if wanted in offered:
            return wanted
        known = ", ".join(str(mode) for mode in sorted(offered))
        usb = f" on USB {self.info.usb}" if self.info.usb else ""
        raise CameraError(f"{self.name} offers no {wanted}{usb}; it offers: {known}")

    def _switch_colour(self) -> RealSenseColour | None:
        """Do what was asked for by ``show_colour``; the colour stream while it is on."""
        wanted, colour = self._colour_wanted, self._colour
        if colour is None:
            if not wanted:
                return None
            colour = self._colour = RealSenseColour(
                self._sdk, self._device, self.mode, self._profile, self._sensor
            )
        if wanted is not colour.on and (wanted or colour.on) and colour.profile is not None:
            (colour.start if wanted else colour.stop)()
            if colour.shared:
                self._begin_anew([self._profile, *([colour.profile] if wanted else [])])
        return colour if wanted else None

    def _begin_anew(self, profiles: list[Any]) -> None:
        """Let the depth sensor send these streams, into a queue with room for each."""
        self._sensor.stop()
        self._sensor.close()
        self._queue = self._sdk.frame_queue(len(profiles))
        self._sensor.open(profiles)
        self._sensor.start(self._queue)

    def _next_depth(self, colour: RealSenseColour | None) -> Any | None:
        """The next depth frame of the queue; a colour frame is noted."""
        arrived, frame = self._queue.try_wait_for_frame(_SLICE_MS)
        if not arrived:
            return None
        if frame.get_profile().stream_type() == self._sdk.stream.depth:
            return frame
        if colour is not None:
            colour.take(frame)
        return None

    def _take(self) -> Frame | None:
        colour = self._switch_colour()
        frame = self._next_depth(colour)
        if frame is None:
            return None
        self._silent_since = time.monotonic()
        raw = np.array(frame.get_data(), dtype=np.uint16)
        stamp_ms = frame.get_timestamp()
        unit_mm = 1000.0 * frame.as_depth_frame().get_units()
        if raw.shape != self._rectifier.shape:
            return None
        if not unit_mm > 0.0:
            unit_mm = self.camera.depth_unit_mm
        depth_mm = depth_in_mm(self._rectifier(raw), unit_mm)
        image = None if colour is None else colour.newest()
        problem = "" if colour is None or image is not None else colour.problem
        stamp_ms = self._timestamps.next(stamp_ms)
        self._delivered += 1
        return Frame(depth_mm, stamp_ms, self._delivered - 1, self.camera, image, problem)

    def _raise_if_lost(self) -> None:
        silent_s = time.monotonic() - self._silent_since
        if silent_s > _CHECK_AFTER_S and not self._attached():
            raise CameraError(f"{self.name} was unplugged")
        if silent_s > _SILENCE_S:
            raise CameraError(f"{self.name} sends no frames")
