"""Crops seen anew: moved, turned and scaled with exact geometry, then damaged.

A crop is a depth image of a pinhole camera, so it can be cut again with the live crop's code: the
camera stands where it stood, and what is new is where the cube lies, how it is rolled and how long
its side is. Joints move with it by the same transform.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from engine.camera import FloatArray, crop_camera
from engine.tracking.crop import cut_crop
from engine.tracking.crop_coordinates import CROP_SIZE, CUBE_MM, NOTHING, image_depth_mm
from training.crops.crop_dataset import Sample


@dataclass(frozen=True, slots=True)
class AugmentConfig:
    """Spread of what is drawn: ``roll_deg`` uniform within +-, ``shift_mm`` sd of the cube's centre
    per axis, ``scale`` sd of the logarithm of the hand's size; ``noise`` sd of an added depth
    offset a 4 x 4 block in half cubes; ``hole`` probability of each of four square holes.
    """

    roll_deg: float = 180.0
    shift_mm: float = 10.0
    scale: float = 0.08
    noise: float = 0.0
    hole: float = 0.0


NONE = AugmentConfig(roll_deg=0.0, shift_mm=0.0, scale=0.0)


class View(NamedTuple):
    """A sample seen anew; points map to ``turn`` [3, 3] @ p + ``shift`` [3] mm."""

    sample: Sample
    turn: FloatArray
    shift: FloatArray


def view(sample: Sample, config: AugmentConfig, rng: np.random.Generator) -> View:
    """Draw a new view of ``sample``."""
    if config == NONE:
        return View(sample, np.eye(3, dtype=np.float32), np.zeros(3, np.float32))
    half = 0.5 * CUBE_MM
    distance = half / sample.perspective
    camera = crop_camera(sample.perspective, CROP_SIZE)
    depth = image_depth_mm(sample.image, distance)
    centre = np.array([0.0, 0.0, distance]) + rng.normal(0.0, config.shift_mm, 3)
    roll = np.deg2rad(rng.uniform(-config.roll_deg, config.roll_deg))
    size = float(np.exp(rng.normal(0.0, config.scale)))
    # The edges of a crop are clean; to clean them again would thin the fingers.
    side = CUBE_MM * size
    crop = cut_crop(depth, camera, centre, cube_mm=side, roll_rad=float(roll), clean_edges=False)
    # All lengths are divided by the cube's relative size, so that its side is the usual one.
    turn = crop.R_crop_from_camera / np.float32(size)
    shift = (turn @ np.array([0, 0, distance]) - [0, 0, crop.distance_mm / size]).astype(np.float32)
    image = damaged(np.minimum(crop.image, np.float32(1.0)), config, rng)
    perspective = half * size / crop.distance_mm
    return View(Sample(image, perspective, sample.points @ turn.T + shift), turn, shift)


def damaged(image: FloatArray, config: AugmentConfig, rng: np.random.Generator) -> FloatArray:
    """A crop's ``image`` [128, 128] with the noise and the holes that ``config`` asks for."""
    if config.noise > 0:
        coarse = rng.normal(0.0, config.noise, (CROP_SIZE // 4, CROP_SIZE // 4))
        fine = coarse.astype(np.float32).repeat(4, axis=0).repeat(4, axis=1)
        fine += image
        np.clip(fine, -1.0, 1.0, out=fine)
        image = np.where(image < NOTHING, fine, image)
    if config.hole > 0:
        image = image.copy()
        for _ in range(4):
            if rng.random() < config.hole:
                side = int(rng.integers(6, 28))
                row, column = rng.integers(0, CROP_SIZE - side, 2)
                image[row : row + side, column : column + side] = 1.0
    return np.asarray(image, np.float32)
