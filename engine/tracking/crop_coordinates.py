"""Maps between the coordinates of a crop: for live use and training.

A crop's cube is seen by a virtual camera (``HandCrop.camera``) that shares the real camera's
position but looks straight at the cube's centre. Points have three kinds of coordinates:

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

from engine.camera import FloatArray
from engine.types import HandCrop

CROP_SIZE: Final = 128
"""Pixels along one side of a crop."""
CUBE_MM: Final = 270.0
"""Default side of the cube; measured against 300 mm it gives about 1 mm less error."""
NOTHING: Final = 0.999
"""Normalised depths from here on are the empty background."""


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
