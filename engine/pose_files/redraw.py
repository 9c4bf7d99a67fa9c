"""Depth drawn again from hands: what the camera would have seen of them, without anything else."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from engine.camera import Camera, FloatArray
from engine.errors import InvalidInputError
from engine.pose_files.records import PoseHand
from engine.tracking.crop import crop_bounds, rotation_towards
from engine.tracking.crop_coordinates import CROP_SIZE, image_depth_mm
from engine.tracking.generate import DepthGenerator
from engine.types import HandCrop

MIN_CUBE_MM: Final = 10.0
"""No hand is found in a smaller cube."""


def redrawn_crop(hand: PoseHand, generator: DepthGenerator) -> HandCrop | None:
    """The crop in which ``hand`` was found, its image drawn from the latent; empty without one.
    None if the crop's place is none before a camera."""
    distance = float(np.linalg.norm(hand.centre_mm))
    try:
        R = rotation_towards(hand.centre_mm)
    except InvalidInputError:
        return None
    if not MIN_CUBE_MM < hand.cube_mm < 2.0 * distance:
        return None
    image = np.ones((CROP_SIZE, CROP_SIZE), np.float32)
    if hand.latent is not None:
        image = generator(hand.latent, 0.5 * hand.cube_mm / distance)
    return HandCrop(image, hand.centre_mm, hand.cube_mm, distance, R, hand.mirrored)


def paste_crop(depth_mm: FloatArray, camera: Camera, crop: HandCrop) -> None:
    """Draw what ``crop`` shows into ``depth_mm`` [H, W] of ``camera``, where it is nearer than what
    is there (0: nothing).

    The crop's virtual camera stands where the real one does, so each pixel of the image sees along
    one ray of it: its depth is looked up, nothing is interpolated across edges.
    """
    bounds = crop_bounds(camera, crop.centre_mm, cube_mm=crop.cube_mm)
    # A cube that reaches beside the camera is seen up to infinity.
    limits = (camera.width, camera.height) * 2
    u0, v0, u1, v1 = (
        math.ceil(min(max(bound, 0.0), limit))
        for bound, limit in zip(np.add(bounds, (-1, -1, 1, 1)), limits, strict=True)
    )
    if u0 >= u1 or v0 >= v1:
        return
    v, u = np.mgrid[v0:v1, u0:u1].astype(np.float32)
    rays = np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones_like(u)], -1)
    seen = rays @ crop.R_crop_from_camera.T
    ahead = np.maximum(seen[..., 2], 1e-6)
    lens = crop.camera
    column = np.rint(seen[..., 0] / ahead * lens.fx + lens.cx).astype(np.int64)
    row = np.rint(seen[..., 1] / ahead * lens.fy + lens.cy).astype(np.int64)
    inside = (column >= 0) & (column < lens.width) & (row >= 0) & (row < lens.height)
    column, row = np.where(inside, column, 0), np.where(inside, row, 0)
    column = lens.width - 1 - column if crop.mirrored else column
    along = image_depth_mm(crop.image, crop.distance_mm, cube_mm=crop.cube_mm)[row, column]
    drawn = np.where(inside & (along > 0.0), along / ahead, np.float32(0.0))
    there = depth_mm[v0:v1, u0:u1]
    nearer = (drawn > 0.0) & ((there <= 0.0) | (drawn < there))
    np.copyto(there, drawn, where=nearer)
