"""The records of ROS 1 bag files: a header of fields ``name=value``, and data."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO, Final

from engine.sources.message_file import Topic

BAG_MAGIC: Final = b"#ROSBAG V2.0\n"
BAG_MESSAGE, BAG_HEADER, BAG_INDEX, BAG_CHUNK, BAG_CHUNK_INFO, BAG_CONNECTION = 2, 3, 4, 5, 6, 7
BAG_ERRORS: Final = (EOFError, KeyError, IndexError, ValueError, RuntimeError, struct.error)
_MAX_HEADER_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class BagIndex:
    """What the end of the file lists: topics by connection, positions of the chunks."""

    topics: dict[int, Topic]
    chunks: list[int]


def read_header(file: BinaryIO, size: int) -> dict[str, bytes]:
    """Read one record's header; the file then stands at its data's length."""
    return fields_of(exactly(file, unsigned(exactly(file, 4)), min(size, _MAX_HEADER_BYTES)))


def read_index(file: BinaryIO, position: int, size: int) -> BagIndex:
    """Read the index at ``position`` of a file of ``size`` bytes."""
    index = BagIndex({}, [])
    file.seek(position)
    while file.tell() < size:
        fields = read_header(file, size)
        data = exactly(file, unsigned(exactly(file, 4)), size)
        if fields["op"][0] == BAG_CONNECTION:
            index.topics[unsigned(fields["conn"])] = topic_of(fields, data)
        elif fields["op"][0] == BAG_CHUNK_INFO:
            index.chunks.append(unsigned(fields["chunk_pos"]))
    return index


def topic_of(fields: dict[str, bytes], data: bytes) -> Topic:
    """The topic that a connection record describes."""
    name = fields["topic"].decode("utf-8", "replace")
    kind = fields_of(data).get("type", b"").decode("utf-8", "replace")
    return Topic(name, kind, "ros1")


def exactly(file: BinaryIO, length: int, limit: int = _MAX_HEADER_BYTES) -> bytes:
    """Read ``length`` bytes, not more than ``limit``."""
    data = file.read(length) if length <= limit else b""
    if len(data) != length:
        raise EOFError
    return data


def unsigned(raw: bytes) -> int:
    """A little-endian number."""
    return int.from_bytes(raw, "little")


def fields_of(raw: bytes) -> dict[str, bytes]:
    """The fields of a record's header."""
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
