"""Where joints are streamed: a host and a port, on this computer unless the user says otherwise."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from typing import Any, Final

from engine.errors import InvalidInputError, StreamError

LOOPBACK: Final = "127.0.0.1"
MAX_PORT: Final = 65535
_SPEC: Final = re.compile(r"(?:(?P<host>\[[0-9A-Fa-f:.%\w]+\]|[^\[\]:\s]+):)?(?P<port>\d{1,5})")


@dataclass(frozen=True, slots=True)
class Address:
    """A host, by name or number, and a port; port 0 lets the system choose one to listen at.

    Raises:
        InvalidInputError: if the port is none.
    """

    host: str
    port: int

    def __post_init__(self) -> None:
        if not 0 <= self.port <= MAX_PORT:
            raise InvalidInputError(f"a port is between 1 and {MAX_PORT}, not {self.port}")

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read ``[HOST:]PORT``; without a host it is this computer, out of reach of others.

        Raises:
            InvalidInputError: if it is not of this form; an IPv6 host stands in brackets.
        """
        match = _SPEC.fullmatch(text.strip())
        if match is None:
            raise InvalidInputError(
                f"{text!r:.80} is no address: write a port such as 8765, or a host and a port such "
                "as 192.168.1.20:8765"
            )
        return cls((match["host"] or LOOPBACK).strip("[]"), int(match["port"]))

    @property
    def is_loopback(self) -> bool:
        """Whether nobody but this computer can be there."""
        return self.host in ("localhost", "::1") or self.host.startswith("127.")

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address as the socket module wants it."""

    family: socket.AddressFamily
    place: tuple[Any, ...]


def resolve(address: Address, kind: socket.SocketKind) -> Endpoint:
    """Look the host up.

    Raises:
        StreamError: if there is no such host.
    """
    try:
        found = socket.getaddrinfo(address.host, address.port, type=kind)
    except (OSError, UnicodeError) as error:
        raise StreamError(f"{address.host:.80} is not a host that can be found") from error
    family, _, _, _, place = found[0]
    return Endpoint(family, place)
