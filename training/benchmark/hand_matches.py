"""What a pipeline says of the benchmark's frames, beside the truth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.tracking.config import TrackingSettings
from engine.tracking.pipeline import Pipeline
from engine.types import TrackedHand
from training.benchmark.benchmark_frames import BenchmarkFrame, Truth
from training.benchmark.frame_specs import Kind
from training.evaluation.metrics import frame_max, frame_mean, mean_error

Floats = NDArray[np.float64]

MATCH_MM: Final = 100.0
"""A hand is found if the mean of its joints lies within this of the truth's."""
GOOD_MM: Final = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class HandMatch:
    """One true hand and what was found of it.

    ``joints_mm`` [21, 3] estimated and ``sigma_mm`` [21] expected errors, NaN if it was not found;
    ``centre_off_mm`` how far the last crop's centre was off; ``sure`` the probability that the
    network gives a hand of this side, and ``side_score`` that the side is right, NaN likewise.
    """

    kind: Kind
    sensor: str
    index: int
    truth: Truth
    found: bool
    side_right: bool
    joints_mm: Floats
    sigma_mm: Floats
    centre_off_mm: float
    sure: float = float("nan")
    side_score: float = float("nan")

    @property
    def errors_mm(self) -> Floats:
        """Distance [21] of each joint from the truth, NaN if the hand was not found."""
        return np.asarray(np.linalg.norm(self.joints_mm - self.truth.joints_mm, axis=-1))


@dataclass(frozen=True, slots=True, eq=False)
class FrameMatches:
    """All true hands of some frames, and how many hands were reported where none is."""

    hands: tuple[HandMatch, ...]
    frames: int
    false_positives: int


def match_frames(
    pipeline: Pipeline, frames: Iterable[BenchmarkFrame], max_hands: int = 1
) -> FrameMatches:
    """Each frame alone, without what was seen before."""
    seen: list[HandMatch] = []
    settings = TrackingSettings(max_hands)
    false_positives = count = 0
    for each in frames:
        count += 1
        hands = list(pipeline.step(each.frame, pipeline.initial_state(), settings)[0].hands)
        for truth in each.truths:
            hand = _nearest(hands, truth)
            if hand is not None:
                hands.remove(hand)
            seen.append(_match(each, truth, hand))
        false_positives += len(hands)
    return FrameMatches(tuple(seen), count, false_positives)


def _nearest(hands: Sequence[TrackedHand], truth: Truth) -> TrackedHand | None:
    """The reported hand that is the true one."""
    centre = truth.joints_mm.mean(axis=0)
    off = [float(np.linalg.norm(h.pose.joints_mm.mean(axis=0) - centre)) for h in hands]
    return hands[int(np.argmin(off))] if off and min(off) < MATCH_MM else None


def _match(each: BenchmarkFrame, truth: Truth, hand: TrackedHand | None) -> HandMatch:
    common = (each.kind, each.sensor, each.frame.index, truth)
    if hand is None:
        nothing = np.full((21, 3), np.nan), np.full(21, np.nan), float("nan")
        return HandMatch(*common, False, False, *nothing)
    pose, centre = hand.pose, truth.joints_mm.mean(axis=0)
    return HandMatch(
        *common,
        True,
        pose.handedness is truth.handedness,
        pose.joints_mm.astype(np.float64),
        pose.sigma_mm.astype(np.float64),
        float(np.linalg.norm(hand.crop.centre_mm - centre)),
        pose.score,
        hand.side_score,
    )


@dataclass(frozen=True, slots=True)
class HandScore:
    """How well hands were found. Shares in [0, 1], errors in mm.

    ``side`` is of the hands found; ``mean_mm`` over joints and ``median_mm`` over hands, of the
    hands found; ``in_view_mm`` over joints in the image; ``right_side_mm`` the mean over hands
    whose side is right; ``all_under_30mm`` of all hands, a hand not found being none of them;
    ``false_positives`` hands reported where none is, per frame.
    """

    hands: int
    found: float
    side: float
    mean_mm: float
    median_mm: float
    in_view_mm: float
    right_side_mm: float
    all_under_30mm: float
    false_positives: float


def score(seen: FrameMatches) -> HandScore:
    """The figures of some frames; NaN where there is nothing to count."""
    hands = seen.hands
    errors = np.array([hand.errors_mm for hand in hands]).reshape(-1, 21)
    found = np.array([hand.found for hand in hands], bool)
    right = np.array([hand.side_right for hand in hands], bool)
    in_view = np.array([hand.truth.seen for hand in hands], bool).reshape(-1, 21)
    means = frame_mean(errors)
    good = frame_max(errors) <= GOOD_MM
    return HandScore(
        hands=len(hands),
        found=float(found.mean()) if len(hands) else float("nan"),
        side=float(right[found].mean()) if found.any() else float("nan"),
        mean_mm=mean_error(errors),
        median_mm=float(np.nanmedian(means)) if found.any() else float("nan"),
        in_view_mm=mean_error(np.where(in_view, errors, np.nan)),
        right_side_mm=mean_error(errors[right]),
        all_under_30mm=float(good.mean()) if len(hands) else float("nan"),
        false_positives=seen.false_positives / max(seen.frames, 1),
    )
