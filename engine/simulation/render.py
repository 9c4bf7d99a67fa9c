"""Depth rendering on the CPU: triangle meshes and simple solids into one z-buffer with labels.

Every function draws into the same pair of buffers: ``depth_mm`` [H, W] float32 (z in mm, 0 =
empty) and ``labels`` [H, W] uint8 (a ``Part``); nearer surfaces win. Geometry is given in the
camera frame of ``engine.camera``; a window of a larger image is drawn by shifting ``cx, cy`` by
its origin. Meshes are wound counter-clockwise seen from outside, so a surface faces the camera
where (b - a) x (c - a) points towards it; ``cull_backfaces`` drops the others.

The buffers are written without locks: one thread per pair of buffers.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.camera import FloatArray

LabelArray = NDArray[np.uint8]
IndexArray = NDArray[np.int32]

NEAR_MM: Final = 20.0
"""Nothing nearer than this is drawn; triangles that reach closer are clipped there."""


WIDE_PX: Final = 12
"""In triangles at least so wide the covered span of a row is computed, and drawn in one go."""


class Part(IntEnum):
    """What a pixel shows. Bones of the first hand are ``FOREARM + bone index`` (1..17); ``ROUGH``
    is measured in patches, ``DECOY`` is taken for a hand."""

    EMPTY = 0
    FOREARM = 1
    LAST_BONE = 17
    OTHER_HAND = 18
    OTHER_FOREARM = 19
    BODY = 20
    ARM = 21
    HEAD = 22
    WALL = 30
    DESK = 31
    CLUTTER = 32
    HELD = 33
    ROUGH = 34
    DECOY = 35


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _span(edge, step, width):  # type: ignore[no-untyped-def]
    """First and last k of 0..``width`` - 1 where ``edge`` - ``step`` k is not positive."""
    if step > 0.0:
        return int(np.ceil(min(max(edge / step, 0.0), width))), width - 1
    if step < 0.0:
        return 0, int(np.floor(min(max(edge / step, -1.0), width - 1.0)))
    return 0, width - 1 if edge <= 0.0 else -1


@njit(cache=True, nogil=True, fastmath=True)
def _fill_row(depth, labels, label, v, u0, u1, e0, d0, e1, d1, e2, d2, iz, gu):  # type: ignore[no-untyped-def]
    """Draw one row of a wide triangle from its edge functions and inverse depth at ``u0``."""
    (a0, b0), (a1, b1) = _span(e0, d0, u1 - u0 + 1), _span(e1, d1, u1 - u0 + 1)
    a2, b2 = _span(e2, d2, u1 - u0 + 1)
    first, last = max(a0, a1, a2), min(b0, b1, b2)
    row, marks = depth[v, u0 + first : u0 + last + 1], labels[v, u0 + first : u0 + last + 1]
    start, step, one = np.float32(iz + gu * first), np.float32(gu), np.float32(1.0)
    for k in range(last - first + 1):
        here, old = start + step * np.float32(k), row[k]
        nearer = (old == np.float32(0.0)) | (here * old > one)
        row[k] = one / here if nearer else old
        marks[k] = label if nearer else marks[k]


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _fill_triangle(depth, labels, label, au, av, ai, bu, bv, bi, cu, cv, ci):  # type: ignore[no-untyped-def]
    """Draw one triangle given by pixel positions and inverse depths of its corners."""
    area = (bu - au) * (cv - av) - (bv - av) * (cu - au)
    if area > 0.0:  # order the corners so that the three edge functions are positive inside
        bu, bv, bi, cu, cv, ci = cu, cv, ci, bu, bv, bi
        area = -area
    if area > -1e-9:
        return
    height, width = depth.shape
    u0 = max(int(np.ceil(min(au, bu, cu))), 0)
    u1 = min(int(np.floor(max(au, bu, cu))), width - 1)
    v0 = max(int(np.ceil(min(av, bv, cv))), 0)
    v1 = min(int(np.floor(max(av, bv, cv))), height - 1)
    if u0 > u1 or v0 > v1:
        return
    # Edge functions and inverse depth are affine in the image: step them along each row.
    scale = 1.0 / area
    gu = ((bi - ai) * (cv - av) - (ci - ai) * (bv - av)) * scale
    gv = ((ci - ai) * (bu - au) - (bi - ai) * (cu - au)) * scale
    # An edge function e = x - step u is not positive inside.
    d0, d1, d2 = bv - av, cv - bv, av - cv
    slack = -1e-5 * area  # pixels on a shared edge belong to both triangles
    r0 = (bu - au) * (v0 - av) - d0 * (u0 - au) - slack
    r1 = (cu - bu) * (v0 - bv) - d1 * (u0 - bu) - slack
    r2 = (au - cu) * (v0 - cv) - d2 * (u0 - cu) - slack
    start = ai + gu * (u0 - au) + gv * (v0 - av)
    if u1 - u0 >= WIDE_PX:
        for v in range(v0, v1 + 1):
            _fill_row(depth, labels, label, v, u0, u1, r0, d0, r1, d1, r2, d2, start, gu)
            r0 += bu - au
            r1 += cu - bu
            r2 += au - cu
            start += gv
        return
    for v in range(v0, v1 + 1):
        e0, e1, e2, iz = r0, r1, r2, start
        for u in range(u0, u1 + 1):
            if max(e0, e1, e2) <= 0.0:
                old = depth[v, u]
                if (old == 0.0) | (iz * old > 1.0):
                    depth[v, u] = 1.0 / iz
                    labels[v, u] = label
            e0 -= d0
            e1 -= d1
            e2 -= d2
            iz += gu
        r0 += bu - au
        r1 += cu - bu
        r2 += au - cu
        start += gv


@njit(cache=True, nogil=True, fastmath=True)
def _draw_clipped(depth, labels, label, corners, fx, fy, cx, cy):  # type: ignore[no-untyped-def]
    """Draw the part of one triangle [3, 3] that lies beyond the near plane."""
    polygon = np.empty((4, 3), dtype=np.float64)
    count = 0
    for i in range(3):
        j = (i + 1) % 3
        inside, next_inside = corners[i, 2] >= NEAR_MM, corners[j, 2] >= NEAR_MM
        if inside:
            u = corners[i, 0] / corners[i, 2] * fx + cx
            v = corners[i, 1] / corners[i, 2] * fy + cy
            polygon[count] = (u, v, 1.0 / corners[i, 2])
            count += 1
        if inside != next_inside:
            t = (NEAR_MM - corners[i, 2]) / (corners[j, 2] - corners[i, 2])
            x = corners[i, 0] + t * (corners[j, 0] - corners[i, 0])
            y = corners[i, 1] + t * (corners[j, 1] - corners[i, 1])
            polygon[count] = (x / NEAR_MM * fx + cx, y / NEAR_MM * fy + cy, 1.0 / NEAR_MM)
            count += 1
    p = polygon
    for k in range(1, count - 1):
        _fill_triangle(
            depth, labels, label, p[0, 0], p[0, 1], p[0, 2],
            p[k, 0], p[k, 1], p[k, 2], p[k + 1, 0], p[k + 1, 1], p[k + 1, 2],
        )  # fmt: skip


@njit(cache=True, nogil=True, fastmath=True)
def draw_mesh(depth, labels, vertices, faces, face_labels, fx, fy, cx, cy, cull):  # type: ignore[no-untyped-def]
    """``rasterize`` for compiled callers: ``face_labels`` [F] uint8, no checks."""
    height, width = depth.shape
    count = vertices.shape[0]
    us, vs, iz = np.empty(count), np.empty(count), np.empty(count)
    for i in range(count):
        z = vertices[i, 2]
        iz[i] = 1.0 / z if z > NEAR_MM else -1.0
        us[i] = vertices[i, 0] * iz[i] * fx + cx
        vs[i] = vertices[i, 1] * iz[i] * fy + cy
    corners = np.empty((3, 3))
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        if iz[a] > 0.0 and iz[b] > 0.0 and iz[c] > 0.0:
            au, av, bu, bv, cu, cv = us[a], vs[a], us[b], vs[b], us[c], vs[c]
            if cull and (bu - au) * (cv - av) - (bv - av) * (cu - au) >= 0.0:
                continue
            if max(au, bu, cu) < 0.0 or min(au, bu, cu) > width - 1.0:
                continue
            if max(av, bv, cv) < 0.0 or min(av, bv, cv) > height - 1.0:
                continue
            _fill_triangle(
                depth, labels, face_labels[f], au, av, iz[a], bu, bv, iz[b], cu, cv, iz[c]
            )
        elif iz[a] > 0.0 or iz[b] > 0.0 or iz[c] > 0.0:
            for k in range(3):
                corners[0, k], corners[1, k] = vertices[a, k], vertices[b, k]
                corners[2, k] = vertices[c, k]
            ab, ac = corners[1] - corners[0], corners[2] - corners[0]
            facing = (
                (ab[1] * ac[2] - ab[2] * ac[1]) * corners[0, 0]
                + (ab[2] * ac[0] - ab[0] * ac[2]) * corners[0, 1]
                + (ab[0] * ac[1] - ab[1] * ac[0]) * corners[0, 2]
            )
            if not (cull and facing >= 0.0):
                _draw_clipped(depth, labels, face_labels[f], corners, fx, fy, cx, cy)


def rasterize(
    depth_mm: FloatArray,
    labels: LabelArray,
    vertices_mm: NDArray[np.floating],
    faces: IndexArray,
    part: int | LabelArray,
    fx: float,
    fy: float,
    cx: float,
    cy: float,
    cull_backfaces: bool = True,
) -> None:
    """Draw a triangle mesh, with depth interpolated perspectively correct (linear in 1/z).

    ``vertices_mm`` [V, 3] camera frame, ``faces`` [F, 3] vertex indices; ``part`` is one label,
    or one a face [F], or one a vertex [V] (a face then takes that of its first vertex).
    """
    if isinstance(part, int):
        per_face = np.full(len(faces), part, dtype=np.uint8)
    else:
        per_face = part if len(part) == len(faces) else part[faces[:, 0]]
    draw_mesh(depth_mm, labels, vertices_mm, faces, per_face, fx, fy, cx, cy, cull_backfaces)


@njit(cache=True, nogil=True, fastmath=True)
def draw_plane(depth, labels, label, point, normal, fx, fy, cx, cy, far_mm=20_000.0):  # type: ignore[no-untyped-def]
    """Draw the infinite plane through ``point`` [3] with ``normal`` [3], up to z = ``far_mm``."""
    height, width = depth.shape
    offset = normal[0] * point[0] + normal[1] * point[1] + normal[2] * point[2]
    if offset == 0.0:
        return
    # 1/z is affine in the image; a plane is visible where it is positive.
    step = np.float32(normal[0] / fx / offset)
    nearest, farthest = np.float32(1.0 / NEAR_MM), np.float32(1.0 / far_mm)
    for v in range(height):
        start = np.float32((normal[2] - normal[0] * cx / fx + normal[1] * (v - cy) / fy) / offset)
        for u in range(width):
            iz = start + step * np.float32(u)
            old = depth[v, u]
            if iz > farthest and iz < nearest and (old == 0.0 or iz * old > np.float32(1.0)):
                depth[v, u] = np.float32(1.0) / iz
                labels[v, u] = label
