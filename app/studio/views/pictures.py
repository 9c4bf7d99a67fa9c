"""Depth pictures of the studio: what is seen, what the latent draws, and where they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.state.overlays import Overlays
from app.studio.views.health_strip import HealthStrip
from app.studio.views.picture_colours import DIFFERENCE_MM, CropColouriser, Pixels, difference_ramp
from app.studio.views.tile_layout import TITLE_HEIGHT, tile_layout
from app.studio.worker import LatentPicture
from app.style.theme import Theme
from app.views.depth_image import packed, wrapped
from app.views.overlay import Placement, draw_image, draw_skeleton
from engine.camera import Camera
from engine.skeleton import JOINT_COUNT, Handedness
from engine.tracking.crop_coordinates import CROP_SIZE
from engine.types import HandCrop, HandPose

BACKGROUND: Final = QColor(20, 21, 26)
GENERATED_TITLE: Final = "Generated from the latent code"
OBSERVED_TITLE: Final = "Observed by the camera"
RECONSTRUCTED_TITLE: Final = "Reconstructed from the latent code"
DIFFERENCE_TITLE: Final = "Difference"
TIP: Final = (
    "Depth: light and warm is near, dark and cool is far\n"
    "Difference: blue is observed nearer than reconstructed, orange farther"
)
LEGEND_WIDTH: Final = 36
THUMBNAIL_PX: Final = 112
ZOOM: Final = 1.4
"""A small picture leaves the crop's border out."""


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """One picture with its title; ``image`` is None where there is only a skeleton."""

    title: str
    image: QImage | None
    skeleton: bool = False
    legend: bool = False


