"""Measures of posed hands: pure functions of joints, of any number of hands at once.

Joints are [..., 21, 3] in mm, camera frame (x right, y down, z forward); results are [...] or
[..., 3]; joints that are NaN give NaN. The palm's frame is that of ``engine.simulation.angles``: +y
from the wrist to the middle finger's knuckle, +x towards the thumb, +z out of the palm. For a left
hand x is mirrored, so every measure is the same for a hand and its mirror image. Angles are those
of the pivots about which the joints' bones turn (``simulation.joints``), lengths those of joints.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.simulation.joints import PIVOTS_FROM_JOINTS
from engine.skeleton import FINGER_JOINTS, WRIST, Handedness

Array = NDArray[np.float64]

THUMB_TIP: Final = FINGER_JOINTS["thumb"][3]
INDEX_MCP, MIDDLE_MCP, LITTLE_MCP = (FINGER_JOINTS[f][0] for f in ("index", "middle", "little"))
FINGERS: Final = ("index", "middle", "ring", "little")
CURLED_DEG: Final = {"thumb": 100.0} | dict.fromkeys(FINGERS, 235.0)
"""Sum of a finger's bends in a fist, which counts as curled all the way."""
PALM: Final = (WRIST, *(FINGER_JOINTS[finger][0] for finger in FINGERS))
"""Wrist and knuckles, which move as one."""
TOUCHING: Final = 0.2
APART: Final = 0.6
"""Tip to tip distances in palm lengths at which a pinch is as strong as can be, and none."""
_EPSILON: Final = 1e-9


def distance_mm(joints_mm: ArrayLike, a: int, b: int) -> Array:
    """Distance [...] in mm between joints ``a`` and ``b``."""
    joints = _joints(joints_mm)
    return _length(joints[..., a, :] - joints[..., b, :])


def palm_axes(joints_mm: ArrayLike, side: Handedness) -> Array:
    """Axes of the palm in the camera frame [..., 3, 3]: rows x (to the thumb), y (to the middle
    knuckle), z (out of the palm), unit vectors."""
    joints = _joints(joints_mm)
    y = _unit(joints[..., MIDDLE_MCP, :] - joints[..., WRIST, :])
    across = joints[..., INDEX_MCP, :] - joints[..., LITTLE_MCP, :]
    x = _unit(across - _dot(across, y)[..., None] * y)
    z = np.cross(x, y) if side is Handedness.RIGHT else np.cross(y, x)
    return np.stack([x, y, z], axis=-2)


def palm_centre_mm(joints_mm: ArrayLike) -> Array:
    """The mean [..., 3] of wrist and knuckles, mm, camera frame."""
    return np.asarray(_joints(joints_mm)[..., PALM, :].mean(axis=-2))


def palm_length_mm(joints_mm: ArrayLike) -> Array:
    """From the wrist to the middle finger's knuckle [...], mm."""
    return distance_mm(joints_mm, WRIST, MIDDLE_MCP)


def palm_facing_deg(joints_mm: ArrayLike, side: Handedness) -> Array:
    """Angle [...] between the palm's normal and the way from the palm to the camera: 0 degrees
    shows the camera the palm, 90 an edge, 180 the back of the hand."""
    to_camera = -_unit(palm_centre_mm(joints_mm))
    return _angle_deg(palm_axes(joints_mm, side)[..., 2, :], to_camera)


def flexion_deg(joints_mm: ArrayLike, side: Handedness, finger: str, part: int) -> Array:
    """Flexion [...] of a finger (not the thumb) in degrees: 0 straight, towards the palm positive,
    overstretched negative.

    ``part`` 0: the knuckle (MCP), how far the first bone is turned out of the palm's plane; 1 and
    2: the middle and the end joint (PIP, DIP), the angle between the bones that meet there.
    """
    first = _bone(joints_mm, side, finger, 0)
    flexion = np.arctan2(first[..., 2], first[..., 1])
    if part == 0:
        return np.asarray(np.degrees(flexion))
    # The hinge of a finger is the palm's x, turned with the first bone.
    abduction = np.arctan2(first[..., 0], np.hypot(first[..., 1], first[..., 2]))
    lift, turn = np.sin(abduction), np.cos(abduction)
    hinge = np.stack([turn, -lift * np.cos(flexion), -lift * np.sin(flexion)], axis=-1)
    before, after = (_bone(joints_mm, side, finger, k) for k in (part - 1, part))
    bent = _angle_deg(before, after)
    return np.asarray(np.copysign(bent, _dot(np.cross(before, after), hinge)))


