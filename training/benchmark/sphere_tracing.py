"""Draws implicit hands exactly: rays are followed to the blended skin (sphere tracing; Hart 1996).

Round cones as in Quilez, distance functions; the z-buffer and its labels are those of
``engine.simulation.render``.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.camera import Camera, FloatArray
from engine.simulation.render import NEAR_MM, LabelArray, Part
from training.benchmark.implicit_hand import PALM_GROUP, ImplicitSurface

PALM_BLEND_MM: Final = 8.0
DIGIT_BLEND_MM: Final = 1.5
ROOT_BLEND_MM: Final = 6.0
"""Over which distances cones of the palm, of a digit, and a digit and the palm melt together."""
_REACH_MM: Final = 8.0
_TILE: Final = 16
_STEPS: Final = 96
_CLOSE_MM: Final = 0.05
_GROUPS: Final = 6


@njit(cache=True, fastmath=True)
def _round_cone(x, y, z, cone):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Distance of a point to ``cone`` [15]: a, b - a (flattened), flatten, across, ra, rb, ..."""
    px, py, pz = x - cone[0], y - cone[1], z - cone[2]
    side = (px * cone[7] + py * cone[8] + pz * cone[9]) * cone[6]
    px, py, pz = px - side * cone[7], py - side * cone[8], pz - side * cone[9]
    bx, by, bz = cone[3], cone[4], cone[5]
    ra, rb = cone[10], cone[11]
    square = bx * bx + by * by + bz * bz
    fall = ra - rb
    along2 = square - fall * fall
    if along2 <= 1e-9:  # one ball holds the other
        if ra >= rb:
            return np.sqrt(px * px + py * py + pz * pz) - ra
        px, py, pz = px - bx, py - by, pz - bz
        return np.sqrt(px * px + py * py + pz * pz) - rb
    inverse = 1.0 / square
    ahead = px * bx + py * by + pz * bz
    behind = ahead - square
    qx, qy, qz = px * square - bx * ahead, py * square - by * ahead, pz * square - bz * ahead
    x2 = qx * qx + qy * qy + qz * qz
    y2, z2 = ahead * ahead * square, behind * behind * square
    sign = np.sign(fall) * fall * fall * x2
    if np.sign(behind) * along2 * z2 > sign:
        return np.sqrt(x2 + z2) * inverse - rb
    if np.sign(ahead) * along2 * y2 < sign:
        return np.sqrt(x2 + y2) * inverse - ra
    return (np.sqrt(x2 * along2 * inverse) + ahead * fall) * inverse - ra


@njit(cache=True, fastmath=True)
def _smooth_min(a, b, blend):  # type: ignore[no-untyped-def]  # pragma: no cover
    """The lesser of two distances, rounded where they are alike."""
    h = max(blend - abs(a - b), 0.0) / blend
    return min(a, b) - 0.25 * h * h * blend


@njit(cache=True, fastmath=True)
def _skin(x, y, z, cones, groups, chosen, count, parts):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Distance to the skin of the ``chosen`` cones, and the nearest cone."""
    parts[:] = 1e9
    nearest, owner = 1e9, chosen[0]
    for n in range(count):
        k = chosen[n]
        d = _round_cone(x, y, z, cones[k])
        group = groups[k]
        blend = PALM_BLEND_MM if group == PALM_GROUP else DIGIT_BLEND_MM
        parts[group] = _smooth_min(parts[group], d, blend)
        if d < nearest:
            nearest, owner = d, k
    skin = parts[0]
    for group in range(1, _GROUPS):
        if parts[group] < 1e8:
            skin = min(skin, _smooth_min(parts[0], parts[group], ROOT_BLEND_MM))
    return skin, owner


@njit(cache=True, fastmath=True)
def _bounds(cones, boxes, width, height, fx, fy, cx, cy):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Boxes [N, 10] that hold the cones: pixels (all where one is too near), least and greatest
    depth, and a ball's middle and radius."""
    for k in range(len(cones)):
        cone, box = cones[k], boxes[k]
        for i in range(3):
            box[6 + i] = 0.5 * (cone[i] + cone[13 + i])
        box[9] = max(cone[10], cone[11]) * cone[12] + _REACH_MM
        box[9] += 0.5 * np.sqrt(
            (cone[13] - cone[0]) ** 2 + (cone[14] - cone[1]) ** 2 + (cone[15] - cone[2]) ** 2
        )
        box[0], box[1], box[2], box[3] = width, height, -1.0, -1.0
        box[4], box[5] = 1e9, -1e9
        for end in range(2):
            reach = max(cone[10], cone[11]) * cone[12] + _REACH_MM
            x = cone[0] + end * (cone[13] - cone[0])
            y = cone[1] + end * (cone[14] - cone[1])
            z = cone[2] + end * (cone[15] - cone[2])
            box[4], box[5] = min(box[4], z - reach), max(box[5], z + reach)
            near = z - reach
            if near < NEAR_MM:
                box[0], box[1], box[2], box[3] = 0.0, 0.0, width, height
                continue
            far = z + reach
            for side in (-reach, reach):
                for depth in (near, far):
                    u, v = (x + side) / depth * fx + cx, (y + side) / depth * fy + cy
                    box[0], box[1] = min(box[0], u), min(box[1], v)
                    box[2], box[3] = max(box[2], u), max(box[3], v)


