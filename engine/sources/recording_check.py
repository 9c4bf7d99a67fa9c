"""Looks into a RealSense recording before the SDK sees it.

The SDK crashes or hangs for good on some files (bz2 chunks, options or streams described without
their values), says little about others, and gives no frame count. This module reads only indexes
and the first few messages, so it takes milliseconds whatever the length.
"""

from __future__ import annotations

import re
import sqlite3
import struct
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from engine.errors import SourceError

_BAG_MAGIC = b"#ROSBAG V2.0\n"
_BAG_HEADER, _BAG_CHUNK, _BAG_CHUNK_INFO, _BAG_CONNECTION = 3, 5, 6, 7
_MAX_HEADER_BYTES = 1 << 20
_SQLITE_MAGIC = b"SQLite format 3\0"
_FIRST_MESSAGES = 2000
"""The recorder writes every description before the first frames."""
_COUNT_LIMIT_S = 1.0
"""Counting the frames of a very long recording is given up; it then has no known length."""

_STREAM = re.compile(r"(/device_\d+/sensor_\d+/[^/]+_\d+)/image/data(/compressedDepth)?")
_DEPTH = re.compile(r"(/device_\d+/sensor_\d+)/Depth_\d+/image/data(/compressedDepth)?")
_OPTION = re.compile(r"(/device_\d+/sensor_\d+/option/[^/]+)/description")
_NOT_CLOSED = "is truncated: it was cut off or never closed while recording"


@dataclass(frozen=True, slots=True)
class RecordingSummary:
    """What is known without decoding: the number of depth frames, None if counting is slow."""

    depth_frames: int | None


def check_recording(path: Path) -> RecordingSummary:
    """Check that the SDK can safely open ``path``, a ``.bag`` or ``.db3``.

    Raises:
        SourceError: if it is empty, truncated, foreign, compressed with bz2, without depth, or
            lacks what the SDK needs.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            if size == 0:
                raise SourceError(f"{path} is empty")
            if path.suffix.lower() == ".bag":
                return _check_bag(path, file, size)
            _check_database_header(path, file.read(100), size)
        return _check_database(path)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}") from error


# ---- .bag: records of a header (fields "name=value") and data; the index lies at the end


def _check_bag(path: Path, file: BinaryIO, size: int) -> RecordingSummary:
    if file.readline(64) != _BAG_MAGIC:
        raise SourceError(f"{path} is not a RealSense recording: it does not start as a ROS bag")
    try:
        start = _read_header(file, size)
        if start["op"][0] != _BAG_HEADER:
            raise SourceError(f"{path} is damaged: it has no bag header")
        index = _unsigned(start["index_pos"])
        if index == 0 or index >= size:
            raise SourceError(f"{path} {_NOT_CLOSED} (its index is missing)")
        topics, counts, chunks = _read_index(file, index, size)
        complete = len(topics), len(chunks)
        if complete != (_unsigned(start["conn_count"]), _unsigned(start["chunk_count"])):
            raise SourceError(f"{path} {_NOT_CLOSED} (its index is incomplete)")
        for chunk in chunks:
            _check_chunk(path, file, chunk, size)
    except (EOFError, KeyError, IndexError, ValueError, struct.error) as error:
        raise SourceError(f"{path} is damaged or truncated: its index cannot be read") from error
    messages: dict[str, int] = {}
    for key, count in counts.items():
        if key in topics:
            messages[topics[key]] = messages.get(topics[key], 0) + count
    return RecordingSummary(_check_topics(path, messages))


def _read_header(file: BinaryIO, size: int) -> dict[str, bytes]:
    """Read one record's header; the file then stands at its data's length."""
    raw = _exactly(file, _unsigned(_exactly(file, 4)), size)
    fields: dict[str, bytes] = {}
    offset = 0
    while offset < len(raw):
        (length,) = struct.unpack_from("<I", raw, offset)
        field = raw[offset + 4 : offset + 4 + length]
        name, separator, value = field.partition(b"=")
        if len(field) < length or not separator:
            raise ValueError("a record header is damaged")
        fields[name.decode("ascii", "replace")] = value
        offset += 4 + length
    return fields


def _read_index(
    file: BinaryIO, position: int, size: int
) -> tuple[dict[int, str], dict[int, int], list[int]]:
    """Return the topics by connection, messages by connection, and the chunks' positions."""
    topics: dict[int, str] = {}
    counts: dict[int, int] = {}
    chunks: list[int] = []
    file.seek(position)
    while file.tell() < size:
        fields = _read_header(file, size)
        data = _exactly(file, _unsigned(_exactly(file, 4)), size)
        if fields["op"][0] == _BAG_CONNECTION:
            topics[_unsigned(fields["conn"])] = fields["topic"].decode("utf-8", "replace")
        elif fields["op"][0] == _BAG_CHUNK_INFO:
            chunks.append(_unsigned(fields["chunk_pos"]))
            for connection, count in struct.iter_unpack("<II", data):
                counts[connection] = counts.get(connection, 0) + count
    return topics, counts, chunks


