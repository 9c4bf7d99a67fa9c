"""A picture of the newest result with the hands drawn over it: what depth and colour share."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.state.overlays import Overlays
from app.views.overlay import (
    Placement,
    Projection,
    draw_box,
    draw_hand_label,
    draw_image,
    draw_skeleton,
    draw_uncertainty,
    fitted,
)
from engine.types import FrameResult

BACKGROUND: Final = QColor(13, 14, 18)
STALE: Final = QColor(13, 14, 18, 150)
QUIET: Final = QColor(214, 217, 226)


class HandPicture(QWidget):
    """Shows the newest result it was given; a subclass says which image. GUI thread only."""

    painted = Signal(object)
    """A ``FrameResult`` has come onto the screen, for the first time."""

    def __init__(self, name: str, description: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setAccessibleDescription(description)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMinimumSize(QSize(240, 180))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._result: FrameResult | None = None
        self._overlays = Overlays()
        self._stale = self._fresh = self._prepared = False

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A comfortable size for a 640x480 image."""
        return QSize(760, 570)

    def set_result(self, result: FrameResult) -> None:
        """Show ``result``; a hidden view does no more than keep it."""
        self._result, self._fresh, self._prepared = result, True, False
        self.update()

    def set_stale(self, stale: bool) -> None:
        """Dim the picture: it is the last one before the camera was lost."""
        if stale is not self._stale:
            self._stale = stale
            self.update()

    def show_overlays(self, overlays: Overlays) -> None:
        """Draw these over the image; mirror it or not."""
        self._overlays = overlays
        self.update()

    def placement(self) -> Placement | None:
        """Where the image lies in this widget; None without one."""
        size = self._image_size()
        if size is None:
            return None
        return fitted(*size, QRectF(self.rect()), mirrored=self._overlays.mirrored)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the image, the hands and what else the view shows."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), BACKGROUND)
            if not self._prepared and self._result is not None:
                self._prepared = True
                self._prepare(self._result)
            place, image, projection = self.placement(), self._shown_image(), self._projection()
            if self._result is None:
                return
            if place is None or image is None or projection is None:
                self._paint_without_image(painter)
            else:
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, place.scale < 1.0)
                draw_image(painter, image, place)
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setClipRect(place.area)
                self._paint_hands(painter, self._result, projection, place)
                self._paint_extras(painter, place.area)
                if self._stale:
                    painter.fillRect(place.area, STALE)
            if self._fresh:
                self._fresh = False
                self.painted.emit(self._result)

    # -- what a subclass says ----------------------------------------------------------------

    def _prepare(self, result: FrameResult) -> None:
        """Make the image of a new result, once it is looked at."""

    def _image_size(self) -> tuple[int, int] | None:
        """Width and height of the image in pixels; None without one."""
        raise NotImplementedError

    def _shown_image(self) -> QImage | None:
        raise NotImplementedError

    def _projection(self) -> Projection | None:
        """How points become pixels of the image."""
        raise NotImplementedError

    def _paint_under_hands(
        self, painter: QPainter, projection: Projection, place: Placement
    ) -> None:
        """What is drawn over the image and under the hands."""

    def _paint_extras(self, painter: QPainter, area: QRectF) -> None:
        """What is drawn over image and hands."""

    def _paint_without_image(self, painter: QPainter) -> None:
        """What is drawn where there is no image."""

    # -- inside ------------------------------------------------------------------------------

    def _paint_hands(
        self, painter: QPainter, result: FrameResult, projection: Projection, place: Placement
    ) -> None:
        self._paint_under_hands(painter, projection, place)
        font = small_font(self.font(), bold=True)
        for hand in result.hands:
            if self._overlays.box:
                box = draw_box(painter, hand, projection, place)
                draw_hand_label(painter, hand, box, place.area, font)
            if self._overlays.uncertainty:
                draw_uncertainty(painter, hand.pose, projection, place)
            if self._overlays.skeleton:
                draw_skeleton(painter, hand.pose, projection, place)


def small_font(font: QFont, bold: bool = False) -> QFont:
    """The font of what is written on a picture."""
    small = QFont(font)
    small.setPointSizeF(max(font.pointSizeF() - 0.5, 7.0))
    small.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return small
