"""Cut a metric cube around a hand: the same code for live use and for training.

The cube is seen by a virtual camera that shares the real camera's position but looks straight at
the cube's centre, so a hand looks the same wherever it is in the image. Depth stays linear in mm.
Normalised crop coordinates (u, v, d) of a point: u and v in [-1, 1] from the left/top to the
right/bottom border of the image, d = (z - distance) / (cube / 2) along the virtual camera's axis.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.camera import Camera, FloatArray
from engine.errors import InvalidInputError
from engine.types import HandCrop

CROP_SIZE: Final = 128
"""Pixels along one side of a crop."""
CUBE_MM: Final = 270.0
"""Default side of the cube; measured against 300 mm it gives about 1 mm less error."""
SAME_SURFACE_MM: Final = 20.0
"""Sub-samples farther than this from the central one belong to another surface."""


def rotation_towards(centre_mm: NDArray[np.floating], roll_rad: float = 0.0) -> NDArray[np.float32]:
    """R_crop_from_camera [3, 3]: turns the direction of ``centre_mm`` [3] onto the z axis.

    The smallest such rotation, followed by ``roll_rad`` about the z axis.

    Raises:
        InvalidInputError: if the centre is not finite and in front of the camera.
    """
    centre = np.asarray(centre_mm, dtype=np.float64)
    distance = float(np.linalg.norm(centre))
    if not np.isfinite(distance) or centre[2] <= 1.0:
        raise InvalidInputError(f"crop centre {centre.tolist()} mm is not in front of the camera")
    x, y, z = centre / distance
    # Rodrigues' formula for the rotation that takes (x, y, z) to (0, 0, 1).
    k = 1.0 / (1.0 + z)
    R = np.array([[1 - x * x * k, -x * y * k, -x], [-x * y * k, 1 - y * y * k, -y], [x, y, z]])
    if roll_rad:
        c, s = np.cos(roll_rad), np.sin(roll_rad)
        R = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]) @ R
    return R.astype(np.float32)


@njit(cache=True, fastmath=True)
def _sample_grid(depth, H, grid):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Depth along the virtual axis on a regular grid; 0 where nothing was measured.

    ``H`` [3, 3] maps (column, row, 1) of the grid to homogeneous source pixels, of which the third
    coordinate is z per mm of depth along the virtual axis.
    """
    height, width = depth.shape
    last_u, last_v = np.float32(width - 1), np.float32(height - 1)
    half, one, nothing = np.float32(0.5), np.float32(1.0), np.float32(0.0)
    h00, h10, h20 = H[0, 0], H[1, 0], H[2, 0]
    for i in range(grid.shape[0]):
        row = np.float32(i)
        u0, v0 = H[0, 1] * row + H[0, 2], H[1, 1] * row + H[1, 2]
        w0 = H[2, 1] * row + H[2, 2]
        for j in range(grid.shape[1]):
            column = np.float32(j)
            w = w0 + h20 * column
            inverse = one / max(w, np.float32(1e-6))
            u = np.floor((u0 + h00 * column) * inverse + half)
            v = np.floor((v0 + h10 * column) * inverse + half)
            inside = (u >= nothing) & (v >= nothing) & (u <= last_u) & (v <= last_v)
            iu = np.int32(min(max(u, nothing), last_u))
            iv = np.int32(min(max(v, nothing), last_v))
            z = depth[iv, iu] * inverse
            grid[i, j] = z if inside & (w > np.float32(1e-6)) else nothing


