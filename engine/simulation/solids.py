"""Small closed meshes for arms, furniture and held things; wound as ``simulation.render`` asks.

Each template is made once at import; the functions only place it. All lengths in mm.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.camera import FloatArray
from engine.simulation.render import IndexArray, LabelArray

Mesh = tuple[FloatArray, IndexArray]
"""Vertices [V, 3] float32 in mm and faces [F, 3] int32."""

SIDES: Final = 14
"""Corners of a round solid's cross-section."""
_CAP_RINGS: Final = 3


def _grid_faces(rings: int, sides: int) -> list[tuple[int, int, int]]:
    faces = []
    for ring in range(rings - 1):
        for side in range(sides):
            a, b = ring * sides + side, ring * sides + (side + 1) % sides
            faces += [(a, b, a + sides), (b, b + sides, a + sides)]
    return faces


def capped_faces(rings: int, sides: int) -> IndexArray:
    """Faces of a tube of ``rings`` times ``sides`` vertices, closed by the two last vertices.

    The rings follow one another along an axis c and run from a towards b, where a x b = c.
    """
    faces, first, last = _grid_faces(rings, sides), rings * sides, rings * sides + 1
    top = (rings - 1) * sides
    for side in range(sides):
        after = (side + 1) % sides
        faces += [(first, after, side), (last, top + side, top + after)]
    return np.asarray(faces, dtype=np.int32)


def _rings(angles: NDArray[np.floating]) -> FloatArray:
    """Points of a unit sphere: one ring of ``SIDES`` points at each latitude (around z)."""
    turn = np.arange(SIDES) * (2 * np.pi / SIDES)
    return np.stack(
        [
            np.cos(angles)[:, None] * np.cos(turn),
            np.cos(angles)[:, None] * np.sin(turn),
            np.repeat(np.sin(angles)[:, None], SIDES, axis=1),
        ],
        axis=-1,
    ).reshape(-1, 3)


MAX_RINGS: Final = 16
LATHE_FACES: Final = np.asarray(_grid_faces(MAX_RINGS, SIDES), np.int32)
"""The sides of a turned solid of so many rings, without its ends."""
_latitudes = np.arange(_CAP_RINGS) * (np.pi / 2 / _CAP_RINGS)
CAPSULE_UNIT: Final = np.concatenate(
    [_rings(-_latitudes[::-1]), _rings(_latitudes), [[0, 0, -1], [0, 0, 1]]]
).astype(np.float32)
CAPSULE_END: Final = np.concatenate(
    [np.zeros(_CAP_RINGS * SIDES), np.ones(_CAP_RINGS * SIDES), [0, 1]]
).astype(np.float32)
CAPSULE_FACES: Final = capped_faces(2 * _CAP_RINGS, SIDES)

_BALL_RINGS: Final = 9
BALL_UNIT: Final = np.concatenate(
    [_rings(np.linspace(-1.35, 1.35, _BALL_RINGS)), [[0, 0, -1], [0, 0, 1]]]
).astype(np.float32)
BALL_FACES: Final = capped_faces(_BALL_RINGS, SIDES)

TUBE_UNIT: Final = np.concatenate(
    [_rings(np.zeros(1)), _rings(np.zeros(1)), [[0, 0, 0], [0, 0, 0]]]
).astype(np.float32)
TUBE_END: Final = np.concatenate([np.zeros(SIDES), np.ones(SIDES), [0, 1]]).astype(np.float32)
TUBE_FACES: Final = capped_faces(2, SIDES)

BOX_UNIT: Final = np.array(
    [(x, y, z) for z in (-0.5, 0.5) for y in (-0.5, 0.5) for x in (-0.5, 0.5)], dtype=np.float32
)
BOX_FACES: Final = np.array(
    [
        *((0, 2, 1), (1, 2, 3), (4, 5, 6), (5, 7, 6)),
        *((0, 1, 4), (1, 5, 4), (2, 6, 3), (3, 6, 7)),
        *((0, 4, 2), (2, 4, 6), (1, 3, 5), (3, 7, 5)),
    ],
    dtype=np.int32,
)


