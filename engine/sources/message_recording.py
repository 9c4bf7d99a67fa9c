"""Recordings in one file of messages, ``.bag``, ``.db3``, ``.mcap``, in any order of frames.

The files are read here and not through the RealSense SDK: its player delivers frames one after
another only, blocks for seconds when it is paused or made to seek, and crashes on damaged files.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from engine.camera import MAX_PARAMETER, MIN_PARAMETER, Camera
from engine.errors import FrameError, InvalidInputError, SourceError
from engine.sources.colour_stream import ColourStream, NoColour
from engine.sources.depth_stream import DepthStream
from engine.sources.depth_units import depth_in_mm
from engine.sources.lens import Lens, Rectifier
from engine.sources.message_file import MESSAGE_ERRORS, MessageFile
from engine.sources.message_folder import open_message_folder
from engine.sources.open_messages import open_messages
from engine.sources.recording import Recording
from engine.sources.ros_colour import ros_colour
from engine.sources.ros_stream import ros_stream
from engine.sources.sdk_colour import sdk_colour
from engine.sources.sdk_stream import is_sdk_file, sdk_stream
from engine.sources.timeline import Timeline, repair_timeline
from engine.types import Frame

_USUAL_FPS: Final = 30.0
COLOUR_GAP: Final = "no colour image was recorded beside this depth image"


class MessageRecording(Recording):
    """Every depth frame of a recording of the RealSense SDK or of ROS, in the order of the stamps.

    ``path`` is a file or the folder of ``ros2 bag record``.

    A file that was never closed is read as far as it goes; ``notice`` says how far. One thread
    reads; any thread may close.

    Raises:
        SourceError: if the file is not usable; it says what the file is instead, or what it lacks.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = open_message_folder(path) if path.is_dir() else open_messages(path)
        try:
            self._stream = _depth_stream(path, self._file)
            self._colour = _colour_stream(path, self._file, self._stream)
            self._timeline = _timeline(self._stream)
            self._rectifier = Rectifier(self._stream.lens)
            camera = _camera(path, self._stream, self._rectifier.lens, self._timeline)
            times_ms = self._timeline.times_ms
            notice = _own_notice(path, self._file, self._stream, self._rectifier, self._timeline)
            super().__init__(path.name, camera, times_ms - times_ms[0], notice)
            self._load(0)
        except FrameError as error:
            self._file.close()
            raise SourceError(f"{path} cannot be played: {error}") from error
        except BaseException:
            self._file.close()
            raise

    def _load(self, index: int) -> Frame:
        place = int(self._timeline.order[index])
        try:
            pixels = self._stream.pixels(self._file, place)
        except MESSAGE_ERRORS as error:
            if not self._path.exists():
                raise SourceError(f"{self._path} is gone: it was moved or removed") from error
            raise FrameError(f"frame {index} is damaged: {_one_line(error)}") from error
        if pixels.shape != self._rectifier.shape:
            height, width = self._rectifier.shape
            size = f"{pixels.shape[1]}x{pixels.shape[0]}"
            raise FrameError(f"frame {index} is of another size, {size} and not {width}x{height}")
        unit_mm = float(self._stream.units_mm[place])
        if not MIN_PARAMETER <= unit_mm <= MAX_PARAMETER:
            raise FrameError(f"frame {index} has an impossible depth unit, {unit_mm:g} mm")
        depth_mm = depth_in_mm(self._rectifier(pixels), unit_mm)
        stamp_ms = float(self._timeline.times_ms[index])
        colour = self._colour.image(place)
        why_none = "" if colour is not None else self._no_colour
        return Frame(depth_mm, stamp_ms, index, self.camera, colour, why_none)

    @property
    def _no_colour(self) -> str:
        if isinstance(self._colour, NoColour):
            return self._colour.reason
        return COLOUR_GAP

    def _release(self) -> None:
        self._file.close()


def _depth_stream(path: Path, file: MessageFile) -> DepthStream:
    find = sdk_stream if is_sdk_file(file) else ros_stream
    try:
        return find(path, file)
    except MESSAGE_ERRORS as error:
        raise SourceError(f"{path} cannot be played: it is damaged ({_one_line(error)})") from error


def _colour_stream(path: Path, file: MessageFile, depth: DepthStream) -> ColourStream | NoColour:
    find = sdk_colour if is_sdk_file(file) else ros_colour
    return find(path, file, depth)


def _timeline(stream: DepthStream) -> Timeline:
    return repair_timeline(
        stream.stamps_ms,
        period_ms=1000.0 / (stream.fps or _USUAL_FPS),
        recorded_ms=stream.recorded_ms,
        clocks=stream.clocks,
    )


def _camera(path: Path, stream: DepthStream, lens: Lens, timeline: Timeline) -> Camera:
    fps = stream.fps
    if not fps and len(timeline.times_ms) > 1:
        fps = float(f"{1000.0 / np.median(np.diff(timeline.times_ms)):.4g}")
    try:
        camera = lens.camera(stream.unit_mm / 1000.0, fps or _USUAL_FPS, stream.name or path.name)
        return replace(camera, serial=stream.serial)
    except InvalidInputError as error:
        raise SourceError(f"{path}: {error}") from error


def _own_notice(
    path: Path, file: MessageFile, stream: DepthStream, rectifier: Rectifier, timeline: Timeline
) -> str:
    """What there is to say about the recording, in one line."""
    count = len(timeline.times_ms)
    saved = f"{count} frames were saved" if count != 1 else "1 frame was saved"
    beginning = f"{file.unfinished}: {saved}" if file.unfinished else ""
    parts = (beginning, stream.notice, rectifier.notice, timeline.notice)
    text = "; ".join(filter(None, parts))
    return f"{path.name}{'' if beginning else ':'} {text}" if text else ""


def _one_line(error: BaseException) -> str:
    if isinstance(error, EOFError | struct.error):
        return "it is cut off"
    return " ".join(str(error).split()) or type(error).__name__
