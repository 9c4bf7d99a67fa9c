"""A quiet sign over the depth picture: how the camera is connected, and what could be better."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.style.icons import pixmap
from app.style.theme import Theme
from engine.sources.base import Connection, ConnectionState

MARGIN: Final = 12
MAX_WIDTH: Final = 560
ICON_SIZE: Final = 16


class ConnectionBanner(QWidget):
    """Lies at the top of its parent while there is something to say. GUI thread only."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("connectionBanner")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("Advice")
        self._theme, self._parent_view = theme, parent
        self._connection_state = ConnectionState.CONNECTED
        self._icon = QLabel()
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(11, 8, 14, 8)
        row.setSpacing(9)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        parent.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """What it says; empty if nothing."""
        return self._text.text() if self.isVisibleTo(self._parent_view) else ""

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self._apply_theme()

    def show_connection(self, connection: Connection) -> None:
        """Say how the camera is connected, else what could be better, else nothing."""
        text = connection.text or _in_lines(connection.advice)
        self.setVisible(bool(text))
        if not text or (text, connection.state) == (self._text.text(), self._connection_state):
            return
        self._connection_state = connection.state
        self._text.setText(text)
        self.setAccessibleDescription(text)
        self._apply_theme()
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Follow the parent's size."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        available = self._parent_view.width() - 2 * MARGIN
        self._text.setMinimumWidth(0)
        metrics = self._text.fontMetrics()
        longest = max(metrics.horizontalAdvance(line) for line in self._text.text().split("\n"))
        margins = self._row.contentsMargins()
        around = margins.left() + margins.right() + self._row.spacing() + ICON_SIZE + 4
        width = max(min(longest + around, MAX_WIDTH, available), 1)
        self.setGeometry(MARGIN, MARGIN, width, self._row.totalHeightForWidth(width))
        self.raise_()

    def _apply_theme(self) -> None:
        theme = self._theme
        good = self._connection_state is ConnectionState.RECONNECTED
        ratio = self.devicePixelRatioF()
        colour = theme.success if good else theme.warning
        image = pixmap("camera" if good else "warning", colour, round(ICON_SIZE * ratio))
        image.setDevicePixelRatio(ratio)
        self._icon.setPixmap(image)


def _in_lines(advice: tuple[str, ...]) -> str:
    """One sentence as it is, several as a list."""
    return advice[0] if len(advice) == 1 else "\n".join(f"•  {text}" for text in advice)
