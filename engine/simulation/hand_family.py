"""A hand template with what scenes need to know of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.simulation.model import HandModel
from engine.simulation.sampler import PoseSampler
from engine.simulation.scene import SceneHand
from engine.simulation.surroundings import Arm


class HandFamily(NamedTuple):
    """A hand template with its pose sampler, the vertices ``cut`` where its forearm ends and those
    of its ``skin`` without the forearm."""

    model: HandModel
    poses: PoseSampler
    cut: NDArray[np.int64]
    skin: NDArray[np.int64]

    @classmethod
    def of(cls, model: HandModel, poses: PoseSampler | None = None) -> HandFamily:
        """The family of ``model``."""
        height, forearm = model.vertices[:, 1], model.bone_of_vertex == 0
        cut = np.flatnonzero(forearm & (height < height.min() + 12.0))
        return cls(model, poses or PoseSampler(model), cut, np.flatnonzero(~forearm))

    def arm(self, hand: SceneHand) -> Arm:
        """Where the forearm of a hand of this family ends."""
        return Arm(hand, self.cut)
