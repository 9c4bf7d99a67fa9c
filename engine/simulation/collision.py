"""Self-collision of the hand by capsule proxies around its bones.

A capsule is a segment with a radius, fixed to one bone of the rig. The radii are those of an
adult's soft tissue (hand length 185 mm) and scale with the hand.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.simulation.kinematics import BONE_COUNT, forward_kinematics
from engine.skeleton import FINGER_JOINTS, WRIST

FloatArray = NDArray[np.float64]

ALLOWED_PENETRATION_MM: Final = 4.0
"""Soft tissue yields by this much; deeper overlaps are rejected."""

PALM_BONE: Final = 1
FIRST_FINGER_BONE: Final = 2
CAPSULE_COUNT: Final = 19
PALM_CAPSULES: Final = 4
REFERENCE_HAND_MM: Final = 185.0

# Radii in mm, proximal, middle, distal (thumb: metacarpal, proximal, distal): half the finger
# breadths of adults.
_FINGER_RADII_MM: Final = {
    "thumb": (11.0, 9.5, 8.5),
    "index": (9.0, 8.0, 7.0),
    "middle": (9.0, 8.0, 7.0),
    "ring": (8.5, 7.5, 6.8),
    "little": (7.5, 6.8, 6.0),
}
_PALM_RADIUS_MM: Final = 11.0


def capsules_of(rest_joints: FloatArray) -> tuple[FloatArray, FloatArray, NDArray[np.int64]]:
    """Lay the capsules of a hand in its rest pose.

    Args:
        rest_joints: [21, 3] mm, hand frame.

    Returns:
        Segment ends [19, 2, 3] in mm, rest pose; radii [19] in mm; bone of each capsule [19].
        The first four are the metacarpals of index to little finger, then three a digit, thumb
        first.
    """
    ends = np.zeros((CAPSULE_COUNT, 2, 3))
    radii = np.zeros(CAPSULE_COUNT)
    bones = np.zeros(CAPSULE_COUNT, np.int64)
    fingers = list(FINGER_JOINTS)
    middle = FINGER_JOINTS["middle"]
    scale = float(np.linalg.norm(rest_joints[middle[3]] - rest_joints[WRIST])) / REFERENCE_HAND_MM
    for i, finger in enumerate(fingers[1:]):
        knuckle = rest_joints[FINGER_JOINTS[finger][0]]
        # The carpus narrows the palm towards the wrist; the last 8 mm belong to the knuckle.
        start = rest_joints[WRIST] + 0.35 * (knuckle - rest_joints[WRIST])
        ends[i] = start, knuckle - 8.0 * scale * _unit(knuckle - start)
        radii[i] = _PALM_RADIUS_MM * scale
        bones[i] = PALM_BONE
    for f, finger in enumerate(fingers):
        joints = FINGER_JOINTS[finger]
        for k in range(3):
            c = PALM_CAPSULES + 3 * f + k
            ends[c] = rest_joints[joints[k]], rest_joints[joints[k + 1]]
            radii[c] = _FINGER_RADII_MM[finger][k] * scale
            bones[c] = FIRST_FINGER_BONE + 3 * f + k
        tip = PALM_CAPSULES + 3 * f + 2
        # The tip's joint lies just under the skin, so the capsule must end a radius before it.
        bone = ends[tip, 1] - ends[tip, 0]
        length = float(np.linalg.norm(bone))
        ends[tip, 1] = ends[tip, 0] + bone * max(0.2, 1.0 - 0.7 * radii[tip] / length)
    return ends, radii, bones


def _unit(v: FloatArray) -> FloatArray:
    return np.asarray(v / np.linalg.norm(v))


def capsule_pairs() -> NDArray[np.int64]:
    """Pairs of capsules [P, 2] that can collide: all but those that are neighbours by anatomy."""
    pairs = [
        (a, b)
        for a in range(CAPSULE_COUNT)
        for b in range(a + 1, CAPSULE_COUNT)
        if not _are_neighbours(a, b)
    ]
    return np.array(pairs, np.int64)


def _are_neighbours(a: int, b: int) -> bool:
    """Whether capsules ``a < b`` always touch: the palm's, one digit's, or web-joined ones."""
    if b < PALM_CAPSULES:
        return True
    digit_b, part_b = divmod(b - PALM_CAPSULES, 3)
    if a < PALM_CAPSULES:
        # Proximal phalanges and the thumb's metacarpal grow out of the palm.
        return part_b == 0
    digit_a, part_a = divmod(a - PALM_CAPSULES, 3)
    if digit_a == digit_b:
        return True
    # The web joins the thumb's metacarpal to the index finger's proximal phalanx.
    return digit_a == 0 and part_a == 0 and digit_b == 1 and part_b == 0


@njit(cache=True, nogil=True, fastmath=True)
def closest_points(p: FloatArray, q: FloatArray) -> tuple[float, float, float]:
    """Return (s, t, distance) of the nearest points of two segments, each [2, 3].

    The points are ``p[0] + s (p[1] - p[0])`` and ``q[0] + t (q[1] - q[0])``
    (Ericson, Real-Time Collision Detection, 5.1.9).
    """
    a = e = f = b = c = 0.0
    for i in range(3):
        d1 = p[1, i] - p[0, i]
        d2 = q[1, i] - q[0, i]
        r = p[0, i] - q[0, i]
        a += d1 * d1
        e += d2 * d2
        f += d2 * r
        b += d1 * d2
        c += d1 * r
    denominator = a * e - b * b
    s = 0.0
    if denominator > 1e-9:
        s = min(1.0, max(0.0, (b * f - c * e) / denominator))
    t = (b * s + f) / max(e, 1e-9)
    if t < 0.0:
        t = 0.0
        s = min(1.0, max(0.0, -c / max(a, 1e-9)))
    elif t > 1.0:
        t = 1.0
        s = min(1.0, max(0.0, (b - c) / max(a, 1e-9)))
    total = 0.0
    for i in range(3):
        gap = p[0, i] + s * (p[1, i] - p[0, i]) - q[0, i] - t * (q[1, i] - q[0, i])
        total += gap * gap
    return s, t, float(np.sqrt(total))


@njit(cache=True, nogil=True, fastmath=True)
def place_capsules(
    ends: FloatArray,
    bones: NDArray[np.int64],
    bone_r: FloatArray,
    bone_t: FloatArray,
    out: FloatArray,
) -> None:
    """Move rest-pose segment ends [C, 2, 3] by their bones' transforms p = R p_rest + t."""
    for c in range(ends.shape[0]):
        b = bones[c]
        for k in range(2):
            for i in range(3):
                out[c, k, i] = (
                    bone_r[b, i, 0] * ends[c, k, 0]
                    + bone_r[b, i, 1] * ends[c, k, 1]
                    + bone_r[b, i, 2] * ends[c, k, 2]
                    + bone_t[b, i]
                )


