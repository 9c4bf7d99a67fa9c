"""A live camera that may be unplugged and plugged in again while its run goes on."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any, Final

from engine.camera import Camera
from engine.errors import CameraError
from engine.sources.base import Connection, ConnectionState
from engine.sources.camera_choice import SLOWEST_FPS, CameraChoice
from engine.sources.realsense_camera import RealSenseCamera
from engine.sources.realsense_devices import (
    CameraInfo,
    Devices,
    describe,
    find_device,
    serial_of,
    why_no_camera,
)
from engine.timing import Clock
from engine.types import Frame

RETRY_S: Final = 1.0
"""How often a camera that is gone is looked for; a look takes some milliseconds."""
BACK_S: Final = 3.0
"""How long it is said that the camera is back."""
RESET_AFTER: Final = 2
"""A camera that was opened so often in vain is reset, as if it were unplugged."""
FAR_CAMERA_MM: Final = 300.0
"""Hands are mostly nearer than a camera that begins to measure here is made for."""


class ReconnectingCamera:
    """A ``ReconnectingSource``: one camera by its serial number, whatever happens to its cable.

    One thread reads; any thread may close or ask for ``connection``. Frame numbers and timestamps
    go on over a gap, the stamps by the time that has passed. A camera that comes back on a slower
    port, where it lacks its mode, is opened in the best one there; its frames carry their camera.

    What helps against a silent camera is tried in turn: to open it again, and if it stays silent,
    to reset it.

    Args:
        devices: where cameras are found.
        choice: which camera, mode and preset; a camera without a serial is the first one found.
        retry_s, back_s: seconds between looks, and for which "back" is shown.
        clock: monotonic seconds.

    Raises:
        CameraError: with the reason and a hint, if there is no camera or it cannot be opened.
    """

    live: Final = True
    frame_count: Final = None
    notice: Final = None

    def __init__(
        self,
        devices: Devices,
        choice: CameraChoice | None = None,
        *,
        retry_s: float = RETRY_S,
        back_s: float = BACK_S,
        clock: Clock = time.monotonic,
    ) -> None:
        choice = choice or CameraChoice()
        self._devices, self._clock = devices, clock
        self._retry_s, self._back_s = retry_s, back_s
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._device: RealSenseCamera | None = None
        self._colour_shown = False
        self._tried = 0
        self._next_index = 0
        self._offset_ms = 0.0
        self._last_ms: float | None = None
        self._last_s = self._back_since_s = clock()
        device = _find_first(devices, choice.serial)
        serial = serial_of(devices.sdk, device)
        self._choice = replace(choice, serial=serial)
        opened = self._open(device, self._choice)
        self._choice = replace(self._choice, mode=opened.mode)
        self.name, self._camera = opened.name, opened.camera
        self._advice = advice(opened.info, opened.camera, opened.notice)
        self._connection = Connection(advice=self._advice)
        self._device = opened

    @property
    def camera(self) -> Camera:
        """The camera of the newest frame."""
        return self._camera

    @property
    def choice(self) -> CameraChoice:
        """Which camera this is, and in which mode."""
        return self._choice

    @property
    def connection(self) -> Connection:
        """How the camera is connected, and what could be better."""
        return self._connection

    @property
    def ended(self) -> bool:
        """True only after ``close``."""
        return self._closing.is_set()

    def read(self, timeout_ms: float = 1000.0) -> Frame | None:
        """Return the newest frame, or None if none came in time, also while the camera is gone."""
        device = self._device or self._try_again(timeout_ms / 1000.0)
        if device is None:
            return None
        try:
            frame = device.read(timeout_ms)
        except CameraError as error:
            self._lose(device, str(error))
            return None
        return None if frame is None else self._continued(frame)

    def show_colour(self, on: bool) -> None:
        """Let frames carry colour, or no more, also once the camera is back; any thread may ask."""
        with self._lock:
            self._colour_shown = on
            if self._device is not None:
                self._device.show_colour(on)

    def rewind(self) -> None:
        """Do nothing: a live source just goes on."""

    def close(self) -> None:
        """End the stream; may be called more than once."""
        self._closing.set()
        with self._lock:
            device, self._device = self._device, None
        if device is not None:
            device.close()

    # -- reading thread ----------------------------------------------------------------------

    def _continued(self, frame: Frame) -> Frame:
        """``frame`` with the next number and a stamp that follows on the last."""
        now_s = self._clock()
        if self._next_index and frame.index == 0 and self._last_ms is not None:
            gap_ms = max(1000.0 * (now_s - self._last_s), 1000.0 / frame.camera.fps)
            self._offset_ms = self._last_ms + gap_ms - frame.timestamp_ms
        if not self._connection.state.delivering:
            self._back_since_s = now_s
            self._tried = 0
            self._set_connection(ConnectionState.RECONNECTED, f"{self.name} is back")
        elif (
            self._connection.state is ConnectionState.RECONNECTED
            and now_s - self._back_since_s > self._back_s
        ):
            self._set_connection(ConnectionState.CONNECTED, "")
        stamp_ms = frame.timestamp_ms + self._offset_ms
        self._last_ms, self._last_s = stamp_ms, now_s
        self._camera = frame.camera
        self._next_index += 1
        return replace(frame, timestamp_ms=stamp_ms, index=self._next_index - 1)

    def _lose(self, device: RealSenseCamera, reason: str) -> None:
        device.close()
        with self._lock:
            self._device = None
        self._set_connection(ConnectionState.LOST, f"{reason}: it is being opened again")

    def _try_again(self, timeout_s: float) -> RealSenseCamera | None:
        """Look for the camera once; wait before the next look if it is not there."""
        found = self._find()
        if found is None:
            self._tried = 0
            self._set_connection(
                ConnectionState.UNPLUGGED,
                f"{self.name} was unplugged. Plug it in again: everything goes on by itself.",
            )
        else:
            opened = self._open_again(found)
            if opened is not None:
                return opened
        self._closing.wait(min(timeout_s, self._retry_s))
        return None

    def _find(self) -> Any | None:
        try:
            return find_device(self._devices, self._choice.serial)
        except CameraError:
            return None

    def _open_again(self, found: Any) -> RealSenseCamera | None:
        self._tried += 1
        if self._tried > RESET_AFTER:
            self._tried = 0
            self._reset(found)
            return None
        try:
            opened = self._open(found, self._choice_for(found))
        except CameraError as error:
            self._set_connection(ConnectionState.LOST, f"{error}. It is tried again.")
            return None
        with self._lock:
            if not self._closing.is_set():
                self._advice = advice(opened.info, opened.camera, opened.notice)
                opened.show_colour(self._colour_shown)
                self._device = opened
                return opened
        opened.close()
        return None

    def _choice_for(self, found: Any) -> CameraChoice:
        """The mode there was, or the best one if this port is too slow for it."""
        modes = describe(self._devices.sdk, found).modes
        return self._choice if self._choice.mode in modes else replace(self._choice, mode=None)

    def _reset(self, found: Any) -> None:
        self._set_connection(
            ConnectionState.LOST, f"{self.name} sends no frames: it is being reset"
        )
        try:
            found.hardware_reset()
        except RuntimeError:
            # Not every device can, and one that has just been unplugged cannot.
            return

    def _open(self, found: Any, choice: CameraChoice) -> RealSenseCamera:
        def attached() -> bool:
            return self._find() is not None

        return RealSenseCamera(self._devices.sdk, found, choice, attached=attached)

    def _set_connection(self, state: ConnectionState, text: str) -> None:
        self._connection = Connection(state, text, self._advice if state.delivering else ())


def shortcomings(info: CameraInfo) -> tuple[str, ...]:
    """What could be better about a camera before it is opened, in sentences, the gravest first."""
    found = []
    if info.slow:
        found.append(
            f"{info.name} hangs on USB 2, which is too slow for it: use a USB 3 port (often blue "
            "inside) and the cable that came with it."
        )
    if info.old_firmware:
        found.append(
            f"{info.name} has firmware {info.firmware}; {info.firmware_wanted} is recommended "
            "(update it with the RealSense viewer)."
        )
    return tuple(found)


def advice(info: CameraInfo, camera: Camera, lens: str | None = None) -> tuple[str, ...]:
    """What could be better about an opened camera, in sentences; ``lens`` about its lens."""
    found = list(shortcomings(info))
    if lens:
        found.append(f"{lens[0].upper()}{lens[1:]}.")
    if camera.fps < SLOWEST_FPS:
        found.append(f"Only {camera.fps:g} frames a second come: fast hands will be lost.")
    if camera.nearest_mm >= FAR_CAMERA_MM:
        found.append(
            f"At this size {info.name} measures from {in_cm(camera.nearest_mm)} on: keep the hand "
            "farther away, or choose a smaller size."
        )
    return tuple(found)


def in_cm(mm: float) -> str:
    """A distance in whole centimetres."""
    return f"{mm / 10.0:.0f} cm"


def _find_first(devices: Devices, serial: str) -> Any:
    """The device with this serial, or the first one.

    Raises:
        CameraError: with the reason and a hint, if there is none.
    """
    by_serial = {serial_of(devices.sdk, device): device for device in devices.find_all()}
    if not by_serial:
        raise CameraError(why_no_camera())
    if serial and serial not in by_serial:
        raise CameraError(
            f"no camera with serial number {serial}; attached: {', '.join(by_serial)}"
        )
    return by_serial[serial] if serial else next(iter(by_serial.values()))
