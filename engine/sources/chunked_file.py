"""What ROS bags and MCAP files share: messages in packed chunks, listed by an index."""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from engine.sources.message_file import Message, Topic
from engine.sources.packed_bytes import MAX_BYTES, PackedBytes

NO_CHUNK = -1


class ChunkedFile(ABC):
    """A ``MessageFile`` whose messages lie in chunks; any thread may read.

    A message's place is its chunk's position in the file and its offset in the unpacked chunk.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it does not begin with ``magic``, as a ``kind`` of file does.
    """

    def __init__(self, path: Path, magic: bytes, kind: str) -> None:
        self.topics: dict[str, Topic] = {}
        self.unfinished = ""
        self._lock = threading.Lock()
        # Other topics may have millions of messages: the index stays packed.
        self._listed: dict[str, list[tuple[int, bytes]]] = {}
        self._scanned: dict[str, list[Message]] = {}
        self._chunk: tuple[int, PackedBytes] = (NO_CHUNK, PackedBytes(b"", ""))
        self._file: BinaryIO = path.open("rb")
        try:
            self._size = self._file.seek(0, os.SEEK_END)
            self._file.seek(0)
            if self._file.read(len(magic)) != magic:
                raise ValueError(f"it does not start as {kind}")
            self._find_messages()
        except BaseException:
            self._file.close()
            raise

    @abstractmethod
    def _find_messages(self) -> None:
        """Fill ``topics``, ``unfinished`` and what is listed or scanned; the file stands behind
        its first bytes."""

    @abstractmethod
    def _entries(self, packed: bytes) -> Iterator[tuple[int, int]]:
        """Time in ns and offset in the chunk of each entry of a part of the index."""

    @abstractmethod
    def _locate(self, message: Message) -> tuple[int, int]:
        """Start and length of a message in its chunk, which is opened. The lock is held."""

    def messages(self, topic: str) -> list[Message]:
        """The messages of ``topic`` as they lie in the file."""
        found = list(self._scanned.get(topic, []))
        for chunk, packed in self._listed.get(topic, []):
            found += [Message((chunk, offset), ns) for ns, offset in self._entries(packed)]
        return sorted(found)

    def read(self, message: Message) -> bytes:
        """The content of a message; the chunk read last is kept."""
        return self.head(message, MAX_BYTES)

    def head(self, message: Message, count: int) -> bytes:
        """The first bytes of a message; the rest of its chunk stays packed."""
        with self._lock:
            start, length = self._locate(message)
            return self._chunk[1].part(start, min(count, length))

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._file.close()
