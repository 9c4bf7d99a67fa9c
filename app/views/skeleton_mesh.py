"""A hand's skeleton as one triangle mesh: a ball for each joint, a rod for each bone."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import FloatArray
from engine.pictures.palette import BONE_RGB, JOINT_RGB
from engine.skeleton import BONES, JOINT_COUNT, TIPS, WRIST

JOINT_RADIUS_MM: Final = 4.6
TIP_RADIUS_MM: Final = 4.0
WRIST_RADIUS_MM: Final = 6.0
BONE_RADIUS_MM: Final = 2.6
_RINGS: Final = 9
_SIDES: Final = 14

Indices = NDArray[np.int32]


def _ball() -> tuple[NDArray[np.float64], Indices]:
    """Unit sphere: vertices [V, 3] (also its normals) and triangles [T, 3]."""
    tilt = np.linspace(0.0, np.pi, _RINGS)[:, None]
    turn = np.linspace(0.0, 2.0 * np.pi, _SIDES, endpoint=False)[None, :]
    x, y = np.sin(tilt) * np.cos(turn), np.sin(tilt) * np.sin(turn)
    vertices = np.stack([x, y, np.broadcast_to(np.cos(tilt), x.shape)], axis=-1).reshape(-1, 3)
    return vertices, _strips(_RINGS)


def _rod() -> tuple[NDArray[np.float64], Indices]:
    """Open unit cylinder along z from 0 to 1: vertices [V, 3] and triangles [T, 3]."""
    turn = np.linspace(0.0, 2.0 * np.pi, _SIDES, endpoint=False)
    ring = np.stack([np.cos(turn), np.sin(turn), np.zeros(_SIDES)], axis=-1)
    return np.concatenate([ring, ring + np.array([0.0, 0.0, 1.0])]), _strips(2)[:, ::-1]


def _strips(rings: int) -> Indices:
    """Triangles between neighbouring rings of vertices, wound outwards for a falling z."""
    ring, side = np.meshgrid(np.arange(rings - 1), np.arange(_SIDES), indexing="ij")
    a = ring * _SIDES + side
    b = ring * _SIDES + (side + 1) % _SIDES
    c, d = a + _SIDES, b + _SIDES
    both = np.stack([np.stack([a, c, b], -1), np.stack([b, c, d], -1)], axis=-2)
    return both.reshape(-1, 3).astype(np.int32)


_BALL_VERTICES, _BALL_TRIANGLES = _ball()
_ROD_VERTICES, _ROD_TRIANGLES = _rod()
_RADII: Final = np.array(
    [
        WRIST_RADIUS_MM if j == WRIST else TIP_RADIUS_MM if j in TIPS else JOINT_RADIUS_MM
        for j in range(JOINT_COUNT)
    ]
)
_STARTS: Final = np.array([start for start, _ in BONES])
_ENDS: Final = np.array([end for _, end in BONES])


def mesh_colours() -> NDArray[np.float64]:
    """Colour [V, 3] in [0, 1] of every vertex of ``mesh_vertices``."""
    joints = np.repeat(np.array(JOINT_RGB) / 255.0, len(_BALL_VERTICES), axis=0)
    bones = np.repeat(np.array(BONE_RGB) / 255.0, len(_ROD_VERTICES), axis=0)
    return np.concatenate([joints, 0.82 * bones])


def mesh_triangles() -> Indices:
    """Triangles [T, 3] over the vertices of ``mesh_vertices``."""
    balls = _repeated(_BALL_TRIANGLES, len(_BALL_VERTICES), JOINT_COUNT)
    rods = _repeated(_ROD_TRIANGLES, len(_ROD_VERTICES), len(BONES))
    return np.concatenate([balls, rods + len(_BALL_VERTICES) * JOINT_COUNT])


def _repeated(triangles: Indices, vertex_count: int, times: int) -> Indices:
    offsets = np.arange(times, dtype=np.int32)[:, None, None] * vertex_count
    return (triangles[None] + offsets).reshape(-1, 3).astype(np.int32)


def mesh_vertices(joints_mm: FloatArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Vertices and their normals, both [V, 3], for joints [21, 3] in mm."""
    joints = np.asarray(joints_mm, dtype=np.float64)
    balls = joints[:, None] + _RADII[:, None, None] * _BALL_VERTICES
    ball_normals = np.broadcast_to(_BALL_VERTICES, balls.shape)
    along = joints[_ENDS] - joints[_STARTS]
    frames = _frames(along)
    sides = _ROD_VERTICES * (1.0, 1.0, 0.0)
    rod_normals = np.einsum("bij,vj->bvi", frames, sides)
    lift = _ROD_VERTICES[None, :, 2:] * along[:, None]
    rods = joints[_STARTS][:, None] + BONE_RADIUS_MM * rod_normals + lift
    vertices = np.concatenate([balls.reshape(-1, 3), rods.reshape(-1, 3)])
    normals = np.concatenate([ball_normals.reshape(-1, 3), rod_normals.reshape(-1, 3)])
    return vertices, normals


def _frames(along: NDArray[np.float64]) -> NDArray[np.float64]:
    """Right-handed rotations [B, 3, 3] whose third column points along [B, 3]."""
    z = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    helper = np.where(np.abs(z[:, :1]) < 0.9, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
    x = np.cross(helper, z)
    x /= np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)
    return np.stack([x, np.cross(z, x), z], axis=-1)