class DepthPictures(QWidget):
    """One large picture, or three where a seen hand is compared. GUI thread only."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Depth pictures")
        self.setAccessibleDescription("Depth as it is seen, as the latent draws it, and both apart")
        self.setToolTip(TIP)
        self.setMinimumSize(QSize(200, 180))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = theme
        self._colouriser = CropColouriser()
        self._pixels: list[Pixels] = []
        self._seen_crop: HandCrop | None = None
        self._seen_pixels: Pixels = np.zeros((0, 0), np.uint32)
        self._tiles: tuple[Tile, ...] = ()
        self._layout = tile_layout(0, 0.0, 0.0, health=False)
        self._picture: LatentPicture | None = None
        self._overlays = Overlays()
        self._missing = ""
        self.health = HealthStrip(theme, self)
        self.health.hide()
        ramp = packed(difference_ramp(np.linspace(0.0, 1.0, LEGEND_WIDTH)))
        self._legend_pixels = np.ascontiguousarray(np.repeat(ramp[None], 6, axis=0))
        self._legend = wrapped(self._legend_pixels)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A comfortable size for one picture."""
        return QSize(400, 420)

    @property
    def titles(self) -> tuple[str, ...]:
        """What the pictures are called."""
        return tuple(tile.title for tile in self._tiles)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self.health.set_theme(theme)
        self.update()

    def show_overlays(self, overlays: Overlays) -> None:
        """Draw skeletons over the drawn depth or not; mirror it or not."""
        self._overlays = overlays
        self.update()

    def show_no_depth(self, reason: str) -> None:
        """Why no depth is drawn; empty if it is."""
        self._missing = reason
        self.update()

    def show_picture(self, picture: LatentPicture) -> None:
        """Show what the latent looks like."""
        self._picture = picture
        self._pixels = []
        before = len(self._tiles)
        self._tiles = self._tiles_of(picture)
        if len(self._tiles) != before:
            self._arrange()
        reconstruction, seen = picture.reconstruction, picture.request.observed
        if reconstruction is not None and seen is not None:
            sigma = float(seen.pose.sigma_mm.mean())
            explained = f"{reconstruction.explained:.0%} of the hand explained"
            self.health.show_health(reconstruction.health, (explained, f"joints to {sigma:.0f} mm"))
        self.update()

    def _tiles_of(self, picture: LatentPicture) -> tuple[Tile, ...]:
        crop = picture.request.crop
        drawn = None if picture.depth is None else self._depth(crop, picture.depth)
        if picture.request.observed is None:
            return (Tile(GENERATED_TITLE, drawn, skeleton=True),)
        seen = Tile(OBSERVED_TITLE, self._seen(crop), skeleton=drawn is None)
        if drawn is None:
            return (seen,)
        return (seen, Tile(RECONSTRUCTED_TITLE, drawn, skeleton=True), *self._difference(picture))

    def _seen(self, crop: HandCrop) -> QImage:
        """The crop's own picture: the same for as long as one hand is edited."""
        if self._seen_crop is not crop:
            self._seen_crop, self._seen_pixels = crop, self._colouriser.depth(crop, crop.image)
        return wrapped(self._seen_pixels)

    def _depth(
        self, crop: HandCrop, image: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
    ) -> QImage:
        return self._kept(self._colouriser.depth(crop, image))

    def _difference(self, picture: LatentPicture) -> tuple[Tile, ...]:
        if picture.reconstruction is None:
            return ()
        difference = picture.reconstruction.difference_mm
        pixels = self._colouriser.difference(picture.request.crop, difference)
        return (Tile(DIFFERENCE_TITLE, self._kept(pixels), legend=True),)

    def _kept(self, pixels: Pixels) -> QImage:
        self._pixels.append(pixels)
        return wrapped(pixels)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Find places for the pictures and the health."""
        self._arrange()

    def _arrange(self) -> None:
        compared = len(self._tiles) > 1
        size = float(self.width()), float(self.height())
        self._layout = tile_layout(len(self._tiles), *size, health=compared)
        self.health.setVisible(compared)
        if compared:
            self.health.setGeometry(self._layout.health.toRect())
        self.update()

    # -- painting ----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw every picture under its title."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for tile, area in zip(self._tiles, self._layout.pictures, strict=True):
                self._paint_tile(painter, tile, area)

    def _paint_tile(self, painter: QPainter, tile: Tile, area: QRectF) -> None:
        head = QRectF(area.left(), area.top() - TITLE_HEIGHT, area.width(), TITLE_HEIGHT)
        painter.setPen(QColor(self._theme.muted))
        middle = Qt.AlignmentFlag.AlignVCenter
        metrics = QFontMetricsF(self.font())
        title = metrics.elidedText(tile.title, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(head, middle, title)
        if tile.legend:
            self._paint_legend(painter, head, metrics.horizontalAdvance(tile.title))
        painter.fillRect(area, BACKGROUND)
        if tile.image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            draw_image(painter, tile.image, self._place(area))
        if tile.skeleton and (self._overlays.skeleton or tile.image is None):
            self._paint_skeleton(painter, area)
        if tile.image is None and self._missing:
            self._paint_missing(painter, area)

    def _paint_skeleton(self, painter: QPainter, area: QRectF) -> None:
        if self._picture is None:
            return
        painter.save()
        painter.setClipRect(area)
        crop = self._picture.request.crop
        draw_skeleton(painter, _posed(self._picture), _crop_camera(crop), self._place(area))
        painter.restore()

    def _place(self, area: QRectF) -> Placement:
        return Placement(area, area.width() / CROP_SIZE, self._overlays.mirrored)

    def _paint_legend(self, painter: QPainter, head: QRectF, taken: float) -> None:
        font = QFont(self.font())
        font.setPointSizeF(max(font.pointSizeF() - 1.0, 7.0))
        metrics, limit = QFontMetricsF(font), f"{DIFFERENCE_MM:.0f}"
        labels = (f"−{limit}", f"+{limit} mm")
        widths = [metrics.horizontalAdvance(label) + 6 for label in labels]
        if taken + 12 + LEGEND_WIDTH + sum(widths) > head.width():
            return
        painter.setFont(font)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(head, middle, labels[1])
        bar = QRectF(0, 0, LEGEND_WIDTH, 6)
        bar.moveCenter(head.center())
        bar.moveRight(head.right() - widths[1])
        painter.drawImage(bar, self._legend)
        rest = QRectF(head.left(), head.top(), bar.left() - 6 - head.left(), head.height())
        painter.drawText(rest, middle, labels[0])
        painter.setFont(self.font())

    def _paint_missing(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(QColor(190, 194, 206))
        flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft
        painter.drawText(area.adjusted(14, 14, -14, -12), flags, self._missing)


def thumbnail(picture: LatentPicture | None) -> QImage:
    """A small picture of a latent's hand."""
    image = QImage(THUMBNAIL_PX, THUMBNAIL_PX, QImage.Format.Format_RGB32)
    image.fill(BACKGROUND)
    if picture is None:
        return image
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        beyond = THUMBNAIL_PX * (ZOOM - 1.0) / 2.0
        area = QRectF(image.rect()).adjusted(-beyond, -beyond, beyond, beyond)
        crop = picture.request.crop
        if picture.depth is not None:
            pixels = CropColouriser().depth(crop, picture.depth)
            painter.drawImage(area, wrapped(pixels))
        place = Placement(area, area.width() / CROP_SIZE)
        draw_skeleton(painter, _posed(picture), _crop_camera(crop), place)
    return image


def _posed(picture: LatentPicture) -> HandPose:
    """The decoded joints as the crop's camera sees them."""
    crop = picture.request.crop
    side = (-1.0, 1.0, 1.0) if crop.mirrored else (1.0, 1.0, 1.0)
    away = np.array([0.0, 0.0, crop.distance_mm], np.float32)
    joints = (picture.hand.joints_mm + away) * np.array(side, np.float32)
    return HandPose(joints, np.zeros(JOINT_COUNT, np.float32), 1.0, Handedness.RIGHT)


def _crop_camera(crop: HandCrop) -> Camera:
    """The virtual camera that took a crop."""
    focal, middle = 0.5 * CROP_SIZE / crop.perspective, 0.5 * (CROP_SIZE - 1)
    return Camera(CROP_SIZE, CROP_SIZE, focal, focal, middle, middle)
