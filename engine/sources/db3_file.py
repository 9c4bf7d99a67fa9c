"""``.db3`` files: SQLite databases with the tables topics and messages, as ROS 2 and the SDK write.

A program that is killed leaves changes beside its database (``-wal``, ``-journal``), which SQLite
joins only where it may write. So such files are read from a private copy.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import time
from array import array
from pathlib import Path
from typing import Final

from engine.sources.message_file import Message, Topic, ros1_kind
from engine.sources.packed_bytes import ZSTD_MAGIC, unpack_zstd

SQLITE_MAGIC: Final = b"SQLite format 3\0"
_INDEX_LIMIT_S: Final = 30.0
"""SQLite walks in circles in some damaged files."""
_WAL_MODE: Final = 2
_SIDE_FILES: Final = ("-wal", "-journal")
_ZSTD_HEAD_BYTES: Final = 1 << 16


class Db3File:
    """A ``MessageFile``. Messages zstd-packed one by one are unpacked.

    Raises:
        OSError: if the file, or a copy that is needed, cannot be read or made.
        sqlite3.Error: if it is damaged.
        ValueError: if it is another database, or its end is missing.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            head = file.read(100)
            size = file.seek(0, 2)
        self._copy: Path | None = None
        self.unfinished = ""
        changes = [Path(f"{path}{suffix}") for suffix in _SIDE_FILES]
        changes = [each for each in changes if each.is_file() and each.stat().st_size]
        expected = _expected_bytes(head)
        self._cut_off = expected > size and not changes
        if self._cut_off:
            self.unfinished = f"is cut off ({size} of its {expected} bytes are there)"
        if changes:
            self.unfinished = "was never closed"
        # SQLite takes a page that is there in part for a whole one.
        if changes or (self._cut_off and size % _page_bytes(head)):
            self._copy = Path(tempfile.mkdtemp(prefix="crossing-hands-"))
        try:
            self._database = _connect(path, head, changes, self._copy)
            try:
                deadline = time.monotonic() + _INDEX_LIMIT_S
                self._database.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)
                if self._cut_off:
                    # Otherwise SQLite does not open what lacks its end at all.
                    self._database.execute("PRAGMA writable_schema=ON")
                self._read_index()
                self._database.set_progress_handler(None, 0)
            except BaseException:
                self._database.close()
                raise
        except BaseException:
            self._remove_copy()
            raise

    def messages(self, topic: str) -> list[Message]:
        """The messages of ``topic`` in the order in which they were added."""
        rows, times = self._rows.get(topic, (array("q"), array("q")))
        found = sorted(Message((row, 0), ns) for row, ns in zip(rows, times, strict=True))
        while self._cut_off and found and not self._is_whole(found[-1]):
            found.pop()
        return found

    def read(self, message: Message) -> bytes:
        """A message's content."""
        data = self._select("data", message)
        return unpack_zstd(data) if data.startswith(ZSTD_MAGIC) else data

    def head(self, message: Message, count: int) -> bytes:
        """The first bytes of a message."""
        data = self._select(f"substr(data, 1, {max(count, len(ZSTD_MAGIC))})", message)
        if data.startswith(ZSTD_MAGIC):
            return unpack_zstd(self._select("data", message), count)
        return data[:count]

    def close(self) -> None:
        """Release the file."""
        self._database.close()
        self._remove_copy()

    def _select(self, column: str, message: Message) -> bytes:
        query = f"SELECT {column} FROM messages WHERE rowid=?"
        row = self._database.execute(query, (message.place[0],)).fetchone()
        if row is None or not isinstance(row[0], bytes):
            raise ValueError("it is missing")
        return row[0]

    def _is_whole(self, message: Message) -> bool:
        try:
            self._select("data", message)
        except (sqlite3.Error, ValueError):
            return False
        return True

    def _read_index(self) -> None:
        """Note every message, in one pass, for there is no index by topic."""
        # A view in a table's place could run for ever.
        found = self._database.execute("SELECT name FROM sqlite_master WHERE type='table'")
        if not {"topics", "messages"} <= {name for (name,) in found}:
            raise ValueError("it is another SQLite database")
        columns = "id, name, type, serialization_format"
        names: dict[object, str] = {}
        self.topics: dict[str, Topic] = {}
        for key, name, kind, encoding in self._database.execute(f"SELECT {columns} FROM topics"):
            names[key] = str(name)
            self.topics[str(name)] = Topic(str(name), ros1_kind(str(kind)), str(encoding))
        # Other topics may have millions of messages: rows and times are kept as numbers.
        self._rows: dict[str, tuple[array[int], array[int]]] = {}
        query = "SELECT topic_id, timestamp, rowid FROM messages"
        try:
            for topic, ns, row in self._database.execute(query):
                # SQLite keeps any value in any column.
                if topic in names and isinstance(ns, int):
                    rows, times = self._rows.setdefault(names[topic], (array("q"), array("q")))
                    rows.append(row)
                    times.append(ns)
        except sqlite3.DatabaseError:
            # What was found before the damage can be read.
            if not self._rows:
                raise
            self.unfinished = self.unfinished or "is damaged"

    def _remove_copy(self) -> None:
        if self._copy is not None:
            shutil.rmtree(self._copy, ignore_errors=True)


def _connect(
    path: Path, head: bytes, changes: list[Path], folder: Path | None
) -> sqlite3.Connection:
    """Open ``path`` for reading, or its copy in ``folder`` with the ``changes`` beside it."""
    if folder is None:
        # In this mode SQLite wants to write beside the file, unless it is told that nobody else
        # does.
        mode = "ro&immutable=1" if head[18:20] == bytes((_WAL_MODE, _WAL_MODE)) else "ro"
    else:
        mode = "rw"
        for source in (path, *changes):
            copy = folder / f"recording.db3{source.name.removeprefix(path.name)}"
            shutil.copyfile(source, copy)
        path = folder / "recording.db3"
        if not changes:
            os.truncate(path, path.stat().st_size // _page_bytes(head) * _page_bytes(head))
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=2.0, check_same_thread=False)


def _expected_bytes(head: bytes) -> int:
    """How long a database with this beginning is."""
    if not head.startswith(SQLITE_MAGIC) or len(head) < 100:
        raise ValueError("it is no SQLite database")
    # The page count is valid only while the two change counters agree (SQLite file format 1.3.7).
    return (
        _page_bytes(head) * int.from_bytes(head[28:32], "big") if head[24:28] == head[92:96] else 0
    )


def _page_bytes(head: bytes) -> int:
    page_bytes = int.from_bytes(head[16:18], "big")
    return 65536 if page_bytes == 1 else max(page_bytes, 1)
