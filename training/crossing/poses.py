"""Poses to train the pose VAE on: sampled ones, any number, or those that crops are labelled with.

Each batch is made from a seed alone.
"""

from __future__ import annotations

from typing import Final, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.errors import InvalidInputError
from engine.simulation.model import HandModel
from engine.simulation.orientation import sample_orientations
from engine.simulation.sampler import PoseSampler
from engine.skeleton import FINGER_JOINTS
from training.crops.crop_dataset import CropDataset
from training.crops.crop_sampler import TEST_SEED
from training.crossing.preset import POSES_PER_SAMPLE
from training.learning.workers import CHUNK
from training.models.joint_sets import JOINT_SETS
from training.models.rig import POINT_COUNT, Rig, joints_of

POSES: Final = CHUNK * POSES_PER_SAMPLE
SAMPLED_POSES: Final = 72757
"""Sampled poses that count as an epoch: as many as NYU has frames."""
WHOLE_SHARE: Final = 0.6
"""Share of the poses of which every point is shown; of the others joints are left out."""
HELD_OUT_SHARE: Final = 0.05
"""Share of labelled crops whose poses are for tests alone."""


class PoseBatch(NamedTuple):
    """``points`` [N, P, 3] mm, turned at random about the hand frame's origin, those ``known``
    [N, P] (1 or 0), and ``noise`` [N, 64] from N(0, 1)."""

    points: Tensor
    known: Tensor
    noise: Tensor


class PoseSource(Protocol):
    """Where poses come from; ``epoch`` samples, of 16 poses each, are one epoch."""

    @property
    def epoch(self) -> int: ...

    def chunk(self, seed: int) -> PoseBatch:
        """256 poses; those of seeds from ``TEST_SEED`` on are for tests alone."""
        ...


class PoseBatchSampler:
    """Draws poses with the shipped sampler. Used by one thread."""

    epoch: Final = SAMPLED_POSES // POSES_PER_SAMPLE

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
        turns = torch.from_numpy(sample_orientations(rng, POSES).astype(np.float32))
        return PoseBatch(
            points=self.points(rng, POSES) @ turns.transpose(1, 2),
            known=torch.from_numpy(_known(rng, POSES)),
            noise=torch.from_numpy(rng.standard_normal((POSES, 64)).astype(np.float32)),
        )


class LabelledPoseSampler:
    """Draws the poses of a crop file, as its authors marked them. Used by one thread."""

    def __init__(self, dataset: CropDataset, fraction: float = 1.0) -> None:
        """Take the poses of the first ``fraction`` of the crops.

        Raises:
            InvalidInputError: if a crop lacks a joint.
        """
        joints = JOINT_SETS[dataset.joints]
        count = max(1, round(fraction * len(dataset)))
        points = dataset.points[:count]
        if not np.isfinite(points[:, : joints.joints]).all():
            raise InvalidInputError(f"{dataset.path}: a joint is not marked on every crop")
        # Every twentieth, since neighbours in a recording are alike.
        held = np.arange(count) % round(1 / HELD_OUT_SHARE) == 0
        self._held_out, self._points = points[held], points if held.all() else points[~held]
        self.epoch = max(1, len(self._points) // POSES_PER_SAMPLE)

    def chunk(self, seed: int) -> PoseBatch:
        """256 poses."""
        rng = np.random.default_rng(seed)
        source = self._held_out if seed >= TEST_SEED else self._points
        chosen = source[rng.integers(0, len(source), POSES)]
        known = np.isfinite(chosen).all(axis=-1)
        return PoseBatch(
            points=torch.from_numpy(np.nan_to_num(chosen)),
            known=torch.from_numpy(known.astype(np.float32)),
            noise=torch.from_numpy(rng.standard_normal((POSES, 64)).astype(np.float32)),
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
