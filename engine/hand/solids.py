"""Small closed meshes for arms, furniture and held things; wound as ``engine.hand.render`` asks.

Each template is made once at import; the functions only place it. All lengths in mm.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import FloatArray
from engine.hand.render import IndexArray, LabelArray

Mesh = tuple[FloatArray, IndexArray]
"""Vertices [V, 3] float32 in mm and faces [F, 3] int32."""

_SIDES: Final = 14
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
    """Points of a unit sphere: one ring of ``_SIDES`` points at each latitude (around z)."""
    turn = np.arange(_SIDES) * (2 * np.pi / _SIDES)
    return np.stack(
        [
            np.cos(angles)[:, None] * np.cos(turn),
            np.cos(angles)[:, None] * np.sin(turn),
            np.repeat(np.sin(angles)[:, None], _SIDES, axis=1),
        ],
        axis=-1,
    ).reshape(-1, 3)


_latitudes = np.arange(_CAP_RINGS) * (np.pi / 2 / _CAP_RINGS)
_CAPSULE_UNIT: Final = np.concatenate(
    [_rings(-_latitudes[::-1]), _rings(_latitudes), [[0, 0, -1], [0, 0, 1]]]
).astype(np.float32)
_CAPSULE_END: Final = np.concatenate(
    [np.zeros(_CAP_RINGS * _SIDES), np.ones(_CAP_RINGS * _SIDES), [0, 1]]
).astype(np.float32)[:, None]
_CAPSULE_FACES: Final = capped_faces(2 * _CAP_RINGS, _SIDES)

_BALL_RINGS: Final = 9
_BALL_UNIT: Final = np.concatenate(
    [_rings(np.linspace(-1.35, 1.35, _BALL_RINGS)), [[0, 0, -1], [0, 0, 1]]]
).astype(np.float32)
_BALL_FACES: Final = capped_faces(_BALL_RINGS, _SIDES)

_TUBE_UNIT: Final = np.concatenate(
    [_rings(np.zeros(1)), _rings(np.zeros(1)), [[0, 0, 0], [0, 0, 0]]]
).astype(np.float32)
_TUBE_END: Final = np.concatenate([np.zeros(_SIDES), np.ones(_SIDES), [0, 1]]).astype(np.float32)[
    :, None
]
_TUBE_FACES: Final = capped_faces(2, _SIDES)

_BOX_UNIT: Final = np.array(
    [(x, y, z) for z in (-0.5, 0.5) for y in (-0.5, 0.5) for x in (-0.5, 0.5)], dtype=np.float32
)
_BOX_FACES: Final = np.array(
    [
        *((0, 2, 1), (1, 2, 3), (4, 5, 6), (5, 7, 6)),
        *((0, 1, 4), (1, 5, 4), (2, 6, 3), (3, 6, 7)),
        *((0, 4, 2), (2, 4, 6), (1, 3, 5), (3, 7, 5)),
    ],
    dtype=np.int32,
)


def frame_along(direction: NDArray[np.floating]) -> FloatArray:
    """A rotation [3, 3] whose third column is the unit vector along ``direction``."""
    x, y, z = (float(value) for value in direction)
    length = max(math.sqrt(x * x + y * y + z * z), 1e-9)
    x, y, z = x / length, y / length, z / length
    # The first axis is perpendicular to the direction and to the frame's least parallel axis.
    a, b, c = (0.0, -z, y) if abs(x) < 0.7 else (z, 0.0, -x)
    length = math.sqrt(a * a + b * b + c * c)
    a, b, c = a / length, b / length, c / length
    second = (y * c - z * b, z * a - x * c, x * b - y * a)
    return np.array(((a, second[0], x), (b, second[1], y), (c, second[2], z)), np.float32)


def turned(x_deg: float, y_deg: float, z_deg: float) -> FloatArray:
    """The rotation [3, 3] about the fixed axes x, then y, then z."""
    x, y, z = math.radians(x_deg), math.radians(y_deg), math.radians(z_deg)
    cx, sx, cy, sy = math.cos(x), math.sin(x), math.cos(y), math.sin(y)
    cz, sz = math.cos(z), math.sin(z)
    return np.array(
        (
            (cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx),
            (sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx),
            (-sy, cy * sx, cy * cx),
        ),
        np.float32,
    )


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


def _swept(
    unit: FloatArray,
    end: FloatArray,
    start_mm: NDArray[np.floating],
    end_mm: NDArray[np.floating],
    radii: tuple[float, float],
) -> FloatArray:
    start_mm, end_mm = np.asarray(start_mm, np.float32), np.asarray(end_mm, np.float32)
    axes = frame_along(end_mm - start_mm)
    radius = radii[0] + end * np.float32(radii[1] - radii[0])
    swept = start_mm + end * (end_mm - start_mm) + (unit * radius) @ axes.T
    return swept.astype(np.float32, copy=False)


def capsule(
    start_mm: NDArray[np.floating], end_mm: NDArray[np.floating], start_r: float, end_r: float
) -> Mesh:
    """A tapered capsule between two points [3] with a radius at either end."""
    vertices = _swept(_CAPSULE_UNIT, _CAPSULE_END, start_mm, end_mm, (start_r, end_r))
    return vertices, _CAPSULE_FACES


def cylinder(
    start_mm: NDArray[np.floating], end_mm: NDArray[np.floating], start_r: float, end_r: float
) -> Mesh:
    """A cylinder or cone with flat ends between two points [3]."""
    return _swept(_TUBE_UNIT, _TUBE_END, start_mm, end_mm, (start_r, end_r)), _TUBE_FACES


def ellipsoid(
    centre_mm: NDArray[np.floating], R_camera_from_axes: FloatArray, radii_mm: NDArray[np.floating]
) -> Mesh:
    """An ellipsoid: its centre [3], axes in the columns of the rotation, radii [3]."""
    points = _BALL_UNIT * np.asarray(radii_mm, dtype=np.float32)
    return points @ R_camera_from_axes.T + np.asarray(centre_mm, np.float32), _BALL_FACES


def box(
    centre_mm: NDArray[np.floating], R_camera_from_box: FloatArray, size_mm: NDArray[np.floating]
) -> Mesh:
    """An oriented box: its centre [3], axes in the columns of the rotation, edge lengths [3]."""
    corners = _BOX_UNIT * np.asarray(size_mm, dtype=np.float32)
    vertices = corners @ R_camera_from_box.T + np.asarray(centre_mm, np.float32)
    return vertices, _BOX_FACES
