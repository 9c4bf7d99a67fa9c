"""Which streams are on, where, and how they do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.stream.address import Address
from engine.stream.output import StreamKind
from engine.stream.streamer import StreamSnapshot


@dataclass(frozen=True, slots=True)
class StreamState:
    """Figures of the streams that are on, and the address of every one."""

    snapshot: StreamSnapshot
    addresses: Mapping[StreamKind, Address]

    def on(self, kind: StreamKind) -> bool:
        """Whether a stream is on."""
        return self.snapshot.of(kind) is not None
