"""Random hands of the latent space, each from a seed, none with fingers in each other."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Final

import numpy as np

from engine.camera import FloatArray
from engine.errors import InvalidInputError
from engine.latent.space import (
    CODE,
    CODE_SIZE,
    LatentSpace,
    with_root_mm,
    with_rotation,
)
from engine.simulation.collision import (
    ALLOWED_PENETRATION_MM,
    capsule_pairs,
    capsules_of,
    deepest_pair,
    posed_capsules,
)
from engine.simulation.model import HandModel
from engine.simulation.orientation import sample_orientations
from engine.simulation.sampler import PoseSampler
from engine.tracking.generate import LATENT_SIZE, LatentHand, PoseDecoder

TRIES: Final = 64
"""A hand penetrates itself in one of 4 or 12 tries (see ``RandomHands``): more are never needed."""


HIDDEN: Final = -0.8
"""Direction of the forearm along the view, 1 away from the camera, below which it hides the hand
from a camera 450 mm away."""


class CodeSource(Enum):
    """Where random codes come from: N(0, I), or the population's own normal distribution."""

    PRIOR = "prior"
    POPULATION = "population"


class RandomHands:
    """Draws latents [29]: code, a turn of ``simulation.orientation``, the middle in the cube's.

    A hand whose fingers go more than 4 mm into each other, with its own proportions or those of the
    mean hand as in training, is drawn again, which befalls 24% of the prior's and 8% of the
    population's codes (with their own proportions alone, as ``docs/study.md`` counts: 22% and 7%);
    so is one in 18 whose forearm hides it. Joint limits need no look: the decoder keeps them.
    One thread at a time, as it uses the pose decoder.
    """

    def __init__(
        self,
        decoder: PoseDecoder,
        space: LatentSpace,
        *,
        codes: CodeSource = CodeSource.POPULATION,
        model: HandModel | None = None,
    ) -> None:
        self._decoder, self._space, self._codes = decoder, space, codes
        self._model = model = model or HandModel.load()
        self._collision, self._mean_hand = Collision(model), PoseSampler(model)

    def latent(self, seed: int, number: int = 0) -> FloatArray:
        """Hand ``number`` of ``seed``; the same numbers give the same hand.

        Raises:
            InvalidInputError: if the seed is negative.
        """
        if seed < 0:
            raise InvalidInputError(f"seed must not be negative, not {seed}")
        rng = np.random.default_rng([seed, number])
        for _ in range(TRIES):
            latent = self._drawn(rng)
            hand = self._decoder(latent)
            if self._is_free(hand) and self._is_seen(hand):
                # The decoder's last digits differ between machines, a tenth of a mm hardly ever.
                return with_root_mm(latent, np.round(-hand.joints_mm.mean(axis=0), 1))
        raise InvalidInputError(f"seed {seed} gives no hand; choose another")

    def latents(self, seed: int, count: int) -> Iterator[FloatArray]:
        """The first ``count`` hands of ``seed``, one after the other."""
        return (self.latent(seed, number) for number in range(count))

    def _is_free(self, hand: LatentHand) -> bool:
        depth_mm = self._collision.penetration_mm(hand)
        depth_mm = max(depth_mm, self._mean_hand.penetration_mm(hand.angles))
        return depth_mm <= ALLOWED_PENETRATION_MM

    def _is_seen(self, hand: LatentHand) -> bool:
        # The hand's own frame and the palm's are all but one.
        forearm = hand.R_crop_from_palm @ self._model.forearm_direction(hand.angles)
        return bool(forearm[2] > HIDDEN)

    def _drawn(self, rng: np.random.Generator) -> FloatArray:
        """A latent [29] with its root at the cube's centre."""
        latent = np.zeros(LATENT_SIZE, np.float32)
        noise = rng.standard_normal(CODE_SIZE).astype(np.float32)
        latent[CODE] = noise if self._codes is CodeSource.PRIOR else self._space.code(noise)
        return with_rotation(latent, sample_orientations(rng, 1)[0])


class Collision:
    """Tells how deep fingers of a decoded hand go into each other."""

    def __init__(self, model: HandModel) -> None:
        self._model = model
        self._axes = np.ascontiguousarray(model.axes, np.float64)
        self._pairs = capsule_pairs()

    def penetration_mm(self, hand: LatentHand) -> float:
        """The deepest overlap in mm of two parts, with the hand's own proportions; < 0: a gap."""
        rest = self._model.rest_joints(hand.shape).astype(np.float64)
        ends, radii, bones = capsules_of(rest)
        angles = hand.angles.astype(np.float64)
        placed, _, _ = posed_capsules(angles, rest, self._axes, ends, bones)
        return float(deepest_pair(placed, radii, self._pairs)[0])
