"""MCAP files, read message by message in any order, also those that were never closed.

Format: https://mcap.dev/spec. Records are an opcode, a length and content; messages lie in packed
chunks, each followed by its index. The summary at the end is not needed here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from engine.sources.chunked_file import NO_CHUNK, ChunkedFile
from engine.sources.message_file import MESSAGE_ERRORS, Message, Topic, ros1_kind
from engine.sources.packed_bytes import MAX_BYTES, PackedBytes

MCAP_MAGIC: Final = b"\x89MCAP0\r\n"
_FOOTER, _SCHEMA, _CHANNEL, _MESSAGE, _CHUNK, _INDEX = 2, 3, 4, 5, 6, 7
_RECORD: Final = struct.Struct("<BQ")
_MESSAGE_START: Final = struct.Struct("<HIQQ")
_CHUNK_START: Final = struct.Struct("<QQQI")
_TIME_AND_OFFSET: Final = struct.Struct("<QQ")
_MAX_RECORD_BYTES: Final = 1 << 26
_CHUNK_HEAD_BYTES: Final = 128


@dataclass(slots=True)
class _Chunk:
    """A chunk's place in the file and its packed index: times and offsets by channel."""

    position: int
    entries: dict[int, bytes] = field(default_factory=dict)


class McapFile(ChunkedFile):
    """Chunks that lack their index are gone through.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is no MCAP file.
    """

    def __init__(self, path: Path) -> None:
        self._kinds: dict[int, str] = {}
        self._channels: dict[int, Topic] = {}
        super().__init__(path, MCAP_MAGIC, "an MCAP file")

    def _find_messages(self) -> None:
        self.unfinished = "" if self._scan() else "was never closed or is cut off"
        self.topics = {topic.name: topic for topic in self._channels.values()}

    def _entries(self, packed: bytes) -> Iterator[tuple[int, int]]:
        return _TIME_AND_OFFSET.iter_unpack(packed)

    def _locate(self, message: Message) -> tuple[int, int]:
        chunk, offset = message.place
        if self._chunk[0] != chunk or chunk == NO_CHUNK:
            self._chunk = chunk, self._open(chunk, offset)
        at = 0 if chunk == NO_CHUNK else offset
        opcode, length = _RECORD.unpack(self._chunk[1].part(at, _RECORD.size))
        if opcode != _MESSAGE:
            raise ValueError("the index does not point at a message")
        return at + _RECORD.size + _MESSAGE_START.size, length - _MESSAGE_START.size

    # -- what lies where ----------------------------------------------------------------------

    def _scan(self) -> bool:
        """Go over all records without unpacking; whether the file has its end."""
        chunks: list[_Chunk] = []
        closed = False
        position = len(MCAP_MAGIC)
        with suppress(*MESSAGE_ERRORS):
            while position + _RECORD.size <= self._size:
                self._file.seek(position)
                opcode, length = _RECORD.unpack(self._file.read(_RECORD.size))
                if not opcode:
                    break  # zeros, where a file system kept space that was never written
                after = position + _RECORD.size + length
                closed |= opcode == _FOOTER and after <= self._size
                if opcode == _CHUNK:
                    chunks.append(_Chunk(position))
                elif opcode in (_SCHEMA, _CHANNEL, _INDEX):
                    self._note(opcode, self._content(length), chunks)
                elif opcode == _MESSAGE and after <= self._size:
                    self._note_message(self._file.read(_MESSAGE_START.size), (NO_CHUNK, position))
                position = after
        for chunk in chunks:
            if not self._use_index(chunk):
                with suppress(*MESSAGE_ERRORS):
                    self._go_through(chunk)
        return closed

    def _content(self, length: int) -> bytes:
        content = self._file.read(length) if length <= _MAX_RECORD_BYTES else b""
        if len(content) != length:
            raise EOFError
        return content

    def _note(self, opcode: int, content: bytes, chunks: list[_Chunk]) -> None:
        """Note a schema, a channel, or a part of the last chunk's index."""
        (number,) = struct.unpack_from("<H", content)
        if opcode == _SCHEMA:
            self._kinds[number] = ros1_kind(_text(content, 2)[0])
        elif opcode == _CHANNEL:
            (schema,) = struct.unpack_from("<H", content, 2)
            name, at = _text(content, 4)
            encoding, _ = _text(content, at)
            self._channels[number] = Topic(name, self._kinds.get(schema, ""), encoding)
        elif chunks:
            chunks[-1].entries[number] = content[6:]

    def _note_message(self, start: bytes, place: tuple[int, int]) -> None:
        channel, _, ns, _ = _MESSAGE_START.unpack(start)
        topic = self._channels.get(channel)
        if topic is not None:
            self._scanned.setdefault(topic.name, []).append(Message(place, ns))

    def _use_index(self, chunk: _Chunk) -> bool:
        """Note a chunk's messages from its index; False if that says too little."""
        whole = all(len(each) % _TIME_AND_OFFSET.size == 0 for each in chunk.entries.values())
        if not chunk.entries or not whole or not chunk.entries.keys() <= self._channels.keys():
            return False
        for channel, entries in chunk.entries.items():
            listed = self._listed.setdefault(self._channels[channel].name, [])
            listed.append((chunk.position, entries))
        return True

    def _go_through(self, chunk: _Chunk) -> None:
        """Note what lies in a chunk, as far as it goes."""
        content = self._open(chunk.position, 0)
        offset = 0
        while True:
            opcode, length = _RECORD.unpack(content.part(offset, _RECORD.size))
            start = offset + _RECORD.size
            if len(content.upto(start + length)) < start + length:
                return
            if opcode in (_SCHEMA, _CHANNEL):
                self._note(opcode, content.part(start, length), [])
            elif opcode == _MESSAGE:
                place = chunk.position, offset
                self._note_message(content.part(start, _MESSAGE_START.size), place)
            offset = start + length

    def _open(self, chunk: int, record: int) -> PackedBytes:
        """A chunk's content, or the single record at ``record`` where there is no chunk."""
        file = self._file
        file.seek(record if chunk == NO_CHUNK else chunk)
        start = file.read(_RECORD.size)
        _, length = _RECORD.unpack(start)
        if chunk == NO_CHUNK:
            return PackedBytes(start + file.read(min(length, MAX_BYTES)), "")
        head = file.read(_CHUNK_HEAD_BYTES)
        compression, at = _text(head, _CHUNK_START.size)
        (packed_bytes,) = struct.unpack_from("<Q", head, at)
        file.seek(chunk + _RECORD.size + at + 8)
        return PackedBytes(file.read(min(packed_bytes, MAX_BYTES)), compression)


def _text(content: bytes, at: int) -> tuple[str, int]:
    """The text at ``at``, and where it ends."""
    (length,) = struct.unpack_from("<I", content, at)
    part = content[at + 4 : at + 4 + length]
    if len(part) != length:
        raise EOFError
    return part.decode("utf-8", "replace"), at + 4 + length
