"""Takes of a few people before one camera: labelled, unlabelled and test crops of one domain.

A take is a person who moves from one held pose to the next, as in the field's data sets. The
hands' orientations and distances are drawn from what was measured on NYU's test annotations
(``ORIENTATIONS``, ``CENTRE_MM``), the poses by the sampler, whose own numbers were set by them.
Training, validation and test show the same people in takes of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from engine.camera import FloatArray
from engine.simulation.model import HandModel
from engine.simulation.orientation import rotation_from_view
from engine.simulation.sampler import PoseSampler
from engine.simulation.sensors import SENSORS
from training.crops.crop_dataset import Sample
from training.crops.domain_sampler import Domain, DomainSampler

FRAMES: Final = 64
"""Frames of a take."""
TAKES: Final = 512
"""Takes of 64 frames that a file goes through before there are new ones: 32,768 crops."""
HELD_POSES: Final = 5
"""Poses that a take goes through."""
ORIENTATIONS: Final = (
    # weight; mean and sd in degrees of roll, tilt and yaw (engine.simulation.orientation)
    (0.50, (17.0, 16.0, 15.0), (20.0, 13.0, 16.0)),
    (0.18, (-52.0, 25.0, 25.0), (24.0, 25.0, 26.0)),
    (0.18, (2.0, 37.0, 97.0), (21.0, 22.0, 34.0)),
    (0.14, (102.0, 41.0, 154.0), (41.0, 22.0, 35.0)),
)
"""Four clusters of the 8,252 annotated hands of NYU's test split."""
CENTRE_MM: Final = ((-52.0, 50.0, 885.0), (95.0, 63.0, 111.0))
"""Mean and sd of where those hands are, camera frame."""
MIN_DISTANCE_MM: Final = 500.0
SEED: Final = 31
"""Of the people, and of everything that is drawn."""


@dataclass(frozen=True, slots=True)
class TakeDomain:
    """``people`` before one ``sensor``; takes are numbered from ``first_take``."""

    first_take: int
    people: int = 4
    sensor: str = "KINECT_V1"
    centre_sd_mm: float = 5.0

    def sampler(self) -> TakeSampler:
        """What makes its crops."""
        return TakeSampler(self)


class _Take(NamedTuple):
    """What a take goes through: ``angles`` [K, 24], ``turns`` and ``centres`` [K, 3] mm of the held
    poses, and the person's ``shape``."""

    angles: FloatArray
    turns: Slerp
    centres: FloatArray
    shape: FloatArray


class TakeSampler:
    """Makes the crops of takes. Used by one thread."""

    def __init__(self, domain: TakeDomain) -> None:
        model = HandModel.load()
        self._domain, self._poses = domain, PoseSampler(model)
        bare = Domain((domain.sensor,), domain.people, SEED, 0.0, domain.centre_sd_mm)
        self._camera, self._shapes = DomainSampler(bare, model), bare.shapes(model.n_shape)
        self._sensor = SENSORS[domain.sensor]

    def sample(self, seed: int) -> Sample:
        """One frame of each of 512 takes, then the next frame of each: the first crops of a file
        are spread over all takes. Where a frame does not show the hand, it is another moment of
        the take or, if need be, of another one."""
        rest, number = divmod(seed, TAKES)
        number, frame = number + rest // FRAMES * TAKES, rest % FRAMES
        rng = np.random.default_rng([SEED, self._domain.first_take + number, frame])
        for attempt in range(1000):
            take = self._take(self._domain.first_take + number, attempt // 20)
            moment = frame / FRAMES if attempt == 0 else rng.random()
            sample = self._frame(rng, take, moment)
            if sample is not None:
                return sample
        raise AssertionError("unreachable: most takes show the hand")

    def _take(self, number: int, again: int) -> _Take:
        rng = np.random.default_rng([SEED, number, FRAMES + again])
        chosen = rng.choice(len(ORIENTATIONS), HELD_POSES, p=[w for w, _, _ in ORIENTATIONS])
        means = np.array([ORIENTATIONS[k][1] for k in chosen])
        spreads = np.array([ORIENTATIONS[k][2] for k in chosen])
        views = means + spreads * rng.standard_normal(means.shape)
        turns = Slerp(np.arange(HELD_POSES), Rotation.from_matrix(rotation_from_view(views)))
        mean, spread = (np.array(values) for values in CENTRE_MM)
        centres = mean + spread * rng.standard_normal((HELD_POSES, 3))
        centres[:, 2] = np.maximum(centres[:, 2], MIN_DISTANCE_MM)
        shape = self._shapes[int(rng.integers(len(self._shapes)))]
        angles = self._poses.sample_batch(rng, HELD_POSES)
        return _Take(angles, turns, centres.astype(np.float32), shape)

    def _frame(self, rng: np.random.Generator, take: _Take, moment: float) -> Sample | None:
        """The take at ``moment`` in [0, 1)."""
        along = moment * (HELD_POSES - 1)
        first, share = int(along), along - int(along)
        share = share * share * (3.0 - 2.0 * share)  # a pose is held, then left

        def between(values: FloatArray) -> FloatArray:
            return np.asarray((1.0 - share) * values[first] + share * values[first + 1])

        R = take.turns(first + share).as_matrix().astype(np.float32)
        angles = self._poses.separated(between(take.angles).astype(np.float32))
        hand = self._camera.pose(angles, take.shape, R, between(take.centres))
        return self._camera.photograph(rng, self._sensor, hand)
