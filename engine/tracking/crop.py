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
OUTSIDE: Final = 1.5
"""What a crop holds beyond the camera's image: a hand cut off there goes on, one that ends before
empty space does not."""
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
    return _rotation(centre / distance, float(roll_rad))


@njit(cache=True, nogil=True)
def _rotation(direction, roll):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Rodrigues' formula for the rotation that takes the unit ``direction`` to (0, 0, 1)."""
    x, y, z = direction[0], direction[1], direction[2]
    k, c, s = 1.0 / (1.0 + z), np.cos(roll), np.sin(roll)
    first, second = (1.0 - x * x * k, -x * y * k, -x), (-x * y * k, 1.0 - y * y * k, -y)
    R = np.empty((3, 3), np.float32)
    for j in range(3):
        R[0, j], R[1, j] = c * first[j] - s * second[j], s * first[j] + c * second[j]
        R[2, j] = direction[j]
    return R


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _sample_row(flat, width, height, H, row, places, scales, line):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Depth along the virtual axis in one row of a grid; 0 where nothing was measured.

    ``flat`` is the source image [height * width]; ``H`` [3, 3] maps (column, row, 1) of the grid to
    homogeneous source pixels, of which the third coordinate is z per mm of depth along the axis.
    The places are computed before they are read, because only a loop without reads from unknown
    places is vectorised.
    """
    half, one, nothing, least = np.float32(0.5), np.float32(1), np.float32(0), np.float32(1e-6)
    end_u, end_v, columns = np.float32(width), np.float32(height), np.int32(width)
    h00, h10, h20 = H[0, 0], H[1, 0], H[2, 0]
    u0, v0 = H[0, 1] * row + H[0, 2], H[1, 1] * row + H[1, 2]
    w0 = H[2, 1] * row + H[2, 2]
    for j in range(line.shape[0]):
        column = np.float32(np.int32(j))
        w = w0 + h20 * column
        inverse = one / max(w, least)
        u = (u0 + h00 * column) * inverse + half
        v = (v0 + h10 * column) * inverse + half
        inside = (u >= nothing) & (v >= nothing) & (u < end_u) & (v < end_v) & (w > least)
        # Truncation rounds the shifted pixel position, which is not negative here.
        iu = np.int32(min(max(u, nothing), end_u - one))
        iv = np.int32(min(max(v, nothing), end_v - one))
        places[j] = np.int32(iv * columns) + iu
        scales[j] = inverse if inside else nothing
    for j in range(line.shape[0]):
        line[j] = flat[np.uint32(places[j])] * scales[j]


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _pool(lines, far, row):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Mean of the nearest surface in each block of ``lines`` [T, T * size]; ``far`` if none."""
    taps, none = lines.shape[0], np.float32(0.0)
    for j in range(row.shape[0]):
        nearest = far
        for di in range(taps):
            for dj in range(taps):
                z = lines[di, j * taps + dj]
                nearest = min(nearest, z if z > none else far)
        row[j] = nearest
        if taps == 1 or nearest >= far:
            continue
        total, count, limit = none, none, nearest + np.float32(SAME_SURFACE_MM)
        for di in range(taps):
            for dj in range(taps):
                z = lines[di, j * taps + dj]
                same = (z > none) & (z < limit)
                total += z if same else none
                count += np.float32(1.0) if same else none
        row[j] = total / count


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _cut(depth, H, taps, distance, half_mm, mirrored, image):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Sample a grid of ``taps`` x ``taps`` points a pixel, pool, scale depth to [-1, 1]."""
    height, width = depth.shape
    size, flat = image.shape[0], depth.reshape(-1)
    places, scales = np.empty(size * taps, np.int32), np.empty(size * taps, np.float32)
    lines = np.empty((taps, size * taps), np.float32)
    far, one = np.float32(distance + half_mm), np.float32(1.0)
    scale, shift = np.float32(1.0 / half_mm), np.float32(distance / half_mm)
    for i in range(size):
        for k in range(taps):
            row = np.float32(i * taps + k)
            _sample_row(flat, width, height, H, row, places, scales, lines[k])
        line = image[i]
        _pool(lines, far, line)
        for j in range(size):
            value = max(-one, line[j] * scale - shift)
            line[j] = value if line[j] < far else one
        if mirrored:
            for j in range(size // 2):
                line[j], line[size - 1 - j] = line[size - 1 - j], line[j]


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _mark_outside(H, width, height, mirrored, image):  # type: ignore[no-untyped-def]  # pragma: no cover
    """``OUTSIDE`` where ``H``, that of the image's own grid, leads off the source."""
    size, half, least = image.shape[0], np.float32(0.5), np.float32(1e-6)
    end_u, end_v = np.float32(width) - half, np.float32(height) - half
    outside = np.float32(OUTSIDE)
    # A mirrored image is gone through from its right side.
    first, step = np.float32(size - 1 if mirrored else 0), np.float32(-1 if mirrored else 1)
    for i in range(size):
        row, line = np.float32(i), image[i]
        u0, v0 = H[0, 1] * row + H[0, 2], H[1, 1] * row + H[1, 2]
        w0 = H[2, 1] * row + H[2, 2]
        for j in range(size):
            column = first + step * np.float32(np.int32(j))
            w = w0 + H[2, 0] * column
            near = max(w, least)
            u, v = u0 + H[0, 0] * column, v0 + H[1, 0] * column
            inside = (u >= -half * near) & (v >= -half * near) & (w > least)
            inside = inside & (u < end_u * near) & (v < end_v * near)
            line[j] = line[j] if inside else outside


