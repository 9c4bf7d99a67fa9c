"""The live depth picture with the hands drawn over it."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from app.views.depth_image import DepthColouriser, packed, wrapped
from app.views.hand_picture import QUIET, HandPicture, small_font
from app.views.overlay import Placement, Projection, draw_ghost, draw_pill, pill_size
from engine.camera import FloatArray
from engine.pictures.palette import depth_ramp
from engine.types import FrameResult

LEGEND_HEIGHT: Final = 96
LEGEND_WIDTH: Final = 7
MARGIN: Final = 12


class DepthView(HandPicture):
    """Shows the newest result it was given. GUI thread only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "Depth image", "The camera's depth image with the skeleton of each hand", parent
        )
        self.setMouseTracking(True)
        self._colouriser = DepthColouriser()
        self._image: QImage | None = None
        self._pointer: QPointF | None = None
        self._ghost: FloatArray | None = None
        self._ghost_lit = False
        ramp = packed(depth_ramp(np.linspace(1.0, 0.0, LEGEND_HEIGHT)))
        self._legend_pixels = np.ascontiguousarray(np.repeat(ramp[:, None], LEGEND_WIDTH, axis=1))
        self._legend = wrapped(self._legend_pixels)

    def reset_range(self) -> None:
        """Let the next result set the depth range at once."""
        self._colouriser.reset_range()

    def fix_range(self, near_mm: float, far_mm: float) -> None:
        """Show every result with this depth range until ``reset_range``."""
        self._colouriser.fix_range(near_mm, far_mm)

    def show_ghost(self, joints_mm: FloatArray | None, *, lit: bool = False) -> None:
        """Draw a hand that is asked for, ``joints_mm`` [21, 3], camera frame, under the hands that
        are seen, clear while it is shown (``lit``); None draws none."""
        self._ghost, self._ghost_lit = joints_mm, lit
        self.update()

    @property
    def depth_range_mm(self) -> tuple[float, float]:
        """The nearest and farthest depth told apart by colour, in mm."""
        if not self._prepared and self._result is not None:
            self._prepared = True
            self._prepare(self._result)
        return self._colouriser.near_mm, self._colouriser.far_mm

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

    def _prepare(self, result: FrameResult) -> None:
        before = self._colouriser.pixels
        pixels = self._colouriser.colour(result.frame.depth_mm)
        if self._image is None or pixels is not before:
            self._image = wrapped(pixels)

    def _image_size(self) -> tuple[int, int] | None:
        if self._result is None:
            return None
        height, width = self._result.frame.depth_mm.shape
        return width, height

    def _shown_image(self) -> QImage | None:
        return self._image

    def _projection(self) -> Projection | None:
        return None if self._result is None else self._result.frame.camera

    def _paint_under_hands(
        self, painter: QPainter, projection: Projection, place: Placement
    ) -> None:
        if self._ghost is not None:
            draw_ghost(painter, self._ghost, projection, place, lit=self._ghost_lit)

    def _paint_extras(self, painter: QPainter, area: QRectF) -> None:
        self._paint_legend(painter, area)
        self._paint_readout(painter, area)

    def _paint_legend(self, painter: QPainter, area: QRectF) -> None:
        if area.height() < 2 * LEGEND_HEIGHT:
            return
        bar = QRectF(0, 0, LEGEND_WIDTH, LEGEND_HEIGHT)
        bar.moveBottomRight(area.bottomRight() - QPointF(MARGIN, MARGIN + 4))
        font = small_font(self.font())
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
        font = small_font(self.font())
        text = f"{text}    ({u}, {v})"
        size = pill_size(text, font)
        corner = QPointF(area.left() + MARGIN, area.bottom() - MARGIN - size.height())
        draw_pill(painter, corner, text, font, QUIET)


def _depth_text(mm: float) -> str:
    return f"{mm / 1000.0:.2f} m" if mm >= 1000.0 else f"{mm / 10.0:.0f} cm"
