"""The streams in the window: their entries in the menu and their addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.actions.commands import Command
from app.control.streaming import StreamController, StreamsShown
from app.state.window_state import Level
from engine.errors import InvalidInputError
from engine.stream.address import Address
from engine.stream.output import StreamKind

if TYPE_CHECKING:
    from app.window.main_window import MainWindow

COMMANDS: Final = {
    Command.STREAM_WEBSOCKET: StreamKind.WEBSOCKET,
    Command.STREAM_OSC: StreamKind.OSC,
}
TEXTS: Final = {
    StreamKind.WEBSOCKET: "&WebSocket, at ws://{}",
    StreamKind.OSC: "&OSC, to {}",
}
LABELS: Final = {
    StreamKind.WEBSOCKET: "WebSocket clients connect to",
    StreamKind.OSC: "OSC is sent to",
}
ABOUT: Final = (
    "A port, or a host and a port. Without a host, and with 127.0.0.1, joints do not leave this "
    "computer; with 0.0.0.0 WebSocket clients may connect from others."
)


def show_stream_actions(actions: dict[Command, QAction], shown: StreamsShown) -> None:
    """Check marks and addresses."""
    for command, kind in COMMANDS.items():
        action = actions[command]
        action.setChecked(shown.on(kind))
        action.setText(TEXTS[kind].format(shown.addresses[kind]))


def in_words(shown: StreamsShown) -> tuple[str, str]:
    """Clients and losses in few words, empty if everything is off, and the same in many."""
    outputs = shown.snapshot.outputs
    if not outputs:
        return "", ""
    clients, lost = shown.snapshot.clients, shown.snapshot.lost
    if clients:
        text = f"{clients} client{'s' * (clients > 1)}  ·  {lost} lost"
    else:
        text = "nobody listens"
    lines = ["Joints are streamed"]
    for output in outputs:
        figures = f"{output.clients} now, {output.sent} sent, {output.lost} lost"
        lines.append(f"{output.kind.value} {output.address}: {output.error or figures}")
    if shown.snapshot.error:
        lines.append(shown.snapshot.error)
    if shown.snapshot.trouble:
        text = "stopped"
    return text, "\n".join(lines)


class StreamDialog(QDialog):
    """Asks for the addresses; does not close on one that cannot be. GUI thread only."""

    def __init__(self, streaming: StreamController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Addresses of the streams")
        self.setMinimumWidth(460)
        self._streaming = streaming
        self.edits = {kind: QLineEdit(str(streaming.addresses[kind])) for kind in StreamKind}
        self.trouble = QLabel()
        self.trouble.setAccessibleName("What is wrong")
        self.use_button, cancel = QPushButton("Use these"), QPushButton("Cancel")
        self.use_button.setObjectName("primary")
        self.use_button.setDefault(True)
        self.use_button.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        about = QLabel(ABOUT)
        about.setObjectName("muted")
        for label in (self.trouble, about):
            label.setWordWrap(True)
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.setHorizontalSpacing(16)
        for kind, edit in self.edits.items():
            edit.setMinimumHeight(30)
            edit.setAccessibleName(LABELS[kind])
            label = QLabel(LABELS[kind])
            label.setMinimumHeight(edit.minimumHeight())
            label.setBuddy(edit)
            form.addRow(label, edit)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(self.use_button)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(18, 18, 18, 14)
        column.setSpacing(12)
        column.addLayout(form)
        column.addWidget(about)
        column.addWidget(self.trouble)
        column.addLayout(buttons)
        self.trouble.hide()

    def accept(self) -> None:
        """Take both, or say what is wrong with one."""
        try:
            found = {kind: Address.parse(edit.text()) for kind, edit in self.edits.items()}
        except InvalidInputError as error:
            self.trouble.setText(str(error))
            self.trouble.show()
            width = self.width()
            self.resize(width, max(self.height(), self._column.totalHeightForWidth(width)))
            return
        for kind, address in found.items():
            self._streaming.set_address(kind, address)
        super().accept()


class StreamPresenter:
    """Shows in a window how the streams do, and takes the commands given there. GUI thread only."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def bind(self, streaming: StreamController) -> None:
        """Send commands to ``streaming`` from now on."""
        handlers = self._window.command_handlers
        handlers[Command.STREAM_WEBSOCKET] = lambda: streaming.toggle(StreamKind.WEBSOCKET)
        handlers[Command.STREAM_OSC] = lambda: streaming.toggle(StreamKind.OSC)
        handlers[Command.STREAM_ADDRESSES] = lambda: StreamDialog(streaming, self._window).open()

    def show_streams(self, shown: StreamsShown) -> None:
        """Marks in the menu and the sign in the status strip."""
        show_stream_actions(self._window.actions_by_command, shown)
        self._window.status_strip.show_stream(*in_words(shown))

    def show_message(self, text: str, level: Level, retry: str | None = None) -> None:
        """A sentence under the tool bar."""
        self._window.show_message(text, level, retry)
