"""Which evidence tells left hands from right ones, and how often it is right."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.skeleton import Handedness
from engine.tracking.calibration import Calibration
from engine.tracking.crop import cut_crop
from engine.tracking.detect import Detector
from engine.tracking.estimate import Estimator
from engine.tracking.generate import DepthGenerator
from engine.tracking.reconstruction import explained_share
from engine.types import HandRegion
from training.benchmark.benchmark_frames import BenchmarkFrame
from training.benchmark.redraw import agreement
from training.benchmark.report import Candidate

Floats = NDArray[np.float64]

EVIDENCE: Final = (
    "the crop's class",
    "how sharp the joints are",
    "class and sharpness, as weighed by the program",
    "what the drawn hand explains",
    "all three, as weighed by the program",
    "what a hand drawn on the joints explains",
    "what the detector sees around the hand",
    "that and the three, as weighed by the program",
)
DETECTED: Final = 4
NEAR_MM: Final = 100.0
"""A detection so near to a hand is its own."""


def side_evidence(candidate: Candidate, frames: Iterable[BenchmarkFrame]) -> Floats:
    """For each true hand, how much each kind of ``EVIDENCE`` [N, 8] speaks for its true side, from
    exact crops."""
    detector = Detector(device=candidate.device, directory=candidate.directory)
    estimator = Estimator(device=candidate.device, directory=candidate.directory)
    generator = DepthGenerator(device=candidate.device, directory=candidate.directory)
    side_log_odds = Calibration.load(candidate.directory).side_log_odds
    rows = []
    for each in frames:
        regions = detector(each.frame, DETECTED)
        for truth in each.truths:
            centre = truth.joints_mm.mean(axis=0)
            evidence, drawn, on_joints = [], [], []
            for side in (truth.handedness, truth.handedness.other):
                mirrored = side is Handedness.LEFT
                crop = cut_crop(each.frame.depth_mm, each.frame.camera, centre, mirrored=mirrored)
                pose, seen = estimator(crop)
                evidence.append(seen)
                again = None if pose.latent is None else generator(pose.latent, crop.perspective)
                drawn.append(0.0 if again is None else explained_share(crop, again))
                on_joints.append(sum(agreement(each.frame, pose.joints_mm)))
            own, other = evidence
            explained = drawn[0] - drawn[1]
            detected = _detected(regions, centre, truth.handedness)
            rows.append(
                (
                    own.side_logit - other.side_logit,
                    own.sharpness - other.sharpness,
                    side_log_odds(own, other),
                    explained,
                    side_log_odds(own, other, explained),
                    on_joints[0] - on_joints[1],
                    detected,
                    side_log_odds(own, other, explained, detected),
                )
            )
    return np.array(rows, np.float64)


def _detected(
    regions: Iterable[HandRegion], centre_mm: NDArray[np.floating], side: Handedness
) -> float:
    """The detector's log odds of ``side`` for the hand at ``centre_mm`` [3]; 0 if not detected."""
    off = {float(np.linalg.norm(region.centre_mm - centre_mm)): region for region in regions}
    if not off or min(off) > NEAR_MM:
        return 0.0
    region = off[min(off)]
    return region.side_log_odds if region.handedness is side else -region.side_log_odds


def accuracy_by_evidence(evidence: Floats) -> dict[str, float]:
    """Percent of the hands [N, 8] of which each kind of evidence tells the side."""
    return {
        name: 100.0 * float((column > 0).mean())
        for name, column in zip(EVIDENCE, evidence.T, strict=True)
    }
