"""Fit what the networks' evidence is worth: ``calibration.json`` beside the networks.

Held-out frames of the test sensors, with and without a hand, are looked at as the pipeline does;
two logistic regressions then say how sure detection, class, expected errors and the redrawn hand
make one of a hand at a place, and of its side. Judge the weights with ``evaluate`` on frames of
another seed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from tqdm import tqdm

from engine.model_files import read_json
from engine.output import write_text
from engine.timing import Stopwatch
from engine.tracking.calibration import (
    CALIBRATION_FILE,
    Calibration,
    presence_evidence,
    side_evidence,
)
from engine.tracking.crop_estimate import CropEstimate, CropEstimator, hand_centre
from engine.tracking.detect import Detector
from engine.tracking.estimate import CropEvidence, Estimator
from engine.tracking.generate import DepthGenerator
from engine.types import Frame, HandRegion
from training.arguments import add_frames, add_models
from training.evaluation.evaluate import TEST_SENSORS, synthetic_frames

NEAR_MM, FAR_MM = 100.0, 150.0
"""A place so near to a hand's centre shows it; one so far from it does not."""
PLACES: Final = 4
RIDGE: Final = 1e-4
QUIET: Final = 0.985
"""Share of frames without a hand that must stay quiet: rather no hand than a false one."""
LOWERINGS: Final = np.arange(0.0, 4.01, 0.1)
"""Log odds that may be taken from the constant of presence for that."""

Array = NDArray[np.float64]


class Seen(NamedTuple):
    """A detected place in ``frame`` (``shown``: with a hand) after the second look.

    ``score`` of the detector, evidence for the likelier side (``assumed``) and the ``other``;
    ``explained`` how much of the former's hand, drawn again, was seen, and ``gap`` how much more
    than of the latter's; ``detected``: log odds of the assumed side that the detector gives;
    ``is_there``: whether it is a hand (None: in between), ``as_assumed``: whether of that side.
    """

    frame: int
    shown: bool
    score: float
    assumed: CropEvidence
    other: CropEvidence
    explained: float
    gap: float
    detected: float
    is_there: bool | None
    as_assumed: bool | None


def logistic(
    x: Array, y: NDArray[np.bool_], weight: Array | float = 1.0, *, free: int = 0
) -> Array:
    """Weights of a logistic regression of ``y`` [N] on ``x`` [N, K], with a little ridge.

    None is negative but for the last ``free``: what speaks for a hand must not speak against it
    because something else, which mostly agrees, speaks louder.
    """

    def loss(w: Array) -> float:
        margin = np.where(y, 1.0, -1.0) * (x @ w)
        return float((weight * np.logaddexp(0.0, -margin)).mean() + RIDGE * (w**2).sum())

    count = x.shape[1]
    bounds = [(0.0, None)] * (count - free) + [(None, None)] * free
    return np.asarray(minimize(loss, np.zeros(count), bounds=bounds).x)


def gather(frames: int, seed: int, directory: Path | None = None) -> list[Seen]:
    """What the networks (in ``directory``) see at detected places in ``frames`` frames with, and
    without, a hand of each sensor."""
    detector = Detector(directory=directory)
    generator = DepthGenerator(directory=directory)
    estimator = CropEstimator(Estimator(directory=directory), generator)
    watch = Stopwatch(time.perf_counter)
    seen: list[Seen] = []
    number = 0
    for name in TEST_SENSORS:
        for hands in (1, 0):
            drawn = synthetic_frames(name, hands, frames, seed)
            for frame, scene in tqdm(drawn, total=frames, desc=f"{name}, {hands}"):
                number += 1
                truth = scene.hands[0] if hands else None
                for region, assumed, other in _places(detector, estimator, frame, watch):
                    found: bool | None = False
                    side: bool | None = None
                    if truth is not None:
                        centre = truth.posed.joints_mm.mean(axis=0)
                        off = float(np.linalg.norm(hand_centre(assumed.pose) - centre))
                        found = True if off < NEAR_MM else False if off > FAR_MM else None
                        side = truth.handedness is assumed.pose.handedness if found else None
                    shares = assumed.explained or 0.0, other.explained or 0.0
                    agrees = region.handedness is assumed.pose.handedness
                    detected = region.side_log_odds if agrees else -region.side_log_odds
                    evidence = (assumed.evidence, other.evidence, shares[0], shares[0] - shares[1])
                    of = (number, bool(hands), region.score, *evidence)
                    seen.append(Seen(*of, detected, found, side))
    return seen


