"""The inner loops of ``engine.tracking.crop``, compiled by numba.

A crop's grid of pixels is mapped to the source image by one homography, as both cameras stand at
one place; depth is then rescaled to the axis of the crop's virtual camera.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit

OUTSIDE: Final = 1.5
"""What a crop holds beyond the camera's image: a hand cut off there goes on, one that ends before
empty space does not."""
SAME_SURFACE_MM: Final = 20.0
"""Sub-samples farther than this from the central one belong to another surface."""


@njit(cache=True, nogil=True)
def rotation_onto_axis(direction, roll):  # type: ignore[no-untyped-def]  # pragma: no cover
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
def sample_cube(depth, H, taps, distance, half_mm, mirrored, image):  # type: ignore[no-untyped-def]  # pragma: no cover
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
def drop_trailing_edges(image, limit):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Empty the pixels of ``image`` [N, N] that lie more than ``limit`` behind a neighbour."""
    size, one = image.shape[0], np.float32(1.0)
    before = image.copy()
    for i in range(size):
        line, row = image[i], before[i]
        above, below = before[max(i - 1, 0)], before[min(i + 1, size - 1)]
        for j in range(size):
            beside = min(row[max(j - 1, 0)], row[min(j + 1, size - 1)])
            nearest = min(beside, above[j], below[j])
            line[j] = one if row[j] - nearest > limit else row[j]


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def mark_outside(H, width, height, mirrored, image):  # type: ignore[no-untyped-def]  # pragma: no cover
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
def grid_homography(fx, fy, cx, cy, R, distance, half_mm, size):  # type: ignore[no-untyped-def]  # pragma: no cover
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
def grid_bounds(H, size):  # type: ignore[no-untyped-def]  # pragma: no cover
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