@njit(cache=True, nogil=True)
def _grid_homography(fx, fy, cx, cy, R, distance, half_mm, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    """[3, 3]: (column, row, 1) of a ``size`` x ``size`` grid over the cube to source pixels.

    The third homogeneous coordinate is z per mm of depth along the virtual camera's axis.
    """
    step = 2.0 * half_mm / distance / size
    start = -0.5 * (size - 1) * step
    H = np.empty((3, 3), np.float32)
    for k in range(3):
        # Columns of R^T @ rays: a step along a row, a step along a column, the first corner.
        x, y, z = R[0, k], R[1, k], R[2, k]
        H[k, 0], H[k, 1], H[k, 2] = step * x, step * y, start * (x + y) + z
    for j in range(3):
        H[0, j], H[1, j] = fx * H[0, j] + cx * H[2, j], fy * H[1, j] + cy * H[2, j]
    return H


@njit(cache=True, nogil=True)
def _bounds(H, size):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Least u, least v, greatest u, greatest v of the grid's corners in the source image."""
    least_u = least_v = np.inf
    most_u = most_v = -np.inf
    for corner in range(4):
        column, row = (corner & 1) * (size - 1.0), (corner >> 1) * (size - 1.0)
        w = H[2, 0] * column + H[2, 1] * row + H[2, 2]
        if w <= 1e-3:  # beside or behind the camera: anything may be seen
            return -np.inf, -np.inf, np.inf, np.inf
        u = (H[0, 0] * column + H[0, 1] * row + H[0, 2]) / w
        v = (H[1, 0] * column + H[1, 1] * row + H[1, 2]) / w
        least_u, most_u = min(least_u, u), max(most_u, u)
        least_v, most_v = min(least_v, v), max(most_v, v)
    return least_u, least_v, most_u, most_v


def crop_bounds(
    camera: Camera,
    centre_mm: NDArray[np.floating],
    *,
    cube_mm: float = CUBE_MM,
    roll_rad: float = 0.0,
) -> tuple[float, float, float, float]:
    """The pixels :func:`cut_crop` reads: least u, least v, greatest u and greatest v.

    They may lie outside the image.

    Raises:
        InvalidInputError: if the centre is not in front of the camera.
    """
    R = rotation_towards(centre_mm, roll_rad)
    lens, distance = (camera.fx, camera.fy, camera.cx, camera.cy), float(np.linalg.norm(centre_mm))
    return _bounds(_grid_homography(*lens, R, distance, 0.5 * cube_mm, CROP_SIZE), CROP_SIZE)


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
    image left to right, which turns a left hand into a right one. Pixels beyond the source's
    border hold ``OUTSIDE``.

    Raises:
        InvalidInputError: if the centre is not in front of the camera or the cube not positive.
    """
    if not cube_mm > 0:
        raise InvalidInputError(f"cube_mm must be positive, not {cube_mm}")
    R = rotation_towards(centre_mm, roll_rad)
    distance = float(np.linalg.norm(centre_mm))
    source_px = cube_mm / distance * max(camera.fx, camera.fy)
    taps = min(max(round(source_px / CROP_SIZE), 1), 3)
    image = np.empty((CROP_SIZE, CROP_SIZE), np.float32)
    depth = np.ascontiguousarray(depth_mm, dtype=np.float32)
    lens, half = (camera.fx, camera.fy, camera.cx, camera.cy), 0.5 * cube_mm
    H = _grid_homography(*lens, R, distance, half, CROP_SIZE * taps)
    _cut(depth, H, taps, distance, half, mirrored, image)
    H = _grid_homography(*lens, R, distance, half, CROP_SIZE)
    height, width = depth.shape
    u0, v0, u1, v1 = _bounds(H, CROP_SIZE)
    if min(u0, v0) < -0.5 or u1 >= width - 0.5 or v1 >= height - 0.5:
        _mark_outside(H, width, height, mirrored, image)
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
    scale = (crop.distance_mm / half) / np.maximum(points[..., 2], 1.0)
    uvd = np.empty(points.shape, np.float32)
    uvd[..., 0] = (-scale if crop.mirrored else scale) * points[..., 0]
    uvd[..., 1] = scale * points[..., 1]
    uvd[..., 2] = (points[..., 2] - crop.distance_mm) / half
    return uvd
