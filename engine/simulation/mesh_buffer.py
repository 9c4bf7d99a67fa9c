"""One growing mesh that compiled code fills: many small solids in arrays made once.

A scene has up to a few dozen solids of some hundred vertices; placing them one by one with NumPy
takes longer than drawing them. All lengths in mm.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.simulation.solids import (
    BALL_FACES,
    BALL_UNIT,
    BOX_FACES,
    BOX_UNIT,
    CAPSULE_END,
    CAPSULE_FACES,
    CAPSULE_UNIT,
    LATHE_FACES,
    SIDES,
    TUBE_END,
    TUBE_FACES,
    TUBE_UNIT,
    frame_along,
    place_scaled,
    place_swept,
)

Array = NDArray[Any]

MAX_VERTICES: Final = 12288
MAX_FACES: Final = 24576
"""Room for a person and three times the most solids a scene has."""


class MeshBuffer(NamedTuple):
    """Vertices [N, 3] and faces [M, 3] with their labels [M]; ``used`` [2] of them are filled."""

    vertices: Array
    faces: Array
    parts: Array
    used: Array

    def mesh(self) -> tuple[Array, Array, Array]:
        """The filled vertices, faces and labels."""
        vertices, faces = self.used.tolist()
        return self.vertices[:vertices], self.faces[:faces], self.parts[:faces]


def mesh_buffer() -> MeshBuffer:
    """An empty buffer. Memory that is never filled is never touched."""
    return MeshBuffer(
        np.empty((MAX_VERTICES, 3), np.float32),
        np.empty((MAX_FACES, 3), np.int32),
        np.empty(MAX_FACES, np.uint8),
        np.zeros(2, np.int64),
    )


@njit(cache=True, nogil=True)
def _claim(buffer: MeshBuffer, count: int, faces: Array, label: int) -> Array:
    """Room for ``count`` vertices that ``faces`` [F, 3] join; returns the vertices to be filled."""
    start, first = buffer.used[0], buffer.used[1]
    if start + count > MAX_VERTICES or first + len(faces) > MAX_FACES:
        raise ValueError("a scene has more solids than its buffer holds")
    for f in range(len(faces)):
        for k in range(3):
            buffer.faces[first + f, k] = faces[f, k] + start
        buffer.parts[first + f] = label
    buffer.used[0], buffer.used[1] = start + count, first + len(faces)
    return buffer.vertices[start : start + count]


@njit(cache=True, nogil=True)
def add_mesh(
    buffer: MeshBuffer, vertices: Array, faces: Array, parts: Array, R: Array, t: Array
) -> None:
    """A mesh [V, 3], [F, 3] with a label a face [F], turned by ``R`` and shifted by ``t``."""
    first = buffer.used[1]
    room = _claim(buffer, len(vertices), faces, 0)
    buffer.parts[first : first + len(faces)] = parts
    for v in range(len(vertices)):
        x, y, z = vertices[v, 0], vertices[v, 1], vertices[v, 2]
        for i in range(3):
            room[v, i] = R[i, 0] * x + R[i, 1] * y + R[i, 2] * z + t[i]


@njit(cache=True, nogil=True)
def add_capsule(
    buffer: MeshBuffer, start: Array, end: Array, start_r: float, end_r: float, label: int
) -> None:
    """A tapered capsule between two points [3] with a radius at either end."""
    room = _claim(buffer, len(CAPSULE_UNIT), CAPSULE_FACES, label)
    place_swept(CAPSULE_UNIT, CAPSULE_END, start, end, start_r, end_r, room)


@njit(cache=True, nogil=True)
def add_cylinder(
    buffer: MeshBuffer, start: Array, end: Array, start_r: float, end_r: float, label: int
) -> None:
    """A cylinder or cone with flat ends between two points [3]."""
    room = _claim(buffer, len(TUBE_UNIT), TUBE_FACES, label)
    place_swept(TUBE_UNIT, TUBE_END, start, end, start_r, end_r, room)


@njit(cache=True, nogil=True)
def add_ellipsoid(buffer: MeshBuffer, centre: Array, R: Array, radii: Array, label: int) -> None:
    """An ellipsoid: its centre [3], axes in the columns of the rotation, radii [3]."""
    place_scaled(BALL_UNIT, centre, R, radii, _claim(buffer, len(BALL_UNIT), BALL_FACES, label))


@njit(cache=True, nogil=True)
def add_box(buffer: MeshBuffer, centre: Array, R: Array, size: Array, label: int) -> None:
    """An oriented box: its centre [3], axes in the columns of the rotation, edge lengths [3]."""
    place_scaled(BOX_UNIT, centre, R, size, _claim(buffer, len(BOX_UNIT), BOX_FACES, label))


@njit(cache=True, nogil=True)
def add_lathe(buffer: MeshBuffer, base: Array, axis: Array, rings: Array, label: int) -> None:
    """A solid turned about the unit vector ``axis`` [3] from ``base`` [3]: ``rings`` [N, 2] of
    height and radius along its outline, which may turn back inside; at most ``MAX_RINGS``."""
    count = len(rings)
    inner, sides = (count - 1) * 2 * SIDES, count * SIDES
    faces = np.empty((inner + 2 * SIDES, 3), np.int32)
    faces[:inner] = LATHE_FACES[:inner]
    for side in range(SIDES):
        after = (side + 1) % SIDES
        faces[inner + 2 * side] = (sides, after, side)
        faces[inner + 2 * side + 1] = (sides + 1, sides - SIDES + side, sides - SIDES + after)
    room = _claim(buffer, sides + 2, faces, label)
    R = frame_along(axis)
    for ring in range(count):
        height, radius = rings[ring]
        for side in range(SIDES):
            turn = side * (2.0 * np.pi / SIDES)
            x, y = radius * np.cos(turn), radius * np.sin(turn)
            for i in range(3):
                room[ring * SIDES + side, i] = (
                    base[i] + height * axis[i] + x * R[i, 0] + y * R[i, 1]
                )
    for end, ring in ((0, 0), (1, count - 1)):
        for i in range(3):
            room[sides + end, i] = base[i] + rings[ring, 0] * axis[i]
