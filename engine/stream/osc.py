"""Joints as OSC datagrams to one receiver, in this program's own messages or in VMC's."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Final

from engine.errors import StreamError
from engine.stream.address import Address, resolve
from engine.stream.osc_messages import osc_datagrams
from engine.stream.output import OutputSnapshot, StreamKind
from engine.types import FrameResult

_RECOVERED_AFTER: Final = 2
"""The system reports a refusal while the next datagram is under way: after two in a row without one
somebody listens."""


class OscSender:
    """Sends every result to ``address``; whether anybody listens there or not costs the same.

    ``datagrams`` writes what is sent of a result and its number; ``kind`` is what that is called.
    One thread calls ``send``, any may call the rest. Lost is what the system could not take at
    once; what goes to where nobody listens is sent, but the snapshot then has no client, if the
    system tells of it, as it does on one computer.

    Raises:
        StreamError: if there is no such host or no way to it.
    """

    def __init__(
        self,
        address: Address,
        datagrams: Callable[[FrameResult, int], list[bytes]] = osc_datagrams,
        kind: StreamKind = StreamKind.OSC,
    ) -> None:
        if address.port == 0:
            raise StreamError(f"{kind.value} needs the port at which its receiver listens")
        endpoint = resolve(address, socket.SOCK_DGRAM)
        self._address, self._datagrams, self._kind = address, datagrams, kind
        self._socket = socket.socket(endpoint.family, socket.SOCK_DGRAM)
        self._lock = threading.Lock()
        self._sent = self._lost = 0
        self._accepted_in_a_row = 0
        try:
            self._socket.setblocking(False)
            self._socket.connect(endpoint.place)
        except OSError as error:
            self._socket.close()
            reason = error.strerror or error
            raise StreamError(f"{kind.value} cannot be sent to {address}: {reason}") from error

    def send(self, result: FrameResult, sequence: int) -> None:
        """Send one result; what cannot be sent at once is lost."""
        datagrams = self._datagrams(result, sequence)
        with self._lock:
            if self._socket.fileno() < 0:
                return
            # The refusal of an earlier datagram is fetched here; left alone, it would make the
            # next ``send`` fail, and with it every second datagram to a receiver that starts late.
            refused = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0
            self._accepted_in_a_row = 0 if refused else self._accepted_in_a_row + 1
            try:
                for datagram in datagrams:
                    self._socket.send(datagram)
            except ConnectionRefusedError:
                self._accepted_in_a_row = 0
            except OSError:
                self._lost += 1
                return
            self._sent += 1

    def snapshot(self) -> OutputSnapshot:
        """The figures of this moment."""
        with self._lock:
            received = self._sent > 0 and self._accepted_in_a_row >= _RECOVERED_AFTER
            return OutputSnapshot(self._kind, self._address, int(received), self._sent, self._lost)

    def close(self) -> None:
        """Send nothing more."""
        with self._lock:
            self._socket.close()
