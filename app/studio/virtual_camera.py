"""Where a latent's hand stands before the camera: the crop's cube lends its place and turn.

The decoders speak of a right hand in mm around the cube's centre, in the frame of the crop's
virtual camera; everything here turns that into the camera's frame and back.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from app.state.scene import Scene
from engine.camera import FloatArray
from engine.pictures.palette import depth_ramp
from engine.tracking.crop import crop_straight_ahead
from engine.tracking.crop_coordinates import (
    CROP_SIZE,
    NOTHING,
    crop_mm_to_camera,
    image_depth_mm,
    uvd_to_camera,
)
from engine.types import HandCrop

VIRTUAL_DISTANCE_MM: Final = 450.0
VIRTUAL_CROP: Final = crop_straight_ahead(
    np.ones((CROP_SIZE, CROP_SIZE), np.float32), VIRTUAL_DISTANCE_MM
)
"""The cube of a hand that no camera has seen: straight ahead."""

_RAMP: Final[FloatArray] = (depth_ramp(np.linspace(0.12, 1.0, 256)) / 255.0).astype(np.float32)
_AXIS: Final = ((np.arange(CROP_SIZE) + 0.5) / CROP_SIZE * 2.0 - 1.0).astype(np.float32)
_U, _V = np.meshgrid(_AXIS, _AXIS)


def depth_mm(crop: HandCrop, image: FloatArray) -> FloatArray:
    """Depth in mm along the crop's axis of normalised depth ``image`` [H, W]; 0 = nothing."""
    return image_depth_mm(image, crop.distance_mm, cube_mm=crop.cube_mm)


def surface_points(crop: HandCrop, image: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Points [N, 3] (mm, camera frame) of a crop's depth [128, 128], colours [N, 3] by depth."""
    shown = image < NOTHING
    depth = image[shown]
    points = uvd_to_camera(crop, np.stack([_U[shown], _V[shown], depth], axis=-1))
    shade = np.clip((0.5 - 0.6 * depth) * 255.0, 0, 255).astype(np.intp)
    return points, _RAMP[shade]


def latent_scene(
    crop: HandCrop,
    joints_mm: FloatArray,
    image: FloatArray | None,
    samples_mm: FloatArray | None = None,
) -> Scene:
    """The 3D view of a latent's hand: its skeleton, a depth image's surface, sampled skeletons.

    ``joints_mm`` [21, 3] around the cube's centre, ``samples_mm`` [M, 21, 3] in the camera's frame;
    ``image`` [128, 128] normalised depth.
    """
    nothing = np.zeros((0, 3), np.float32)
    points, colours = (nothing, nothing) if image is None else surface_points(crop, image)
    samples = () if samples_mm is None else tuple(samples_mm)
    return Scene((crop_mm_to_camera(crop, joints_mm),), points, colours, samples)
