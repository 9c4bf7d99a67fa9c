"""The networks of the shared latent space, as far as the studio asks for them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from app.studio.axes import Axis, Group
from engine.camera import FloatArray
from engine.errors import ModelError
from engine.latent.inverse_kinematics import COORDINATE_COUNT, move_joint
from engine.latent.sampling import RandomHands
from engine.latent.space import CODE_SIZE, LatentSpace
from engine.tracking.calibration import Calibration
from engine.tracking.generate import DepthGenerator, LatentHand, PoseDecoder
from engine.tracking.reconstruction import cloud
from engine.types import TrackedHand

FIRST_COORDINATE: Final = {Group.DIRECTION: 0, Group.ROTATION: CODE_SIZE, Group.ROOT: CODE_SIZE + 3}
"""Where each group's coordinates begin in ``engine.latent.inverse_kinematics``."""


class LatentModels(Protocol):
    """What the studio's thread asks for. One thread at a time may call it."""

    @property
    def space(self) -> LatentSpace:
        """The directions; any thread may use them."""
        ...

    @property
    def calibration(self) -> Calibration:
        """The weights that belong to the networks; any thread may use them."""
        ...

    @property
    def no_depth(self) -> str:
        """Why no depth is drawn, in words; empty if it is."""
        ...

    def hand(self, latent: FloatArray) -> LatentHand:
        """The hand of a latent [29]."""
        ...

    def depth(self, latent: FloatArray, perspective: float) -> FloatArray | None:
        """Its depth [128, 128], normalised as in a crop; None where no network draws it."""
        ...

    def cloud(self, hand: TrackedHand, count: int) -> FloatArray:
        """Skeletons [count, 21, 3] (mm, camera frame) from a hand's posterior; none without."""
        ...

    def random(self, seed: int) -> FloatArray:
        """The random hand of a seed, as a latent [29]."""
        ...

    def move_joint(
        self, latent: FloatArray, joint: int, target_mm: FloatArray, locked: Collection[Axis]
    ) -> FloatArray:
        """A latent [29] near ``latent`` with a joint ``target_mm`` [3] from the cube's middle."""
        ...


class InstalledModels:
    """The shipped networks. One thread at a time may call it."""

    def __init__(self, device: str, directory: Path | None = None) -> None:
        """Load them, or those in ``directory``; a missing generator is not an obstacle.

        Raises:
            ModelError: if the pose decoder, the latent space or the calibration cannot be used.
        """
        self.space = LatentSpace.load(directory)
        self.calibration = Calibration.load(directory)
        self.no_depth = ""
        self._decoder = PoseDecoder(device=device, directory=directory)
        self._random = RandomHands(self._decoder, self.space)
        self._generator: DepthGenerator | None = None
        try:
            self._generator = DepthGenerator(device=device, directory=directory)
        except ModelError as error:
            self.no_depth = f"Only the skeleton is drawn, for want of a depth generator: {error}"

    def hand(self, latent: FloatArray) -> LatentHand:
        """The hand of a latent [29]."""
        return self._decoder(latent)

    def depth(self, latent: FloatArray, perspective: float) -> FloatArray | None:
        """Its depth [128, 128]; None without a generator."""
        return None if self._generator is None else self._generator(latent, perspective)

    def cloud(self, hand: TrackedHand, count: int) -> FloatArray:
        """Skeletons [count, 21, 3] (mm, camera frame) from a hand's posterior."""
        return cloud(self._decoder, hand, count)

    def random(self, seed: int) -> FloatArray:
        """The random hand of a seed, as a latent [29]."""
        return self._random.latent(seed)

    def move_joint(
        self, latent: FloatArray, joint: int, target_mm: FloatArray, locked: Collection[Axis]
    ) -> FloatArray:
        """A latent [29] near ``latent`` with a joint at ``target_mm`` [3]."""
        held = coordinates_held(locked)
        return move_joint(latent, joint, target_mm, self._decoder, self.space, locked=held).latent


def coordinates_held(locked: Collection[Axis]) -> NDArray[np.bool_]:
    """Which coordinates [26] of ``inverse_kinematics`` the locked axes hold; raw axes have none."""
    held = np.zeros(COORDINATE_COUNT, bool)
    for axis in locked:
        if axis.group in FIRST_COORDINATE:
            held[FIRST_COORDINATE[axis.group] + axis.index] = True
    return held
