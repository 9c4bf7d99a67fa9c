"""The colour picture beside depth, with the hands drawn where the colour camera sees them."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from app.views.hand_picture import QUIET, HandPicture, small_font
from app.views.overlay import Projection, draw_pill, pill_size
from engine.colour import ColourCamera, ColourPixels
from engine.errors import SourceError
from engine.types import FrameResult

NO_COLOUR: Final = "This source has no colour."
MARGIN: Final = 12


class ColourView(HandPicture):
    """Shows the colour image of the newest result, or why there is none. GUI thread only.

    An image is decoded when it is painted, so a hidden view costs nothing.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "Colour image", "The camera's colour image with the skeleton of each hand", parent
        )
        self._camera: ColourCamera | None = None
        self._pixels: ColourPixels | None = None
        self._image: QImage | None = None
        self.problem = ""

    def _prepare(self, result: FrameResult) -> None:
        colour = result.frame.colour
        self._camera = self._pixels = self._image = None
        self.problem = _sentence(result.frame.colour_problem) or NO_COLOUR
        if colour is None:
            return
        try:
            self._pixels = pixels = colour.pixels()
        except SourceError as error:
            self.problem = _sentence(str(error))
            return
        height, width, channels = pixels.shape
        form = QImage.Format.Format_RGB888
        self._image = QImage(pixels.data, width, height, width * channels, form)
        self._camera, self.problem = colour.camera, ""

    def _image_size(self) -> tuple[int, int] | None:
        return None if self._camera is None else (self._camera.width, self._camera.height)

    def _shown_image(self) -> QImage | None:
        return self._image

    def _projection(self) -> Projection | None:
        return self._camera

    def _paint_extras(self, painter: QPainter, area: QRectF) -> None:
        if self._camera is None or not self._camera.notice:
            return
        font, text = small_font(self.font()), _sentence(self._camera.notice)
        size = pill_size(text, font)
        corner = area.bottomLeft()
        corner.setX(corner.x() + MARGIN)
        corner.setY(corner.y() - MARGIN - size.height())
        draw_pill(painter, corner, text, font, QUIET)

    def _paint_without_image(self, painter: QPainter) -> None:
        painter.setPen(QUIET)
        around = QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        wrapped = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(around, wrapped, self.problem)


def _sentence(text: str) -> str:
    """``text`` with a capital and a full stop; empty if there is none."""
    return f"{text[0].upper()}{text[1:].rstrip('.')}." if text else ""
