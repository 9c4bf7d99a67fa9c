"""Draws hands over a depth or colour image: skeleton, box and label, in widget pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QPen

from engine.camera import FloatArray
from engine.pictures.palette import BONE_RGB, JOINT_RGB, OUTLINE_RGB
from engine.skeleton import BONES, JOINT_COUNT, TIPS, WRIST, Handedness
from engine.types import HandPose, TrackedHand

UNSURE_SIGMA_MM: Final = 25.0
"""Joints expected to be worse than this are drawn hollow."""
CORNER: Final = 0.14
"""Length of the box's corner marks as a share of its side."""
GHOST_PALE, GHOST_LIT = 0.45, 0.85
"""Opacity of a hand that is asked for, and of one that is shown."""
HAND_RGB: Final = {Handedness.RIGHT: (94, 214, 196), Handedness.LEFT: (255, 150, 110)}
HAND_LETTER: Final = {Handedness.RIGHT: "Right", Handedness.LEFT: "Left"}

_OUTLINE: Final = QColor(*OUTLINE_RGB, 170)
_BONES: Final = tuple(QColor(*rgb) for rgb in BONE_RGB)
_JOINTS: Final = tuple(QColor(*rgb) for rgb in JOINT_RGB)
_JOINT_PENS: Final = tuple(QPen(colour, 1.4) for colour in _JOINTS)
_HALOS: Final = tuple(QColor(*rgb, 34) for rgb in JOINT_RGB)
_HALO_PENS: Final = tuple(QPen(QColor(*rgb, 150), 1.0) for rgb in JOINT_RGB)
_OUTLINE_PEN: Final = QPen(_OUTLINE, 1.4)
_JOINT_SIZES: Final = tuple(
    1.25 if j == WRIST else 0.95 if j in TIPS else 1.05 for j in range(JOINT_COUNT)
)
_BONE_ENDS: Final = np.array(BONES)


class Projection(Protocol):
    """How points (mm, depth camera's frame) become pixels: depth's camera or the colour camera."""

    @property
    def fx(self) -> float:
        """The focal length in pixels."""
        ...

    def project(self, points_mm: NDArray[np.floating]) -> FloatArray:
        """Pixels [..., 2] of points [..., 3]; NaN for what is not seen."""
        ...


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an image lies in the widget: ``area`` in widget pixels, ``scale`` widget per image
    pixel; ``mirrored`` shows its left on the right, for the eye only."""

    area: QRectF
    scale: float
    mirrored: bool = False

    def to_widget(self, uv: FloatArray) -> FloatArray:
        """Widget positions [..., 2] of image pixels [..., 2] (pixel centres are whole numbers)."""
        along = np.array([-1.0 if self.mirrored else 1.0, 1.0], dtype=np.float32)
        left = self.area.right() if self.mirrored else self.area.left()
        origin = np.array([left, self.area.top()], dtype=np.float32)
        return ((uv + 0.5) * self.scale * along + origin).astype(np.float32)

    def to_image(self, point: QPointF) -> tuple[int, int]:
        """Image pixel (column, row) under a widget position; may lie outside the image."""
        across = point.x() - self.area.left()
        x = (self.area.width() - across if self.mirrored else across) / self.scale
        y = (point.y() - self.area.top()) / self.scale
        return int(np.floor(x)), int(np.floor(y))


def fitted(width: int, height: int, area: QRectF, *, mirrored: bool = False) -> Placement:
    """The largest placement of a ``width`` x ``height`` image within ``area``, centred."""
    scale = min(area.width() / width, area.height() / height)
    w, h = width * scale, height * scale
    left, top = area.center().x() - w / 2, area.center().y() - h / 2
    return Placement(QRectF(left, top, w, h), scale, mirrored)


def draw_image(painter: QPainter, image: QImage, place: Placement) -> None:
    """The image where it is placed."""
    if not place.mirrored:
        painter.drawImage(place.area, image)
        return
    painter.save()
    painter.translate(place.area.left() + place.area.right(), 0.0)
    painter.scale(-1.0, 1.0)
    painter.drawImage(place.area, image)
    painter.restore()


def draw_uncertainty(
    painter: QPainter, pose: HandPose, camera: Projection, place: Placement
) -> None:
    """Around each joint a disc as large as the error that the network expects of it."""
    depth = pose.joints_mm[:, 2]
    if float(depth.min()) <= 1.0:
        return
    radii = (pose.sigma_mm * (camera.fx * place.scale) / depth).tolist()
    on_screen = _on_screen(pose.joints_mm, camera, place)
    if not np.isfinite(on_screen).all():
        return
    points = on_screen.tolist()
    for j in np.argsort(-depth).tolist():
        painter.setPen(_HALO_PENS[j])
        painter.setBrush(_HALOS[j])
        painter.drawEllipse(QPointF(*points[j]), radii[j], radii[j])


def draw_skeleton(painter: QPainter, pose: HandPose, camera: Projection, place: Placement) -> None:
    """Bones and joints in their finger's colour on a dark outline, far ones first."""
    if float(pose.joints_mm[:, 2].min()) <= 1.0:
        return
    on_screen = _on_screen(pose.joints_mm, camera, place)
    if not np.isfinite(on_screen).all():
        return
    points = [QPointF(x, y) for x, y in on_screen.tolist()]
    depth = pose.joints_mm[:, 2]
    near_px = camera.fx / float(depth.mean()) * place.scale
    width = round(float(np.clip(3.6 * near_px, 2.0, 5.0)), 1)
    lines = [QLineF(points[a], points[b]) for a, b in BONES]
    outline, *bones = _skeleton_pens(width)
    painter.setPen(outline)
    for line in lines:  # many times faster than drawLines, which joins the outlines first
        painter.drawLine(line)
    for k in np.argsort(-depth[_BONE_ENDS].sum(axis=1)).tolist():
        painter.setPen(bones[k])
        painter.drawLine(lines[k])
    unsure = (pose.sigma_mm > UNSURE_SIGMA_MM).tolist()
    for j in np.argsort(-depth).tolist():
        painter.setPen(_JOINT_PENS[j] if unsure[j] else _OUTLINE_PEN)
        painter.setBrush(_OUTLINE if unsure[j] else _JOINTS[j])
        radius = width * _JOINT_SIZES[j]
        painter.drawEllipse(points[j], radius, radius)


