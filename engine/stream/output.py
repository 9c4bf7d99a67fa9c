"""What the streams have in common, and how they look from outside."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from engine.stream.address import LOOPBACK, Address
from engine.types import FrameResult


class StreamKind(Enum):
    """The streams; the value is the name for people."""

    WEBSOCKET = "WebSocket"
    OSC = "OSC"
    VMC = "VMC"


DEFAULT_ADDRESS = {
    StreamKind.WEBSOCKET: Address(LOOPBACK, 8765),
    StreamKind.OSC: Address(LOOPBACK, 9000),
    StreamKind.VMC: Address(LOOPBACK, 39539),
}


@dataclass(frozen=True, slots=True)
class OutputSnapshot:
    """One way out at one moment.

    ``address`` is where the server listens or the datagrams go; ``clients`` are connected, or
    for OSC and VMC 1 unless the system says that nobody listens there; ``sent`` and ``lost`` count
    messages over all clients: a lost one was replaced by a newer one or refused; ``error`` is a
    sentence if it has stopped by itself, else empty.
    """

    kind: StreamKind
    address: Address
    clients: int
    sent: int
    lost: int
    error: str = ""


class Output(Protocol):
    """A way out, open from construction on.

    One thread calls ``send``, which never waits; any may call ``snapshot`` and ``close``.
    """

    def send(self, result: FrameResult, sequence: int) -> None:
        """Give the result to whoever listens; ``sequence`` counts results."""
        ...

    def snapshot(self) -> OutputSnapshot:
        """The figures of this moment."""
        ...

    def close(self) -> None:
        """Send nothing more and free the address; closing twice is fine."""
        ...
