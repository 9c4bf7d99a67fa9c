"""A coloured line under the tool bar that says what went wrong, until it is put away."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QWidget,
)

from app.state.messages import Message
from app.state.window_state import Level
from app.style.icons import icon, pixmap
from app.style.theme import Theme
from app.views.widgets import set_up_bar

ICON_SIZE: Final = 18
ONE_LINE_CHARS: Final = 90


class MessageBar(QToolBar):
    """Shows one message at a time; hidden without one. GUI thread only."""

    retry_requested = Signal(str)
    """The source to try again."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("Message", parent)
        set_up_bar(self, "messageBar")
        self._theme = theme
        self._level = Level.INFO
        self._retry = ""
        self._icon = QLabel()
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._again = QPushButton("Try again")
        self._again.clicked.connect(lambda: self.retry_requested.emit(self._retry))
        self._close = QToolButton()
        self._close.setToolTip("Put this message away")
        self._close.setAccessibleName("Dismiss message")
        self._close.setIconSize(QSize(ICON_SIZE, ICON_SIZE))
        self._close.clicked.connect(self.clear)
        content = QWidget()
        content.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(content)
        row.setContentsMargins(2, 0, 0, 0)
        row.setSpacing(10)
        row.addWidget(self._icon)
        row.addWidget(self._text, 1)
        row.addWidget(self._again)
        row.addWidget(self._close)
        self.addWidget(content)
        self.hide()

    @property
    def text(self) -> str:
        """The message shown; empty if none."""
        return self._text.text()

    @property
    def level(self) -> Level:
        """How grave the message is."""
        return self._level

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self._apply_theme()

    def show_message(self, message: Message) -> None:
        """Show ``message`` until it is put away or replaced."""
        text, level, retry = message.text, message.level, message.retry
        self._level, self._retry = level, retry or ""
        # A wrapping label asks for two lines even where one would do.
        self._text.setWordWrap(len(text) > ONE_LINE_CHARS)
        self._text.setText(text)
        self.setAccessibleDescription(text)
        self._again.setText("Open it" if level is Level.INFO else "Try again")
        self._again.setVisible(retry is not None)
        self._apply_theme()
        self.show()

    def clear(self) -> None:
        """Put the message away."""
        self._text.clear()
        self.hide()

    def _apply_theme(self) -> None:
        theme = self._theme
        colour = {Level.ERROR: theme.error, Level.WARNING: theme.warning, Level.INFO: theme.accent}
        name = "info" if self._level is Level.INFO else "warning"
        image = pixmap(name, colour[self._level], round(ICON_SIZE * self.devicePixelRatioF()))
        image.setDevicePixelRatio(self.devicePixelRatioF())
        self._icon.setPixmap(image)
        self._close.setIcon(icon("close", theme.text))
        self.setProperty("level", self._level.value)
        self.style().unpolish(self)
        self.style().polish(self)