def abduction_deg(joints_mm: ArrayLike, side: Handedness, finger: str) -> Array:
    """Angle [...] of a finger's (not the thumb's) first bone to the plane through the middle
    metacarpal that stands on the palm, in degrees: towards the thumb positive."""
    x, y, z = np.moveaxis(_bone(joints_mm, side, finger, 0), -1, 0)
    return np.asarray(np.degrees(np.arctan2(x, np.hypot(y, z))))


def thumb_bend_deg(joints_mm: ArrayLike, part: int) -> Array:
    """Angle [...] between the bones that meet at the thumb's MCP (``part`` 1) or IP joint (2), in
    degrees: 0 is straight. It has no sign: bent and overstretched are alike."""
    pivots = _pivots(joints_mm)
    a, b, c = FINGER_JOINTS["thumb"][part - 1 : part + 2]
    return _angle_deg(pivots[..., b, :] - pivots[..., a, :], pivots[..., c, :] - pivots[..., b, :])


def thumb_opening_deg(joints_mm: ArrayLike) -> Array:
    """Angle [...] between the metacarpals of thumb and index finger, in degrees."""
    pivots = _pivots(joints_mm)
    cmc, mcp = FINGER_JOINTS["thumb"][:2]
    index = pivots[..., INDEX_MCP, :] - pivots[..., WRIST, :]
    return _angle_deg(pivots[..., mcp, :] - pivots[..., cmc, :], index)


def curl(joints_mm: ArrayLike, side: Handedness, finger: str) -> Array:
    """How far a finger is rolled in [...]: 0 straight, 1 as in a fist.

    The sum of its bends (fingers: knuckle, middle and end joint; thumb: its two outer joints) as a
    share of ``CURLED_DEG``.
    """
    if finger == "thumb":
        bends = thumb_bend_deg(joints_mm, 1) + thumb_bend_deg(joints_mm, 2)
    else:
        bends = np.sum([flexion_deg(joints_mm, side, finger, part) for part in range(3)], axis=0)
    return np.asarray(np.clip(bends / CURLED_DEG[finger], 0.0, 1.0))


def openness(joints_mm: ArrayLike, side: Handedness) -> Array:
    """How open a hand is [...]: 1 with the four fingers straight, 0 for a fist; the thumb does not
    count. One minus their mean curl."""
    return np.asarray(1.0 - np.mean([curl(joints_mm, side, f) for f in FINGERS], axis=0))


def pinch_mm(joints_mm: ArrayLike, finger: str = "index") -> Array:
    """Distance [...] in mm between the tip joints of the thumb and of ``finger``. These lie inside
    the fingers, so those of fingers that touch are about 10 mm apart."""
    return distance_mm(joints_mm, THUMB_TIP, FINGER_JOINTS[finger][3])


def pinch_strength(joints_mm: ArrayLike, finger: str = "index") -> Array:
    """How closely thumb and ``finger`` pinch [...]: 1 touching, 0 apart, in between linear in
    their distance in palm lengths, so that small and large hands do alike."""
    length = np.maximum(palm_length_mm(joints_mm), _EPSILON)
    away = pinch_mm(joints_mm, finger) / length
    return np.asarray(np.clip((APART - away) / (APART - TOUCHING), 0.0, 1.0))


def _bone(joints_mm: ArrayLike, side: Handedness, finger: str, part: int) -> Array:
    """A finger's bone [..., 3] from its joint ``part`` on, in the palm's frame."""
    pivots = _pivots(joints_mm)
    start, end = FINGER_JOINTS[finger][part : part + 2]
    along = pivots[..., end, :] - pivots[..., start, :]
    return np.asarray(np.einsum("...ij,...j->...i", palm_axes(pivots, side), along))


def _joints(joints_mm: ArrayLike) -> Array:
    return np.asarray(joints_mm, dtype=np.float64)


def _pivots(joints_mm: ArrayLike) -> Array:
    return np.asarray(PIVOTS_FROM_JOINTS @ _joints(joints_mm))


def _dot(a: Array, b: Array) -> Array:
    return np.asarray((a * b).sum(axis=-1))


def _length(vectors: Array) -> Array:
    return np.sqrt(_dot(vectors, vectors))


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.maximum(_length(vectors), _EPSILON)[..., None])


def _angle_deg(a: Array, b: Array) -> Array:
    """Angle [...] between vectors [..., 3]; exact for small angles too."""
    a, b = _unit(a), _unit(b)
    return np.asarray(np.degrees(2.0 * np.arctan2(_length(a - b), _length(a + b))))
