"""Which of the detected places are hands: all are estimated, the likeliest first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from engine.camera import FloatArray
from engine.skeleton import Handedness
from engine.timing import Stopwatch
from engine.tracking.calibration import Calibration
from engine.tracking.crop_estimate import CropEstimate, CropEstimator
from engine.types import Frame, HandPose, HandRegion

MIN_FIRST_LOG_ODDS: Final = -2.0
"""Least log odds of a hand in the first crop of a detected place; it only saves the second."""
SEARCHED: Final = 0.5
"""Probability of a detected hand above which it is looked for at other depths too."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A detected hand: its ``estimate``, the log odds ``presence`` that it is a hand, and
    ``side_log_odds`` (at least 0 unless the side is given) that it is of its estimate's side,
    ``detected_log_odds`` of them from its detection."""

    estimate: CropEstimate
    presence: float
    side_log_odds: float
    detected_log_odds: float = 0.0

    @property
    def rank(self) -> float:
        """The higher, the sooner it is taken: a hand that looks like one of another side than the
        given one comes later."""
        return self.presence + min(self.side_log_odds, 0.0)

    @property
    def pose(self) -> HandPose:
        """The estimated pose."""
        return self.estimate.pose


class CandidateEvaluator:
    """Estimates detected regions in two rounds: the cube is put onto the hand in between."""

    def __init__(self, estimator: CropEstimator, calibration: Calibration) -> None:
        self._estimator, self._calibration = estimator, calibration

    def __call__(
        self,
        frame: Frame,
        regions: tuple[HandRegion, ...],
        side: Handedness | None,
        watch: Stopwatch,
    ) -> tuple[Candidate, ...]:
        """All ``regions`` that show a hand of ``side`` (None: either), the likeliest first."""
        evaluated = (self._best_depth(frame, region, side, watch) for region in regions)
        found = [candidate for candidate in evaluated if candidate is not None]
        return tuple(sorted(found, key=lambda candidate: candidate.rank, reverse=True))

    def averaged(self, frame: Frame, candidate: Candidate, watch: Stopwatch) -> Candidate:
        """The same with a pose averaged over turned crops, which only a chosen one is worth."""
        pose = self._estimator.averaged(frame, candidate.estimate, watch)
        return replace(candidate, estimate=replace(candidate.estimate, pose=pose))

    def _best_depth(
        self, frame: Frame, region: HandRegion, side: Handedness | None, watch: Stopwatch
    ) -> Candidate | None:
        """What is at a region's depth, or at the likeliest of its others where that is no hand and
        the region is one as likely as not."""
        first = self._evaluate(frame, region, region.centre_mm, side, watch)
        if region.score <= SEARCHED or (first is not None and first.presence >= 0.0):
            return first
        others = (self._evaluate(frame, region, c, side, watch) for c in region.others_mm)
        found = [each for each in (first, *others) if each is not None]
        return max(found, key=lambda candidate: candidate.rank, default=None)

    def _evaluate(
        self,
        frame: Frame,
        region: HandRegion,
        centre_mm: FloatArray,
        side: Handedness | None,
        watch: Stopwatch,
    ) -> Candidate | None:
        """What is at one of a region's centres; None where a crop shows nothing of a hand."""
        if side is not None:
            return self._evaluate_side(frame, region, centre_mm, side, watch)
        first = self._estimator.both_sides(frame, centre_mm, region.handedness, watch)
        if (
            first is None
            or max(self._presence(region, each) for each in first) < MIN_FIRST_LOG_ODDS
        ):
            return None
        # Each side's hand has its own centre: a cube put onto the wrong one's would favour it.
        assumed, other = (self._estimator.recentred(frame, each, watch) for each in first)
        log_odds = self._calibration.side_log_odds(first[0].evidence, first[1].evidence)
        gap = (assumed.explained or 0.0) - (other.explained or 0.0)
        log_odds += self._calibration.side_log_odds(assumed.evidence, other.evidence, gap)
        # The crop is looked at twice, what is around the hand once.
        detected = self._calibration.detected_log_odds(region)
        log_odds += detected
        presence = max(self._presence(region, assumed), self._presence(region, other))
        if log_odds < 0.0:
            return Candidate(other, presence, -log_odds, -detected)
        return Candidate(assumed, presence, log_odds, detected)

    def _evaluate_side(
        self,
        frame: Frame,
        region: HandRegion,
        centre_mm: FloatArray,
        side: Handedness,
        watch: Stopwatch,
    ) -> Candidate | None:
        """The same for a known side, of which the class of the crop alone tells."""
        first = self._estimator(frame, centre_mm, side, watch)
        if first is None or self._presence(region, first) < MIN_FIRST_LOG_ODDS:
            return None
        estimate = self._estimator.recentred(frame, first, watch)
        class_log_odds = self._calibration.class_log_odds(estimate.evidence)
        return Candidate(estimate, self._presence(region, estimate), class_log_odds)

    def _presence(self, region: HandRegion, estimate: CropEstimate) -> float:
        """Log odds of a hand."""
        return self._calibration.presence_log_odds(
            region.score, estimate.evidence, estimate.explained
        )
