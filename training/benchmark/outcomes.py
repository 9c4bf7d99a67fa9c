"""What a pipeline makes of labelled frames, each alone or in succession, and its figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.tracking.pipeline import Pipeline
from engine.types import Frame, TrackedHand
from training.benchmark.labelled_frames import (
    FIST_BELOW,
    OPEN_ABOVE,
    Floats,
    LabelledFrame,
    extension,
)

MATCH_MM: Final = 100.0
"""A hand is found if the mean of its joints lies within this of the truth's."""
GOOD_MM: Final = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class HandOutcome:
    """One labelled frame and what was reported of its hand.

    ``hand`` is None if it was not found; ``others`` are hands reported elsewhere;
    ``errors_mm`` [21] is NaN at joints that are not scored, and at all if the hand was not found.
    """

    truth: LabelledFrame
    hand: TrackedHand | None
    others: tuple[TrackedHand, ...]
    errors_mm: Floats

    @property
    def side_right(self) -> bool:
        """Whether the hand was found and is taken for the side it is of."""
        return self.hand is not None and self.hand.pose.handedness is self.truth.handedness

    @property
    def mean_mm(self) -> float:
        """Mean error over the scored joints; NaN if nothing was found or scored."""
        known = self.errors_mm[np.isfinite(self.errors_mm)]
        return float(known.mean()) if len(known) else float("nan")


def outcomes(
    pipeline: Pipeline, frames: Iterable[LabelledFrame], *, follow: bool
) -> list[HandOutcome]:
    """What ``pipeline`` says of ``frames``, in succession or each without what was seen before."""
    state, found = pipeline.initial_state(), []
    for each in frames:
        result, after = pipeline.step(each.frame, state)
        if follow:
            state = after
        found.append(_outcome(each, result.hands))
    return found


def _outcome(truth: LabelledFrame, hands: Sequence[TrackedHand]) -> HandOutcome:
    centre = truth.joints_mm.mean(axis=0)
    off = [float(np.linalg.norm(hand.pose.joints_mm.mean(axis=0) - centre)) for hand in hands]
    errors, nearest = np.full(len(truth.joints_mm), np.nan), None
    if off and min(off) < MATCH_MM:
        nearest = hands[int(np.argmin(off))]
        scored = list(truth.scored)
        distance = np.linalg.norm(nearest.pose.joints_mm - truth.joints_mm, axis=-1)
        errors[scored] = distance[scored]
    others = tuple(hand for hand in hands if hand is not nearest)
    return HandOutcome(truth, nearest, others, errors)


@dataclass(frozen=True, slots=True)
class HandFigures:
    """Shares in [0, 1] and errors in mm over ``frames`` labelled frames.

    ``side`` is of the hands found, errors are of hands found with scored joints: ``mean_mm`` over
    joints, ``median_mm`` over hands, ``right_side_mm`` the mean where the side is right,
    ``fists_mm`` and ``open_mm`` of closed and of open hands, ``worst_joint_mm`` the mean of
    each frame's largest error. ``all_under_30mm`` is of all scored hands: one not found is none of
    them. ``false_hands`` is per frame.
    """

    frames: int
    found: float
    side: float
    mean_mm: float
    median_mm: float
    right_side_mm: float
    fists_mm: float
    open_mm: float
    worst_joint_mm: float
    all_under_30mm: float
    false_hands: float


def figures(seen: Sequence[HandOutcome]) -> HandFigures:
    """The figures of some outcomes; NaN where there is nothing to count."""
    found = np.array([each.hand is not None for each in seen], bool)
    right = np.array([each.side_right for each in seen], bool)
    scored = np.array([bool(each.truth.scored) for each in seen], bool)
    means = np.array([each.mean_mm for each in seen])
    errors = np.array([each.errors_mm for each in seen]).reshape(len(seen), -1)
    stretched = extension(np.array([each.truth.joints_mm for each in seen]))
    largest = np.where(np.isfinite(errors), errors, -np.inf).max(axis=1, initial=-np.inf)
    good = found & scored & (largest < GOOD_MM)
    return HandFigures(
        frames=len(seen),
        found=_mean(found),
        side=_mean(right[found]),
        mean_mm=_mean(means),
        median_mm=float(np.nanmedian(means)) if np.isfinite(means).any() else float("nan"),
        right_side_mm=_mean(means[right]),
        fists_mm=_mean(means[stretched < FIST_BELOW]),
        open_mm=_mean(means[stretched > OPEN_ABOVE]),
        worst_joint_mm=_mean(largest),
        all_under_30mm=_mean(good[scored]),
        false_hands=sum(len(each.others) for each in seen) / max(len(seen), 1),
    )


def _mean(values: NDArray[np.generic]) -> float:
    known = np.asarray(values, np.float64)
    known = known[np.isfinite(known)]
    return float(known.mean()) if len(known) else float("nan")


def jitter_ratio(seen: Sequence[HandOutcome]) -> float:
    """RMS acceleration of the shown joints over that of the true ones, frames in succession.

    Where a hand was found in three frames that follow each other with one side; 1 is as much as in
    truth, NaN if there is nothing to compare.
    """
    shown, true = [], []
    for three in zip(seen, seen[1:], seen[2:], strict=False):
        hands = [each.hand for each in three if each.hand is not None]
        first, last = three[0].truth.frame.index, three[2].truth.frame.index
        if len(hands) < 3 or last - first != 2:
            continue
        if len({(hand.track_id, hand.pose.handedness) for hand in hands}) > 1:
            continue
        if not all(each.truth.scored for each in three):
            continue
        shown.append(_bend(*(hand.pose.joints_mm.astype(np.float64) for hand in hands)))
        true.append(_bend(*(each.truth.joints_mm for each in three)))
    if not shown:
        return float("nan")
    square = float((np.array(true) ** 2).sum(axis=-1).mean())
    return float(np.sqrt((np.array(shown) ** 2).sum(axis=-1).mean() / square)) if square else np.inf


def _bend(before: Floats, here: Floats, after: Floats) -> Floats:
    return before - 2.0 * here + after


def false_hands(pipeline: Pipeline, frames: Iterable[Frame]) -> list[tuple[Frame, TrackedHand]]:
    """Every hand that ``pipeline`` says in ``frames`` without one, each frame alone."""
    return [
        (frame, hand)
        for frame in frames
        for hand in pipeline.step(frame, pipeline.initial_state())[0].hands
    ]
