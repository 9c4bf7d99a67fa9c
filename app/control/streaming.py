"""Switches the streams of joints on and off. No widgets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from app.control.tasks import TaskRunner
from app.state.messages import MessageCenter
from app.state.settings_store import SettingsStore
from app.state.store import StateStore
from app.state.streams import StreamState
from app.state.window_state import Level
from engine.errors import InvalidInputError
from engine.stream.address import Address
from engine.stream.output import DEFAULT_ADDRESS, StreamKind
from engine.stream.streamer import Listenable, Streamer

SHOW_TICKS: Final = 30
"""Figures change on the screen twice a second."""
OPEN_TO_OTHERS: Final = (
    "{kind} now serves {address}: other computers in the network can receive the joints."
)


class StreamController:
    """Switches streams on and off, one at a time. GUI thread only.

    Addresses are remembered; that a stream was on is not: after a start everything is off unless
    the command line says otherwise. ``store`` holds how they do.
    """

    def __init__(
        self,
        streamer: Streamer,
        tasks: TaskRunner,
        settings: SettingsStore,
        messages: MessageCenter,
    ) -> None:
        self._streamer = streamer
        self._tasks = tasks
        self._settings = settings
        self._messages = messages
        self._busy = False
        self._ticks = 0
        self._addresses = {kind: self._first_address(kind) for kind in StreamKind}
        self.store = StateStore(StreamState(streamer.snapshot(), dict(self._addresses)))

    def attach(self, run: Listenable | None) -> None:
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
        self._settings.set_text(_name(kind), str(address))
        if self._streamer.snapshot().of(kind) is not None:
            self._switch_on(kind)
        self._refresh()

    def tick(self) -> None:
        """Show the figures now and then."""
        self._ticks += 1
        if self._ticks % SHOW_TICKS == 0:
            self._refresh()

    def close(self) -> None:
        """End every stream; takes up to a second if clients do not answer."""
        self._streamer.close()

    # -- inside ------------------------------------------------------------------------------

    def _refresh(self) -> None:
        self.store.update(StreamState(self._streamer.snapshot(), dict(self._addresses)))

    def _switch_on(self, kind: StreamKind) -> None:
        address = self._addresses[kind]

        def announce() -> None:
            if kind is StreamKind.WEBSOCKET and not address.is_loopback:
                text = OPEN_TO_OTHERS.format(kind=kind.value, address=address)
                self._messages.post(text)

        self._do(lambda: self._streamer.switch_on(kind, address), announce)

    def _do(self, work: Callable[[], object], then: Callable[[], None] = lambda: None) -> None:
        """Switch elsewhere; further commands until that is done are passed over."""
        if self._busy:
            self._refresh()
            return
        self._busy = True

        def done(_: object) -> None:
            self._busy = False
            self._refresh()
            then()

        def failed(text: str) -> None:
            self._busy = False
            self._refresh()
            self._messages.post(text, Level.ERROR)

        self._tasks.submit(work, done, failed)

    def _first_address(self, kind: StreamKind) -> Address:
        output = self._streamer.snapshot().of(kind)
        if output is not None:
            return output.address
        try:
            return Address.parse(self._settings.text(_name(kind)))
        except InvalidInputError:
            return DEFAULT_ADDRESS[kind]


def _name(kind: StreamKind) -> str:
    return f"stream_{kind.name.lower()}"
