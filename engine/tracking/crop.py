"""Cut a metric cube around a hand: for live use and training.

The cube is seen by a virtual camera (``HandCrop.camera``) that shares the real camera's position
but looks straight at the cube's centre, so a hand looks the same wherever it is in the image.
``engine.tracking.crop_coordinates`` tells which coordinates points have there.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera, FloatArray
from engine.errors import InvalidInputError
from engine.tracking.crop_coordinates import CROP_SIZE, CUBE_MM
from engine.tracking.crop_kernel import (
    drop_trailing_edges,
    grid_bounds,
    grid_homography,
    mark_outside,
    rotation_onto_axis,
    sample_cube,
)
from engine.types import HandCrop

EDGE_MM: Final = 10.0
"""A pixel so far behind its neighbour lies on an edge, where cameras, time-of-flight ones above
all, measure what is between two surfaces. Without such pixels fingertips are no longer pulled back:
on real time-of-flight hands the mean error fell from 25.3 to 19.6 mm (P1) and from 15.1 to 11.4 mm
(P5), on simulated sensors nothing changed (``python -m training benchmark crops``)."""


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
    return rotation_onto_axis(centre / distance, float(roll_rad))


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
    return grid_bounds(grid_homography(*lens, R, distance, 0.5 * cube_mm, CROP_SIZE), CROP_SIZE)


def cut_crop(
    depth_mm: FloatArray,
    camera: Camera,
    centre_mm: NDArray[np.floating],
    *,
    mirrored: bool = False,
    cube_mm: float = CUBE_MM,
    roll_rad: float = 0.0,
    clean_edges: bool = True,
) -> HandCrop:
    """Cut the cube of side ``cube_mm`` around ``centre_mm`` [3] (mm, camera frame).

    ``depth_mm`` [H, W] float32 mm, 0 = no measurement, taken by ``camera``. Where the source has
    more pixels than the crop, the pixels of one surface are averaged. ``mirrored`` flips the
    image left to right, which turns a left hand into a right one. Pixels beyond the source's
    border hold ``OUTSIDE``; with ``clean_edges`` those more than ``EDGE_MM`` behind a neighbour are
    empty.

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
    H = grid_homography(*lens, R, distance, half, CROP_SIZE * taps)
    sample_cube(depth, H, taps, distance, half, mirrored, image)
    if clean_edges:
        drop_trailing_edges(image, np.float32(EDGE_MM / half))
    H = grid_homography(*lens, R, distance, half, CROP_SIZE)
    height, width = depth.shape
    u0, v0, u1, v1 = grid_bounds(H, CROP_SIZE)
    if min(u0, v0) < -0.5 or u1 >= width - 0.5 or v1 >= height - 0.5:
        mark_outside(H, width, height, mirrored, image)
    return HandCrop(image, np.asarray(centre_mm, np.float32), cube_mm, distance, R, mirrored)


def crop_straight_ahead(image: FloatArray, distance_mm: float) -> HandCrop:
    """An unmirrored crop with ``image`` [128, 128] whose centre is on the real camera's axis."""
    centre = np.array([0.0, 0.0, distance_mm], np.float32)
    return HandCrop(image, centre, CUBE_MM, float(distance_mm), np.eye(3, dtype=np.float32), False)
