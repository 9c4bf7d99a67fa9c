"""The log's panel: what happened, with the time."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from app.state.event_log import CAPACITY, Event, EventLog
from app.state.window_state import Level
from app.style.icons import icon
from app.style.theme import Theme


class LogView(QWidget):
    """Shows an ``EventLog``. GUI thread only."""

    def __init__(self, theme: Theme, log: EventLog, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("logView")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._log = log
        self._theme = theme
        self._version = -1
        self.text = QPlainTextEdit()
        self.text.setObjectName("log")
        self.text.setReadOnly(True)
        self.text.setAccessibleName("Log")
        self.text.setMaximumBlockCount(CAPACITY + 1)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.copy = _button("Copy", "Copy the whole log")
        self.clear = _button("Clear", "Forget what is in the log")
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 4)
        bar.addWidget(self.copy)
        bar.addWidget(self.clear)
        bar.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.text, 1)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(log.text))
        self.clear.clicked.connect(self._clear)
        self.set_theme(theme)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Wide and low."""
        return QSize(900, 180)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self.copy.setIcon(icon("copy", theme.text))
        self.clear.setIcon(icon("close", theme.text))
        self._version = -1
        self.tick()

    def tick(self) -> None:
        """Called by the window's timer: show what is new."""
        if self._version == self._log.version:
            return
        self._version = self._log.version
        bar = self.text.verticalScrollBar()
        at_end, place = bar.value() >= bar.maximum() - 2, bar.value()
        self.text.clear()
        self.text.appendHtml("<br>".join(self._html(event) for event in self._log.events))
        bar.setValue(bar.maximum() if at_end else place)

    def _html(self, event: Event) -> str:
        theme = self._theme
        colour = {Level.ERROR: theme.error, Level.WARNING: theme.warning, Level.INFO: theme.text}
        when, text = event.line[:8], event.line[8:].strip()
        return (
            f'<span style="color:{theme.muted}">{when}</span>&nbsp;&nbsp;'
            f'<span style="color:{colour[event.level]}">{escape(text)}</span>'
        )

    def _clear(self) -> None:
        self._log.clear()
        self.tick()


def _button(name: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(name)
    button.setToolTip(tip)
    button.setAccessibleName(f"{name} the log")
    button.setIconSize(QSize(15, 15))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
