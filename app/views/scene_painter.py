"""A plain QPainter drawing of the 3D scene, for machines without OpenGL 3.3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from app.state.scene import FAINT_ALPHA, Scene, floor_grid
from app.views.orbit import Orbit, focal_px
from engine.camera import FloatArray
from engine.pictures.palette import BONE_RGB, JOINT_RGB
from engine.skeleton import BONES

NEAR_MM: Final = 10.0
BONE_WIDTH_MM: Final = 5.0
JOINT_RADIUS_MM: Final = 4.5

AXES: Final = (
    ("x", QColor(240, 112, 112), (1.0, 0.0, 0.0)),
    ("y", QColor(126, 206, 126), (0.0, 1.0, 0.0)),
    ("z", QColor(122, 164, 255), (0.0, 0.0, 1.0)),
)

Mapped = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Projection:
    """Maps points in the camera frame into ``area`` (widget pixels) as ``orbit`` sees them, around
    ``target_mm`` [3]."""

    area: QRect
    orbit: Orbit
    target_mm: FloatArray

    @property
    def focal_px(self) -> float:
        """Focal length of the view."""
        return focal_px(self.area.height())

    def points(self, points_mm: NDArray[np.floating]) -> Mapped:
        """Pixels [..., 2] and depths [...] in mm of points [..., 3]."""
        transform = self.orbit.extrinsic(self.target_mm)
        seen = np.asarray(points_mm, dtype=np.float64) @ transform[:3, :3].T + transform[:3, 3]
        depth = np.maximum(seen[..., 2], NEAR_MM)
        middle = (self.area.width() / 2.0, self.area.height() / 2.0)
        return seen[..., :2] / depth[..., None] * self.focal_px + middle, seen[..., 2]

    def hand(self, joints_mm: FloatArray) -> Mapped | None:
        """The same of a hand's joints; None where the hand reaches the eye."""
        pixels, depth = self.points(joints_mm)
        return (pixels, depth) if depth.min() > NEAR_MM else None


def paint_scene(
    painter: QPainter,
    area: QRect,
    scene: Scene,
    orbit: Orbit,
    target_mm: FloatArray,
    grid: QColor,
    *,
    halos: bool = False,
) -> None:
    """Draw grid, points and skeletons into ``area`` (widget pixels), far things first."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    view = Projection(area, orbit, target_mm)
    _paint_grid(painter, view, grid)
    _paint_points(painter, view, scene)
    for mapped in filter(None, map(view.hand, scene.samples)):
        _paint_sample(painter, mapped)
    if halos:
        for joints, sigma in zip(scene.skeletons, scene.sigmas, strict=False):
            _paint_halos(painter, view, joints, sigma)
    for mapped in filter(None, map(view.hand, scene.skeletons)):
        _paint_skeleton(painter, view, mapped)


def paint_axes(painter: QPainter, height: int, orbit: Orbit, *, mirrored: bool) -> None:
    """The camera frame's axes in the lower left corner of a view so high."""
    origin = QPointF(34, height - 36)
    rotation = orbit.rotation()
    if mirrored:
        rotation[0] *= -1.0
    tips = [(rotation @ np.array(axis), name, colour) for name, colour, axis in AXES]
    for tip, name, colour in sorted(tips, key=lambda item: -item[0][2]):
        end = origin + QPointF(tip[0], tip[1]) * 19.0
        painter.setPen(QPen(colour, 2.0, c=Qt.PenCapStyle.RoundCap))
        painter.drawLine(origin, end)
        place = origin + QPointF(tip[0], tip[1]) * 28.0
        box = QRectF(place.x() - 8, place.y() - 8, 16, 16)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)


def _paint_grid(painter: QPainter, view: Projection, colour: QColor) -> None:
    lines, strength = floor_grid(view.target_mm)
    pixels, depth = view.points(lines)
    for (start, end), alpha, z in zip(pixels, strength, depth, strict=True):
        if z.min() > NEAR_MM:
            faded = QColor(colour)
            faded.setAlphaF(float(alpha))
            painter.setPen(QPen(faded, 1.0))
            painter.drawLine(QPointF(*start), QPointF(*end))


def _paint_points(painter: QPainter, view: Projection, scene: Scene) -> None:
    if not len(scene.points):
        return
    area = view.area
    pixels, depth = view.points(scene.points)
    size = np.array([area.width(), area.height()])
    whole = np.floor(pixels).astype(np.intp)
    inside = (depth > NEAR_MM) & np.all((whole >= 0) & (whole < size - 1), axis=1)
    order = np.flatnonzero(inside)[np.argsort(-depth[inside])]
    rgb = (scene.colours[order] * 255.0).astype(np.uint32)
    argb = 0xFF000000 | rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2]
    canvas = np.zeros((area.height(), area.width()), dtype=np.uint32)
    x, y = whole[order, 0], whole[order, 1]
    for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
        canvas[y + dy, x + dx] = argb
    image = QImage(
        canvas.data, area.width(), area.height(), area.width() * 4, QImage.Format.Format_ARGB32
    )
    painter.drawImage(area.topLeft(), image)


def _paint_sample(painter: QPainter, mapped: Mapped) -> None:
    pixels, _ = mapped
    for (a, b), rgb in zip(BONES, BONE_RGB, strict=True):
        painter.setPen(QPen(QColor(*rgb, round(255 * FAINT_ALPHA)), 1.0))
        painter.drawLine(QPointF(*pixels[a]), QPointF(*pixels[b]))


def _paint_halos(
    painter: QPainter, view: Projection, joints: FloatArray, sigma: FloatArray
) -> None:
    mapped = view.hand(joints)
    if mapped is None:
        return
    pixels, depth = mapped
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for (x, y), radius, rgb in zip(pixels, sigma * view.focal_px / depth, JOINT_RGB, strict=True):
        painter.setPen(QPen(QColor(*rgb, round(255 * FAINT_ALPHA)), 1.0))
        painter.drawEllipse(QPointF(x, y), float(radius), float(radius))


def _paint_skeleton(painter: QPainter, view: Projection, mapped: Mapped) -> None:
    pixels, depth = mapped
    px_per_mm = view.focal_px / depth
    for k in np.argsort([-(depth[a] + depth[b]) for a, b in BONES]):
        a, b = BONES[k]
        width = BONE_WIDTH_MM * float(px_per_mm[a] + px_per_mm[b]) / 2.0
        pen = QPen(QColor(*BONE_RGB[k]).darker(115), width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLine(QPointF(*pixels[a]), QPointF(*pixels[b]))
    painter.setPen(Qt.PenStyle.NoPen)
    for j in np.argsort(-depth):
        painter.setBrush(QColor(*JOINT_RGB[j]))
        radius = JOINT_RADIUS_MM * float(px_per_mm[j])
        painter.drawEllipse(QPointF(*pixels[j]), radius, radius)
