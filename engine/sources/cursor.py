"""Takes values out of ROS 1 and ROS 2 messages."""

from __future__ import annotations

import struct
from typing import Final

_CDR_ORDERS: Final = {b"\x00\x00": ">", b"\x00\x01": "<"}


class Cursor:
    """Takes values one after another from a message.

    ``cdr`` is for ROS 2: four bytes tell the byte order, numbers start at multiples of their size,
    texts end with a zero. ROS 1 is packed and little-endian.

    Raises:
        ValueError: if the message is of neither kind; ``struct.error`` where it is cut off.
    """

    def __init__(self, message: bytes, *, cdr: bool) -> None:
        self._aligned = cdr
        self._order = _CDR_ORDERS.get(bytes(message[:2]), "") if cdr else "<"
        if not self._order:
            raise ValueError("it is not a CDR message")
        self._message = memoryview(message)[4:] if cdr else memoryview(message)
        self._at = 0

    def numbers(self, kind: str, count: int = 1) -> tuple[float, ...]:
        """``count`` numbers of a ``struct`` kind such as "I" or "d"."""
        size = struct.calcsize(f"<{kind}")
        if self._aligned:
            self._at += -self._at % size
        values = struct.unpack_from(f"{self._order}{count}{kind}", self._message, self._at)
        self._at += size * count
        return values

    def integer(self, kind: str = "I") -> int:
        """One whole number."""
        return int(self.numbers(kind)[0])

    def content(self) -> memoryview:
        """Bytes with their length before them."""
        length = self.integer()
        part = self._message[self._at : self._at + length]
        if len(part) != length:
            raise ValueError("a message is cut off")
        self._at += length
        return part

    def text(self) -> str:
        """A text with its length before it."""
        return bytes(self.content()).rstrip(b"\0").decode("utf-8", "replace")

    def header(self) -> tuple[float, str]:
        """A ``std_msgs/Header``: its stamp in ms and its frame id."""
        if not self._aligned:
            self.integer()  # the sequence number of ROS 1
        seconds, nanoseconds = self.numbers("I", 2)
        return seconds * 1e3 + nanoseconds / 1e6, self.text()
