"""The depth stream of a recording of the RealSense SDK, ``.bag`` (to 2.57) or ``.db3`` (later).

Streams, sensors and devices are described in topics below ``/device_0``. ``.bag`` files hold ROS 1
messages, ``.db3`` files ROS 2 images and texts ``name=value;name=value``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import SourceError
from engine.sources.cursor import Cursor
from engine.sources.depth_message import camera_lens, text_lens
from engine.sources.depth_stream import DepthStream, header_stamps_ms
from engine.sources.lens import Lens
from engine.sources.message_file import MESSAGE_ERRORS, Message, MessageFile, Topic

_SDK: Final = re.compile(r"/device_\d+/.*")
_DEPTH: Final = re.compile(r"/device_\d+/sensor_\d+/Depth_\d+/.*")
_IMAGES: Final = re.compile(r"(((/device_\d+)/sensor_\d+)/Depth_\d+)/image/data(/compressedDepth)?")
_OPTION: Final = re.compile(r"/(?:option|property)(?:/([^/]+)(?:/value)?)?")
_MIN_UNIT_M: Final = 1e-7
_MAX_UNIT_M: Final = 1.0
"""A unit beyond these is damaged and not believed."""
_UNIT_NAMES: Final = ("depthunits", "depthunit", "depthscale")


def is_sdk_file(file: MessageFile) -> bool:
    """Whether the RealSense SDK wrote it."""
    return any(map(_SDK.fullmatch, file.topics))


def sdk_stream(path: Path, file: MessageFile) -> DepthStream:
    """The first depth stream that has frames.

    Raises:
        SourceError: if there is none, or its lens or unit is not described.
        One of ``MESSAGE_ERRORS`` if something is damaged.
    """
    if not any(map(_DEPTH.fullmatch, file.topics)):
        raise SourceError(f"{path} has no depth stream: record it with depth switched on")
    found = [match for match in map(_IMAGES.fullmatch, sorted(file.topics)) if match is not None]
    depth = next((match for match in found if file.messages(match[0])), None)
    if depth is None:
        ended = file.unfinished or "was closed before the first one"
        raise SourceError(f"{path} holds no depth frames: it {ended}")
    stream, sensor, device = depth[1], depth[2], depth[3]
    topic, messages = file.topics[depth[0]], file.messages(depth[0])
    metadata = _Metadata(file, f"{stream}/image/metadata", messages)
    about = dict(text_pairs(file, f"{device}/info"))
    units_mm = _units_mm(path, file, sensor, metadata, messages)
    return DepthStream(
        topic=topic,
        messages=messages,
        lens=stream_lens(path, file, stream),
        units_mm=units_mm,
        unit_mm=float(units_mm.min()),
        stamps_ms=_stamps_ms(file, topic, messages, metadata),
        clocks=lambda: metadata.texts("timestampdomain"),
        fps=_fps(file, f"{stream}/info"),
        name=about.get("Name", ""),
        serial=about.get("Serial Number", "").strip(),
    )


class _Metadata:
    """What is noted beside each frame, by names without case, blanks and underscores."""

    def __init__(self, file: MessageFile, topic: str, frames: Sequence[Message]) -> None:
        self._file = file
        self._topic = file.topics.get(topic)
        self._messages = file.messages(topic)
        self._frame_of = _frames_of(self._messages, frames)
        self._count = len(frames)
        self._read: list[dict[str, str]] | None = None

    def texts(self, name: str) -> list[str | None]:
        """A value of each frame [N], None where it is not noted."""
        return [values.get(name) for values in self._values()]

    def numbers(self, name: str) -> NDArray[np.float64]:
        """The same as numbers [N], NaN where it is not noted or none."""
        return np.array([_number_or_nan(text) for text in self.texts(name)])

    def names(self) -> set[str]:
        """What is noted, in a ``.bag`` by the first frame that has notes."""
        if self._topic is None or not self._messages:
            return set()
        if self._topic.cdr:  # one text a frame: all of them are read anyway
            return {name for values in self._values() for name in values}
        first = self._frame_of[0]
        names = set()
        for message, frame in zip(self._messages, self._frame_of, strict=True):
            if frame != first:
                break
            names |= {_plain(name) for name, _ in _pairs_in(self._file, self._topic, [message])}
        return names

    def _values(self) -> list[dict[str, str]]:
        if self._read is None:
            self._read = [{} for _ in range(self._count)]
            for message, frame in zip(self._messages, self._frame_of, strict=True):
                if self._topic is not None and frame >= 0:
                    for name, value in _pairs_in(self._file, self._topic, [message]):
                        self._read[frame][_plain(name)] = value
        return self._read


def _frames_of(notes: Sequence[Message], frames: Sequence[Message]) -> list[int]:
    """To which frame each note belongs: that of its time, or the one before it in the file."""
    by_time = {frame.recorded_ns: k for k, frame in enumerate(frames)}
    if len(by_time) == len(frames) and all(note.recorded_ns in by_time for note in notes):
        return [by_time[note.recorded_ns] for note in notes]
    places, frame = [], -1
    for note in notes:
        while frame + 1 < len(frames) and frames[frame + 1].place <= note.place:
            frame += 1
        places.append(frame)
    return places


def _units_mm(
    path: Path,
    file: MessageFile,
    sensor: str,
    metadata: _Metadata,
    frames: Sequence[Message],
) -> NDArray[np.float64]:
    """What a count is in each frame [N]: as noted beside it, else as the option said last."""
    units_m = np.full(len(frames), np.nan)
    options = sorted(_unit_options(file, sensor))
    for place, unit_m in [((-1, -1), options[0][1]), *options] if options else []:
        units_m[[frame.place > place for frame in frames]] = unit_m
    for name in set(_UNIT_NAMES) & metadata.names():
        noted = metadata.numbers(name)
        right = (noted >= _MIN_UNIT_M) & (noted <= _MAX_UNIT_M)
        units_m[right] = noted[right]
    known = np.isfinite(units_m)
    if not known.any():
        raise SourceError(f"{path} does not say its depth unit, so distances are unknown")
    units_m[~known] = units_m[known][0]
    return np.array([float(f"{unit_m * 1000.0:.6g}") for unit_m in units_m])


def _unit_options(file: MessageFile, sensor: str) -> Iterable[tuple[tuple[int, int], float]]:
    """Where in the file the unit was said to be how many metres."""
    for name, topic in file.topics.items():
        option = _OPTION.fullmatch(name.removeprefix(sensor)) if name.startswith(sensor) else None
        if option is None:
            continue
        for message in file.messages(name):
            if option[1] is None:
                pairs = _pairs_in(file, topic, [message])
            else:
                pairs = [(option[1], _value_in(file, topic, message))]
            for key, value in pairs:
                unit_m = _number_or_nan(value)
                if _plain(key) in _UNIT_NAMES and _MIN_UNIT_M <= unit_m <= _MAX_UNIT_M:
                    yield message.place, unit_m


def _stamps_ms(
    file: MessageFile, topic: Topic, messages: Sequence[Message], metadata: _Metadata
) -> NDArray[np.float64]:
    """The frames' own stamps [N]: in a ``.db3`` they are noted beside the images."""
    if topic.cdr:
        stamps_ms = metadata.numbers("timestamp")
        if np.isfinite(stamps_ms).any():
            return stamps_ms
    return header_stamps_ms(file, topic, messages)


