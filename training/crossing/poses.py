"""Poses to train the pose VAE on: made as they are needed, any number, each from a seed."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.simulation.model import HandModel
from engine.simulation.orientation import sample_orientations
from engine.simulation.sampler import PoseSampler
from engine.skeleton import FINGER_JOINTS
from training.learning.workers import CHUNK
from training.models.rig import POINT_COUNT, Rig, joints_of

POSES_PER_SAMPLE: Final = 16
"""Poses are small: a sample of a chunk holds so many."""
WHOLE_SHARE: Final = 0.6
"""Share of the poses of which every point is shown; of the others joints are left out."""


class PoseBatch(NamedTuple):
    """``points`` [N, 22, 3] mm, turned at random about the hand frame's origin, those ``known``
    [N, 22] (1 or 0), and ``noise`` [N, 64] from N(0, 1)."""

    points: Tensor
    known: Tensor
    noise: Tensor


class PoseBatchSampler:
    """Draws poses with the shipped sampler. Used by one thread."""

    def __init__(self, model: HandModel | None = None) -> None:
        model = model or HandModel.load()
        self._sampler, self._rig = PoseSampler(model), Rig(model)

    def points(self, rng: np.random.Generator, count: int) -> Tensor:
        """Points [count, 22, 3] in mm, hand frame, of random hands."""
        angles = torch.from_numpy(self._sampler.sample_batch(rng, count))
        shape = rng.standard_normal((count, self._rig.n_shape)).astype(np.float32)
        return joints_of(self._rig(angles, torch.from_numpy(shape).clamp(-2.5, 2.5)))

    def chunk(self, seed: int) -> PoseBatch:
        """256 poses."""
        rng = np.random.default_rng(seed)
        count = CHUNK * POSES_PER_SAMPLE
        turns = torch.from_numpy(sample_orientations(rng, count).astype(np.float32))
        return PoseBatch(
            points=self.points(rng, count) @ turns.transpose(1, 2),
            known=torch.from_numpy(_known(rng, count)),
            noise=torch.from_numpy(rng.standard_normal((count, 64)).astype(np.float32)),
        )


def _known(rng: np.random.Generator, count: int) -> NDArray[np.float32]:
    """Which points are shown: all, all but the forearm's, or all but some fingers' joints."""
    known = np.ones((count, POINT_COUNT), np.float32)
    partly = rng.random(count) > WHOLE_SHARE
    known[partly, POINT_COUNT - 1] = 0.0
    fingers = np.array([joint for chain in FINGER_JOINTS.values() for joint in chain[1:]])
    hidden = rng.random((count, len(fingers))) < rng.uniform(0, 0.5, (count, 1))
    hidden[~partly | (rng.random(count) < 0.4)] = False
    known[:, fingers] *= ~hidden
    return known
