"""Fit what the networks' evidence is worth: the weights in ``engine/tracking/calibration.py``.

Held-out frames of the test sensors, with and without a hand, are looked at as the pipeline does;
two logistic regressions then say how sure detection, class, expected errors and the redrawn hand
make one of a hand at a place, and of its side. Judge the weights with ``evaluate`` on frames of
another seed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from tqdm import tqdm

from engine.timing import Stopwatch
from engine.tracking.calibration import TYPICAL_EXPLAINED, log_odds, side_log_odds
from engine.tracking.crop_estimate import CropEstimate, CropEstimator, hand_centre
from engine.tracking.detect import Detector
from engine.tracking.estimate import CropEvidence, Estimator
from engine.tracking.generate import DepthGenerator
from engine.types import Frame
from training.evaluation.evaluate import TEST_SENSORS, synthetic_frames

NEAR_MM, FAR_MM = 100.0, 150.0
"""A place so near to a hand's centre shows it; one so far from it does not."""
PLACES: Final = 4
RIDGE: Final = 1e-4

Array = NDArray[np.float64]


class Seen(NamedTuple):
    """A detected place in ``frame`` (``shown``: with a hand) after the second look.

    ``score`` of the detector, evidence for the likelier side (``assumed``) and the ``other``;
    ``explained`` how much of the former's hand, drawn again, was seen, and ``gap`` how much more
    than of the latter's; ``is_there``: whether
    it is a hand (None: in between), ``as_assumed``: whether of that side.
    """

    frame: int
    shown: bool
    score: float
    assumed: CropEvidence
    other: CropEvidence
    explained: float
    gap: float
    is_there: bool | None
    as_assumed: bool | None


def logistic(x: Array, y: NDArray[np.bool_], weight: Array | float = 1.0) -> Array:
    """Weights of a logistic regression of ``y`` [N] on ``x`` [N, K], with a little ridge."""

    def loss(w: Array) -> float:
        margin = np.where(y, 1.0, -1.0) * (x @ w)
        return float((weight * np.logaddexp(0.0, -margin)).mean() + RIDGE * (w**2).sum())

    return np.asarray(minimize(loss, np.zeros(x.shape[1])).x)


def gather(frames: int, seed: int) -> list[Seen]:
    """What is seen at detected places in ``frames`` frames with, and without, a hand of each
    sensor."""
    detector, estimator = Detector(), CropEstimator(Estimator(), DepthGenerator())
    watch = Stopwatch(time.perf_counter)
    seen: list[Seen] = []
    number = 0
    for name in TEST_SENSORS:
        for hands in (1, 0):
            drawn = synthetic_frames(name, hands, frames, seed)
            for frame, scene in tqdm(drawn, total=frames, desc=f"{name}, {hands}"):
                number += 1
                truth = scene.hands[0] if hands else None
                for score, assumed, other in _places(detector, estimator, frame, watch):
                    found: bool | None = False
                    side: bool | None = None
                    if truth is not None:
                        centre = truth.posed.joints_mm.mean(axis=0)
                        off = float(np.linalg.norm(hand_centre(assumed.pose) - centre))
                        found = True if off < NEAR_MM else False if off > FAR_MM else None
                        side = truth.handedness is assumed.pose.handedness if found else None
                    shares = assumed.explained or 0.0, other.explained or 0.0
                    evidence = (assumed.evidence, other.evidence, shares[0], shares[0] - shares[1])
                    seen.append(Seen(number, bool(hands), score, *evidence, found, side))
    return seen


def _places(
    detector: Detector, estimator: CropEstimator, frame: Frame, watch: Stopwatch
) -> Iterator[tuple[float, CropEstimate, CropEstimate]]:
    """Score and two estimates, the likelier side first, of each detected place."""
    for region in detector(frame, PLACES):
        first = estimator.both_sides(frame, region.centre_mm, region.handedness, watch)
        if first is not None:
            assumed, other = (estimator.recentred(frame, each, watch) for each in first)
            likelier = side_log_odds(assumed.evidence, other.evidence) >= 0.0
            yield region.score, *((assumed, other) if likelier else (other, assumed))


def _presence(seen: list[Seen]) -> Array:
    return np.array(
        [
            (
                log_odds(place.score),
                log_odds(place.assumed.hand),
                place.assumed.sharpness,
                place.explained - TYPICAL_EXPLAINED,
                1.0,
            )
            for place in seen
        ]
    )


def presence_weights(seen: list[Seen]) -> Array:
    """Weights of detection, class, sharpness and explained share, and the constant."""
    told = [s for s in seen if s.is_there is not None]
    return logistic(_presence(told), np.array([bool(s.is_there) for s in told]))


def rates(seen: list[Seen], weights: Array, least: float, frames: int) -> tuple[float, float]:
    """Share of ``frames`` with a hand in which it is found, and of as many without one that stay
    quiet, if places are taken for hands from log odds ``least`` on."""
    taken = [s for s, odds in zip(seen, _presence(seen) @ weights, strict=True) if odds > least]
    found = {s.frame for s in taken if s.shown and s.is_there}
    alarms = {s.frame for s in taken if not s.shown}
    return len(found) / frames, 1.0 - len(alarms) / frames


def side_weights(seen: list[Seen]) -> Array:
    """Weights of class, sharpness and explained share of a crop against its mirror image."""
    hands = [s for s in seen if s.as_assumed is not None]
    x = [
        [
            s.assumed.side_logit - s.other.side_logit,
            s.assumed.sharpness - s.other.sharpness,
            s.gap,
        ]
        for s in hands
    ]
    return logistic(np.array(x), np.array([bool(s.as_assumed) for s in hands]))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``python -m training calibrate``."""
    parser.add_argument("--frames", type=int, default=150, help="of each sensor, either kind")
    parser.add_argument("--seed", type=int, default=11)


def run(options: argparse.Namespace) -> None:
    """Fit the weights of the evidence on held-out frames and print them."""
    seen = gather(options.frames, options.seed)
    weights = presence_weights(seen)
    presence = ", ".join(f"{w:.2f}" for w in weights)
    klass, sharpness, explained = side_weights(seen)
    sides = [s.as_assumed for s in seen if s.as_assumed is not None]
    lines = [
        f"PRESENCE_WEIGHTS = ({presence})",
        f"CLASS_WEIGHT = {klass:.2f}, SHARPNESS_WEIGHT = {sharpness:.2f}",
        f"EXPLAINED_WEIGHT = {explained:.2f}",
        f"{len(seen)} places, {len(sides)} hands, {np.mean(sides):.1%} of them on the right side",
    ]
    for least in np.arange(-1.0, 1.01, 0.25):
        found, quiet = rates(seen, weights, least, len(TEST_SENSORS) * options.frames)
        lines.append(f"from log odds {least:.2f} on: found {found:.1%}, quiet {quiet:.1%}")
    sys.stdout.write("\n".join(lines) + "\n")
