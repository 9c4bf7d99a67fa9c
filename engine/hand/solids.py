"""Small closed meshes for arms, furniture and held things; wound as ``engine.hand.render`` asks.

Each template is made once at import; the functions only place it. All lengths in mm.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import FloatArray
from engine.hand.render import IndexArray

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


def _capped(rings: int) -> IndexArray:
    """Faces of a tube of ``rings`` closed by one vertex at either end (the last two)."""
    faces, first, last = _grid_faces(rings, _SIDES), rings * _SIDES, rings * _SIDES + 1
    for side in range(_SIDES):
        after = (side + 1) % _SIDES
        top = (rings - 1) * _SIDES
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
_CAPSULE_FACES: Final = _capped(2 * _CAP_RINGS)

_TUBE_UNIT: Final = np.concatenate(
    [_rings(np.zeros(1)), _rings(np.zeros(1)), [[0, 0, 0], [0, 0, 0]]]
).astype(np.float32)
_TUBE_END: Final = np.concatenate([np.zeros(_SIDES), np.ones(_SIDES), [0, 1]]).astype(np.float32)[
    :, None
]
_TUBE_FACES: Final = _capped(2)

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
    z = np.asarray(direction, dtype=np.float32)
    z = z / max(float(np.linalg.norm(z)), 1e-9)
    helper = np.array([1.0, 0, 0] if abs(z[0]) < 0.7 else [0, 1.0, 0], dtype=np.float32)
    x = np.cross(helper, z)
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z], axis=1).astype(np.float32)


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
    return start_mm + end * (end_mm - start_mm) + (unit * radius) @ axes.T


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


def box(
    centre_mm: NDArray[np.floating], R_camera_from_box: FloatArray, size_mm: NDArray[np.floating]
) -> Mesh:
    """An oriented box: its centre [3], axes in the columns of the rotation, edge lengths [3]."""
    corners = _BOX_UNIT * np.asarray(size_mm, dtype=np.float32)
    vertices = corners @ R_camera_from_box.T + np.asarray(centre_mm, np.float32)
    return vertices, _BOX_FACES
