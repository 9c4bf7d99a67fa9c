"""Files of timed messages by topic, as ROS and the RealSense SDK write them: what they share."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from engine.pictures.png import DECODER_ERRORS

MESSAGE_ERRORS: Final = (
    EOFError, KeyError, IndexError, OverflowError, RuntimeError, StopIteration,
    sqlite3.Error, struct.error, *DECODER_ERRORS,
)  # fmt: skip
"""What reading a damaged file, or a damaged message, raises."""


@dataclass(frozen=True, slots=True, order=True)
class Message:
    """One message: its place, by which messages sort as they lie in the file, and the time of its
    recording in ns, which may be wrong."""

    place: tuple[int, int]
    recorded_ns: int


@dataclass(frozen=True, slots=True)
class Topic:
    """What a topic carries: ``kind`` is the message type as ROS 1 names it ("sensor_msgs/Image"),
    ``encoding`` says how messages are packed: "ros1", "cdr" (ROS 2) or another way."""

    name: str
    kind: str
    encoding: str

    @property
    def cdr(self) -> bool:
        """Whether numbers are aligned as in ROS 2."""
        return self.encoding == "cdr"


class MessageFile(Protocol):
    """An open file. Any thread may call; nothing is written to the file or beside it.

    ``unfinished`` says what is wrong with the file's end ("was never closed"), empty if nothing.
    Every method raises one of ``MESSAGE_ERRORS`` where the file is damaged.
    """

    unfinished: str

    @property
    def topics(self) -> Mapping[str, Topic]:
        """All topics by name, also those without messages."""
        ...

    def messages(self, topic: str) -> list[Message]:
        """The messages of a topic as they lie in the file; empty if there is no such topic."""
        ...

    def read(self, message: Message) -> bytes:
        """A message's content."""
        ...

    def head(self, message: Message, count: int) -> bytes:
        """The first ``count`` bytes of a message's content, less if it is shorter."""
        ...

    def close(self) -> None:
        """Release the file; twice is fine."""
        ...


def ros1_kind(kind: str) -> str:
    """A message type without what ROS 2 puts into its name."""
    return kind.replace("/msg/", "/")
