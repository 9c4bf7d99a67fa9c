"""The health number: does it tell poses that are right from those that are lost?

Frames of the test sensors go through the whole pipeline, each alone. Poses are good under
``GOOD_MM`` mean joint error and lost over ``LOST_MM``; the number is judged by how often it ranks a
good pose above a lost one (area under the ROC curve). ``--fit`` finds weights on these frames and
writes them into ``calibration.json``; judge them on those of another seed.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu
from tqdm import tqdm

from engine.errors import InvalidInputError
from engine.tracking.calibration import CALIBRATION_FILE, Calibration, health_evidence
from engine.tracking.generate import DepthGenerator
from engine.tracking.pipeline import Pipeline
from engine.tracking.reconstruction import Reconstructor
from engine.types import TrackedHand
from training.arguments import add_frames, add_models
from training.evaluation.evaluate import TEST_SENSORS, synthetic_frames
from training.shipping.calibrate import logistic, write_calibration

GOOD_MM: Final = 15.0
LOST_MM: Final = 40.0
PIVOT_MM: Final = 25.0
"""The fitted number is one half here."""

Array = NDArray[np.float64]


class Found(NamedTuple):
    """A ``hand`` that was found, the share ``explained`` of its regenerated depth, and its mean
    joint ``error_mm``."""

    explained: float
    hand: TrackedHand
    error_mm: float


def gather(frames: int, seed: int, directory: Path | None = None) -> list[Found]:
    """Hands that the networks (in ``directory``) find in ``frames`` frames of each test sensor."""
    pipeline = Pipeline.load(directory=directory)
    generator = DepthGenerator(directory=directory)
    reconstructor = Reconstructor(generator, Calibration.load(directory))
    found = []
    for name in TEST_SENSORS:
        for frame, scene in tqdm(synthetic_frames(name, 1, frames, seed), total=frames, desc=name):
            for hand in pipeline.step(frame, pipeline.initial_state())[0].hands:
                reconstruction = reconstructor(hand)
                assert reconstruction is not None
                truth = scene.hands[0].posed.joints_mm
                error = np.linalg.norm(hand.pose.joints_mm - truth, axis=-1).mean()
                found.append(Found(reconstruction.explained, hand, float(error)))
    return found


def separation(scores: Array, errors_mm: Array) -> float:
    """Area under the ROC curve of ``scores`` [N] between good and lost poses.

    Raises:
        InvalidInputError: if there are none of either kind.
    """
    good, lost = scores[errors_mm < GOOD_MM], scores[errors_mm > LOST_MM]
    if not len(good) or not len(lost):
        raise InvalidInputError("no good or no lost pose among the frames: take more")
    return float(mannwhitneyu(good, lost).statistic / (len(good) * len(lost)))


def fitted(found: list[Found]) -> tuple[float, ...]:
    """``Calibration.health_weights`` by logistic regression of error < ``PIVOT_MM``.

    Both kinds count alike.
    """
    x = np.array([health_evidence(f.explained, *_doubts(f.hand)) for f in found])
    good = np.array([f.error_mm < PIVOT_MM for f in found])
    share = np.where(good, 0.5 / good.mean(), 0.5 / (1.0 - good.mean()))

    weights = logistic(x, good, share, free=x.shape[1])
    return tuple(round(float(weight), 3) for weight in weights)


def _doubts(hand: TrackedHand) -> tuple[float, float]:
    """Mean expected error in mm, and the probability of the side."""
    return float(hand.pose.sigma_mm.mean()), hand.side_score


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``python -m training health``."""
    add_frames(parser, 150, "of each sensor")
    add_models(parser)
    parser.add_argument("--fit", action="store_true", help=f"weights into {CALIBRATION_FILE} there")


def run(options: argparse.Namespace) -> None:
    """Measure how well the health number tells good poses from lost ones."""
    found = gather(options.frames, options.seed, options.models)
    calibration = Calibration.load(options.models)
    errors = np.array([f.error_mm for f in found])
    columns = {
        "health": [calibration.health(f.explained, *_doubts(f.hand)) for f in found],
        "explained share alone": [f.explained for f in found],
        "expected error alone": [-float(f.hand.pose.sigma_mm.mean()) for f in found],
    }
    good, lost = int((errors < GOOD_MM).sum()), int((errors > LOST_MM).sum())
    lines = [f"{len(found)} hands: {good} under {GOOD_MM:.0f} mm, {lost} over {LOST_MM:.0f} mm"]
    for name, values in columns.items():
        lines.append(f"{name}: area under the curve {separation(np.array(values), errors):.3f}")
    if options.fit:
        better = replace(calibration, health_weights=fitted(found))
        command = f"python -m training health --frames {options.frames} --seed {options.seed} --fit"
        path = write_calibration(options.models, better, health=command)
        lines.append(f"health_weights: {better.health_weights}; wrote {path}")
    sys.stdout.write("\n".join(lines) + "\n")
