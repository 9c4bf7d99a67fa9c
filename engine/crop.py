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


@njit(cache=True, fastmath=True, inline="always")
def _depth_along(depth, fx, fy, cx, cy, R, a, b):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Depth along the virtual camera's axis seen in its direction (a, b, 1); 0 where nothing is."""
    rz = R[0, 2] * a + R[1, 2] * b + R[2, 2]
    if rz <= 1e-3:
        return 0.0
    u = int(np.floor((R[0, 0] * a + R[1, 0] * b + R[2, 0]) / rz * fx + cx + 0.5))
    v = int(np.floor((R[0, 1] * a + R[1, 1] * b + R[2, 1]) / rz * fy + cy + 0.5))
    if u < 0 or v < 0 or u >= depth.shape[1] or v >= depth.shape[0]:
        return 0.0
    return depth[v, u] / rz


@njit(cache=True, fastmath=True)
def _sample_cube(depth, fx, fy, cx, cy, R, distance, half_mm, mirrored, taps, image):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Fill ``image`` [S, S] with normalised depth; ``taps`` x ``taps`` sub-samples a pixel."""
    size = image.shape[0]
    step = 2.0 * half_mm / distance / size
    middle = 0.5 * (size - 1)
    for i in range(size):
        for j in range(size):
            column = size - 1 - j if mirrored else j
            a, b = (j - middle) * step, (i - middle) * step
            central = _depth_along(depth, fx, fy, cx, cy, R, a, b)
            if central <= 0.0 or central >= distance + half_mm:
                image[i, column] = 1.0
                continue
            total, count = central, 1
            if taps > 1:
                for tap in range(taps * taps):
                    da = ((tap % taps + 0.5) / taps - 0.5) * step
                    db = ((tap // taps + 0.5) / taps - 0.5) * step
                    along = _depth_along(depth, fx, fy, cx, cy, R, a + da, b + db)
                    if abs(along - central) < SAME_SURFACE_MM:
                        total += along
                        count += 1
            value = (total / count - distance) / half_mm
            image[i, column] = min(1.0, max(-1.0, value))


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
    image = np.empty((CROP_SIZE, CROP_SIZE), np.float32)
    source_px = cube_mm / distance * max(camera.fx, camera.fy)
    taps = int(np.clip(np.round(source_px / CROP_SIZE), 1, 3))
    depth = np.ascontiguousarray(depth_mm, dtype=np.float32)
    _sample_cube(
        depth,
        camera.fx,
        camera.fy,
        camera.cx,
        camera.cy,
        R,
        distance,
        0.5 * cube_mm,
        mirrored,
        taps,
        image,
    )
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
