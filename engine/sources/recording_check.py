"""Tells whether a file is a RealSense recording that can be used, and in words why not.

It reads only indexes and the first few messages, so it takes milliseconds whatever the length.
What makes the SDK crash or hang (bz2 chunks, options or streams described without their values)
is refused too, although recordings are read without it: other programs will use them with it.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from engine.errors import SourceError
from engine.sources.rosbag import (
    BAG_CHUNK,
    BAG_ERRORS,
    BAG_HEADER,
    BAG_MAGIC,
    exactly,
    read_header,
    read_index,
    unsigned,
)

_SQLITE_MAGIC = b"SQLite format 3\0"
_FIRST_MESSAGES = 2000
"""The recorder writes every description before the first frames."""

_STREAM = re.compile(r"(/device_\d+/sensor_\d+/[^/]+_\d+)/image/data(/compressedDepth)?")
_DEPTH = re.compile(r"(/device_\d+/sensor_\d+)/Depth_\d+/image/data(/compressedDepth)?")
_OPTION = re.compile(r"(/device_\d+/sensor_\d+/option/[^/]+)/description")
_NOT_CLOSED = "is truncated: it was cut off or never closed while recording"


def check_recording(path: Path) -> None:
    """Check that ``path``, a ``.bag`` or ``.db3``, is a whole recording with depth.

    Raises:
        SourceError: if it is empty, truncated, foreign, compressed with bz2, without depth, or
            lacks what the SDK needs.
    """
    try:
        if path.suffix.lower() != ".bag":
            _finish_broken_off(path)
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            if size == 0:
                raise SourceError(f"{path} is empty")
            if path.suffix.lower() == ".bag":
                _check_bag(path, file, size)
                return
            _check_database_header(path, file.read(100), size)
        _check_database(path)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}") from error


# ---- .bag, see engine.sources.rosbag


def _check_bag(path: Path, file: BinaryIO, size: int) -> None:
    if file.readline(64) != BAG_MAGIC:
        raise SourceError(f"{path} is not a RealSense recording: it does not start as a ROS bag")
    try:
        start = read_header(file, size)
        if start["op"][0] != BAG_HEADER:
            raise SourceError(f"{path} is damaged: it has no bag header")
        index = unsigned(start["index_pos"])
        if index == 0 or index >= size:
            raise SourceError(f"{path} {_NOT_CLOSED} (its index is missing)")
        listed = read_index(file, index, size)
        complete = len(listed.topics), len(listed.chunks)
        if complete != (unsigned(start["conn_count"]), unsigned(start["chunk_count"])):
            raise SourceError(f"{path} {_NOT_CLOSED} (its index is incomplete)")
        for chunk in listed.chunks:
            _check_chunk(path, file, chunk, size)
    except BAG_ERRORS as error:
        raise SourceError(f"{path} is damaged or truncated: its index cannot be read") from error
    messages: dict[str, int] = {}
    for key, count in listed.counts.items():
        if key in listed.topics:
            topic = listed.topics[key]
            messages[topic] = messages.get(topic, 0) + count
    _check_topics(path, messages)


def _check_chunk(path: Path, file: BinaryIO, position: int, size: int) -> None:
    file.seek(position)
    fields = read_header(file, size)
    if fields["op"][0] != BAG_CHUNK:
        raise ValueError("the index does not point at a chunk")
    compression = fields["compression"].decode("ascii", "replace")
    if compression not in ("none", "lz4"):
        raise SourceError(
            f"{path} is compressed with {compression[:20]}, which cannot be read; "
            "rewrite it with 'rosbag decompress'"
        )
    if unsigned(exactly(file, 4)) > size - file.tell():
        raise ValueError("a chunk is longer than the file")


# ---- .db3: a SQLite file with the tables topics and messages


def _finish_broken_off(path: Path) -> None:
    """Undo what a killed program had only half written: SQLite does so when it may write."""
    if not path.is_file() or not Path(f"{path}-journal").exists():
        return
    try:
        database = sqlite3.connect(path, timeout=2.0)
        try:
            database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        finally:
            database.close()
    except sqlite3.Error:
        return  # what is wrong is found and told below


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


def _check_database(path: Path) -> None:
    try:
        database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=2.0)
        try:
            _check_tables(path, database)
        finally:
            database.close()
    except sqlite3.Error as error:
        raise SourceError(f"{path} is damaged: {' '.join(str(error).split())}") from error


def _check_tables(path: Path, database: sqlite3.Connection) -> None:
    # A view in a table's place could run for ever.
    tables = {
        name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'")
    }
    if not {"topics", "messages"} <= tables:
        raise SourceError(f"{path} is not a RealSense recording: it is another SQLite database")
    topics: dict[int, str] = dict(
        database.execute(
            "SELECT id, name FROM topics WHERE typeof(id)='integer' AND typeof(name)='text'"
        )
    )
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


# ---- both kinds


def _check_topics(path: Path, messages: Mapping[str, int]) -> None:
    """Check that there is depth with its unit."""
    depth = {name: match[1] for name, match in _matches(_DEPTH, messages)}
    if not depth:
        raise SourceError(f"{path} has no depth stream: record it with depth switched on")
    if not any(messages[name] for name in depth):
        raise SourceError(f"{path} holds no depth frames")
    for sensor in depth.values():
        units = (f"{sensor}/option/{name}/value" for name in ("Depth_Units", "Depth Units"))
        if not any(messages.get(unit) for unit in units):
            raise SourceError(f"{path} does not say its depth unit, so distances are unknown")


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
