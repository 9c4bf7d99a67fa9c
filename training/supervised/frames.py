"""Whole frames for the detector, made as they are needed; seeds as in ``data``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from engine.camera import Camera, FloatArray
from engine.simulation.depth_sensor import DepthSensor
from engine.simulation.model import HandModel
from engine.simulation.proportions import load_hands
from engine.simulation.render import Part
from engine.simulation.scene import Rendering, Scene, render
from engine.simulation.scene_sampler import SceneSampler
from engine.simulation.sensors import sense
from engine.skeleton import Handedness
from engine.tracking.detect import CELL_PX, FOCAL_PX, detector_camera, detector_image
from training.crops.crop_sampler import draw_sensor
from training.learning.workers import CHUNK


@dataclass(frozen=True, slots=True)
class FrameConfig:
    """What the detector is trained on: image size in pixels, the shares of scenes without a hand
    and with two, the spread of the logarithm of a scene's size, and the share of images in which a
    sensor sees speckles where nothing returns its light."""

    width: int = 192
    height: int = 160
    handless: float = 0.3
    two: float = 0.25
    size_sd: float = 0.13
    speckled: float = 0.25


class DetectorBatch(NamedTuple):
    """``image`` [N, 2, H, W]; ``heat`` [N, 2, h, w], ``offset`` [N, 3, h, w] and ``mask``
    [N, 1, h, w] as ``detector_loss`` takes them."""

    image: Tensor
    heat: Tensor
    offset: Tensor
    mask: Tensor


def with_mirror_images(batch: DetectorBatch) -> DetectorBatch:
    """The frames of ``batch`` and behind them [2 N] their mirror images: a second view at a fifth
    of a frame's price, and none leans to a side that another does not."""
    offset = batch.offset.flip(-1) * torch.tensor([-1.0, 1.0, 1.0])[:, None, None].to(batch.offset)
    flipped = (batch.image.flip(-1), batch.heat.flip(1, -1), offset, batch.mask.flip(-1))
    return DetectorBatch(*map(torch.cat, zip(batch, flipped, strict=True)))


def add_speckles(rng: np.random.Generator, depth_mm: FloatArray) -> None:
    """Fill parts of patches of ``depth_mm`` [H, W] where nothing was measured with stray depths, as
    time-of-flight sensors see beside a hand in an empty room."""
    i, j = np.ogrid[: depth_mm.shape[0], : depth_mm.shape[1]]
    for _ in range(rng.integers(1, 4)):
        at = rng.random(2) * depth_mm.shape
        reach = np.exp(rng.uniform(np.log(3.0), np.log(25.0), 2))
        inside = ((i - at[0]) / reach[0]) ** 2 + ((j - at[1]) / reach[1]) ** 2 < 1.0
        strays = inside & (depth_mm == 0.0) & (rng.random(depth_mm.shape) < rng.uniform(0.05, 0.6))
        z = np.exp(rng.uniform(np.log(200.0), np.log(1500.0)))
        depth_mm[strays] = z * np.exp(rng.normal(0.0, 0.15, int(strays.sum())))


class DetectorFrameSampler:
    """Makes the detector's training frames. Used by one thread."""

    def __init__(self, scenes: SceneSampler, config: FrameConfig | None = None) -> None:
        self.scenes, self.config = scenes, config or FrameConfig()

    @classmethod
    def load(cls, hands: Sequence[Path] = ()) -> DetectorFrameSampler:
        """With the shipped hand model, and those in the folders ``hands``; raises what
        ``proportions.load_hands`` does."""
        return cls(SceneSampler(HandModel.load(), others=load_hands(hands)))

    def chunk(self, seed: int) -> DetectorBatch:
        """16 frames with the targets of ``detector_loss`` on their cells."""
        rng = np.random.default_rng(seed)
        fields = zip(*(self._one(rng) for _ in range(CHUNK)), strict=True)
        return DetectorBatch(*(torch.from_numpy(np.stack(field)) for field in fields))

    def _one(self, rng: np.random.Generator) -> tuple[FloatArray, ...]:
        config = self.config
        sensor, use = draw_sensor(rng)
        kind = rng.random()
        hands = 0 if kind < config.handless else (2 if kind > 1 - config.two else 1)
        camera = self._camera(rng, sensor)
        scene = self.scenes.sample(rng, camera, hands, use.near_mm, use.far_mm)
        rendering = render(scene, camera)
        depth = sense(sensor, rendering.depth_mm, camera.fx, rng, 0, rendering.labels)
        if rng.random() < config.speckled:
            add_speckles(rng, depth)
        size = np.float32(np.exp(rng.normal(0.0, config.size_sd)))
        image = detector_image(size * depth, camera, camera)
        return image, *self._targets(scene, rendering, camera, float(size))

    def _camera(self, rng: np.random.Generator, sensor: DepthSensor) -> Camera:
        """The network's camera for this sensor, or a part of its image of the training size."""
        low = detector_camera(sensor.camera)
        shift_u = rng.uniform(0.0, max(low.width - self.config.width, 0))
        shift_v = rng.uniform(0.0, max(low.height - self.config.height, 0))
        centre = (low.cx - shift_u, low.cy - shift_v)
        return Camera(self.config.width, self.config.height, FOCAL_PX, FOCAL_PX, *centre)

    def _targets(
        self, scene: Scene, rendering: Rendering, camera: Camera, size: float
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Targets of ``scene`` shown ``size`` times as large and as far away."""
        rows, columns = camera.height // CELL_PX, camera.width // CELL_PX
        heat = np.zeros((2, rows, columns), np.float32)
        offset = np.zeros((3, rows, columns), np.float32)
        mask = np.zeros((1, rows, columns), np.float32)
        i, j = np.mgrid[:rows, :columns].astype(np.float32)
        for number, hand in enumerate(scene.hands):
            centre = hand.posed.joints_mm.mean(axis=0)
            u, v = (camera.project(centre) + 0.5) / CELL_PX - 0.5
            distance = np.hypot(i - v, j - u)
            reach = max(0.9, 0.12 * 180.0 * FOCAL_PX / centre[2] / CELL_PX)
            bump = np.exp(-0.5 * (distance / reach) ** 2)
            side = 0 if hand.handedness is Handedness.RIGHT else 1
            if not self._counts(rendering, number, u, v):
                # Too little is seen to demand it and too much to forbid it.
                heat[side] = np.maximum(heat[side], 0.6 * bump)
                continue
            near = distance == distance.min()
            heat[side] = np.maximum(heat[side], np.where(near, 1.0, np.minimum(bump, 0.98)))
            close = (distance < 1.6) & ((mask[0] == 0) | near)
            offset[0][close], offset[1][close] = (u - j)[close], (v - i)[close]
            offset[2][close] = np.log(size * centre[2] / 1000.0)
            mask[0][close] = 1.0
        return heat, offset, mask

    @staticmethod
    def _counts(rendering: Rendering, number: int, u: float, v: float) -> bool:
        """True if a hand is in view well enough that it must be found."""
        labels = rendering.labels
        rows, columns = labels.shape[0] // CELL_PX, labels.shape[1] // CELL_PX
        if not (-0.5 < u < columns - 0.5 and -0.5 < v < rows - 0.5):
            return False
        if number == 0:
            shown = (labels > Part.FOREARM) & (labels <= Part.FOREARM + 16)
        else:
            shown = labels == Part.OTHER_HAND
        return int(shown.sum()) > 60