@njit(cache=True, fastmath=True)
def _ahead(rx, ry, shorter, boxes, near, count, chosen):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Of the ``near`` cones those whose balls the ray meets; their number, least depth."""
    met, first = 0, 1e9
    for n in range(count):
        box = boxes[near[n]]
        along = (rx * box[6] + ry * box[7] + box[8]) * shorter
        beside = box[6] * box[6] + box[7] * box[7] + box[8] * box[8] - along * along
        room = box[9] * box[9] - beside
        if room > 0.0:
            chosen[met] = near[n]
            met += 1
            first = min(first, max((along - np.sqrt(room)) * shorter, box[4]))
    return met, first


@njit(cache=True, fastmath=True)
def _hit(rx, ry, last, cones, groups, boxes, near, count, chosen, parts):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Depth at which a ray first meets the skin of the ``near`` cones, 0 if not before ``last``,
    and the cone it meets."""
    shorter = 1.0 / np.sqrt(rx * rx + ry * ry + 1.0)
    met, first = _ahead(rx, ry, shorter, boxes, near, count, chosen)
    z = max(first, NEAR_MM) if met else last + 1.0
    for _ in range(_STEPS):
        if z > last:
            break
        gap, owner = _skin(rx * z, ry * z, z, cones, groups, chosen, met, parts)
        if gap < _CLOSE_MM:
            return z, owner
        z += gap * shorter
    return 0.0, 0


@njit(cache=True, fastmath=True)
def _in_tile(boxes, left, top, near):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Cones that may be seen in a tile, into ``near``; their number and greatest depth."""
    count, last = 0, 0.0
    for k in range(len(boxes)):
        box = boxes[k]
        across = box[0] <= left + _TILE and box[2] >= left
        if across and box[1] <= top + _TILE and box[3] >= top:
            near[count] = k
            count += 1
            last = max(last, box[5])
    return count, last


@njit(cache=True, fastmath=True)
def _trace(depth, labels, cones, groups, marks, fx, fy, cx, cy):  # type: ignore[no-untyped-def]  # pragma: no cover
    height, width = depth.shape
    boxes = np.empty((len(cones), 10))
    _bounds(cones, boxes, width, height, fx, fy, cx, cy)
    near, chosen = np.empty(len(cones), np.int64), np.empty(len(cones), np.int64)
    parts = np.empty(_GROUPS)
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            count, last = _in_tile(boxes, left, top, near)
            if count == 0:
                continue
            for v in range(top, min(top + _TILE, height)):
                for u in range(left, min(left + _TILE, width)):
                    z, owner = _hit(
                        (u - cx) / fx, (v - cy) / fy, last, cones, groups, boxes,
                        near, count, chosen, parts,
                    )  # fmt: skip
                    if z > 0.0 and (depth[v, u] == 0.0 or z < depth[v, u]):
                        depth[v, u], labels[v, u] = z, marks[owner]


def draw_implicit(
    depth_mm: FloatArray,
    labels: LabelArray,
    surface: ImplicitSurface,
    camera: Camera,
    first: bool = True,
) -> None:
    """Draw a hand into ``depth_mm`` [H, W] and ``labels`` [H, W] where it is nearest.

    ``first`` labels it bone by bone, as the first hand of a scene.
    """
    if first:
        marks = (surface.bone + int(Part.FOREARM)).astype(np.uint8)
    else:
        other = np.where(surface.bone == 0, int(Part.OTHER_FOREARM), int(Part.OTHER_HAND))
        marks = other.astype(np.uint8)
    lens = (camera.fx, camera.fy, camera.cx, camera.cy)
    _trace(depth_mm, labels, packed(surface), surface.group, marks, *lens)


def packed(surface: ImplicitSurface) -> NDArray[np.float64]:
    """The cones as rows of numbers: a, b - a flattened, flatten, across, ra, rb, wide, b."""
    a, b = surface.ends[:, 0], surface.ends[:, 1]
    flatten = 1.0 - 1.0 / surface.wide
    along = b - a
    sideways = (along * surface.across).sum(axis=1, keepdims=True)
    along = along - flatten[:, None] * sideways * surface.across
    columns = (a, along, flatten[:, None], surface.across, surface.radii, surface.wide[:, None], b)
    return np.ascontiguousarray(np.concatenate(columns, axis=1), np.float64)