def _places(
    detector: Detector, estimator: CropEstimator, frame: Frame, watch: Stopwatch
) -> Iterator[tuple[HandRegion, CropEstimate, CropEstimate]]:
    """Each detected place with two estimates, the likelier side first."""
    for region in detector(frame, PLACES):
        first = estimator.both_sides(frame, region.centre_mm, region.handedness, watch)
        if first is not None:
            assumed, other = (estimator.recentred(frame, each, watch) for each in first)
            likelier = assumed.evidence.side_logit >= other.evidence.side_logit
            yield region, *((assumed, other) if likelier else (other, assumed))


def _presence(seen: list[Seen]) -> Array:
    rows = (presence_evidence(place.score, place.assumed, place.explained) for place in seen)
    return np.array(list(rows))


def presence_weights(seen: list[Seen]) -> Array:
    """Weights of detection, class, sharpness and explained share, and the constant."""
    known = [s for s in seen if s.is_there is not None]
    return logistic(_presence(known), np.array([bool(s.is_there) for s in known]), free=1)


def rates(seen: list[Seen], weights: Array, least: float, frames: int) -> tuple[float, float]:
    """Share of ``frames`` with a hand in which it is found, and of as many without one that stay
    quiet, if places are taken for hands from log odds ``least`` on."""
    taken = [s for s, odds in zip(seen, _presence(seen) @ weights, strict=True) if odds > least]
    found = {s.frame for s in taken if s.shown and s.is_there}
    alarms = {s.frame for s in taken if not s.shown}
    return len(found) / frames, 1.0 - len(alarms) / frames


def side_weights(seen: list[Seen]) -> Array:
    """Weights of class, sharpness and explained share of a crop against its mirror image, and of
    what the detector says."""
    hands = [s for s in seen if s.as_assumed is not None]
    x = [side_evidence(s.assumed, s.other, s.gap, s.detected) for s in hands]
    return logistic(np.array(x), np.array([bool(s.as_assumed) for s in hands]))


def fit(seen: list[Seen], health: Sequence[float], frames: int) -> Calibration:
    """The weights for what was seen in ``frames`` frames with, and as many without, a hand, so that
    ``QUIET`` of the latter stay quiet; ``health`` are those of the pose, fitted elsewhere."""
    presence = presence_weights(seen)
    quiet = (rates(seen, presence, least, frames)[1] for least in LOWERINGS)
    enough = (least for least, share in zip(LOWERINGS, quiet, strict=True) if share >= QUIET)
    presence[-1] -= next(enough, LOWERINGS[-1])
    return Calibration(_rounded(side_weights(seen)), _rounded(presence), _rounded(health))


def _rounded(weights: Iterable[float]) -> tuple[float, ...]:
    return tuple(round(float(weight), 3) for weight in weights)


def write_calibration(directory: Path, calibration: Calibration, **fitted: Any) -> Path:
    """Write ``calibration.json`` into ``directory``; ``fitted`` is added to how it was made."""
    path = directory / CALIBRATION_FILE
    made = read_json(path).get("fitted", {}) if path.exists() else {}
    record = asdict(calibration) | {"fitted": {**made, **fitted}}
    write_text(path, json.dumps(record, indent=1) + "\n")
    return path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``python -m training calibrate``."""
    add_frames(parser, 150, "of each sensor, either kind", seed=11)
    add_models(parser)
    parser.add_argument("--write", action="store_true", help=f"into {CALIBRATION_FILE} there")


def run(options: argparse.Namespace) -> None:
    """Fit the weights of the evidence on held-out frames and print them."""
    before = Calibration.load(options.models)
    seen = gather(options.frames, options.seed, options.models)
    count = len(TEST_SENSORS) * options.frames
    found = fit(seen, before.health_weights, count)
    sides = [s.as_assumed for s in seen if s.as_assumed is not None]
    lines = [
        f"{name}: {weights} (before: {getattr(before, name)})"
        for name, weights in asdict(found).items()
    ]
    share = float(np.mean(sides)) if sides else 0.0
    lines.append(f"{len(seen)} places, {len(sides)} hands, {share:.1%} of them on the right side")
    for least in np.arange(-1.0, 1.01, 0.25):
        weights = np.array(found.presence_weights)
        hit, quiet = rates(seen, weights, least, count)
        lines.append(f"from log odds {least:.2f} on: found {hit:.1%}, quiet {quiet:.1%}")
    if options.write:
        command = f"python -m training calibrate --frames {options.frames} --seed {options.seed}"
        lowered = f"the constant of presence, until {QUIET:.1%} of frames without a hand are quiet"
        path = write_calibration(options.models, found, evidence=command, lowered=lowered)
        lines.append(f"wrote {path}")
    sys.stdout.write("\n".join(lines) + "\n")
