"""Opens a file of messages by what it holds, whatever its name, or says what it is instead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from engine.errors import SourceError
from engine.sources.bag_records import BAG_MAGIC
from engine.sources.db3_file import SQLITE_MAGIC, Db3File
from engine.sources.foreign_file import HEAD_BYTES, foreign_kind
from engine.sources.mcap_file import MCAP_MAGIC, McapFile
from engine.sources.message_file import MESSAGE_ERRORS, MessageFile
from engine.sources.rosbag import BagFile

_KINDS: Final[tuple[tuple[bytes, Callable[[Path], MessageFile]], ...]] = (
    (BAG_MAGIC, BagFile),
    (SQLITE_MAGIC, Db3File),
    (MCAP_MAGIC, McapFile),
)
_EXPECTED_CONTENT: Final = {
    ".bag": "it does not start as a ROS bag",
    ".db3": "it is no SQLite database",
    ".mcap": "it does not start as an MCAP file",
}
"""What is wrong with a file of unknown content, by its name."""


def open_messages(path: Path) -> MessageFile:
    """Open ``path``, a ``.bag``, ``.db3`` or ``.mcap``.

    Raises:
        SourceError: if it is empty, damaged at its beginning, or something else.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        if not head:
            raise SourceError(f"{path} is empty")
        for magic, kind in _KINDS:
            if head.startswith(magic):
                return _opened(path, kind)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}") from error
    foreign = foreign_kind(head)
    if foreign:
        raise SourceError(f"{path} is {foreign}")
    reason = _EXPECTED_CONTENT.get(path.suffix.lower(), "its content is unknown")
    raise SourceError(f"{path} is not a recording: {reason}")


def is_message_file(path: Path) -> bool:
    """Whether a file has the content of one, whatever its name."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return False
    return any(head.startswith(magic) for magic, _ in _KINDS)


def _opened(path: Path, kind: Callable[[Path], MessageFile]) -> MessageFile:
    try:
        return kind(path)
    except OSError:
        raise
    except MESSAGE_ERRORS as error:
        reason = " ".join(str(error).split()) or "it is cut off"
        raise SourceError(f"{path} cannot be played: {reason}") from error
