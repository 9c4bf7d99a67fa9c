"""RealSense recordings, ``.bag`` and ``.db3``, frame by frame through the SDK."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from engine.camera import Camera, FloatArray
from engine.errors import SourceError
from engine.sources.base import Timestamps, early_end
from engine.sources.realsense_sdk import camera_of, device_info, load_sdk, one_line
from engine.sources.recording_check import check_recording
from engine.types import Frame

_SLICE_MS = 50
"""The longest single wait inside the SDK, and so the longest that ``close`` waits for ``read``."""
_SILENCE_S = 5.0
"""A file that delivers nothing for so long, yet is not at its end, is taken as damaged."""
_STOP_LIMIT_S = 0.8
# pybind11 turns C++ exceptions into these.
_SDK_ERRORS = (RuntimeError, ValueError, IndexError, MemoryError)


class RealSenseRecording:
    """Plays every depth frame of a recording once, in order, as fast as it is read.

    One thread reads and rewinds; any thread may close. Only the depth stream is played: with two
    streams the SDK loses frames to their synchronisation.

    Raises:
        SourceError: if the SDK is missing or the file is not usable, see ``check_recording``.
    """

    live = False

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._path = path
        self.frame_count = check_recording(path).depth_frames
        self._sdk = load_sdk(SourceError, f"opening {path}")
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._pipeline: Any = None
        self._session: tuple[Any, ...] = ()
        self._playback: Any = None
        self._first: Frame | None = None
        self._start()

    @property
    def ended(self) -> bool:
        return self._ended or self._closing.is_set()

    @property
    def notice(self) -> str | None:
        return self._notice

    def read(self, timeout_ms: float = 1000.0) -> Frame | None:
        """Return the next frame; None if none came in time, at the end, or once closed."""
        deadline = time.monotonic() + timeout_ms / 1000.0
        while not self.ended:
            with self._lock:
                frame = None if self._closing.is_set() else self._take()
            if frame is not None:
                return frame
            if time.monotonic() >= deadline:
                break
        return None

    def rewind(self) -> None:
        """Start again from frame 0.

        Raises:
            SourceError: if the source was closed or the file is gone.
        """
        with self._lock:
            if self._closing.is_set():
                raise SourceError(f"{self.name} was closed")
            self._stop()
            self._start()

    def close(self) -> None:
        self._closing.set()
        with self._lock:
            self._stop()

    def _start(self) -> None:
        """Open the file and read its first frame, which proves that it can be read at all."""
        sdk = self._sdk
        self._ended, self._delivered = True, 0
        self._notice: str | None = None
        config, pipeline = sdk.config(), sdk.pipeline()
        try:
            config.enable_device_from_file(str(self._path), False)
            config.enable_stream(sdk.stream.depth)
            # Real time must be off before the start: what plays until then is lost.
            resolved = config.resolve(sdk.pipeline_wrapper(pipeline))
            resolved.get_device().as_playback().set_real_time(False)
            profile = pipeline.start(config)
        except _SDK_ERRORS as error:
            raise SourceError(f"{self._path} cannot be played: {_reason(error)}") from error
        self._pipeline, self._session = pipeline, (config, resolved, profile)
        try:
            self._open_playback(profile)
        except _SDK_ERRORS as error:
            self._stop()
            raise SourceError(f"{self._path} cannot be played: {_reason(error)}") from error
        except SourceError:
            self._stop()
            raise
        self._ended = False

    def _open_playback(self, profile: Any) -> None:
        sdk = self._sdk
        device = profile.get_device()
        self._playback = device.as_playback()
        model = device_info(device, sdk.camera_info.name, self.name)
        stream = profile.get_stream(sdk.stream.depth)
        if stream.format() != sdk.format.z16:
            raise SourceError(f"{self._path} holds depth as {stream.format()}, not as Z16")
        self._silent_since = time.monotonic()
        depth = None
        while depth is None:
            depth = self._wait()
            if depth is None and self._finished():
                raise SourceError(f"{self._path} is damaged: no depth frame can be read from it")
        raw, unit_m, stamp_ms = depth
        self.camera: Camera = camera_of(stream, unit_m, model)
        self._timestamps = Timestamps(self.camera.fps)
        self._first = self._frame(raw, stamp_ms)

    def _take(self) -> Frame | None:
        """Return the next frame or None after one short wait; notes the end. Lock held."""
        frame, self._first = self._first, None
        if frame is None:
            try:
                depth = self._wait()
            except _SDK_ERRORS as error:
                self._end(one_line(error))
                return None
            if depth is None:
                if self._finished():
                    self._end()
                return None
            if depth[0].shape != (self.camera.height, self.camera.width):
                self._end(f"frame {self._delivered} is of another size")
                return None
            frame = self._frame(depth[0], depth[2])
        self._delivered += 1
        if self._delivered == self.frame_count:
            self._ended = True
        return frame

    def _wait(self) -> tuple[Any, float, float] | None:
        """Return raw depth [H, W], its unit in metres and its stamp in ms, or None."""
        arrived, frames = self._pipeline.try_wait_for_frames(_SLICE_MS)
        depth = frames.get_depth_frame() if arrived else None
        if not depth:
            return None
        self._silent_since = time.monotonic()
        if depth.get_data_size() < depth.get_stride_in_bytes() * depth.get_height():
            raise ValueError("a frame is incomplete")
        # Copied at once: the SDK stalls when its frames are held.
        raw = np.array(depth.get_data(), dtype=np.uint16)
        return raw, depth.get_units(), depth.get_timestamp()

    def _finished(self) -> bool:
        return not self._playing() or time.monotonic() - self._silent_since > _SILENCE_S

    def _end(self, reason: str = "") -> None:
        self._ended = True
        if reason or self.frame_count is not None:
            self._notice = early_end(self.name, self._delivered, self.frame_count, reason)

    def _frame(self, raw: Any, stamp_ms: float) -> Frame:
        depth_mm: FloatArray = np.multiply(raw, self.camera.depth_unit_mm, dtype=np.float32)
        return Frame(depth_mm, self._timestamps.next(stamp_ms), self._delivered, self.camera)

    def _stop(self) -> None:
        self._first = None
        if self._pipeline is None:
            return
        self._pipeline.stop()
        # The playing thread goes on for some milliseconds after stop(); the SDK crashes when its
        # objects are released before that thread has noticed.
        deadline = time.monotonic() + _STOP_LIMIT_S
        while self._playing() and time.monotonic() < deadline:
            time.sleep(0.001)
        self._pipeline = self._playback = None
        self._session = ()

    def _playing(self) -> bool:
        stopped = self._sdk.playback_status.stopped
        return self._playback is not None and self._playback.current_status() != stopped


def _reason(error: BaseException) -> str:
    text = one_line(error)
    if "resolve request" in text:
        return "its depth stream is not described"
    return f"it is damaged ({text})"
