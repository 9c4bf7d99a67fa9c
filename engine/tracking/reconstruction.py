"""Analysis by synthesis: the depth map of a hand's latent, compared with what the camera saw.

A latent that fits the picture gives back its depth. One that does not fit differs, often before
the skeleton looks wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.camera import FloatArray
from engine.tracking.calibration import Calibration
from engine.tracking.crop_coordinates import crop_mm_to_camera
from engine.tracking.crop_kernel import OUTSIDE
from engine.tracking.generate import DepthGenerator, PoseDecoder
from engine.types import HandCrop, TrackedHand

OUTLINE: Final = 0.98
"""Depth (half cubes) below which a pixel of a regenerated crop belongs to the hand."""
CLOSE_MM: Final = 12.0
"""A regenerated pixel is explained where the camera saw it no farther off than this."""


@dataclass(frozen=True, slots=True, eq=False)
class Reconstruction:
    """The depth map of one hand's latent, compared with its crop.

    ``observed`` and ``regenerated`` [128, 128] in normalised crop depth (+1: nothing);
    ``difference_mm`` [128, 128] observed minus regenerated (positive where the camera saw
    something farther away), NaN where neither shows anything or beyond the camera's image;
    ``explained`` share of the regenerated hand's pixels within the camera's image that were seen
    there; ``health`` probability (0 to 1) that the pose is good: under one half the tracker is
    lost.
    """

    observed: FloatArray
    regenerated: FloatArray
    difference_mm: FloatArray
    explained: float
    health: float


class Reconstructor:
    """Draws the depth map of a hand's latent. One thread at a time may call it."""

    def __init__(self, generator: DepthGenerator, calibration: Calibration) -> None:
        self._generator, self._calibration = generator, calibration

    def __call__(self, hand: TrackedHand) -> Reconstruction | None:
        """The reconstruction of ``hand``; None if its pose has no latent."""
        if hand.pose.latent is None:
            return None
        regenerated = self._generator(hand.pose.latent, hand.crop.perspective)
        return compare(hand.crop, regenerated, hand, self._calibration)


def compare(
    crop: HandCrop, regenerated: FloatArray, hand: TrackedHand, calibration: Calibration
) -> Reconstruction:
    """``regenerated`` [128, 128], taken for ``hand``, beside what ``crop`` shows."""
    difference = _difference_mm(crop, regenerated)
    explained = explained_share(crop, regenerated)
    empty = (regenerated >= OUTLINE) & (crop.image >= OUTLINE)
    difference[empty | (crop.image >= OUTSIDE)] = np.nan
    sigma_mm = float(hand.pose.sigma_mm.mean())
    health = calibration.health(explained, sigma_mm, hand.side_score)
    return Reconstruction(crop.image, regenerated, difference, explained, health)


def explained_share(crop: HandCrop, regenerated: FloatArray) -> float:
    """Share of the hand's pixels in ``regenerated`` [128, 128] that ``crop`` shows there, of those
    within the camera's image."""
    shown = (regenerated < OUTLINE) & (crop.image < OUTSIDE)
    close = np.abs(_difference_mm(crop, regenerated)) < CLOSE_MM
    return float((close & shown).sum() / max(int(shown.sum()), 1))


def _difference_mm(crop: HandCrop, regenerated: FloatArray) -> FloatArray:
    return (crop.image - regenerated) * np.float32(0.5 * crop.cube_mm)


def cloud(decoder: PoseDecoder, hand: TrackedHand, count: int, seed: int = 0) -> FloatArray:
    """Skeletons [count, 21, 3] in mm, camera frame, drawn from the posterior of ``hand``; none if
    its pose has no posterior."""
    latent, sd = hand.pose.latent, hand.pose.latent_sd
    if latent is None or sd is None:
        return np.zeros((0, len(hand.pose.joints_mm), 3), np.float32)
    noise = np.random.default_rng(seed).standard_normal((count, len(latent)))
    drawn = decoder.many(latent + sd * noise)
    return crop_mm_to_camera(hand.crop, np.stack([sample.joints_mm for sample in drawn]))