@njit(cache=True, nogil=True)
def posed_capsules(
    angles: FloatArray,
    rest_joints: FloatArray,
    axes: FloatArray,
    ends: FloatArray,
    bones: NDArray[np.int64],
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """The capsules [19, 2, 3] (mm) of a hand with ``angles`` [24], its bones' rotations and
    translations; the rig and capsules are those of ``separate`` and ``capsules_of``."""
    bone_r = np.empty((BONE_COUNT, 3, 3))
    bone_t = np.empty((BONE_COUNT, 3))
    placed = np.empty((CAPSULE_COUNT, 2, 3))
    forward_kinematics(angles, rest_joints, axes, bone_r, bone_t)
    place_capsules(ends, bones, bone_r, bone_t, placed)
    return placed, bone_r, bone_t


@njit(cache=True, nogil=True, fastmath=True)
def deepest_pair(
    placed: FloatArray, radii: FloatArray, pairs: NDArray[np.int64]
) -> tuple[float, int, int]:
    """Return the largest penetration in mm (negative: the smallest gap) and its two capsules."""
    depth = -1e9
    first = second = -1
    for k in range(pairs.shape[0]):
        a = pairs[k, 0]
        b = pairs[k, 1]
        overlap = radii[a] + radii[b] - closest_points(placed[a], placed[b])[2]
        if overlap > depth:
            depth, first, second = overlap, a, b
    return depth, first, second


@njit(cache=True, nogil=True, fastmath=True)
def separate(
    angles: FloatArray,
    first: int,
    second: int,
    depth: float,
    placed: FloatArray,
    rest_joints: FloatArray,
    axes: FloatArray,
    bone_r: FloatArray,
    bone_t: FloatArray,
) -> None:
    """Turn the joints of two overlapping digits so that they part: one Gauss-Newton step, in place.

    Args:
        angles: [24] radians, changed.
        first, second: the overlapping capsules, ``depth`` mm deep.
        placed: [19, 2, 3] mm, the capsules in the pose.
        rest_joints, axes: the rig, [21, 3] mm and [24, 3].
        bone_r, bone_t: the pose's bone transforms.
    """
    s, t, distance = closest_points(placed[first], placed[second])
    normal = np.empty(3)
    points = np.empty((2, 3))
    for i in range(3):
        points[0, i] = placed[first, 0, i] + s * (placed[first, 1, i] - placed[first, 0, i])
        points[1, i] = placed[second, 0, i] + t * (placed[second, 1, i] - placed[second, 0, i])
        normal[i] = (points[0, i] - points[1, i]) / max(distance, 1e-6)
    gradient = np.zeros(angles.shape[0])
    for side in range(2):
        capsule = first if side == 0 else second
        if capsule >= PALM_CAPSULES:
            sign = 1.0 if side == 0 else -1.0
            _add_levers(
                gradient, sign, capsule, points[side], normal, rest_joints, axes, bone_r, bone_t
            )
    total = 0.0
    for k in range(gradient.shape[0]):
        total += gradient[k] * gradient[k]
    # Half a mm further than allowed, so that the last step does not creep.
    step = (depth - ALLOWED_PENETRATION_MM + 0.5) / max(total, 50.0)
    for k in range(gradient.shape[0]):
        angles[k] += min(0.3, max(-0.3, step * gradient[k]))


@njit(cache=True, nogil=True, fastmath=True)
def _add_levers(
    gradient: FloatArray,
    sign: float,
    capsule: int,
    point: FloatArray,
    normal: FloatArray,
    rest_joints: FloatArray,
    axes: FloatArray,
    bone_r: FloatArray,
    bone_t: FloatArray,
) -> None:
    """Add how ``point`` of a digit's capsule moves along ``sign * normal`` in mm per radian."""
    digit = (capsule - PALM_CAPSULES) // 3
    part = (capsule - PALM_CAPSULES) % 3
    first = 2 if digit == 0 else 8 + 4 * (digit - 1)
    count = 6 if digit == 0 else 4
    for k in range(count):
        if digit == 0:
            joint = 0 if k < 3 else (1 if k < 5 else 2)
        else:
            joint = max(0, k - 1)
        if joint > part:
            continue
        bone = FIRST_FINGER_BONE + 3 * digit + joint
        # A digit's first flexion axis is fixed in the palm, the others move with their bone.
        carrier = PALM_BONE if k == 0 else bone
        origin = 1 + 4 * digit + joint
        arm = np.empty(3)
        axis = np.empty(3)
        for i in range(3):
            arm[i] = point[i] - bone_t[bone, i]
            axis[i] = 0.0
            for j in range(3):
                arm[i] -= bone_r[bone, i, j] * rest_joints[origin, j]
                axis[i] += bone_r[carrier, i, j] * axes[first + k, j]
        gradient[first + k] += sign * (
            normal[0] * (axis[1] * arm[2] - axis[2] * arm[1])
            + normal[1] * (axis[2] * arm[0] - axis[0] * arm[2])
            + normal[2] * (axis[0] * arm[1] - axis[1] * arm[0])
        )