def stream_lens(path: Path, file: MessageFile, stream: str) -> Lens:
    """The lens of the stream whose topics begin with ``stream``.

    Raises:
        SourceError: if it is not described.
    """
    for name in (f"{stream}/info/camera_info", f"{stream}/camera_info"):
        if not file.messages(name):
            continue
        topic = file.topics[name]
        if topic.kind == "std_msgs/String":
            return text_lens(dict(text_pairs(file, name)))
        return camera_lens(file.read(file.messages(name)[0]), cdr=topic.cdr)
    raise SourceError(f"{path} does not describe its lens: it lacks {stream}/camera_info")


def _fps(file: MessageFile, name: str) -> float:
    """Frames a second, 0 if unknown."""
    if not file.messages(name):
        return 0.0
    topic = file.topics[name]
    if topic.kind == "std_msgs/String":
        fps = _number_or_nan(dict(text_pairs(file, name)).get("fps"))
        return fps if np.isfinite(fps) else 0.0
    return float(Cursor(file.read(file.messages(name)[0]), cdr=topic.cdr).integer())


def text_pairs(file: MessageFile, name: str) -> list[tuple[str, str]]:
    """Names and values in the messages of a topic; damaged ones are left out."""
    topic = file.topics.get(name)
    return [] if topic is None else _pairs_in(file, topic, file.messages(name))


def _pairs_in(
    file: MessageFile, topic: Topic, messages: Iterable[Message]
) -> list[tuple[str, str]]:
    """Names and values in messages: one pair each, or texts of many; damaged ones are left out."""
    pairs: list[tuple[str, str]] = []
    for message in messages:
        with suppress(*MESSAGE_ERRORS):
            cursor = Cursor(file.read(message), cdr=topic.cdr)
            if topic.kind == "diagnostic_msgs/KeyValue":
                pairs.append((cursor.text(), cursor.text()))
            else:
                parts = (part.partition("=") for part in cursor.text().split(";"))
                pairs += [(name.strip(), value) for name, _, value in parts if name.strip()]
    return pairs


def _value_in(file: MessageFile, topic: Topic, message: Message) -> str:
    """The value of an option, as a text."""
    cursor = Cursor(file.read(message), cdr=topic.cdr)
    numbers = {"std_msgs/Float32": "f", "std_msgs/Float64": "d"}
    if topic.kind in numbers:
        return repr(float(cursor.numbers(numbers[topic.kind])[0]))
    if topic.kind == "diagnostic_msgs/KeyValue":
        cursor.text()
    return cursor.text().rpartition("=")[2]


def _number_or_nan(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return float("nan")


def _plain(name: str) -> str:
    """A name without case, blanks and underscores."""
    return re.sub(r"[^a-z0-9]", "", name.lower())
