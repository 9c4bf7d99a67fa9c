"""Cut a metric cube around a hand, and map between its coordinates: for live use and training.

The cube is seen by a virtual camera (``HandCrop.camera``) that shares the real camera's position
but looks straight at the cube's centre, so a hand looks the same wherever it is in the image.
Points have three kinds of coordinates here:

camera mm
    mm in the real camera's frame.
crop mm
    mm relative to the cube's centre, in the frame of the virtual camera, always as a right hand's
    (x is negated in a mirrored crop). The latent space speaks of these.
uvd
    u and v in [-1, 1] from the left/top to the right/bottom border of the image,
    d = (z - distance) / (cube / 2) along the virtual camera's axis. The networks speak of these.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera, FloatArray
from engine.errors import InvalidInputError
from engine.tracking.crop_kernel import (
    drop_trailing_edges,
    grid_bounds,
    grid_homography,
    mark_outside,
    rotation_onto_axis,
    sample_cube,
)
from engine.types import HandCrop

CROP_SIZE: Final = 128
"""Pixels along one side of a crop."""
CUBE_MM: Final = 270.0
"""Default side of the cube; measured against 300 mm it gives about 1 mm less error."""
EDGE_MM: Final = 10.0
"""A pixel so far behind its neighbour lies on an edge, where cameras, time-of-flight ones above
all, measure what is between two surfaces. Without such pixels fingertips are no longer pulled back:
on real time-of-flight hands the mean error fell from 25.3 to 19.6 mm (P1) and from 15.1 to 11.4 mm
(P5), on simulated sensors nothing changed (``python -m training benchmark crops``)."""
NOTHING: Final = 0.999
"""Normalised depths from here on are the empty background."""


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


def image_depth_mm(
    image: FloatArray, distance_mm: float, *, cube_mm: float = CUBE_MM, nothing: float = NOTHING
) -> FloatArray:
    """Depth in mm along the virtual camera's axis of a crop's ``image`` [H, W]; 0 where nothing is.

    ``nothing`` is the normalised depth from which on a pixel is empty.
    """
    depth = np.float32(0.5 * cube_mm) * image + np.float32(distance_mm)
    return np.where(image < nothing, depth, np.float32(0.0))


def camera_to_crop_mm(crop: HandCrop, points_mm: NDArray[np.floating]) -> FloatArray:
    """Points [..., 3] in mm, camera frame, to crop mm [..., 3]."""
    points = np.asarray(points_mm, np.float32) @ crop.R_crop_from_camera.T
    points[..., 2] -= crop.distance_mm
    if crop.mirrored:
        points[..., 0] *= -1.0
    return points


def crop_mm_to_camera(crop: HandCrop, points_mm: NDArray[np.floating]) -> FloatArray:
    """Points [..., 3] in crop mm to mm, camera frame."""
    points = np.array(points_mm, np.float32)
    if crop.mirrored:
        points[..., 0] *= -1.0
    points[..., 2] += crop.distance_mm
    return np.asarray(points @ crop.R_crop_from_camera, np.float32)


def uvd_to_camera(crop: HandCrop, uvd: NDArray[np.floating]) -> FloatArray:
    """Normalised crop coordinates [..., 3] to points [..., 3] in mm, camera frame."""
    points = 0.5 * crop.cube_mm * np.asarray(uvd, np.float32)
    points[..., :2] *= 1.0 + points[..., 2:] / crop.distance_mm
    return crop_mm_to_camera(crop, points)


def camera_to_uvd(crop: HandCrop, points_mm: NDArray[np.floating]) -> FloatArray:
    """Points [..., 3] in mm, camera frame, to normalised crop coordinates [..., 3]."""
    points = camera_to_crop_mm(crop, points_mm)
    z = np.maximum(points[..., 2:] + crop.distance_mm, 1.0)
    points[..., :2] *= crop.distance_mm / z
    return points / np.float32(0.5 * crop.cube_mm)
