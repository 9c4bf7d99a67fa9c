"""Depth pictures of the studio: what is seen, what the latent draws, and where they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.studio.picture_colours import DIFFERENCE_MM, CropColouriser, Pixels, difference_ramp
from app.studio.worker import LatentPicture
from app.theme import Look
from app.views.depth_image import packed
from app.views.overlay import Placement, draw_skeleton
from engine.camera import Camera
from engine.crop import CROP_SIZE
from engine.skeleton import JOINT_COUNT, Handedness
from engine.types import HandCrop, HandPose

TITLE_HEIGHT: Final = 26.0
GAP: Final = 12.0
MARGIN: Final = 12.0
GROUND: Final = QColor(20, 21, 26)
DRAWN_TITLE: Final = "Depth image drawn from the numbers"
SEEN_TITLE: Final = "Seen by the camera"
AGAIN_TITLE: Final = "Drawn from the numbers"
DIFFERENCE_TITLE: Final = "Difference"
LEGEND_WIDTH: Final = 64
THUMBNAIL_PX: Final = 112


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """One picture with its title; ``image`` is None where there is only a skeleton."""

    title: str
    image: QImage | None
    skeleton: bool = False
    legend: bool = False


class DepthPictures(QWidget):
    """One large picture, or three where a seen hand is compared. GUI thread only."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Depth pictures")
        self.setAccessibleDescription(DRAWN_TITLE)
        self.setMinimumSize(QSize(200, 180))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._look = look
        self._colouriser = CropColouriser()
        self._pixels: list[Pixels] = []
        self._tiles: tuple[Tile, ...] = ()
        self._picture: LatentPicture | None = None
        self._skeleton_shown = True
        self._missing = ""
        ramp = packed(difference_ramp(np.linspace(0.0, 1.0, LEGEND_WIDTH)))
        self._legend_pixels = np.ascontiguousarray(np.repeat(ramp[None], 6, axis=0))
        self._legend = _wrapped(self._legend_pixels)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A comfortable size for one picture."""
        return QSize(400, 420)

    @property
    def titles(self) -> tuple[str, ...]:
        """What the pictures are called."""
        return tuple(tile.title for tile in self._tiles)

    def set_look(self, look: Look) -> None:
        """Use the colours of another theme."""
        self._look = look
        self.update()

    def set_skeleton_shown(self, shown: bool) -> None:
        """Draw the skeleton over the drawn depth or leave it away."""
        self._skeleton_shown = shown
        self.update()

    def show_missing(self, words: str) -> None:
        """Why no depth is drawn; empty if it is."""
        self._missing = words
        self.update()

    def show_picture(self, picture: LatentPicture) -> None:
        """Show what the latent looks like."""
        self._picture = picture
        self._pixels = []
        crop, seen = picture.wish.crop, picture.wish.seen
        drawn = None if picture.depth is None else self._depth(crop, picture.depth)
        if seen is None:
            self._tiles = (Tile(DRAWN_TITLE, drawn, skeleton=True),)
        else:
            self._tiles = (
                Tile(SEEN_TITLE, self._depth(crop, crop.image), skeleton=drawn is None),
                *((Tile(AGAIN_TITLE, drawn, skeleton=True),) if drawn is not None else ()),
                *self._difference(picture),
            )
        self.update()

    def _depth(
        self, crop: HandCrop, image: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
    ) -> QImage:
        return self._kept(self._colouriser.depth(crop, image))

    def _difference(self, picture: LatentPicture) -> tuple[Tile, ...]:
        if picture.belief is None:
            return ()
        difference = picture.belief.difference_mm
        pixels = self._colouriser.difference(picture.wish.crop, difference)
        return (Tile(DIFFERENCE_TITLE, self._kept(pixels), legend=True),)

    def _kept(self, pixels: Pixels) -> QImage:
        self._pixels.append(pixels)
        return _wrapped(pixels)

    # -- painting ----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw every picture under its title."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        areas = arranged(len(self._tiles), self.width(), self.height())
        for tile, area in zip(self._tiles, areas, strict=True):
            self._paint_tile(painter, tile, area)

    def _paint_tile(self, painter: QPainter, tile: Tile, area: QRectF) -> None:
        head = QRectF(area.left(), area.top() - TITLE_HEIGHT, area.width(), TITLE_HEIGHT)
        painter.setPen(QColor(self._look.quiet))
        middle = Qt.AlignmentFlag.AlignVCenter
        metrics = QFontMetricsF(self.font())
        title = metrics.elidedText(tile.title, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(head, middle, title)
        if tile.legend:
            self._paint_legend(painter, head, metrics.horizontalAdvance(tile.title))
        painter.fillRect(area, GROUND)
        if tile.image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(area, tile.image)
        if tile.skeleton and (self._skeleton_shown or tile.image is None):
            self._paint_skeleton(painter, area)
        if tile.image is None and self._missing:
            self._paint_missing(painter, area)

    def _paint_skeleton(self, painter: QPainter, area: QRectF) -> None:
        if self._picture is None:
            return
        painter.save()
        painter.setClipRect(area)
        crop = self._picture.wish.crop
        place = Placement(area, area.width() / CROP_SIZE)
        draw_skeleton(painter, _posed(self._picture), _crop_camera(crop), place)
        painter.restore()

    def _paint_legend(self, painter: QPainter, head: QRectF, taken: float) -> None:
        font = QFont(self.font())
        font.setPointSizeF(max(font.pointSizeF() - 1.0, 7.0))
        metrics, limit = QFontMetricsF(font), f"{DIFFERENCE_MM:.0f}"
        words = (f"−{limit}", f"+{limit} mm")
        widths = [metrics.horizontalAdvance(word) + 6 for word in words]
        if taken + 12 + LEGEND_WIDTH + sum(widths) > head.width():
            return
        painter.setFont(font)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(head, middle, words[1])
        bar = QRectF(0, 0, LEGEND_WIDTH, 6)
        bar.moveCenter(head.center())
        bar.moveRight(head.right() - widths[1])
        painter.drawImage(bar, self._legend)
        rest = QRectF(head.left(), head.top(), bar.left() - 6 - head.left(), head.height())
        painter.drawText(rest, middle, words[0])
        painter.setFont(self.font())

    def _paint_missing(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(QColor(190, 194, 206))
        words = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft
        painter.drawText(area.adjusted(14, 14, -14, -12), words, self._missing)


def thumbnail(picture: LatentPicture | None) -> QImage:
    """A small picture of a latent's hand."""
    image = QImage(THUMBNAIL_PX, THUMBNAIL_PX, QImage.Format.Format_RGB32)
    image.fill(GROUND)
    if picture is None:
        return image
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    area, crop = QRectF(image.rect()), picture.wish.crop
    if picture.depth is not None:
        pixels = CropColouriser().depth(crop, picture.depth)
        painter.drawImage(area, _wrapped(pixels))
    place = Placement(area, THUMBNAIL_PX / CROP_SIZE)
    draw_skeleton(painter, _posed(picture), _crop_camera(crop), place)
    painter.end()
    return image


