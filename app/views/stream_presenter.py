"""The streams in the window: their entries in the menu and their addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.actions.commands import Command
from app.state.streams import StreamState
from app.views.status_strip import StatusStrip
from app.views.widgets import button_row
from engine.errors import InvalidInputError
from engine.stream.address import Address
from engine.stream.output import StreamKind

COMMANDS: Final = {
    Command.STREAM_WEBSOCKET: StreamKind.WEBSOCKET,
    Command.STREAM_OSC: StreamKind.OSC,
    Command.STREAM_VMC: StreamKind.VMC,
}
TEXTS: Final = {
    StreamKind.WEBSOCKET: ("&WebSocket, at ws://{}", "WebSocket clients connect to"),
    StreamKind.OSC: ("&OSC, to {}", "OSC is sent to"),
    StreamKind.VMC: ("&VMC for avatars, to {}", "VMC (avatars) is sent to"),
}
"""In the menu, with the address, and in the dialog."""
ABOUT: Final = (
    "A port, or a host and a port. Without a host, and with 127.0.0.1, joints do not leave this "
    "computer; with 0.0.0.0 WebSocket clients may connect from others."
)


def show_stream_actions(actions: dict[Command, QAction], state: StreamState) -> None:
    """Check marks and addresses."""
    for command, kind in COMMANDS.items():
        action = actions[command]
        action.setChecked(state.on(kind))
        action.setText(TEXTS[kind][0].format(state.addresses[kind]))


def stream_summary(state: StreamState) -> tuple[str, str]:
    """Clients and losses in few words, empty if everything is off, and the same in many."""
    outputs = state.snapshot.outputs
    if not outputs:
        return "", ""
    clients, lost = state.snapshot.clients, state.snapshot.lost
    if clients:
        text = f"{clients} client{'s' * (clients > 1)}  ·  {lost} lost"
    else:
        text = "no clients"
    lines = ["Joints are streamed"]
    for output in outputs:
        figures = f"{output.clients} now, {output.sent} sent, {output.lost} lost"
        lines.append(f"{output.kind.value} {output.address}: {output.error or figures}")
    if state.snapshot.error:
        lines.append(state.snapshot.error)
    if state.snapshot.failure:
        text = "stopped"
    return text, "\n".join(lines)


class StreamDialog(QDialog):
    """Asks for the addresses; does not close on one that cannot be. GUI thread only."""

    address_chosen = Signal(object, object)
    """A ``StreamKind`` and its ``Address``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Addresses of the streams")
        self.setMinimumWidth(460)
        self.edits = {kind: QLineEdit() for kind in StreamKind}
        self.error_label = QLabel()
        self.error_label.setAccessibleName("Error")
        self.use_button, cancel = QPushButton("Use these"), QPushButton("Cancel")
        self.use_button.setObjectName("primary")
        self.use_button.setDefault(True)
        self.use_button.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        about = QLabel(ABOUT)
        about.setObjectName("muted")
        for label in (self.error_label, about):
            label.setWordWrap(True)
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.setHorizontalSpacing(16)
        for kind, edit in self.edits.items():
            edit.setMinimumHeight(30)
            edit.setAccessibleName(TEXTS[kind][1])
            label = QLabel(TEXTS[kind][1])
            label.setMinimumHeight(edit.minimumHeight())
            label.setBuddy(edit)
            form.addRow(label, edit)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(18, 18, 18, 14)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(about)
        column.addWidget(self.error_label)
        column.addLayout(button_row(cancel, self.use_button))
        self.error_label.hide()

    def ask(self, addresses: Mapping[StreamKind, Address]) -> None:
        """Open with the present addresses."""
        for kind, edit in self.edits.items():
            edit.setText(str(addresses[kind]))
        self.error_label.hide()
        self.open()

    def accept(self) -> None:
        """Take all, or say what is wrong with one."""
        try:
            found = {kind: Address.parse(edit.text()) for kind, edit in self.edits.items()}
        except InvalidInputError as error:
            self.error_label.setText(str(error))
            self.error_label.show()
            width = self.width()
            self.resize(width, max(self.height(), self._column.totalHeightForWidth(width)))
            return
        for kind, address in found.items():
            self.address_chosen.emit(kind, address)
        super().accept()


class StreamPresenter(QObject):
    """Shows in the menu and the status strip how the streams do. GUI thread only."""

    def __init__(
        self, actions: dict[Command, QAction], strip: StatusStrip, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._actions, self._strip = actions, strip
        self._state: StreamState | None = None
        self.dialog = StreamDialog(parent)

    def show_streams(self, state: StreamState) -> None:
        """Marks in the menu, clients and losses in the strip."""
        self._state = state
        show_stream_actions(self._actions, state)
        self._strip.show_stream(*stream_summary(state))

    def refresh(self) -> None:
        """Mark again what is on, where a click has changed the mark."""
        if self._state is not None:
            show_stream_actions(self._actions, self._state)

    def ask_for_addresses(self) -> None:
        """Let the addresses be typed."""
        if self._state is not None:
            self.dialog.ask(self._state.addresses)
