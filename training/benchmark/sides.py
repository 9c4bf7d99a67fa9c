"""Which evidence tells left hands from right ones, and how often it is right."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.skeleton import Handedness
from engine.tracking.calibration import Calibration
from engine.tracking.crop import cut_crop
from engine.tracking.estimate import Estimator
from engine.tracking.generate import DepthGenerator
from engine.tracking.reconstruction import explained_share
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
)


def side_evidence(candidate: Candidate, frames: Iterable[BenchmarkFrame]) -> Floats:
    """For each true hand, how much each kind of ``EVIDENCE`` [N, 6] speaks for its true side, from
    exact crops."""
    estimator = Estimator(device=candidate.device, directory=candidate.directory)
    generator = DepthGenerator(device=candidate.device, directory=candidate.directory)
    side_log_odds = Calibration.load(candidate.directory).side_log_odds
    rows = []
    for each in frames:
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
            rows.append(
                (
                    own.side_logit - other.side_logit,
                    own.sharpness - other.sharpness,
                    side_log_odds(own, other),
                    explained,
                    side_log_odds(own, other, explained),
                    on_joints[0] - on_joints[1],
                )
            )
    return np.array(rows, np.float64)


def accuracy_by_evidence(evidence: Floats) -> dict[str, float]:
    """Percent of the hands [N, 6] of which each kind of evidence tells the side."""
    return {
        name: 100.0 * float((column > 0).mean())
        for name, column in zip(EVIDENCE, evidence.T, strict=True)
    }
