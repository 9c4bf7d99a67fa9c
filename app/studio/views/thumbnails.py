"""A line of small pictures of the keyframes. Click shows one, the cross removes it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.style.theme import Theme
from app.views.widgets import ThemedWidget

SIDE: Final = 56
GAP: Final = 8
CROSS: Final = 16.0
HINT: Final = "Add keyframes with + and interpolate between them."


class Thumbnails(ThemedWidget):
    """The keyframes, first to last. GUI thread only."""

    chosen = Signal(int)
    remove_requested = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setAccessibleName("Keyframes")
        self.setToolTip("Click to show a keyframe; Delete or the cross removes it")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.MinimumExpanding, QSizePolicy.Policy.Fixed)
        self._images: list[QImage] = []
        self._over = -1
        self._chosen = -1
        self._place: float | None = None

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """All keyframes beside one another."""
        width = len(self._images) * (SIDE + GAP) if self._images else 200
        return QSize(width, SIDE + 12)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As ``sizeHint``: the area around it scrolls."""
        return QSize(len(self._images) * (SIDE + GAP), SIDE + 12)

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._images)

    def add(self, image: QImage) -> None:
        """One more at the end."""
        self._images.append(image)
        self._chosen = len(self._images) - 1
        self._resized()

    def remove(self, index: int) -> None:
        """One less."""
        del self._images[index]
        self._chosen = min(self._chosen, len(self._images) - 1)
        self._resized()

    def show_place(self, place: float | None) -> None:
        """Where the walk is, in keyframes from the first; None while none is played."""
        if place != self._place:
            self._place = place
            self.update()

    def area_of(self, index: int) -> QRectF:
        """Where a keyframe lies."""
        return QRectF(index * (SIDE + GAP) + 1, (self.height() - SIDE) / 2, SIDE, SIDE)

    def _resized(self) -> None:
        self.updateGeometry()
        self.update()

    def _at(self, point: QPointF) -> int:
        found = [k for k in range(self.count) if self.area_of(k).contains(point)]
        return found[0] if found else -1

    def _cross_of(self, index: int) -> QRectF:
        area = self.area_of(index)
        return QRectF(area.right() - CROSS - 2, area.top() + 2, CROSS, CROSS)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Show the cross on the keyframe under the pointer."""
        over = self._at(event.position())
        if over != self._over:
            self._over = over
            self.update()

    def leaveEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Hide the cross."""
        self._over = -1
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Choose a keyframe, or remove it."""
        index = self._at(event.position())
        if index < 0:
            return
        if self._cross_of(index).contains(event.position()):
            self.remove_requested.emit(index)
        else:
            self._choose(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Enter shows the chosen keyframe, Delete removes it, arrows choose another."""
        match event.key():
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace if self._chosen >= 0:
                self.remove_requested.emit(self._chosen)
            case Qt.Key.Key_Up | Qt.Key.Key_Down if self.count:
                step = 1 if event.key() == Qt.Key.Key_Down else -1
                self._choose((self._chosen + step) % self.count)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter if self._chosen >= 0:
                self.chosen.emit(self._chosen)
            case _:
                super().keyPressEvent(event)

    def _choose(self, index: int) -> None:
        self._chosen = index
        self.update()
        self.chosen.emit(index)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the pictures, a frame around the chosen one and the walk's place."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            if not self._images:
                painter.setPen(QColor(self._theme.muted))
                flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
                painter.drawText(QRectF(self.rect()), flags, HINT)
            for k, image in enumerate(self._images):
                area = self.area_of(k)
                painter.drawImage(area, image)
                chosen = k == self._chosen
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(
                    QPen(QColor(self._theme.accent if chosen else self._theme.border), 1.6)
                )
                painter.drawRoundedRect(area, 4, 4)
            if 0 <= self._over < self.count:
                self._paint_cross(painter, self._cross_of(self._over))
            if self._place is not None and self._images:
                self._paint_place(painter, self._place)

    def _paint_cross(self, painter: QPainter, box: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(12, 13, 17, 205))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(QPen(QColor(230, 232, 240), 1.6))
        inner = box.adjusted(5, 5, -5, -5)
        painter.drawLine(inner.topLeft(), inner.bottomRight())
        painter.drawLine(inner.topRight(), inner.bottomLeft())

    def _paint_place(self, painter: QPainter, place: float) -> None:
        x = place * (SIDE + GAP) + 1 + SIDE / 2
        last = self.area_of(self.count - 1)
        painter.setPen(QPen(QColor(self._theme.bar), 1.5))
        painter.setBrush(QColor(self._theme.accent))
        # The way back to the first keyframe is drawn as the last one waiting.
        painter.drawEllipse(QPointF(min(x, last.center().x()), last.bottom()), 4.5, 4.5)
