"""A slider over a recording's time: labelled in ms, with the frame shown and the marks."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QToolTip, QWidget

from app.state.window_state import Marks
from app.style.theme import Theme

GROOVE_Y: Final = 13.0
GROOVE_HEIGHT: Final = 5.0
HANDLE_RADIUS: Final = 7.5
LABEL_Y: Final = 23.0
MARGIN: Final = 12.0
TICK_SPACE_PX: Final = 110.0
LABEL_GAP_PX: Final = 10.0
THIN_SPACE: Final = "\u202f"


class Timeline(QAbstractSlider):
    """A slider whose value is a frame's number and whose length is time. GUI thread only.

    ``seek_requested`` reports only what the user does; ``show_frame`` moves the handle without it,
    and not while the user holds the handle.
    """

    seek_requested = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setAccessibleName("Position in the recording")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = theme
        self._times_ms: NDArray[np.float64] = np.zeros(1)
        self._marks = Marks()
        self._shown_ms = 0.0
        self._showing = False
        self.valueChanged.connect(self._emit_moved)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for the groove and the line of labels."""
        return QSize(400, 44)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Enough to hit a place."""
        return QSize(140, 44)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self.update()

    def set_times(self, times_ms: NDArray[np.float64]) -> None:
        """Stand for frames taken at ``times_ms`` [N], ms since the first, never falling."""
        spread = len(times_ms) > 1 and times_ms[-1] > times_ms[0]
        # Without times, frames lie side by side.
        self._times_ms = times_ms if spread else np.arange(len(times_ms), dtype=np.float64)
        self._showing = True
        self.setRange(0, len(times_ms) - 1)
        second = int(np.searchsorted(self._times_ms, 999.5))
        self.setPageStep(max(1, min(second, len(times_ms) - 1)))
        self.setValue(0)
        self._showing = False
        self._shown_ms = 0.0
        self.update()

    def set_marks(self, marks: Marks) -> None:
        """Show which frames are repeated."""
        self._marks = marks
        self.update()

    def show_frame(self, index: int, ms: float) -> None:
        """Stand at the frame that is shown, taken ``ms`` after the first."""
        if self.isSliderDown():
            return
        self._showing = True
        self.setValue(index)
        self._showing = False
        self._shown_ms = ms
        self.setAccessibleDescription(self.text)
        self.update()

    @property
    def text(self) -> str:
        """Number and time of the frame at which the handle stands."""
        ms = float(self._times_ms[self.value()]) if self.isSliderDown() else self._shown_ms
        return f"frame {self.value()}  ·  {grouped(ms)} ms"

    def frame_at(self, x: float) -> int:
        """The frame nearest to a place."""
        share = (x - MARGIN) / max(self.width() - 2 * MARGIN, 1.0)
        wanted = share * self._times_ms[-1]
        after = int(np.searchsorted(self._times_ms, wanted).clip(1, max(1, self.maximum())))
        before = after - 1
        if after > self.maximum():
            return before
        near = wanted - self._times_ms[before] <= self._times_ms[after] - wanted
        return before if near else after

    def place_of(self, index: int) -> float:
        """Where a frame lies, in pixels."""
        whole = self._times_ms[-1]
        share = self._times_ms[min(index, self.maximum())] / whole if whole > 0 else 0.0
        return MARGIN + float(share) * (self.width() - 2 * MARGIN)

    # -- events ------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take the handle, wherever it stands, to the pointer."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self.setSliderPosition(self.frame_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the handle along, or say which frame is under the pointer."""
        index = self.frame_at(event.position().x())
        if self.isSliderDown():
            self.setSliderPosition(index)
        else:
            text = f"Frame {index}, {grouped(float(self._times_ms[index]))} ms"
            QToolTip.showText(event.globalPosition().toPoint(), text, self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Let the handle go."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(False)
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw groove, marks, handle and labels."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            at = self.place_of(self.value())
            self._paint_groove(painter, at)
            self._paint_marks(painter)
            self._paint_labels(painter, at)
            self._paint_handle(painter, at)

    # -- painting ----------------------------------------------------------------------------

    def _paint_groove(self, painter: QPainter, at: float) -> None:
        groove = QRectF(MARGIN, GROOVE_Y - GROOVE_HEIGHT / 2, 0, GROOVE_HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        for right, colour in (
            (self.width() - MARGIN, self._theme.border),
            (at, self._theme.accent),
        ):
            groove.setRight(right)
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(groove, GROOVE_HEIGHT / 2, GROOVE_HEIGHT / 2)

    def _paint_marks(self, painter: QPainter) -> None:
        if not self._marks:
            return
        first = self.place_of(self._marks.first or 0)
        last = self.place_of(self.maximum() if self._marks.last is None else self._marks.last)
        colour = QColor(self._theme.warning)
        painter.setPen(QPen(colour, 2.0))
        for x, inward in ((first, 4.0), (last, -4.0)):
            top, bottom = GROOVE_Y - 10.0, GROOVE_Y + 10.0
            painter.drawPolyline(
                [QPointF(x + inward, top), QPointF(x, top), QPointF(x, bottom),
                 QPointF(x + inward, bottom)]
            )  # fmt: skip
        colour.setAlpha(70)
        painter.fillRect(QRectF(first, GROOVE_Y - 10.0, max(last - first, 1.0), 20.0), colour)

    def _paint_labels(self, painter: QPainter, at: float) -> None:
        font = tabular(self.font(), -1.0)
        metrics = QFontMetricsF(font)
        here = metrics.horizontalAdvance(self.text)
        left = min(max(at - here / 2, 2.0), self.width() - here - 2.0)
        taken = [(left - LABEL_GAP_PX, left + here + LABEL_GAP_PX)]
        painter.setFont(font)
        painter.setPen(QColor(self._theme.text))
        base = LABEL_Y + metrics.ascent() + 2.0
        painter.drawText(QPointF(left, base), self.text)
        painter.setPen(QColor(self._theme.muted))
        for ms in self._ticks():
            text = f"{grouped(ms)} ms" if ms in (0.0, self._times_ms[-1]) else grouped(ms)
            width = metrics.horizontalAdvance(text)
            centre = MARGIN + ms / self._times_ms[-1] * (self.width() - 2 * MARGIN)
            x = min(max(centre - width / 2, 2.0), self.width() - width - 2.0)
            if all(x + width < a or x > b for a, b in taken):
                taken.append((x - LABEL_GAP_PX, x + width + LABEL_GAP_PX))
                painter.drawText(QPointF(x, base), text)

    def _ticks(self) -> NDArray[np.float64]:
        """The whole length, then round times that leave room for their labels."""
        whole = float(self._times_ms[-1])
        if whole <= 0:
            return np.zeros(0)
        step = round_step(whole * TICK_SPACE_PX / max(self.width(), 1))
        return np.insert(np.arange(0.0, whole, step), 0, whole)

    def _paint_handle(self, painter: QPainter, at: float) -> None:
        enabled, focused = self.isEnabled(), self.hasFocus()
        painter.setBrush(QColor(self._theme.accent if enabled else self._theme.muted))
        painter.setPen(QPen(QColor(self._theme.text if focused else self._theme.bar), 2.0))
        painter.drawEllipse(QPointF(at, GROOVE_Y), HANDLE_RADIUS, HANDLE_RADIUS)

    def _emit_moved(self, index: int) -> None:
        self.update()
        if not self._showing:
            self.seek_requested.emit(index)


def grouped(ms: float) -> str:
    """Whole ms with thin spaces between the thousands."""
    return f"{ms:,.0f}".replace(",", THIN_SPACE)


def round_step(least: float) -> float:
    """The least of 1, 2, 5, 10, 20, ... that is not below ``least``."""
    power = 10.0 ** np.floor(np.log10(max(least, 1.0)))
    return float(next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least))


def tabular(font: QFont, points: float = 0.0) -> QFont:
    """Digits of equal width, so that changing numbers do not shake; ``points`` larger."""
    other = QFont(font)
    other.setFeature(QFont.Tag("tnum"), 1)
    other.setPointSizeF(max(font.pointSizeF() + points, 7.0))
    return other