@njit(cache=True, nogil=True)
def frame_along(direction: NDArray[np.floating]) -> FloatArray:
    """A rotation [3, 3] whose third column is the unit vector along ``direction`` [3]."""
    x, y, z = float(direction[0]), float(direction[1]), float(direction[2])
    length = max(math.sqrt(x * x + y * y + z * z), 1e-9)
    x, y, z = x / length, y / length, z / length
    # The first axis is perpendicular to the direction and to the frame's least parallel axis.
    a, b, c = (0.0, -z, y) if abs(x) < 0.7 else (z, 0.0, -x)
    length = math.sqrt(a * a + b * b + c * c)
    a, b, c = a / length, b / length, c / length
    R = np.empty((3, 3), np.float32)
    R[0, 0], R[1, 0], R[2, 0] = a, b, c
    R[0, 1], R[1, 1], R[2, 1] = y * c - z * b, z * a - x * c, x * b - y * a
    R[0, 2], R[1, 2], R[2, 2] = x, y, z
    return R


@njit(cache=True, nogil=True)
def turned(x_deg: float, y_deg: float, z_deg: float) -> FloatArray:
    """The rotation [3, 3] about the fixed axes x, then y, then z."""
    x, y, z = math.radians(x_deg), math.radians(y_deg), math.radians(z_deg)
    cx, sx, cy, sy = math.cos(x), math.sin(x), math.cos(y), math.sin(y)
    cz, sz = math.cos(z), math.sin(z)
    R = np.empty((3, 3), np.float32)
    R[0, 0], R[0, 1], R[0, 2] = cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx
    R[1, 0], R[1, 1], R[1, 2] = sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx
    R[2, 0], R[2, 1], R[2, 2] = -sy, cy * sx, cy * cx
    return R


@njit(cache=True, nogil=True)
def place_swept(
    unit: FloatArray,
    end: FloatArray,
    start_mm: NDArray[np.floating],
    end_mm: NDArray[np.floating],
    start_r: float,
    end_r: float,
    out: FloatArray,
) -> None:
    """Vertices ``out`` [V, 3] of a ``unit`` [V, 3] swept from ``start_mm`` to ``end_mm`` [3].

    ``end`` [V] tells on which end a vertex lies (0 or 1).
    """
    R = frame_along(end_mm - start_mm)
    for v in range(len(unit)):
        share = end[v]
        radius = start_r + share * (end_r - start_r)
        x, y, z = radius * unit[v, 0], radius * unit[v, 1], radius * unit[v, 2]
        for i in range(3):
            along = start_mm[i] + share * (end_mm[i] - start_mm[i])
            out[v, i] = along + R[i, 0] * x + R[i, 1] * y + R[i, 2] * z


@njit(cache=True, nogil=True)
def place_scaled(
    unit: FloatArray,
    centre_mm: NDArray[np.floating],
    R: FloatArray,
    size_mm: NDArray[np.floating],
    out: FloatArray,
) -> None:
    """Vertices ``out`` [V, 3] of a ``unit`` [V, 3] scaled, turned by ``R`` and shifted."""
    for v in range(len(unit)):
        x, y, z = size_mm[0] * unit[v, 0], size_mm[1] * unit[v, 1], size_mm[2] * unit[v, 2]
        for i in range(3):
            out[v, i] = centre_mm[i] + R[i, 0] * x + R[i, 1] * y + R[i, 2] * z


def join(parts: list[tuple[Mesh, int]]) -> tuple[FloatArray, IndexArray, LabelArray]:
    """One mesh from many: vertices [V, 3], faces [F, 3] and the label of each face [F]."""
    if not parts:
        return np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32), np.zeros(0, np.uint8)
    starts = np.cumsum([0, *(len(vertices) for (vertices, _), _ in parts[:-1])])
    return (
        np.concatenate([vertices for (vertices, _), _ in parts]).astype(np.float32, copy=False),
        np.concatenate(
            [faces + np.int32(start) for ((_, faces), _), start in zip(parts, starts, strict=True)]
        ),
        np.repeat(
            np.array([label for _, label in parts], np.uint8),
            [len(faces) for (_, faces), _ in parts],
        ),
    )


def capsule(
    start_mm: NDArray[np.floating], end_mm: NDArray[np.floating], start_r: float, end_r: float
) -> Mesh:
    """A tapered capsule between two points [3] with a radius at either end."""
    vertices = np.empty_like(CAPSULE_UNIT)
    ends = np.asarray(start_mm, np.float64), np.asarray(end_mm, np.float64)
    place_swept(CAPSULE_UNIT, CAPSULE_END, *ends, float(start_r), float(end_r), vertices)
    return vertices, CAPSULE_FACES
