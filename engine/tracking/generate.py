"""The shared latent space at work: latents to poses and to depth maps.

A latent holds a code of the hand's shape and pose, its rotation (the first two columns of
R_crop_from_palm) and the offset of its root from the cube's centre in units of 50 mm; see
``training/models/latent.py``. All points are mm relative to the cube's centre, in the frame of
the crop's virtual camera, of a right hand (a left one is mirrored by its crop).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import FloatArray
from engine.errors import InvalidInputError
from engine.inference import Network, model_entry

LATENT_SIZE: Final = 29
POSE_CONTRACT: Final = (
    "pose_decoder/2: latent [N,29] -> joints [N,21,3], angles [N,24], shape [N,20], "
    "rotation [N,3,3], root [N,3]"
)
GENERATOR_CONTRACT: Final = "generator/1: latent [1,29], perspective [1] -> depth [1,1,128,128]"


@dataclass(frozen=True, slots=True, eq=False)
class LatentHand:
    """What a latent says of the hand.

    ``joints_mm`` [21, 3]; ``angles`` [24] rad and ``shape`` [20] of ``engine.simulation.model``;
    ``R_crop_from_palm`` [3, 3] and ``root_mm`` [3].
    """

    joints_mm: FloatArray
    angles: FloatArray
    shape: FloatArray
    R_crop_from_palm: FloatArray
    root_mm: FloatArray


class LatentNetwork(ABC):
    """A network called ``model`` whose input is a latent. One thread at a time may call it."""

    model: ClassVar[str]
    contract: ClassVar[str]

    def __init__(
        self,
        *,
        device: str = "CPU",
        exact: bool = False,
        directory: Path | None = None,
        threads: int | None = None,
    ) -> None:
        """Load the shipped network, or the one in ``directory``; ``exact`` forces float32;
        ``threads`` is that of ``Network``.

        Raises:
            ModelError: if the model is missing, damaged, of another version or cannot run.
        """
        entry = model_entry(self.model, contract=self.contract, directory=directory)
        self._load(partial(Network, entry, device=device, exact=exact, threads=threads))

    @abstractmethod
    def _load(self, load: Callable[..., Network]) -> None:
        """Load it for the shapes of the input that are needed."""


class PoseDecoder(LatentNetwork):
    """Latents to hands."""

    model = "pose_decoder"
    contract = POSE_CONTRACT

    def _load(self, load: Callable[..., Network]) -> None:
        self._one, self._many = load((1, LATENT_SIZE)), load()

    def __call__(self, latent: NDArray[np.floating]) -> LatentHand:
        """The hand of a latent [29].

        Raises:
            InvalidInputError: if the latent has another size or is not finite.
        """
        return _hands(self._one(_checked(np.asarray(latent)[None])))[0]

    def many(self, latents: NDArray[np.floating]) -> tuple[LatentHand, ...]:
        """The hands of latents [N, 29], decoded at once.

        Raises:
            InvalidInputError: if a latent has another size or is not finite.
        """
        return _hands(self._many(_checked(latents)))


def _hands(output: Mapping[str, FloatArray]) -> tuple[LatentHand, ...]:
    names = ("joints", "angles", "shape", "rotation", "root")
    columns = (output[name] for name in names)
    return tuple(LatentHand(*row) for row in zip(*columns, strict=True))


class DepthGenerator(LatentNetwork):
    """Latents to depth maps."""

    model = "generator"
    contract = GENERATOR_CONTRACT

    def _load(self, load: Callable[..., Network]) -> None:
        self._network = load()

    def __call__(self, latent: NDArray[np.floating], perspective: float) -> FloatArray:
        """The depth map [128, 128] of a latent [29] in normalised crop depth, +1 = nothing.

        ``perspective`` is that of ``engine.types.HandCrop``.

        Raises:
            InvalidInputError: if the latent has another size or is not finite.
        """
        latents = _checked(np.asarray(latent)[None])
        output = self._network(latents, np.array([perspective], np.float32))
        return output["depth"][0, 0]


def _checked(latents: NDArray[np.floating]) -> FloatArray:
    values = np.ascontiguousarray(latents, np.float32)
    if values.ndim != 2 or values.shape[1] != LATENT_SIZE:
        count = values.shape[-1] if values.ndim > 1 else 1
        raise InvalidInputError(f"a latent has {LATENT_SIZE} numbers, not {count}")
    if not np.isfinite(values).all():
        raise InvalidInputError("a latent must be finite")
    return values