@njit(cache=True, fastmath=True)
def _normalise(grid, taps, distance, half_mm, mirrored, image):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Pool ``taps`` x ``taps`` samples of the nearest surface and scale depth to [-1, 1]."""
    size = image.shape[0]
    far = distance + half_mm
    for i in range(size):
        for j in range(size):
            nearest = far
            for di in range(taps):
                for dj in range(taps):
                    z = grid[i * taps + di, j * taps + dj]
                    if 0.0 < z < nearest:
                        nearest = z
            total, count = nearest, 1
            if taps > 1 and nearest < far:
                total, count = 0.0, 0
                for di in range(taps):
                    for dj in range(taps):
                        z = grid[i * taps + di, j * taps + dj]
                        if 0.0 < z < nearest + SAME_SURFACE_MM:
                            total += z
                            count += 1
            value = (total / count - distance) / half_mm
            image[i, size - 1 - j if mirrored else j] = min(1.0, max(-1.0, value))


def _grid_homography(
    camera: Camera, R: NDArray[np.float32], distance: float, half_mm: float, size: int
) -> NDArray[np.float32]:
    """[3, 3]: (column, row, 1) of a ``size`` x ``size`` grid over the cube to source pixels.

    The third homogeneous coordinate is z per mm of depth along the virtual camera's axis.
    """
    step = 2.0 * half_mm / distance / size
    start = -0.5 * (size - 1) * step
    rays = np.array([[step, 0.0, start], [0.0, step, start], [0.0, 0.0, 1.0]])
    lens = np.array([[camera.fx, 0.0, camera.cx], [0.0, camera.fy, camera.cy], [0.0, 0.0, 1.0]])
    return (lens @ R.T.astype(np.float64) @ rays).astype(np.float32)


def cut_crop(
    depth_mm: FloatArray,
    camera: Camera,
    centre_mm: NDArray[np.floating],
    *,
    mirrored: bool = False,
    cube_mm: float = CUBE_MM,
    roll_rad: float = 0.0,
) -> HandCrop:
    """Cut the cube of side ``cube_mm`` around ``centre_mm`` [3] (mm, camera frame).

    ``depth_mm`` [H, W] float32 mm, 0 = no measurement, taken by ``camera``. Where the source has
    more pixels than the crop, the pixels of one surface are averaged. ``mirrored`` flips the
    image left to right, which turns a left hand into a right one.

    Raises:
        InvalidInputError: if the centre is not in front of the camera or the cube not positive.
    """
    if not cube_mm > 0:
        raise InvalidInputError(f"cube_mm must be positive, not {cube_mm}")
    R = rotation_towards(centre_mm, roll_rad)
    distance = float(np.linalg.norm(centre_mm))
    source_px = cube_mm / distance * max(camera.fx, camera.fy)
    taps = int(np.clip(np.round(source_px / CROP_SIZE), 1, 3))
    size = CROP_SIZE * taps
    grid = np.empty((size, size), np.float32)
    image = np.empty((CROP_SIZE, CROP_SIZE), np.float32)
    depth = np.ascontiguousarray(depth_mm, dtype=np.float32)
    H = _grid_homography(camera, R, distance, 0.5 * cube_mm, size)
    _sample_grid(depth, H, grid)
    _normalise(grid, taps, distance, 0.5 * cube_mm, mirrored, image)
    return HandCrop(image, np.asarray(centre_mm, np.float32), cube_mm, distance, R, mirrored)


def to_camera(crop: HandCrop, uvd: NDArray[np.floating]) -> FloatArray:
    """Normalised crop coordinates [..., 3] to points [..., 3] in mm, camera frame."""
    uvd = np.asarray(uvd, dtype=np.float32)
    half = 0.5 * crop.cube_mm
    z = crop.distance_mm + uvd[..., 2] * half
    sign = -1.0 if crop.mirrored else 1.0
    x = sign * uvd[..., 0] * (half / crop.distance_mm) * z
    y = uvd[..., 1] * (half / crop.distance_mm) * z
    points = np.stack([x, y, z], axis=-1) @ crop.R_crop_from_camera
    return points.astype(np.float32)


def from_camera(crop: HandCrop, points_mm: NDArray[np.floating]) -> FloatArray:
    """Points [..., 3] in mm, camera frame, to normalised crop coordinates [..., 3]."""
    points = np.asarray(points_mm, dtype=np.float32) @ crop.R_crop_from_camera.T
    half = 0.5 * crop.cube_mm
    z = np.maximum(points[..., 2], 1.0)
    sign = -1.0 if crop.mirrored else 1.0
    u = sign * points[..., 0] / z * (crop.distance_mm / half)
    v = points[..., 1] / z * (crop.distance_mm / half)
    d = (points[..., 2] - crop.distance_mm) / half
    return np.stack([u, v, d], axis=-1).astype(np.float32)
