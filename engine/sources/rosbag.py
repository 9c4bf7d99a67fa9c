"""ROS 1 bag files, read message by message in any order.

Format: https://wiki.ros.org/Bags/Format/2.0. Records are a header (fields ``name=value``) and
data; the index lies at the end. Everything here raises ``BAG_ERRORS`` on damaged content.
"""

from __future__ import annotations

import os
import struct
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import lz4.frame

BAG_MAGIC: Final = b"#ROSBAG V2.0\n"
BAG_HEADER, BAG_INDEX, BAG_CHUNK, BAG_CHUNK_INFO, BAG_CONNECTION = 3, 4, 5, 6, 7
BAG_ERRORS: Final = (EOFError, KeyError, IndexError, ValueError, RuntimeError, struct.error)
_MESSAGE: Final = 2
_MAX_HEADER_BYTES: Final = 1 << 20
_MAX_CHUNK_BYTES: Final = 1 << 28


@dataclass(frozen=True, slots=True, order=True)
class MessagePlace:
    """Where a message lies: when it was recorded, its chunk in the file, its offset in there."""

    time_ns: int
    chunk: int
    offset: int


@dataclass(frozen=True, slots=True)
class BagIndex:
    """What the end of the file lists: topic and message count by connection, chunk positions."""

    topics: dict[int, str]
    counts: dict[int, int]
    chunks: list[int]


class BagFile:
    """An open bag whose messages are read by place; any thread may call.

    Raises:
        OSError: if the file cannot be read.
        BAG_ERRORS: if it is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._chunk: tuple[int, bytes] = (-1, b"")
        self._file: BinaryIO = path.open("rb")
        try:
            self._size = self._file.seek(0, os.SEEK_END)
            self._file.seek(len(BAG_MAGIC))
            start = read_header(self._file, self._size)
            index = read_index(self._file, unsigned(start["index_pos"]), self._size)
            self._places: dict[str, list[MessagePlace]] = {}
            for chunk in index.chunks:
                self._note_chunk(chunk, index.topics)
        except BaseException:
            self._file.close()
            raise

    def places(self, topic: str) -> list[MessagePlace]:
        """Where the messages of ``topic`` lie, in the order of their time."""
        return sorted(self._places.get(topic, []))

    def topics(self) -> list[str]:
        """Every topic that has messages."""
        return list(self._places)

    def read(self, place: MessagePlace) -> bytes:
        """The content of the message at ``place``; the chunk read last is kept."""
        with self._lock:
            if self._chunk[0] != place.chunk:
                self._chunk = place.chunk, self._read_chunk(place.chunk)
            content = self._chunk[1]
        (header_bytes,) = struct.unpack_from("<I", content, place.offset)
        fields = _fields(content[place.offset + 4 : place.offset + 4 + header_bytes])
        if fields["op"][0] != _MESSAGE:
            raise ValueError("the index does not point at a message")
        start = place.offset + 4 + header_bytes
        (length,) = struct.unpack_from("<I", content, start)
        message = content[start + 4 : start + 4 + length]
        if len(message) != length:
            raise EOFError
        return message

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._file.close()

    def _note_chunk(self, position: int, topics: dict[int, str]) -> None:
        """Read the index records that follow a chunk."""
        file = self._file
        file.seek(position)
        read_header(file, self._size)
        file.seek(unsigned(exactly(file, 4)), os.SEEK_CUR)
        while file.tell() < self._size:
            fields = read_header(file, self._size)
            if fields["op"][0] != BAG_INDEX:
                return
            data = exactly(file, unsigned(exactly(file, 4)), self._size)
            topic = topics.get(unsigned(fields["conn"]))
            if topic is None:
                continue
            places = self._places.setdefault(topic, [])
            for seconds, nanoseconds, offset in struct.iter_unpack("<III", data):
                places.append(MessagePlace(seconds * 10**9 + nanoseconds, position, offset))

    def _read_chunk(self, position: int) -> bytes:
        file = self._file
        file.seek(position)
        fields = read_header(file, self._size)
        packed = exactly(file, unsigned(exactly(file, 4)), self._size)
        if fields["compression"] == b"none":
            return packed
        size = unsigned(fields["size"])
        if size > _MAX_CHUNK_BYTES:
            raise ValueError("a chunk promises too much")
        content = lz4.frame.LZ4FrameDecompressor().decompress(packed, max_length=size)
        if len(content) != size:
            raise EOFError
        return content


def read_header(file: BinaryIO, size: int) -> dict[str, bytes]:
    """Read one record's header; the file then stands at its data's length."""
    return _fields(exactly(file, unsigned(exactly(file, 4)), size))


def read_index(file: BinaryIO, position: int, size: int) -> BagIndex:
    """Read the index at ``position`` of a file of ``size`` bytes."""
    index = BagIndex({}, {}, [])
    file.seek(position)
    while file.tell() < size:
        fields = read_header(file, size)
        data = exactly(file, unsigned(exactly(file, 4)), size)
        if fields["op"][0] == BAG_CONNECTION:
            index.topics[unsigned(fields["conn"])] = fields["topic"].decode("utf-8", "replace")
        elif fields["op"][0] == BAG_CHUNK_INFO:
            index.chunks.append(unsigned(fields["chunk_pos"]))
            for connection, count in struct.iter_unpack("<II", data):
                index.counts[connection] = index.counts.get(connection, 0) + count
    return index


def exactly(file: BinaryIO, length: int, limit: int = _MAX_HEADER_BYTES) -> bytes:
    """Read ``length`` bytes, not more than ``limit``."""
    data = file.read(length) if length <= limit else b""
    if len(data) != length:
        raise EOFError
    return data


def unsigned(raw: bytes) -> int:
    """A little-endian number."""
    return int.from_bytes(raw, "little")


def _fields(raw: bytes) -> dict[str, bytes]:
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
