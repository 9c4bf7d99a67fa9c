"""Depth recordings out: folders of PNGs and RealSense ``.db3`` files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera
from engine.errors import ExportError, SourceError
from engine.image_io import write_depth_png
from engine.sources.folder import CAMERA_FILE
from engine.sources.realsense_sdk import load_sdk, one_line
from engine.types import Frame

_WRITE_TIMEOUT_MS = 2000
"""The SDK echoes a frame within milliseconds of having recorded it."""


class FolderRecorder:
    """Writes frames as ``%06d.png`` beside a ``camera.json``; one thread at a time may use it.

    Every file appears complete or not at all, so a killed recording stays readable. Depth is
    rounded to the camera's unit; what exceeds 16 bits becomes 0, "no data". Frame times are not
    kept: the reader counts with ``camera.fps``.

    Raises:
        ExportError: if the folder cannot be made or already holds a recording.
    """

    def __init__(self, path: Path, camera: Camera) -> None:
        self._path = path
        self._camera = camera
        self._written = 0
        try:
            path.mkdir(parents=True, exist_ok=True)
            if any(path.glob("*.png")) or (path / CAMERA_FILE).exists():
                raise ExportError(f"{path} already holds a recording: choose an empty folder")
            _write_camera_file(path / CAMERA_FILE, camera)
        except OSError as error:
            raise _cannot_write(path, error) from error

    @property
    def written(self) -> int:
        """The number of frames written so far."""
        return self._written

    def write(self, frame: Frame) -> None:
        """Append one frame.

        Raises:
            ExportError: if it cannot be written or comes from another camera.
        """
        path = self._path / f"{self._written:06d}.png"
        depth = _raw_depth(frame, self._camera)
        try:
            write_depth_png(path, depth)
        except OSError as error:
            raise _cannot_write(path, error) from error
        self._written += 1

    def __enter__(self) -> FolderRecorder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing to finish: every frame is already complete on disk."""


def write_realsense_recording(path: Path, frames: Iterable[Frame], camera: Camera) -> int:
    """Write ``frames`` as a losslessly compressed ``.db3``; return how many there were.

    The file replaces an older one only when it is complete. Frame times are kept.

    Raises:
        ExportError: if the suffix is not ``.db3``, the SDK is missing, or writing fails.
    """
    if path.suffix.lower() != ".db3":
        raise ExportError(f"{path} must end in .db3: the RealSense SDK records nothing else")
    try:
        sdk = load_sdk(SourceError, f"writing {path}")
    except SourceError as error:
        raise ExportError(str(error)) from error
    partial = path.with_name(f".{path.stem}.part.db3")
    try:
        partial.unlink(missing_ok=True)
        written = _record(sdk, partial, frames, camera)
        os.replace(partial, path)
    except OSError as error:
        raise _cannot_write(path, error) from error
    except RuntimeError as error:
        raise ExportError(f"{path} cannot be written: {one_line(error)}") from error
    finally:
        partial.unlink(missing_ok=True)
    return written


def _record(sdk: Any, path: Path, frames: Iterable[Frame], camera: Camera) -> int:
    """Feed a software device whose sensor is opened through the SDK's recorder."""
    device = sdk.software_device()
    device.register_info(sdk.camera_info.name, camera.name)
    source = device.add_sensor("Depth")
    profile = source.add_video_stream(_stream(sdk, camera), True)
    unit_m = camera.depth_unit_mm / 1000.0
    source.add_read_only_option(sdk.option.depth_units, unit_m)
    recorder = sdk.recorder(str(path), device, True)
    sensor = recorder.query_sensors()[0]
    echo = sdk.frame_queue(1)
    sensor.open(sensor.get_stream_profiles()[0])
    sensor.start(echo)
    written = 0
    try:
        for frame in frames:
            source.on_video_frame(_sdk_frame(sdk, frame, camera, profile, written + 1))
            arrived, _ = echo.try_wait_for_frame(_WRITE_TIMEOUT_MS)
            if not arrived:
                raise ExportError(f"{path.parent} cannot be written: the recorder has stalled")
            written += 1
    finally:
        sensor.stop()
        sensor.close()
        # Flushes the file; the recorder itself goes when this function returns.
        recorder.pause()
    return written


def _stream(sdk: Any, camera: Camera) -> Any:
    lens = sdk.intrinsics()
    lens.width, lens.height = camera.width, camera.height
    lens.fx, lens.fy, lens.ppx, lens.ppy = camera.fx, camera.fy, camera.cx, camera.cy
    lens.model = sdk.distortion.none
    stream = sdk.video_stream()
    stream.type, stream.uid, stream.index = sdk.stream.depth, 1, 0
    stream.width, stream.height, stream.bpp = camera.width, camera.height, 2
    stream.fps = max(1, round(camera.fps))
    stream.fmt, stream.intrinsics = sdk.format.z16, lens
    return stream


def _sdk_frame(sdk: Any, frame: Frame, camera: Camera, profile: Any, number: int) -> Any:
    result = sdk.software_video_frame()
    result.pixels = _raw_depth(frame, camera)
    result.bpp, result.stride = 2, camera.width * 2
    result.timestamp, result.frame_number = frame.timestamp_ms, number
    result.domain = sdk.timestamp_domain.hardware_clock
    result.profile = profile.as_video_stream_profile()
    result.depth_units = camera.depth_unit_mm / 1000.0
    return result


def _raw_depth(frame: Frame, camera: Camera) -> NDArray[np.uint16]:
    """Depth in the camera's units [H, W]; 0 where a value does not fit 16 bits."""
    if frame.depth_mm.shape != (camera.height, camera.width):
        raise ExportError(
            f"frame {frame.index} is {frame.depth_mm.shape[1]}x{frame.depth_mm.shape[0]}, "
            f"the recording {camera.width}x{camera.height}"
        )
    units = np.rint(frame.depth_mm / np.float32(camera.depth_unit_mm))
    fits = (units >= 0) & (units <= np.iinfo(np.uint16).max)
    return np.where(fits, units, 0).astype(np.uint16)


def _write_camera_file(path: Path, camera: Camera) -> None:
    names = ("name", "width", "height", "fx", "fy", "cx", "cy", "depth_unit_mm", "fps")
    fields = {name: getattr(camera, name) for name in names}
    partial = path.with_name(f".{path.name}.part")
    partial.write_text(json.dumps(fields) + "\n", encoding="utf-8")
    os.replace(partial, path)


def _cannot_write(path: Path, error: OSError) -> ExportError:
    return ExportError(f"{path} cannot be written: {error.strerror or error}")
