"""Commands for the streams of joints, and how these do. No widgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from app.control.ports import TaskRunner
from app.state.window_state import Level
from engine.errors import InvalidInputError
from engine.stream.address import Address
from engine.stream.output import DEFAULT_ADDRESS, StreamKind
from engine.stream.streamer import Listenable, Streamer, StreamSnapshot

SHOW_TICKS: Final = 30
"""Figures change on the screen twice a second."""
OPEN_TO_OTHERS: Final = (
    "{kind} now serves {address}: other computers in the network can receive the joints."
)


@dataclass(frozen=True, slots=True)
class StreamsShown:
    """What the window shows of the streams: figures of those that are on, and every address."""

    snapshot: StreamSnapshot
    addresses: Mapping[StreamKind, Address]

    def on(self, kind: StreamKind) -> bool:
        """Whether a stream is on."""
        return self.snapshot.of(kind) is not None


class StreamView(Protocol):
    """What is told to the window."""

    def show_streams(self, shown: StreamsShown) -> None:
        """Marks in the menu and the sign in the status strip."""
        ...

    def show_message(self, text: str, level: Level, retry: str | None = None) -> None:
        """A sentence for the user."""
        ...


class StreamMemory(Protocol):
    """The part of the settings that is used."""

    def text(self, name: str) -> str:
        """A text by its name, empty if there is none."""
        ...

    def set_text(self, name: str, text: str) -> None:
        """Remember a text."""
        ...


class StreamController:
    """ViewToggles streams on and off, one at a time. GUI thread only.

    Addresses are remembered; that a stream was on is not: after a start everything is off unless
    the command line says otherwise.
    """

    def __init__(
        self, streamer: Streamer, tasks: TaskRunner, view: StreamView, memory: StreamMemory
    ) -> None:
        self._streamer = streamer
        self._tasks = tasks
        self._view = view
        self._memory = memory
        self._busy = False
        self._ticks = 0
        self._addresses = {kind: self._first_address(kind) for kind in StreamKind}
        self.show()

    @property
    def addresses(self) -> Mapping[StreamKind, Address]:
        """Where each stream is, or will be once it is on."""
        return self._addresses

    def follow(self, run: Listenable | None) -> None:
        """Stream what this run finds."""
        self._streamer.follow(run)

    def toggle(self, kind: StreamKind) -> None:
        """Switch a stream on or off."""
        if self._streamer.snapshot().of(kind) is None:
            self._switch_on(kind)
        else:
            self._do(lambda: self._streamer.switch_off(kind))

    def set_address(self, kind: StreamKind, address: Address) -> None:
        """Use another address from now on; a stream that is on moves there."""
        if address == self._addresses[kind]:
            return
        self._addresses[kind] = address
        self._memory.set_text(_name(kind), str(address))
        if self._streamer.snapshot().of(kind) is not None:
            self._switch_on(kind)
        self.show()

    def tick(self) -> None:
        """Show the figures now and then."""
        self._ticks += 1
        if self._ticks % SHOW_TICKS == 0:
            self.show()

    def show(self) -> None:
        """Tell the view how everything stands."""
        self._view.show_streams(StreamsShown(self._streamer.snapshot(), dict(self._addresses)))

    def close(self) -> None:
        """End every stream; takes up to a second if clients do not answer."""
        self._streamer.close()

    # -- inside ------------------------------------------------------------------------------

    def _switch_on(self, kind: StreamKind) -> None:
        address = self._addresses[kind]

        def tell() -> None:
            if kind is StreamKind.WEBSOCKET and not address.is_loopback:
                text = OPEN_TO_OTHERS.format(kind=kind.value, address=address)
                self._view.show_message(text, Level.INFO)

        self._do(lambda: self._streamer.switch_on(kind, address), tell)

    def _do(self, work: Callable[[], object], then: Callable[[], None] = lambda: None) -> None:
        """Switch elsewhere; further commands until that is done are passed over."""
        if self._busy:
            self.show()
            return
        self._busy = True

        def done(_: object) -> None:
            self._busy = False
            self.show()
            then()

        def failed(text: str) -> None:
            self._busy = False
            self.show()
            self._view.show_message(text, Level.ERROR)

        self._tasks.submit(work, done, failed)

    def _first_address(self, kind: StreamKind) -> Address:
        output = self._streamer.snapshot().of(kind)
        if output is not None:
            return output.address
        try:
            return Address.parse(self._memory.text(_name(kind)))
        except InvalidInputError:
            return DEFAULT_ADDRESS[kind]


def _name(kind: StreamKind) -> str:
    return f"stream_{kind.name.lower()}"
