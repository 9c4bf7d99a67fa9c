"""The live depth picture with the hands drawn over it."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.views.depth_image import DepthColouriser, packed
from app.views.overlay import (
    Placement,
    draw_box,
    draw_ghost,
    draw_hand_label,
    draw_image,
    draw_pill,
    draw_skeleton,
    draw_uncertainty,
    fitted,
    pill_size,
)
from engine.camera import FloatArray
from engine.pictures.palette import depth_ramp
from engine.types import FrameResult

BACKGROUND: Final = QColor(13, 14, 18)
STALE: Final = QColor(13, 14, 18, 150)
QUIET: Final = QColor(214, 217, 226)
LEGEND_HEIGHT: Final = 96
LEGEND_WIDTH: Final = 7
MARGIN: Final = 12


class DepthView(QWidget):
    """Shows the newest result it was given. GUI thread only."""

    painted = Signal(object)
    """A ``FrameResult`` has come onto the screen, for the first time."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Depth image")
        self.setAccessibleDescription("The camera's depth image with the skeleton of each hand")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMinimumSize(QSize(240, 180))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._colouriser = DepthColouriser()
        self._result: FrameResult | None = None
        self._image: QImage | None = None
        self._pointer: QPointF | None = None
        self._skeleton_shown = True
        self._box_shown = True
        self._uncertainty_shown = False
        self._mirrored = False
        self._ghost: FloatArray | None = None
        self._ghost_lit = False
        self._stale = self._fresh = self._coloured = False
        ramp = packed(depth_ramp(np.linspace(1.0, 0.0, LEGEND_HEIGHT)))
        self._legend_pixels = np.ascontiguousarray(np.repeat(ramp[:, None], LEGEND_WIDTH, axis=1))
        self._legend = _wrapped(self._legend_pixels)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A comfortable size for a 640x480 image."""
        return QSize(760, 570)

    def set_result(self, result: FrameResult) -> None:
        """Show ``result``; a hidden view does no more than keep it."""
        self._result, self._fresh, self._coloured = result, True, False
        self.update()

    def reset_range(self) -> None:
        """Let the next result set the depth range at once."""
        self._colouriser.reset_range()

    def fix_range(self, near_mm: float, far_mm: float) -> None:
        """Show every result with this depth range until ``reset_range``."""
        self._colouriser.fix_range(near_mm, far_mm)

    def set_stale(self, stale: bool) -> None:
        """Dim the picture: it is the last one before the camera was lost."""
        if stale is not self._stale:
            self._stale = stale
            self.update()

    def set_skeleton_shown(self, shown: bool) -> None:
        """Draw skeletons or leave them away."""
        self._skeleton_shown = shown
        self.update()

    def set_box_shown(self, shown: bool) -> None:
        """Draw the hands' boxes and labels or leave them away."""
        self._box_shown = shown
        self.update()

    def set_uncertainty_shown(self, shown: bool) -> None:
        """Draw how unsure each joint is or leave it away."""
        self._uncertainty_shown = shown
        self.update()

    def set_mirrored(self, mirrored: bool) -> None:
        """Show everything as in a mirror, or as it is."""
        self._mirrored = mirrored
        self.update()

    def show_ghost(self, joints_mm: FloatArray | None, *, lit: bool = False) -> None:
        """Draw a hand that is asked for, ``joints_mm`` [21, 3], camera frame, under the hands that
        are seen, clear while it is shown (``lit``); None draws none."""
        self._ghost, self._ghost_lit = joints_mm, lit
        self.update()

    @property
    def depth_range_mm(self) -> tuple[float, float]:
        """The nearest and farthest depth told apart by colour, in mm."""
        self._colour()
        return self._colouriser.near_mm, self._colouriser.far_mm

    def placement(self) -> Placement | None:
        """Where the image lies in this widget; None without one."""
        if self._result is None:
            return None
        height, width = self._result.frame.depth_mm.shape
        return fitted(width, height, QRectF(self.rect()), mirrored=self._mirrored)

    def depth_at(self, point: QPointF) -> tuple[int, int, float] | None:
        """Image column, row and depth in mm (0 = none) under ``point``; None beside the image."""
        place, result = self.placement(), self._result
        if place is None or result is None:
            return None
        u, v = place.to_image(point)
        height, width = result.frame.depth_mm.shape
        if not (0 <= u < width and 0 <= v < height):
            return None
        return u, v, float(result.frame.depth_mm[v, u])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Follow the pointer for the depth readout."""
        self._pointer = event.position()
        self.update()

    def leaveEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Hide the readout."""
        self._pointer = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw image, hands, legend and readout."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), BACKGROUND)
            self._colour()
            place = self.placement()
            if place is None or self._image is None or self._result is None:
                return
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, place.scale < 1.0)
            draw_image(painter, self._image, place)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setClipRect(place.area)
            self._paint_hands(painter, self._result, place)
            self._paint_legend(painter, place.area)
            self._paint_readout(painter, place.area)
            if self._stale:
                painter.fillRect(place.area, STALE)
            if self._fresh:
                self._fresh = False
                self.painted.emit(self._result)

    def _colour(self) -> None:
        """Colour the newest result's depth, if that was not done yet."""
        if self._coloured or self._result is None:
            return
        self._coloured = True
        before = self._colouriser.pixels
        pixels = self._colouriser.colour(self._result.frame.depth_mm)
        if self._image is None or pixels is not before:
            self._image = _wrapped(pixels)

    def _paint_hands(self, painter: QPainter, result: FrameResult, place: Placement) -> None:
        if self._ghost is not None:
            camera = result.frame.camera
            draw_ghost(painter, self._ghost, camera, place, lit=self._ghost_lit)
        font = _small(self.font(), bold=True)
        for hand in result.hands:
            if self._box_shown:
                box = draw_box(painter, hand, result.frame.camera, place)
                draw_hand_label(painter, hand, box, place.area, font)
            if self._uncertainty_shown:
                draw_uncertainty(painter, hand.pose, result.frame.camera, place)
            if self._skeleton_shown:
                draw_skeleton(painter, hand.pose, result.frame.camera, place)

    def _paint_legend(self, painter: QPainter, area: QRectF) -> None:
        if area.height() < 2 * LEGEND_HEIGHT:
            return
        bar = QRectF(0, 0, LEGEND_WIDTH, LEGEND_HEIGHT)
        bar.moveBottomRight(area.bottomRight() - QPointF(MARGIN, MARGIN + 4))
        font = _small(self.font())
        near, far = (_depth_text(x) for x in self.depth_range_mm)
        for text, y in ((near, bar.top()), (far, bar.bottom())):
            size = pill_size(text, font)
            corner = QPointF(bar.left() - size.width() - 5, y - size.height() / 2)
            draw_pill(painter, corner, text, font, QUIET)
        painter.setPen(QColor(0, 0, 0, 140))
        painter.drawRect(bar.adjusted(-1, -1, 0, 0))
        painter.drawImage(bar, self._legend)

    def _paint_readout(self, painter: QPainter, area: QRectF) -> None:
        found = None if self._pointer is None else self.depth_at(self._pointer)
        if found is None:
            return
        u, v, depth = found
        text = f"{depth:.0f} mm" if depth > 0 else "no depth"
        font = _small(self.font())
        text = f"{text}    ({u}, {v})"
        size = pill_size(text, font)
        corner = QPointF(area.left() + MARGIN, area.bottom() - MARGIN - size.height())
        draw_pill(painter, corner, text, font, QUIET)


def _depth_text(mm: float) -> str:
    return f"{mm / 1000.0:.2f} m" if mm >= 1000.0 else f"{mm / 10.0:.0f} cm"


def _small(font: QFont, bold: bool = False) -> QFont:
    small = QFont(font)
    small.setPointSizeF(max(font.pointSizeF() - 0.5, 7.0))
    small.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return small


def _wrapped(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint32]]) -> QImage:
    """A QImage over ``pixels`` [H, W] without a copy; the array must outlive it."""
    height, width = pixels.shape
    return QImage(pixels.data, width, height, width * 4, QImage.Format.Format_RGB32)
