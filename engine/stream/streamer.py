"""Brings results from runs to the streams that are switched on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from engine.mailbox import BoundedQueue, Overflow
from engine.stream.address import Address
from engine.stream.messages import NEWEST
from engine.stream.output import Output, OutputSnapshot, StreamKind
from engine.types import FrameResult

INBOX_FRAMES: Final = 8
JOIN_TIMEOUT_S: Final = 1.0


class Listenable(Protocol):
    """The part of a run that streaming needs; any thread may call."""

    def listen(self, queue: BoundedQueue[FrameResult]) -> None:
        """Put every result into ``queue``, too."""
        ...


@dataclass(frozen=True, slots=True)
class StreamSnapshot:
    """What is switched on; ``missed`` results came too fast even to be written as messages.

    ``error`` is a sentence if streaming has stopped by itself, else empty.
    """

    outputs: tuple[OutputSnapshot, ...]
    missed: int
    error: str = ""

    @property
    def failure(self) -> str:
        """What has stopped by itself, as sentences; empty if nothing has."""
        sentences = (self.error, *(output.error for output in self.outputs))
        return "; ".join(sentence for sentence in sentences if sentence)

    @property
    def stopped(self) -> bool:
        """Nothing goes out any more although something was switched on."""
        stopped = all(output.error for output in self.outputs)
        return bool(self.outputs) and (stopped or bool(self.error))

    @property
    def clients(self) -> int:
        """Everyone who listens."""
        return sum(output.clients for output in self.outputs)

    @property
    def lost(self) -> int:
        """Messages and results lost on all streams."""
        return self.missed + sum(output.lost for output in self.outputs)

    def of(self, kind: StreamKind) -> OutputSnapshot | None:
        """The stream of this kind; None if it is off."""
        return next((output for output in self.outputs if output.kind is kind), None)


class Streamer:
    """Streams of joints, off until they are switched on. Any thread may call any method.

    A run gives each result to a queue here that never makes it wait (8 results, the oldest is
    dropped and counted); one thread writes the messages and hands them to the streams. While
    everything is off there is neither thread nor queue. Switching may take a second.

    Args:
        open_output: makes a stream of a kind at an address.
        version: of the messages, one of ``engine.stream.messages.VERSIONS``.
    """

    def __init__(
        self,
        open_output: Callable[[StreamKind, Address], Output] | None = None,
        *,
        version: int = NEWEST,
    ) -> None:
        self._open_output = open_output or partial(_open, version=version)
        self._lock = threading.Lock()
        self._switching = threading.Lock()
        self._outputs: Mapping[StreamKind, Output] = {}
        self._run: Listenable | None = None
        self._inbox: BoundedQueue[FrameResult] | None = None
        self._thread: threading.Thread | None = None
        self._error = ""

    def follow(self, run: Listenable | None) -> None:
        """Stream what ``run`` publishes from now on; the run before should be stopped."""
        with self._lock:
            self._run = run
            if run is not None and self._inbox is not None:
                run.listen(self._inbox)

    def put(self, result: FrameResult) -> None:
        """Stream one result that comes from no run; never waits."""
        inbox = self._inbox
        if inbox is not None:
            inbox.put(result)

    def switch_on(self, kind: StreamKind, address: Address) -> Address:
        """Begin a stream, or move it to another address; returns the address in use.

        Raises:
            StreamError: if that address cannot be used; a stream of the kind is then off.
        """
        with self._switching:
            self._remove_output(kind)
            output = self._open_output(kind, address)
            with self._lock:
                self._outputs = {**self._outputs, kind: output}
                if self._inbox is None or self._inbox.closed:
                    self._begin()
            return output.snapshot().address

    def switch_off(self, kind: StreamKind) -> None:
        """End a stream; nothing happens if it is off."""
        with self._switching:
            self._remove_output(kind)

    def close(self) -> None:
        """End every stream, each with what still waits."""
        with self._switching:
            self._drain()
            for kind in StreamKind:
                self._remove_output(kind)

    def snapshot(self) -> StreamSnapshot:
        """What is on, at this moment."""
        with self._lock:
            outputs = tuple(self._outputs.values())
            missed = 0 if self._inbox is None else self._inbox.dropped
            error = self._error
        return StreamSnapshot(tuple(output.snapshot() for output in outputs), missed, error)

    def _begin(self) -> None:
        """Start the thread; the lock is held."""
        self._error = ""
        self._inbox = BoundedQueue(INBOX_FRAMES, Overflow.DROP_OLDEST)
        self._thread = threading.Thread(
            target=self._send_all, args=(self._inbox,), name="stream", daemon=True
        )
        self._thread.start()
        if self._run is not None:
            self._run.listen(self._inbox)

    def _remove_output(self, kind: StreamKind) -> None:
        """End a stream; the last one still gets what waits."""
        with self._lock:
            output = self._outputs.get(kind)
            last = len(self._outputs) == 1
        if output is None:
            return
        if last:
            self._drain()
        with self._lock:
            self._outputs = {other: o for other, o in self._outputs.items() if other is not kind}
        output.close()

    def _drain(self) -> None:
        """Send what waits, and end the thread."""
        with self._lock:
            if self._inbox is not None:
                self._inbox.close()
            thread, self._thread, self._inbox = self._thread, None, None
        if thread is not None:
            thread.join(JOIN_TIMEOUT_S)

    def _send_all(self, inbox: BoundedQueue[FrameResult]) -> None:
        try:
            self._send_until_closed(inbox)
        except Exception as error:  # noqa: BLE001 - the top of a thread: recorded and shown
            with self._lock:
                inbox.close()
                if inbox is self._inbox:  # else another thread has taken over
                    self._error = f"streaming has stopped: {type(error).__name__}: {error}"

    def _send_until_closed(self, inbox: BoundedQueue[FrameResult]) -> None:
        taken = 0
        while (result := inbox.take(timeout_s=None)) is not None:
            # What was dropped counts, so that a client sees from the numbers what it missed.
            sequence = taken + inbox.dropped
            taken += 1
            for output in self._outputs.values():
                output.send(result, sequence)


def _open(kind: StreamKind, address: Address, version: int) -> Output:
    # Imported here: loading the libraries takes a while, and most never stream.
    if kind is StreamKind.OSC:
        from engine.stream.osc import OscSender
        from engine.stream.osc_messages import osc_datagrams

        return OscSender(address, partial(osc_datagrams, version=version))
    if kind is StreamKind.VMC:
        from engine.stream.osc import OscSender
        from engine.stream.vmc_messages import vmc_datagrams

        return OscSender(address, vmc_datagrams, kind)
    from engine.stream.websocket import WebSocketServer

    return WebSocketServer(address, version)
