"""Fakes of the latent models: a flat hand, and a generator that draws balls."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.camera import FloatArray
from engine.latent.space import Direction, LatentSpace
from engine.tracking.calibration import Calibration
from engine.tracking.crop_coordinates import CROP_SIZE, CUBE_MM
from engine.tracking.generate import LatentHand, PoseDecoder
from engine.types import TrackedHand

if TYPE_CHECKING:
    from app.studio.axes import Axis

from tests.fakes import make_hand


class FakeGenerator:
    """Draws a latent's depth as balls around its joints, at the pixels where they belong."""

    def __init__(self, decoder: PoseDecoder, radius_mm: float = 9.0) -> None:
        self._decoder, self._radius_mm = decoder, radius_mm
        self.asked: list[float] = []

    def __call__(self, latent: NDArray[np.floating], perspective: float) -> FloatArray:
        self.asked.append(perspective)
        half = 0.5 * CUBE_MM
        distance = half / perspective
        joints = self._decoder(latent).joints_mm + np.array([0.0, 0.0, distance])
        rays = (np.arange(CROP_SIZE) + 0.5) * (2 * perspective / CROP_SIZE) - perspective
        nearest = np.full((CROP_SIZE, CROP_SIZE), distance + half)
        for x, y, z in joints:
            beside = (rays * z - x) ** 2 + ((rays * z - y) ** 2)[:, None]
            depth = z - np.sqrt(np.maximum(self._radius_mm**2 - beside, 0.0))
            inside = beside < self._radius_mm**2
            nearest = np.where(inside, np.minimum(nearest, depth), nearest)
        return np.clip((nearest - distance) / half, -1.0, 1.0).astype(np.float32)


def fake_space() -> LatentSpace:
    """Twenty directions along the code's own axes, each of one standard deviation."""
    basis = tuple(
        Direction(f"way {i}", f"what way {i} does", vector, 20.0 - i)
        for i, vector in enumerate(np.eye(20, dtype=np.float32))
    )
    return LatentSpace.build(np.zeros(20), basis, np.zeros(3))


def with_latent(hand: TrackedHand, latent: FloatArray, sd: float | None = 0.1) -> TrackedHand:
    """``hand`` as a network with a latent head would have found it."""
    spread = None if sd is None else np.full(len(latent), sd, dtype=np.float32)
    return replace(hand, pose=replace(hand.pose, latent=latent, latent_sd=spread))


class FakeModels:
    """A flat hand that code 0 widens and the root moves; draws a square of depth where it is.

    ``no_depth`` leaves the generator out; ``gate``, if given, is waited for before each hand.
    """

    def __init__(self, no_depth: str = "", gate: threading.Semaphore | None = None) -> None:
        self.space = fake_space()
        self.calibration = Calibration.load()
        self.no_depth = no_depth
        self.decoded = 0
        self._gate = gate

    def hand(self, latent: FloatArray) -> LatentHand:
        if self._gate is not None:
            self._gate.acquire(timeout=10.0)
        self.decoded += 1
        root = latent[26:29] * 50.0
        joints = make_hand(centre_mm=(0.0, 0.0, 1.0)).pose.joints_mm - (0.0, 0.0, 1.0)
        joints = joints * (1.0 + 0.1 * latent[0], 1.0, 1.0) + root
        nothing = np.zeros(24, np.float32)
        upright = np.eye(3, dtype=np.float32)
        return LatentHand(joints.astype(np.float32), nothing, nothing, upright, root)

    def depth(self, latent: FloatArray, perspective: float) -> FloatArray | None:
        if self.no_depth:
            return None
        image = np.ones((128, 128), np.float32)
        image[32:96, 32:96] = np.clip(latent[28], -0.9, 0.9)
        return image

    def cloud(self, hand: TrackedHand, count: int) -> FloatArray:
        return np.repeat(hand.pose.joints_mm[None], count, axis=0)

    def random(self, seed: int) -> FloatArray:
        latent = self.space.neutral()
        latent[:20] = np.random.default_rng(seed).standard_normal(20)
        return latent

    def move_joint(
        self, latent: FloatArray, joint: int, target_mm: FloatArray, locked: Collection[Axis]
    ) -> FloatArray:
        """By moving the whole hand."""
        moved = np.array(latent)
        moved[26:29] += (target_mm - self.hand(latent).joints_mm[joint]) / 50.0
        return moved