def draw_ghost(
    painter: QPainter, joints_mm: FloatArray, camera: Projection, place: Placement, *, lit: bool
) -> None:
    """A hand that shows what is asked for, ``joints_mm`` [21, 3], camera frame: pale, or clear
    where it is ``lit``."""
    pose = HandPose(joints_mm, np.zeros(JOINT_COUNT, np.float32), 1.0, Handedness.RIGHT)
    painter.setOpacity(GHOST_LIT if lit else GHOST_PALE)
    draw_skeleton(painter, pose, camera, place)
    painter.setOpacity(1.0)


def draw_box(painter: QPainter, hand: TrackedHand, camera: Projection, place: Placement) -> QRectF:
    """Corner marks of the hand's cube as seen at its centre; returns its rectangle."""
    centre = np.nan_to_num(_on_screen(hand.crop.centre_mm, camera, place), nan=-1e4)
    depth = max(float(hand.crop.centre_mm[2]), 1.0)
    half = hand.crop.cube_mm / 2.0 / depth * camera.fx * place.scale
    box = QRectF(float(centre[0]) - half, float(centre[1]) - half, 2 * half, 2 * half)
    arm = 2 * half * CORNER
    path = QPainterPath()
    for corner, sx, sy in (
        (box.topLeft(), 1, 1),
        (box.topRight(), -1, 1),
        (box.bottomRight(), -1, -1),
        (box.bottomLeft(), 1, -1),
    ):
        path.moveTo(corner + QPointF(sx * arm, 0))
        path.lineTo(corner)
        path.lineTo(corner + QPointF(0, sy * arm))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(_round_pen(_OUTLINE, 4.0))
    painter.drawPath(path)
    painter.setPen(_round_pen(QColor(*HAND_RGB[hand.pose.handedness]), 1.8))
    painter.drawPath(path)
    return box


def draw_hand_label(
    painter: QPainter, hand: TrackedHand, box: QRectF, area: QRectF, font: QFont
) -> None:
    """Side, confidence and gesture above the box, kept inside the image."""
    text = f"{HAND_LETTER[hand.pose.handedness]}  {round(hand.pose.score * 100)}%"
    if hand.gesture is not None:
        text = f"{text}  ·  {gesture_text(hand.gesture)}"
    size = pill_size(text, font)
    left = min(max(box.left(), area.left() + 6), area.right() - size.width() - 6)
    top = min(max(box.top() - size.height() - 6, area.top() + 6), area.bottom() - size.height())
    colour = QColor(*HAND_RGB[hand.pose.handedness])
    draw_pill(painter, QPointF(left, top), text, font, colour)


def gesture_text(name: str | None) -> str:
    """A gesture's name for people; empty for none."""
    return (name or "").replace("_", " ")


def pill_size(text: str, font: QFont) -> QRectF:
    """Size of ``draw_pill``'s shape."""
    metrics = QFontMetricsF(font)
    return QRectF(0, 0, metrics.horizontalAdvance(text) + 16, metrics.height() + 6)


def draw_pill(painter: QPainter, corner: QPointF, text: str, font: QFont, colour: QColor) -> QRectF:
    """A short text on a rounded dark ground; ``corner`` is its top left."""
    shape = pill_size(text, font).translated(corner)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(12, 13, 17, 205))
    painter.drawRoundedRect(shape, 5, 5)
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(shape, Qt.AlignmentFlag.AlignCenter, text)
    return shape


def _on_screen(points_mm: FloatArray, camera: Projection, place: Placement) -> FloatArray:
    return place.to_widget(camera.project(points_mm))


@lru_cache(maxsize=64)
def _skeleton_pens(width: float) -> tuple[QPen, ...]:
    """The outline's pen and one for each bone; making them takes longer than drawing."""
    return (_round_pen(_OUTLINE, width + 2.4), *(_round_pen(bone, width) for bone in _BONES))


def _round_pen(colour: QColor, width: float) -> QPen:
    pen = QPen(colour, width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen
