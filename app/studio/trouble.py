"""What the studio says while its networks are loaded, or why they cannot be."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.icons import pixmap
from app.studio.ports import Readiness, StudioState
from app.theme import Look

ICON_SIZE: Final = 72
WORDS_WIDTH: Final = 440


class Trouble(QWidget):
    """A large line and a few words. GUI thread only."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("emptyState")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._icon = QLabel(alignment=Qt.AlignmentFlag.AlignHCenter)
        self._title = QLabel(alignment=Qt.AlignmentFlag.AlignHCenter)
        self._title.setObjectName("emptyTitle")
        self._words = QLabel(alignment=Qt.AlignmentFlag.AlignHCenter)
        self._words.setObjectName("quiet")
        self._words.setWordWrap(True)
        self._words.setFixedWidth(WORDS_WIDTH)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addStretch(2)
        for widget in (self._icon, self._title, self._words):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self.set_look(look)
        self.show_state(StudioState())

    @property
    def words(self) -> str:
        """What is said below the large line."""
        return self._words.text()

    def set_look(self, look: Look) -> None:
        """Use the colours of another theme."""
        ratio = self.devicePixelRatioF()
        image = pixmap("latent", look.quiet, round(ICON_SIZE * ratio))
        image.setDevicePixelRatio(ratio)
        self._icon.setPixmap(image)

    def show_state(self, state: StudioState) -> None:
        """Say what is awaited, or what went wrong."""
        failed = state.readiness is Readiness.FAILED
        self._title.setText("The studio cannot start" if failed else "Loading the networks…")
        self._words.setText(state.trouble)
