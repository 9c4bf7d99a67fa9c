"""The estimator: a depth crop in, the hand's pose and what the crop shows out.

In training it is the discriminator of the crossing networks, hence the names of its files.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

import numpy as np

from engine.camera import FloatArray
from engine.errors import ModelError
from engine.inference import ModelEntry, Network, is_listed, model_entry
from engine.skeleton import Handedness
from engine.tracking.crop_coordinates import uvd_to_camera
from engine.types import HandCrop, HandPose

ESTIMATOR_CONTRACT: Final = (
    "discriminator/2: crop [1,1,128,128], perspective [1] -> joints [1,21,3], log_sigma [1,21], "
    "class [1,3], latent [1,29], log_sd [1,29], embedding [1,29], real [1]"
)


class Precision(Enum):
    """How exactly the network computes: with 16 bits, or its trunk with 8, which a CPU does
    in 0.7 of the time (README) at nearly the same accuracy (the manifest has the figures)."""

    F16 = "f16"
    INT8 = "int8"


USED: Final = ("joints", "log_sigma", "class", "latent", "log_sd")
"""The outputs that say something of a hand; the others serve training."""
NAMES: Final = {Precision.F16: "discriminator", Precision.INT8: "discriminator_int8"}
"""The models in the manifest."""
RIGHT, LEFT, NO_HAND = 0, 1, 2
"""Classes of a crop: a right hand, a left hand (mirror it), no hand at its centre."""


@dataclass(frozen=True, slots=True, eq=False)
class CropEvidence:
    """What a crop shows, as probabilities: a hand of the side it was cut for (``as_assumed``),
    of the other side (``other_side``), or no hand at its centre (``nothing``); they sum to 1.
    ``sharpness`` is the mean of -log of the joints' expected errors in half cubes: the network,
    which knows right hands only, expects larger errors on a hand of the other side.
    """

    as_assumed: float
    other_side: float
    nothing: float
    sharpness: float

    @property
    def hand(self) -> float:
        """Probability of a hand of either side."""
        return self.as_assumed + self.other_side

    @property
    def side_logit(self) -> float:
        """Log odds of the assumed side against the other."""
        return float(np.log(self.as_assumed + 1e-6) - np.log(self.other_side + 1e-6))


def estimator_entry(precision: Precision, directory: Path | None = None) -> ModelEntry:
    """The manifest's entry of the estimator.

    Raises:
        ModelError: as ``model_entry``, and if the one of 8 bits was made of another network.
    """
    contract = ESTIMATOR_CONTRACT
    entry = model_entry(NAMES[precision], contract=contract, directory=directory)
    if precision is Precision.INT8:
        source = model_entry(NAMES[Precision.F16], contract=contract, directory=directory)
        if entry.made_of != source.sha256:
            raise ModelError(
                f"{entry.path} was not made of {source.path.name} beside it: run "
                "python -m training quantise"
            )
    return entry


class Estimator:
    """The shipped estimator. One thread at a time may call it."""

    def __init__(
        self,
        *,
        device: str = "CPU",
        exact: bool = False,
        precision: Precision | None = None,
        directory: Path | None = None,
        threads: int | None = None,
    ) -> None:
        """Load the shipped network, or the one in ``directory``; ``exact`` forces float32.

        Without a ``precision`` a CPU takes 8 bits where there is such a model, other devices 16.
        ``threads`` is that of ``Network``.

        Raises:
            ModelError: if the model is missing, damaged or cannot run on the device, or that of 8
                bits was not made of the one of 16.
        """
        if precision is None:
            quick = device == "CPU" and not exact and is_listed(NAMES[Precision.INT8], directory)
            precision = Precision.INT8 if quick else Precision.F16
        self.precision = precision
        entry = estimator_entry(precision, directory)
        self._network = Network(entry, device=device, exact=exact, threads=threads, outputs=USED)

    def __call__(self, crop: HandCrop) -> tuple[HandPose, CropEvidence]:
        """Estimate the hand in ``crop``; a mirrored crop is taken for a left hand."""
        perspective = np.array([crop.perspective], np.float32)
        output = self._network(crop.image[None, None], perspective)
        logits = output["class"][0].astype(np.float64)
        p = np.exp(logits - logits.max())
        p /= p.sum()
        sharpness = -float(output["log_sigma"].mean())
        evidence = CropEvidence(float(p[RIGHT]), float(p[LEFT]), float(p[NO_HAND]), sharpness)
        side = Handedness.LEFT if crop.mirrored else Handedness.RIGHT
        pose = HandPose(
            joints_mm=uvd_to_camera(crop, output["joints"][0]),
            sigma_mm=self._sigma_mm(output["log_sigma"][0], crop),
            score=evidence.hand,
            handedness=side,
            latent=output["latent"][0],
            latent_sd=np.exp(np.clip(output["log_sd"][0], -5.0, 5.0)),
        )
        return pose, evidence

    @staticmethod
    def _sigma_mm(log_sigma: FloatArray, crop: HandCrop) -> FloatArray:
        return (np.exp(np.clip(log_sigma, -7.0, 1.0)) * 0.5 * crop.cube_mm).astype(np.float32)
