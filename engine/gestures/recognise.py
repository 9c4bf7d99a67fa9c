"""How well every gesture, named or own, fits a hand."""

from __future__ import annotations

from typing import Final

from engine.gestures.named import named_scores
from engine.gestures.own import OwnGestures
from engine.types import HandPose

KNOWN: Final = 0.5
"""From this score on an own gesture is recognised, and the named ones do not count."""


def gesture_scores(pose: HandPose, own: OwnGestures) -> dict[str, float]:
    """Scores in [0, 1] by name, above 0.5 where a gesture fits.

    An own gesture that fits comes before all named ones, as it says more precisely what is meant.
    """
    scores = own.scores(pose.latent)
    if any(score >= KNOWN for score in scores.values()):
        return scores
    return {**named_scores(pose.joints_mm, pose.handedness), **scores}
