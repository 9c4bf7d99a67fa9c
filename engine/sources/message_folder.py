"""Folders of ``ros2 bag record``: one recording in one or several files."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from engine.errors import SourceError
from engine.sources.message_file import Message, MessageFile, Topic
from engine.sources.open_messages import open_messages

_METADATA: Final = "metadata.yaml"
_SUFFIXES: Final = (".db3", ".mcap")


def is_message_folder(path: Path) -> bool:
    """Whether ROS 2 wrote this folder."""
    return (path / _METADATA).is_file()


def open_message_folder(path: Path) -> MessageFile:
    """Open the files of a recording as one.

    Raises:
        SourceError: if there are none, or one cannot be opened.
    """
    files = sorted((file for file in path.iterdir() if file.suffix in _SUFFIXES), key=_by_number)
    if not files:
        packed = sorted(path.glob("*.zstd"))
        hint = f"; unpack it: 'zstd -d {packed[0].name}'" if packed else ""
        raise SourceError(f"{path} holds no .db3 or .mcap file{hint}")
    return _JoinedFiles(files)


class _JoinedFiles:
    """A ``MessageFile`` of several, one after another."""

    def __init__(self, paths: list[Path]) -> None:
        self.topics: dict[str, Topic] = {}
        self._messages: dict[str, list[Message]] = {}
        self._originals: list[list[Message]] = []
        self._files: list[MessageFile] = []
        with ExitStack() as stack:
            for path in paths:
                file = open_messages(path)
                stack.callback(file.close)
                self._add(file)
            self._stack = stack.pop_all()
        self.unfinished = next(filter(None, (file.unfinished for file in self._files)), "")

    def messages(self, topic: str) -> list[Message]:
        """The messages of a topic in all files."""
        return self._messages.get(topic, [])

    def read(self, message: Message) -> bytes:
        """A message's content."""
        number, place = message.place
        return self._files[number].read(self._originals[number][place])

    def head(self, message: Message, count: int) -> bytes:
        """The first bytes of a message."""
        number, place = message.place
        return self._files[number].head(self._originals[number][place], count)

    def close(self) -> None:
        """Release the files."""
        self._stack.close()

    def _add(self, file: MessageFile) -> None:
        number = len(self._files)
        self._files.append(file)
        self.topics |= file.topics
        found = sorted((each, name) for name in file.topics for each in file.messages(name))
        self._originals.append([message for message, _ in found])
        for place, (message, name) in enumerate(found):
            joined = Message((number, place), message.recorded_ns)
            self._messages.setdefault(name, []).append(joined)


def _by_number(path: Path) -> tuple[int, str]:
    """Sort a_2.db3 before a_10.db3."""
    number = re.search(r"(\d+)$", path.stem)
    return int(number[1]) if number else -1, path.name