def _check_chunk(path: Path, file: BinaryIO, position: int, size: int) -> None:
    file.seek(position)
    fields = _read_header(file, size)
    if fields["op"][0] != _BAG_CHUNK:
        raise ValueError("the index does not point at a chunk")
    compression = fields["compression"].decode("ascii", "replace")
    if compression not in ("none", "lz4"):
        raise SourceError(
            f"{path} is compressed with {compression[:20]}, which the RealSense SDK cannot read; "
            "rewrite it with 'rosbag decompress'"
        )
    if _unsigned(_exactly(file, 4)) > size - file.tell():
        raise ValueError("a chunk is longer than the file")


def _exactly(file: BinaryIO, length: int, limit: int = _MAX_HEADER_BYTES) -> bytes:
    data = file.read(length) if length <= limit else b""
    if len(data) != length:
        raise EOFError
    return data


def _unsigned(raw: bytes) -> int:
    return int.from_bytes(raw, "little")


# ---- .db3: a SQLite file with the tables topics and messages


def _check_database_header(path: Path, head: bytes, size: int) -> None:
    if not head.startswith(_SQLITE_MAGIC) or len(head) < 100:
        raise SourceError(f"{path} is not a RealSense recording: it is no SQLite database")
    page_bytes = int.from_bytes(head[16:18], "big")
    page_bytes = 65536 if page_bytes == 1 else page_bytes
    promised = page_bytes * int.from_bytes(head[28:32], "big")
    # The page count is valid only while the two change counters agree (SQLite file format 1.3.7).
    if head[24:28] == head[92:96] and promised > size:
        raise SourceError(
            f"{path} is truncated: {size} of its {promised} bytes are there; copy it again"
        )


def _check_database(path: Path) -> RecordingSummary:
    try:
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=2.0)
        try:
            return _check_tables(path, database)
        finally:
            database.close()
    except sqlite3.Error as error:
        raise SourceError(f"{path} is damaged: {' '.join(str(error).split())}") from error


def _check_tables(path: Path, database: sqlite3.Connection) -> RecordingSummary:
    # A view in a table's place could run for ever.
    tables = {
        name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'")
    }
    if not {"topics", "messages"} <= tables:
        raise SourceError(f"{path} is not a RealSense recording: it is another SQLite database")
    topics = {int(key): str(name) for key, name in database.execute("SELECT id, name FROM topics")}
    first = database.execute(
        "SELECT topic_id, count(*) FROM "
        f"(SELECT topic_id FROM messages ORDER BY id LIMIT {_FIRST_MESSAGES}) GROUP BY topic_id"
    )
    messages = dict.fromkeys(topics.values(), 0)
    for key, count in first:
        if key in topics:
            messages[topics[key]] += int(count)
    if not messages.get("/file_version"):
        raise SourceError(f"{path} is a ROS 2 recording, but not one of the RealSense SDK")
    _check_topics(path, messages)
    _check_descriptions(path, messages)
    depth = [key for key, name in topics.items() if _DEPTH.fullmatch(name)]
    return RecordingSummary(_count_messages(database, depth))


def _count_messages(database: sqlite3.Connection, topics: list[int]) -> int | None:
    deadline = time.monotonic() + _COUNT_LIMIT_S
    database.set_progress_handler(lambda: time.monotonic() > deadline, 1000)
    marks = ",".join("?" * len(topics))
    try:
        (count,) = database.execute(
            f"SELECT count(*) FROM messages WHERE topic_id IN ({marks})", topics
        ).fetchone()
    except sqlite3.DatabaseError:
        # Too slow, or damaged further in: playing it will tell.
        return None
    return int(count)


# ---- both kinds


def _check_topics(path: Path, messages: Mapping[str, int]) -> int:
    """Check that there is depth with its unit; return the number of depth frames seen."""
    depth = {name: match[1] for name, match in _matches(_DEPTH, messages)}
    if not depth:
        raise SourceError(f"{path} has no depth stream: record it with depth switched on")
    frames = sum(messages[name] for name in depth)
    if frames == 0:
        raise SourceError(f"{path} holds no depth frames")
    for sensor in depth.values():
        units = (f"{sensor}/option/{name}/value" for name in ("Depth_Units", "Depth Units"))
        if not any(messages.get(unit) for unit in units):
            raise SourceError(f"{path} does not say its depth unit, so distances are unknown")
    return frames


def _check_descriptions(path: Path, messages: Mapping[str, int]) -> None:
    """Refuse what makes the SDK wait for ever: things named in a ``.db3`` but not described."""
    needed = [f"{match[1]}/info" for _, match in _matches(_STREAM, messages)]
    needed += [f"{match[1]}/value" for name, match in _matches(_OPTION, messages) if messages[name]]
    for name in needed:
        if not messages.get(name):
            raise SourceError(f"{path} is damaged: it lacks {name}")


def _matches(
    pattern: re.Pattern[str], names: Mapping[str, int]
) -> Iterator[tuple[str, re.Match[str]]]:
    for name in names:
        match = pattern.fullmatch(name)
        if match:
            yield name, match
