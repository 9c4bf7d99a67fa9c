"""A described scene - hands, people, planes and things - and the perfect z-map a camera sees.

Everything is in the camera frame of ``engine.camera``, millimetres. A scene holds no pixels; it
can be rendered by any camera, at any resolution, whole or in a window.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera, FloatArray
from engine.simulation.model import HandModel, PosedHand
from engine.simulation.render import (
    IndexArray,
    LabelArray,
    Part,
    draw_mesh,
    draw_plane,
)
from engine.skeleton import Handedness

Window = tuple[int, int, int, int]
"""Left column, top row, width and height of a part of an image, in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class SceneHand:
    """A hand in a scene: what it was posed with and where its skin and joints lie.

    ``model`` is the template it was made from; ``angles`` [24] rad, ``shape`` [S],
    ``R_camera_from_hand`` [3, 3], ``t_camera_from_hand`` [3].
    """

    model: HandModel
    angles: FloatArray
    shape: FloatArray
    R_camera_from_hand: FloatArray
    t_camera_from_hand: FloatArray
    handedness: Handedness
    posed: PosedHand


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """All there is to see.

    ``hands`` in the order of their labels: the first is drawn with its bones, others as
    ``Part.OTHER_HAND`` / ``OTHER_FOREARM``. ``vertices`` [V, 3], ``faces`` [F, 3], ``parts`` [F]
    is everything solid; ``planes`` [P, 7] are label, point, normal.
    """

    hands: tuple[SceneHand, ...]
    vertices: FloatArray
    faces: IndexArray
    parts: LabelArray
    planes: FloatArray


def moved(scene: Scene, R: FloatArray, t: NDArray[np.floating]) -> Scene:
    """``scene`` turned by ``R`` [3, 3] and then moved by ``t`` [3] (mm): another camera's view."""
    R, t = np.asarray(R, np.float32), np.asarray(t, np.float32)
    planes = scene.planes.copy()
    planes[:, 1:4], planes[:, 4:7] = planes[:, 1:4] @ R.T + t, planes[:, 4:7] @ R.T
    hands = tuple(
        replace(
            hand,
            R_camera_from_hand=R @ hand.R_camera_from_hand,
            t_camera_from_hand=R @ hand.t_camera_from_hand + t,
            posed=PosedHand(hand.posed.vertices_mm @ R.T + t, hand.posed.joints_mm @ R.T + t),
        )
        for hand in scene.hands
    )
    return Scene(hands, scene.vertices @ R.T + t, scene.faces, scene.parts, planes)


@dataclass(frozen=True, slots=True, eq=False)
class GroundTruth:
    """The truth about one hand: ``joints_mm`` [21, 3], mm, camera frame, and its side."""

    joints_mm: FloatArray
    handedness: Handedness


@dataclass(frozen=True, slots=True, eq=False)
class Rendering:
    """What a perfect camera sees: ``depth_mm`` [H, W], ``labels`` [H, W] (``Part``), the hands."""

    depth_mm: FloatArray
    labels: LabelArray
    truths: tuple[GroundTruth, ...]


@lru_cache(maxsize=8)
def face_parts(model: HandModel, first: bool) -> LabelArray:
    """The label of each of the hand's faces [F], as the first hand of a scene or another one."""
    bone = model.bone_of_vertex[model.faces[:, 0]]
    if first:
        parts = bone + np.uint8(Part.FOREARM)
    else:
        parts = np.where(bone == 0, Part.OTHER_FOREARM, Part.OTHER_HAND)
    return parts.astype(np.uint8)


def render(scene: Scene, camera: Camera, window: Window | None = None) -> Rendering:
    """The scene as ``camera`` sees it, the whole image or only ``window`` of it."""
    u0, v0, width, height = window or (0, 0, camera.width, camera.height)
    depth = np.zeros((height, width), dtype=np.float32)
    labels = np.zeros((height, width), dtype=np.uint8)
    lens = (camera.fx, camera.fy, camera.cx - u0, camera.cy - v0)
    for plane in scene.planes:
        draw_plane(depth, labels, int(plane[0]), plane[1:4], plane[4:7], *lens)
    draw_mesh(depth, labels, scene.vertices, scene.faces, scene.parts, *lens, True)
    for i, hand in enumerate(scene.hands):
        faces, parts = hand.model.faces_of(hand.handedness), face_parts(hand.model, i == 0)
        draw_mesh(depth, labels, hand.posed.vertices_mm, faces, parts, *lens, True)
    truths = tuple(GroundTruth(hand.posed.joints_mm, hand.handedness) for hand in scene.hands)
    return Rendering(depth, labels, truths)


def hand_window(camera: Camera, centre_mm: NDArray[np.floating], cube_mm: float) -> Window | None:
    """The part of the image that shows a cube around ``centre_mm`` [3]; None if there is none.

    The window is clipped at the image's border; what lies nearer than a quarter of the centre's
    distance is left out.
    """
    x, y, z = (float(value) for value in centre_mm)
    if z <= 0:
        return None
    half = cube_mm / 2
    near, far = max(z - half, 0.25 * z), z + half
    left, right = _span(x - half, x + half, near, far, camera.fx, camera.cx, camera.width)
    top, bottom = _span(y - half, y + half, near, far, camera.fy, camera.cy, camera.height)
    if left >= right or top >= bottom:
        return None
    return left, top, right - left, bottom - top


def _span(
    low: float, high: float, near: float, far: float, focal: float, centre: float, size: int
) -> tuple[int, int]:
    """First pixel and the one after the last that see [low, high] between two depths (mm)."""
    first = focal * min(low / near, low / far) + centre
    last = focal * max(high / near, high / far) + centre
    return max(int(np.floor(first)), 0), min(int(np.ceil(last)) + 1, size)
