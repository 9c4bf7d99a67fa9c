"""What the networks' outputs are worth as evidence: every fitted weight of the tracker.

Each function adds up weighted evidence to log odds, as in a logistic regression. The weights
belong to the shipped networks; ``python -m training calibrate`` and ``python -m training health
--fit`` fit them anew for others.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.tracking.estimate import CropEvidence

CLASS_WEIGHT: Final = 0.59
SHARPNESS_WEIGHT: Final = 0.44
EXPLAINED_WEIGHT: Final = 4.12
"""Of the differences between a crop and its mirror image, for the side of a hand."""
TYPICAL_EXPLAINED: Final = 0.5
"""The explained share that speaks neither for nor against a hand beyond the other evidence."""
PRESENCE_WEIGHTS: Final = (0.17, 0.54, 1.93, 3.30, -5.55)
"""Of detection, class, sharpness and explained share, and the constant (lowered by 0.7 from the
fitted one: rather no hand than a false one)."""
HEALTH_WEIGHTS: Final = (1.41, -2.36, 0.71, 2.21)
"""Of the explained share, the log of the joints' expected error in mm and the log odds of the side,
and the constant."""


def side_log_odds(assumed: CropEvidence, mirrored: CropEvidence, explained: float = 0.0) -> float:
    """Log odds that a hand is of the assumed side, from its crop and that crop's mirror image.

    ``explained``: how much more of the assumed side's hand, drawn again from its latent, the camera
    saw than of the other side's; 0 where nothing was drawn.
    """
    classes = assumed.side_logit - mirrored.side_logit
    sharpness = assumed.sharpness - mirrored.sharpness
    evidence = CLASS_WEIGHT * classes + SHARPNESS_WEIGHT * sharpness
    return evidence + EXPLAINED_WEIGHT * explained


def presence_log_odds(
    detected: float, evidence: CropEvidence, explained: float | None = None
) -> float:
    """Log odds of a hand where the detector is sure by ``detected`` and the crop shows this.

    ``explained``: the share of the hand, drawn again from its latent, that the camera saw; None
    where nothing was drawn.
    """
    detection, hand, sharpness, redrawn, constant = PRESENCE_WEIGHTS
    explained = TYPICAL_EXPLAINED if explained is None else explained
    return (
        detection * log_odds(detected)
        + hand * log_odds(evidence.hand)
        + sharpness * evidence.sharpness
        + redrawn * (explained - TYPICAL_EXPLAINED)
        + constant
    )


def log_odds(probability: float) -> float:
    """Log odds of a probability, bounded."""
    p = float(np.clip(probability, 1e-4, 1.0 - 1e-4))
    return float(np.log(p / (1.0 - p)))


def probability(log_odds: float) -> float:
    """The probability of ``log_odds``."""
    return float(1.0 / (1.0 + np.exp(-log_odds)))