def arranged(count: int, width: float, height: float) -> tuple[QRectF, ...]:
    """The largest squares for ``count`` pictures under titles: in a row, a column or two rows."""
    if count == 0:
        return ()
    most = {columns: -(-count // columns) for columns in range(1, count + 1)}
    sides = {
        columns: min(
            (width - 2 * MARGIN - (columns - 1) * GAP) / columns,
            (height - MARGIN - rows * TITLE_HEIGHT) / rows,
        )
        for columns, rows in most.items()
    }
    columns = max(sides, key=lambda c: sides[c])
    side, rows = max(sides[columns], 16.0), most[columns]
    left = (width - columns * side - (columns - 1) * GAP) / 2
    top = max((height - MARGIN - rows * (side + TITLE_HEIGHT)) / 2, 0.0)
    return tuple(
        QRectF(
            left + (k % columns) * (side + GAP),
            top + TITLE_HEIGHT + (k // columns) * (side + TITLE_HEIGHT),
            side,
            side,
        )
        for k in range(count)
    )


def _posed(picture: LatentPicture) -> HandPose:
    """The decoded joints as the crop's camera sees them."""
    crop = picture.wish.crop
    side = (-1.0, 1.0, 1.0) if crop.mirrored else (1.0, 1.0, 1.0)
    away = np.array([0.0, 0.0, crop.distance_mm], np.float32)
    joints = (picture.hand.joints_mm + away) * np.array(side, np.float32)
    return HandPose(joints, np.zeros(JOINT_COUNT, np.float32), 1.0, Handedness.RIGHT)


def _crop_camera(crop: HandCrop) -> Camera:
    """The virtual camera that took a crop."""
    focal, middle = 0.5 * CROP_SIZE / crop.perspective, 0.5 * (CROP_SIZE - 1)
    return Camera(CROP_SIZE, CROP_SIZE, focal, focal, middle, middle)


def _wrapped(pixels: Pixels) -> QImage:
    """A QImage over ``pixels`` [H, W] without a copy; the array must outlive it."""
    height, width = pixels.shape
    return QImage(pixels.data, width, height, width * 4, QImage.Format.Format_RGB32)
