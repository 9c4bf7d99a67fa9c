"""Whether the latent explains what the camera sees: one bar, a word, and why."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.studio.health import Health, health_of
from app.style.theme import Theme
from app.views.timeline import tabular
from app.views.widgets import ThemedWidget

CARD_HEIGHT: Final = 100.0
"""From here on the details stand below the bar."""
BAR_WIDTH: Final = 110.0
BAR_HEIGHT: Final = 8.0
LABEL_WIDTH: Final = 84.0


class HealthStrip(ThemedWidget):
    """A bar of health with its word and details. GUI thread only."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setAccessibleName("Health")
        self.setToolTip(
            "How well the latent code explains what the camera sees,\n"
            "from the difference of the two depth images and from how sure the network is"
        )
        self._number: float | None = None
        self._details: tuple[str, ...] = ()
        self.setFont(tabular(self.font()))

    @property
    def health(self) -> Health:
        """What is said."""
        return health_of(self._number)

    @property
    def details(self) -> tuple[str, ...]:
        """Why, in figures."""
        return self._details

    def show_health(self, number: float | None, details: tuple[str, ...]) -> None:
        """Show a health number in [0, 1] and what it comes from."""
        self._number, self._details = number, details
        self.setAccessibleDescription(". ".join((self.health.value, *details)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw bar, word and details: in a line, or below one another where there is room."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            width, height = float(self.width()), float(self.height())
            if height < CARD_HEIGHT:
                self._paint_bar(
                    painter, QRectF(0, (height - BAR_HEIGHT) / 2, BAR_WIDTH, BAR_HEIGHT)
                )
                self._paint_label(painter, QRectF(BAR_WIDTH + 12, 0, LABEL_WIDTH, height), 0.0)
                left = BAR_WIDTH + 12 + LABEL_WIDTH
                self._paint_details(painter, QRectF(left, 0, width - left, height), "  ·  ")
                return
            top = max(height / 2 - 62.0, 0.0)
            self._paint_label(painter, QRectF(0, top, width, 30), 5.0)
            self._paint_bar(painter, QRectF(0, top + 38, min(width, 1.6 * BAR_WIDTH), BAR_HEIGHT))
            self._paint_details(painter, QRectF(0, top + 58, width, height - top - 58), "\n")

    def _paint_bar(self, painter: QPainter, bar: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.hover))
        painter.drawRoundedRect(bar, 4, 4)
        if self.health is not Health.UNKNOWN:
            painter.setBrush(QColor(self._colour()))
            share = min(max(self._number or 0.0, 0.06), 1.0)
            painter.drawRoundedRect(
                QRectF(bar.left(), bar.top(), share * bar.width(), BAR_HEIGHT), 4, 4
            )

    def _paint_label(self, painter: QPainter, area: QRectF, larger: float) -> None:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        font.setPointSizeF(font.pointSizeF() + larger)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.text))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, self.health.value)

    def _paint_details(self, painter: QPainter, area: QRectF, between: str) -> None:
        painter.setFont(self.font())
        painter.setPen(QColor(self._theme.muted))
        text, place = between.join(self._details), Qt.AlignmentFlag.AlignVCenter
        if between == "\n":
            painter.drawText(area, Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap, text)
            return
        metrics = QFontMetricsF(self.font())
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, place, text)

    def _colour(self) -> str:
        theme = self._theme
        return {
            Health.RELIABLE: theme.success,
            Health.UNCERTAIN: theme.warning,
            Health.LOST: theme.error,
            Health.UNKNOWN: theme.muted,
        }[self.health]
