"""Whether the latent explains what the camera sees: one bar, a word, and why."""

from __future__ import annotations

from enum import Enum
from typing import Final

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme import Look
from app.views.timeline import tabular

HEIGHT: Final = 40
BAR_WIDTH: Final = 120.0
BAR_HEIGHT: Final = 8.0
MARGIN: Final = 14.0
SURE: Final = 0.75
LOST: Final = 0.5


class Health(Enum):
    """What a health number means; the value says it in words."""

    SURE = "Sure"
    DOUBTFUL = "Doubtful"
    LOST = "I am lost"
    UNKNOWN = "No health"


def health_of(number: float | None) -> Health:
    """The meaning of a health number in [0, 1]; None is not known."""
    if number is None or not np.isfinite(number):
        return Health.UNKNOWN
    return Health.SURE if number >= SURE else Health.DOUBTFUL if number >= LOST else Health.LOST


class HealthStrip(QWidget):
    """A bar of health with its word and details. GUI thread only."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Health")
        self.setToolTip(
            "How well the 29 numbers explain what the camera sees,\n"
            "from the difference of the two depth images and from how sure the network is"
        )
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._look = look
        self._number: float | None = None
        self._details = ""
        self.setFont(tabular(self.font()))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """One line."""
        return QSize(320, HEIGHT)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """The bar and its word."""
        return QSize(200, HEIGHT)

    @property
    def health(self) -> Health:
        """What is said."""
        return health_of(self._number)

    @property
    def details(self) -> str:
        """Why, in figures."""
        return self._details

    def set_look(self, look: Look) -> None:
        """Use the colours of another theme."""
        self._look = look
        self.update()

    def show_health(self, number: float | None, details: str) -> None:
        """Show a health number in [0, 1] and what it comes from."""
        self._number, self._details = number, details
        self.setAccessibleDescription(f"{self.health.value}. {details}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw bar, word and details."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour, number = QColor(self._colour()), self._number or 0.0
        bar = QRectF(MARGIN, (self.height() - BAR_HEIGHT) / 2, BAR_WIDTH, BAR_HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._look.hover))
        painter.drawRoundedRect(bar, 4, 4)
        if self.health is not Health.UNKNOWN:
            painter.setBrush(colour)
            share = min(max(number, 0.06), 1.0)
            painter.drawRoundedRect(QRectF(bar.left(), bar.top(), share * BAR_WIDTH, 8), 4, 4)
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(QColor(self._look.text))
        word = QRectF(bar.right() + 12, 0, 92, self.height())
        painter.drawText(word, Qt.AlignmentFlag.AlignVCenter, self.health.value)
        painter.setFont(self.font())
        painter.setPen(QColor(self._look.quiet))
        rest = QRectF(word.right(), 0, self.width() - word.right() - MARGIN, self.height())
        text = QFontMetricsF(self.font()).elidedText(
            self._details, Qt.TextElideMode.ElideRight, rest.width()
        )
        painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, text)

    def _colour(self) -> str:
        look = self._look
        return {
            Health.SURE: look.good,
            Health.DOUBTFUL: look.waiting,
            Health.LOST: look.bad,
            Health.UNKNOWN: look.quiet,
        }[self.health]
