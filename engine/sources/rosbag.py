"""ROS 1 bag files, read message by message in any order, also those that were never closed.

Format: https://wiki.ros.org/Bags/Format/2.0. Records are a header (fields ``name=value``) and
data; the index lies at the end. Everything here raises ``BAG_ERRORS`` on damaged content.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from engine.sources.bag_records import (
    BAG_CHUNK,
    BAG_CONNECTION,
    BAG_ERRORS,
    BAG_HEADER,
    BAG_INDEX,
    BAG_MAGIC,
    BAG_MESSAGE,
    exactly,
    fields_of,
    read_header,
    read_index,
    topic_of,
    unsigned,
)
from engine.sources.chunked_file import ChunkedFile
from engine.sources.message_file import Message, Topic
from engine.sources.packed_bytes import MAX_BYTES, PackedBytes

_TIME_AND_OFFSET: Final = struct.Struct("<III")


class BagFile(ChunkedFile):
    """A bag whose messages are read by place.

    Without a usable index, messages are found by going through the file; its last chunk may be cut
    off anywhere.

    Raises:
        OSError: if the file cannot be read.
        BAG_ERRORS: if it is damaged at its beginning.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, BAG_MAGIC, "a ROS bag")

    def _find_messages(self) -> None:
        start = read_header(self._file, self._size)
        if start["op"][0] != BAG_HEADER:
            raise ValueError("it has no bag header")
        exactly(self._file, unsigned(exactly(self._file, 4)))
        first = self._file.tell()
        if not self._use_index(start):
            self.unfinished = "is cut off" if unsigned(start["index_pos"]) else "was never closed"
            self._scan(first)

    def _entries(self, packed: bytes) -> Iterator[tuple[int, int]]:
        for seconds, nanoseconds, offset in _TIME_AND_OFFSET.iter_unpack(packed):
            yield seconds * 10**9 + nanoseconds, offset

    # -- with an index -----------------------------------------------------------------------

    def _use_index(self, start: dict[str, bytes]) -> bool:
        """Read the index at the end, if it is whole."""
        position = unsigned(start["index_pos"])
        if not 0 < position < self._size:
            return False
        try:
            index = read_index(self._file, position, self._size)
            listed = len(index.topics), len(index.chunks)
            if listed != (unsigned(start["conn_count"]), unsigned(start["chunk_count"])):
                return False
            for chunk in index.chunks:
                self._note_chunk(chunk, index.topics)
        except BAG_ERRORS:
            return False
        self.topics |= {topic.name: topic for topic in index.topics.values()}
        return True

    def _note_chunk(self, position: int, topics: dict[int, Topic]) -> None:
        """Read the index records that follow a chunk."""
        file = self._file
        file.seek(position)
        if read_header(file, self._size)["op"][0] != BAG_CHUNK:
            raise ValueError("the index does not point at a chunk")
        if file.seek(unsigned(exactly(file, 4)), os.SEEK_CUR) > self._size:
            raise ValueError("a chunk is longer than the file")
        while file.tell() < self._size:
            fields = read_header(file, self._size)
            if fields["op"][0] != BAG_INDEX:
                return
            data = exactly(file, unsigned(exactly(file, 4)), self._size)
            topic = topics.get(unsigned(fields["conn"]))
            if len(data) % _TIME_AND_OFFSET.size:
                raise ValueError("the index is damaged")
            if topic is not None:
                self._listed.setdefault(topic.name, []).append((position, data))

    # -- without ------------------------------------------------------------------------------

    def _scan(self, position: int) -> None:
        """Find the messages of every chunk that is there, the last one as far as it goes."""
        self.topics, self._listed = {}, {}
        connections: dict[int, str] = {}
        with suppress(*BAG_ERRORS):
            while position < self._size:
                self._file.seek(position)
                fields = read_header(self._file, self._size)
                length = unsigned(exactly(self._file, 4))
                # A killed program has not yet written its last chunk's length.
                unwritten = fields["op"][0] == BAG_CHUNK and length == 0
                after = self._size if unwritten else self._file.tell() + length
                if fields["op"][0] == BAG_CHUNK:
                    with suppress(*BAG_ERRORS):
                        self._note_content(position, connections)
                position = after

    def _note_content(self, chunk: int, connections: dict[int, str]) -> None:
        """Note the messages in a chunk; raises where they end too early."""
        content = self._read_chunk(chunk)
        offset = 0
        while True:
            fields, start, length = _record(content, offset)
            if len(content.upto(start + length)) < start + length:
                return
            key = unsigned(fields["conn"])
            if fields["op"][0] == BAG_CONNECTION:
                topic = topic_of(fields, content.part(start, length))
                connections[key] = topic.name
                self.topics[topic.name] = topic
            elif fields["op"][0] == BAG_MESSAGE and key in connections:
                seconds, nanoseconds = struct.unpack("<II", fields["time"])
                message = Message((chunk, offset), seconds * 10**9 + nanoseconds)
                self._scanned.setdefault(connections[key], []).append(message)
            offset = start + length

    # -- chunks -------------------------------------------------------------------------------

    def _locate(self, message: Message) -> tuple[int, int]:
        chunk, offset = message.place
        if self._chunk[0] != chunk:
            self._chunk = chunk, self._read_chunk(chunk)
        fields, start, length = _record(self._chunk[1], offset)
        if fields["op"][0] != BAG_MESSAGE:
            raise ValueError("the index does not point at a message")
        return start, length

    def _read_chunk(self, position: int) -> PackedBytes:
        file = self._file
        file.seek(position)
        fields = read_header(file, self._size)
        length = unsigned(exactly(file, 4))
        rest = self._size - file.tell()
        packed = file.read(min(length or rest, rest, MAX_BYTES))
        return PackedBytes(packed, fields["compression"].decode("ascii", "replace"))


def _record(content: PackedBytes, offset: int) -> tuple[dict[str, bytes], int, int]:
    """Fields of the record at ``offset``, start and length of its data."""
    header_bytes = unsigned(content.part(offset, 4))
    fields = fields_of(content.part(offset + 4, header_bytes))
    start = offset + 4 + header_bytes + 4
    return fields, start, unsigned(content.part(start - 4, 4))
