"""Synthetic scenes of hands like those that were recorded: the person's shape, similar poses and
turns, at similar distances, before other surroundings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from engine.camera import Camera, FloatArray
from engine.simulation.angles import LOWER_RAD, UPPER_RAD
from engine.simulation.camera_use import CameraUse
from engine.simulation.model import HandModel
from engine.simulation.scene import Scene
from engine.simulation.scene_sampler import BULGE, SceneSampler
from engine.simulation.solids import turned
from engine.skeleton import Handedness
from training.models.latent import RigLatent
from training.models.palm import palm_rotation

ANGLE_SD_RAD: Final = 0.12
MIXED: Final = 0.5
"""Share of the hands whose angles lie between those of two recorded ones."""
TURN_SD_DEG: Final = 12.0
SHAPE_SD: Final = 0.4
DISTANCE_SD: Final = 0.12
"""Of the logarithm."""
FIRST_PERSON: Final = 0.5
"""Share of the scenes without a person behind the hand."""


@dataclass(frozen=True, slots=True, eq=False)
class ObservedHands:
    """What N recorded hands were doing: ``angles`` [N, 24] rad and ``shape`` [S] (of the person) of
    ``engine.simulation.model``, ``turns`` [N, 3, 3] R_camera_from_hand of right hands, and their
    ``distance_mm`` [N] divided by the person's size."""

    angles: FloatArray
    shape: FloatArray
    turns: FloatArray
    distance_mm: FloatArray


@torch.no_grad()
def observed_hands(
    space: RigLatent, latent: FloatArray, explained: FloatArray, distance_mm: FloatArray
) -> ObservedHands:
    """The hands of ``latent`` [N, 29]; of those that explain less of the depth than most, none."""
    kept = explained >= np.median(explained)
    latents = torch.from_numpy(latent[kept])
    code, rotation, _ = space.split(latents)
    articulation = space.vae.articulate(code)
    turns = rotation @ palm_rotation(articulation.points).transpose(1, 2)
    return ObservedHands(
        articulation.angles.numpy(),
        articulation.shape.median(dim=0).values.numpy(),
        turns.numpy(),
        distance_mm[kept],
    )


class ObservedSceneSampler(SceneSampler):
    """Draws scenes with one hand like a recorded one."""

    def __init__(self, model: HandModel, observed: ObservedHands) -> None:
        super().__init__(model)
        self._observed = observed

    def sample(
        self,
        rng: np.random.Generator,
        camera: Camera,
        *_: object,
        **__: object,
    ) -> Scene:
        """A scene with one right hand, whatever number or distance is asked for."""
        seen = self._observed
        one, other = rng.integers(0, len(seen.angles), 2)
        share = rng.random() if rng.random() < MIXED else 0.0
        angles = (1.0 - share) * seen.angles[one] + share * seen.angles[other]
        angles = angles + rng.normal(0.0, ANGLE_SD_RAD, len(angles))
        angles = np.clip(angles, LOWER_RAD, UPPER_RAD).astype(np.float32)
        shape = seen.shape + rng.normal(0.0, SHAPE_SD, len(seen.shape))
        R = turned(*rng.normal(0.0, TURN_SD_DEG, 3)) @ seen.turns[one]
        distance = float(seen.distance_mm[one] * np.exp(rng.normal(0.0, DISTANCE_SD)))
        centre = self._place(rng, camera, distance, distance)
        placed = (shape.astype(np.float32), R.astype(np.float32))
        joints = self.model.pose_joints(angles, *placed, np.zeros(3, np.float32), Handedness.RIGHT)
        bulge = max(0.2, float(rng.normal(*BULGE)))
        at = centre - joints.mean(axis=0)
        hand = self._pose(self.model, angles, *placed, at, Handedness.RIGHT, bulge)
        use = CameraUse.EYES if rng.random() < FIRST_PERSON else CameraUse.FRONT
        return self.compose(rng, camera, (hand,), use)
