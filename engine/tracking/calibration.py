"""What the networks' outputs are worth as evidence: every fitted weight of the tracker.

Weighted evidence adds up to log odds, as in a logistic regression. The weights belong to one set of
networks and lie beside them (``calibration.json``); ``python -m training calibrate`` fits them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from engine.assets import asset_path
from engine.errors import ModelError
from engine.model_files import read_json
from engine.tracking.estimate import CropEvidence
from engine.types import HandRegion

CALIBRATION_FILE: Final = "calibration.json"
TYPICAL_EXPLAINED: Final = 0.5
"""The explained share that speaks neither for nor against a hand beyond the other evidence."""
SURE_SIDE: Final = 3.0
"""Log odds of a hand's side beyond which more do not count for the pose: a single view never says
more (``TrackConfig.first_limit``), and the weights are fitted on single views."""
OLDER_SIDES: Final = 3
"""As many weights of the side have networks whose detector says nothing of it."""
SIZES: Final = {"side_weights": 4, "presence_weights": 5, "health_weights": 4}


@dataclass(frozen=True, slots=True)
class Calibration:
    """Fitted weights of one set of networks.

    ``side_weights``: of the differences in class, sharpness and explained share between a crop and
    its mirror image, and of the detector's log odds, for the side of a hand. ``presence_weights``:
    of detection, class, sharpness and explained share, and the constant, for a hand being there.
    ``health_weights``: of explained share, log of the expected error in mm and log odds of the
    side, and the constant, for a pose being good.

    Raises:
        ModelError: naming the weights that are not as many, or not finite.
    """

    side_weights: tuple[float, ...]
    presence_weights: tuple[float, ...]
    health_weights: tuple[float, ...]

    def __post_init__(self) -> None:
        for name, size in SIZES.items():
            weights = getattr(self, name)
            if len(weights) != size or not all(map(math.isfinite, weights)):
                raise ModelError(f"{name} must be {size} finite numbers")

    @classmethod
    def load(cls, directory: Path | None = None) -> Calibration:
        """The weights beside the shipped networks, or beside those in ``directory``.

        Raises:
            ModelError: if the file is missing or damaged.
        """
        path = (directory or asset_path("models")) / CALIBRATION_FILE
        record = read_json(path)
        try:
            weights = {name: tuple(float(w) for w in record[name]) for name in SIZES}
            if len(weights["side_weights"]) == OLDER_SIDES:
                weights["side_weights"] += (0.0,)
            return cls(**weights)
        except (ValueError, KeyError, TypeError, OverflowError, ModelError) as error:
            raise ModelError(f"{path} is damaged: {error!r:.200}") from error

    def class_log_odds(self, evidence: CropEvidence) -> float:
        """Log odds that a hand is of the assumed side, from the class of its crop alone."""
        return self.side_weights[0] * evidence.side_logit

    def side_log_odds(
        self,
        assumed: CropEvidence,
        mirrored: CropEvidence,
        explained: float = 0.0,
        detected: float = 0.0,
    ) -> float:
        """Log odds that a hand is of the assumed side, from its crop and that crop's mirror image.

        ``explained``: how much more of the assumed side's hand, drawn again from its latent, the
        camera saw than of the other side's; 0 where nothing was drawn. ``detected``: the detector's
        log odds of the assumed side; 0 where it was not asked.
        """
        evidence = side_evidence(assumed, mirrored, explained, detected)
        return float(np.dot(self.side_weights, evidence))

    @property
    def weighs_detections(self) -> bool:
        """Whether what the detector says of a hand's side counts."""
        return self.side_weights[-1] > 0.0

    def detected_log_odds(self, region: HandRegion) -> float:
        """Log odds that the hand in ``region`` is of its side, from what is around it alone."""
        return self.side_weights[-1] * region.side_log_odds

    def presence_log_odds(
        self, detected: float, evidence: CropEvidence, explained: float | None = None
    ) -> float:
        """Log odds of a hand where the detector is sure by ``detected`` and the crop shows this.

        ``explained``: the share of the hand, drawn again from its latent, that the camera saw; None
        where nothing was drawn.
        """
        share = TYPICAL_EXPLAINED if explained is None else explained
        return float(np.dot(self.presence_weights, presence_evidence(detected, evidence, share)))

    def health(self, explained: float, sigma_mm: float, side_score: float) -> float:
        """Probability that a pose is good, from the share of the hand that is seen, the mean
        expected error of its joints in mm and the probability of its side."""
        evidence = health_evidence(explained, sigma_mm, side_score)
        return probability(float(np.dot(self.health_weights, evidence)))


def side_evidence(
    assumed: CropEvidence, mirrored: CropEvidence, explained: float, detected: float
) -> tuple[float, float, float, float]:
    """What ``side_weights`` weigh, in their order."""
    classes = assumed.side_logit - mirrored.side_logit
    return classes, assumed.sharpness - mirrored.sharpness, explained, detected


def presence_evidence(
    detected: float, evidence: CropEvidence, explained: float
) -> tuple[float, float, float, float, float]:
    """What ``presence_weights`` weigh, in their order."""
    redrawn = explained - TYPICAL_EXPLAINED
    return log_odds(detected), log_odds(evidence.hand), evidence.sharpness, redrawn, 1.0


def health_evidence(
    explained: float, sigma_mm: float, side_score: float
) -> tuple[float, float, float, float]:
    """What ``health_weights`` weigh, in their order."""
    return explained, math.log(sigma_mm), min(log_odds(side_score), SURE_SIDE), 1.0


def log_odds(probability: float) -> float:
    """Log odds of a probability, bounded."""
    p = float(np.clip(probability, 1e-4, 1.0 - 1e-4))
    return float(np.log(p / (1.0 - p)))


def probability(log_odds: float) -> float:
    """The probability of ``log_odds``."""
    return float(1.0 / (1.0 + np.exp(-log_odds)))
