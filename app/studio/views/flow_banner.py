"""A line that explains the shared latent space and says what moves the hand just now."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.studio.state import EditSource
from app.style.theme import Theme
from app.views.widgets import ThemedWidget

HEIGHT: Final = 66
BOX_HEIGHT: Final = 26.0
ARROW: Final = 40.0
PADDING: Final = 24.0
LEFT: Final = 14.0
BOXES: Final = ("Observed", "Latent code", "Skeleton", "Reconstructed")
OBSERVED, LATENT, SKELETON, RECONSTRUCTED = range(4)


_LIT: Final = {
    EditSource.CAMERA: (OBSERVED, LATENT, SKELETON, RECONSTRUCTED),
    EditSource.USER: (LATENT, SKELETON, RECONSTRUCTED),
    EditSource.JOINT: (LATENT, SKELETON, RECONSTRUCTED),
}
_SOURCE: Final = {EditSource.CAMERA: OBSERVED, EditSource.USER: LATENT, EditSource.JOINT: SKELETON}


class FlowBanner(ThemedWidget):
    """``observed -> latent code -> skeleton, reconstructed``; lit by what moves the hand."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._edit_source_of = EditSource.USER
        self.show_edit_source(EditSource.USER)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A line of boxes and a sentence."""
        return QSize(560, HEIGHT)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for the boxes; the sentence is cut; the tool tip has all of it."""
        return QSize(320, HEIGHT)

    @property
    def edit_source(self) -> EditSource:
        """What moves the hand."""
        return self._edit_source_of

    def show_edit_source(self, edit_source: EditSource) -> None:
        """Light up the way from ``edit_source``."""
        self._edit_source_of = edit_source
        self.setToolTip(edit_source.value)
        self.setAccessibleName(edit_source.value)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw boxes, arrows and the sentence."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            boxes = self._boxes()
            for k, box in enumerate(boxes):
                self._paint_box(painter, box, k)
            first, second = boxes[OBSERVED], boxes[LATENT]
            self._paint_arrow(
                painter, first.right(), second.left(), self._edit_source_of is EditSource.CAMERA
            )
            left, right = second.right(), boxes[SKELETON].left()
            if self._edit_source_of is EditSource.JOINT:
                left, right = right, left
            self._paint_arrow(painter, left, right, True)
            self._paint_sentence(painter)

    def _boxes(self) -> list[QRectF]:
        metrics = QFontMetricsF(self._font(bold=True))
        widths = [metrics.horizontalAdvance(text) + PADDING for text in BOXES]
        gap = min(ARROW, max((self.width() - 2 * LEFT - sum(widths)) / 2.2, 14.0))
        boxes, left = [], LEFT
        for width, after in zip(widths, (gap, gap, 6.0, 0.0), strict=True):
            boxes.append(QRectF(left, 9, width, BOX_HEIGHT))
            left += width + after
        return boxes

    def _paint_box(self, painter: QPainter, box: QRectF, index: int) -> None:
        theme, lit = self._theme, index in _LIT[self._edit_source_of]
        source = index == _SOURCE[self._edit_source_of]
        painter.setPen(QPen(QColor(theme.accent if lit else theme.border), 1.2))
        painter.setBrush(QColor(theme.accent if source else theme.bar))
        painter.drawRoundedRect(box, 7, 7)
        painter.setPen(QColor(theme.on_accent if source else theme.text if lit else theme.muted))
        painter.setFont(self._font(bold=lit))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, BOXES[index])

    def _paint_arrow(self, painter: QPainter, start: float, end: float, lit: bool) -> None:
        colour = QColor(self._theme.accent if lit else self._theme.border)
        way = 1.0 if end > start else -1.0
        y, tip = 9 + BOX_HEIGHT / 2, end - 4 * way
        painter.setPen(QPen(colour, 1.8))
        painter.drawLine(QLineF(start + 4 * way, y, tip - 5 * way, y))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        back = tip - 7 * way
        head = (QPointF(tip, y), QPointF(back, y - 4.5), QPointF(back, y + 4.5))
        painter.drawPolygon(QPolygonF(head))

    def _paint_sentence(self, painter: QPainter) -> None:
        painter.setFont(self.font())
        painter.setPen(QColor(self._theme.muted))
        area = QRectF(LEFT, 9 + BOX_HEIGHT, self.width() - 2 * LEFT, HEIGHT - 9 - BOX_HEIGHT)
        text = QFontMetricsF(self.font()).elidedText(
            self._edit_source_of.value, Qt.TextElideMode.ElideRight, area.width()
        )
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, text)

    def _font(self, bold: bool) -> QFont:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font
