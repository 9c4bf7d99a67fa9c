"""Follow a hand from one frame to the next: crop where it should be, estimate, smooth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np

from engine.camera import FloatArray
from engine.gestures.hold import first, step
from engine.gestures.recognise import gesture_scores
from engine.skeleton import Handedness
from engine.timing import Stopwatch
from engine.tracking.bones import BoneLengths, SeenBones
from engine.tracking.calibration import Calibration, probability
from engine.tracking.candidates import Candidate
from engine.tracking.config import TrackingSettings
from engine.tracking.crop_estimate import CropEstimate, CropEstimator, hand_centre
from engine.tracking.smooth import FilterState, smooth
from engine.tracking.smoothing import SMOOTHING, Smoothing
from engine.tracking.track import (
    Track,
    TrackConfig,
    begin,
    mark_missed,
    update,
    update_handedness,
    with_detection,
)
from engine.types import Frame, HandPose, HandRegion, TrackedHand

RECENTRINGS: Final = 2
"""How often at most a followed hand's cube is put anew in one frame."""


class Tracked(NamedTuple):
    """A track after a frame, and the hand if it was seen in it."""

    track: Track
    hand: TrackedHand | None


class HandTracker:
    """The rules of following. Holds no memory of frames; one thread at a time may call it.

    Every pose has the lengths of the person's ``bones`` before it is smoothed. Where they are not
    known it has those seen so far, unless smoothing is off: then it is as it was estimated.
    """

    def __init__(
        self,
        estimator: CropEstimator,
        calibration: Calibration,
        config: TrackConfig,
        bones: BoneLengths | None = None,
    ) -> None:
        self._estimator, self._calibration, self._config = estimator, calibration, config
        self._bones = bones

    def begin(
        self, track_id: int, candidate: Candidate, frame: Frame, settings: TrackingSettings
    ) -> Tracked:
        """Begin to follow a detected hand."""
        log_odds = candidate.side_log_odds
        pose = candidate.pose if self._bones is None else self._bones.fitted(candidate.pose)
        seen = (frame.timestamp_ms, self._config, candidate.detected_log_odds)
        track = begin(track_id, pose, log_odds, *seen)
        scores = gesture_scores(pose, settings.gestures)
        track = replace(track, gesture=first(scores, frame.timestamp_ms))
        return Tracked(track, _hand(track, candidate.estimate, settings))

    def update(
        self, frame: Frame, track: Track, settings: TrackingSettings, watch: Stopwatch
    ) -> Tracked | None:
        """The track and its hand after ``frame``; None once the hand was missed for too long."""
        given = settings.side.handedness
        if given is not None and given is not track.handedness:
            track = replace(track, handedness=given, side_log_odds=0.0)
        centre = track.predicted_centre(frame.timestamp_ms)
        estimate = self._estimate(frame, centre, track.handedness, watch)
        if estimate is None:
            return self.missed(track)
        before = track.handedness
        if given is None:
            track, estimate = self._weigh_side(frame, track, estimate, watch)
        if estimate.mean_sigma_mm > self._config.average_mm:
            pose = self._estimator.averaged(frame, estimate, watch)
            estimate = replace(estimate, pose=pose)
        turned = track.handedness is not before
        track, pose = self._with_bones(track, estimate.pose, settings, afresh=turned)
        smoothed = watch.lap("smooth", lambda: _smooth(track, pose, frame, settings, afresh=turned))
        track = update(track, estimate.pose, smoothed, self._config)
        track = watch.lap("gesture", lambda: _with_gesture(track, pose, settings))
        return Tracked(track, _hand(track, estimate, settings))

    def detected(self, tracked: Tracked, regions: Iterable[HandRegion]) -> Tracked:
        """The same with what the detection of this hand, if it is among ``regions``, says of its
        side."""
        if tracked.hand is None:
            return tracked
        centre = hand_centre(tracked.hand.pose)
        off = {float(np.linalg.norm(region.centre_mm - centre)): region for region in regions}
        if not off or min(off) > self._config.separation_mm:
            return tracked
        region = off[min(off)]
        log_odds = self._calibration.detected_log_odds(region)
        track = with_detection(tracked.track, region.handedness, log_odds, self._config)
        return tracked._replace(track=track)

    def missed(self, track: Track) -> Tracked | None:
        """The track after a frame without its hand; None if too many were missed."""
        remaining = mark_missed(track, self._config)
        return None if remaining is None else Tracked(remaining, None)

    def _with_bones(
        self, track: Track, pose: HandPose, settings: TrackingSettings, *, afresh: bool
    ) -> tuple[Track, HandPose]:
        """The track with what ``pose`` shows of the bones, and the pose with bones as they are."""
        seen = SeenBones.of(pose) if afresh else track.bones.including(pose)
        if self._bones is not None:
            fitted = self._bones.fitted(pose)
        else:
            fitted = pose if settings.smoothing is Smoothing.OFF else seen.fitted(pose)
        return replace(track, bones=seen), fitted

    def _estimate(
        self, frame: Frame, centre_mm: FloatArray, side: Handedness, watch: Stopwatch
    ) -> CropEstimate | None:
        """The hand near ``centre_mm``, its cube put anew where it is off the hand.

        None if no hand is there, or if its pose is too doubtful after a leap to be followed.
        """
        config = self._config
        estimate = self._estimator(frame, centre_mm, side, watch)
        jumped = False
        for _ in range(RECENTRINGS):
            if estimate is None or estimate.evidence.hand < config.keep:
                return None
            if estimate.off_centre_mm < config.recentre_mm:
                break
            jumped = jumped or estimate.off_centre_mm > config.jump_mm
            estimate = self._estimator(frame, hand_centre(estimate.pose), side, watch)
        if estimate is None or estimate.evidence.hand < config.keep:
            return None
        return None if jumped and estimate.mean_sigma_mm > config.doubtful_mm else estimate

    def _weigh_side(
        self, frame: Frame, track: Track, estimate: CropEstimate, watch: Stopwatch
    ) -> tuple[Track, CropEstimate]:
        """The track with this view's evidence for its side, and the estimate of the likelier one.

        Once the side is settled, the class of the one crop is evidence enough: should it speak
        against the side for long, the mirror image is estimated again.
        """
        if track.side_log_odds >= self._config.side_settled:
            single = self._calibration.class_log_odds(estimate.evidence)
            return update_handedness(track, estimate.pose, single, self._config), estimate
        other = track.handedness.other
        mirrored = self._estimator(frame, estimate.crop.centre_mm, other, watch)
        if mirrored is not None and mirrored.off_centre_mm > self._config.recentre_mm:
            # A cube around the one side's hand is off the other's, and so would favour the one.
            mirrored = self._estimator(frame, hand_centre(mirrored.pose), other, watch)
        if mirrored is None:
            return track, estimate
        log_odds = self._calibration.side_log_odds(estimate.evidence, mirrored.evidence)
        updated = update_handedness(track, estimate.pose, log_odds, self._config)
        return updated, estimate if updated.handedness is track.handedness else mirrored


def _smooth(
    track: Track, pose: HandPose, frame: Frame, settings: TrackingSettings, *, afresh: bool
) -> FilterState:
    config = SMOOTHING[settings.smoothing]
    if config is None or afresh:
        return FilterState.start(pose.joints_mm, frame.timestamp_ms)
    return smooth(track.filter, pose.joints_mm, pose.sigma_mm, frame.timestamp_ms, config)


def _with_gesture(track: Track, pose: HandPose, settings: TrackingSettings) -> Track:
    smoothed = replace(pose, joints_mm=track.filter.joints_mm)
    scores = gesture_scores(smoothed, settings.gestures)
    return replace(track, gesture=step(track.gesture, scores, track.timestamp_ms))


def _hand(track: Track, estimate: CropEstimate, settings: TrackingSettings) -> TrackedHand:
    pose = replace(estimate.pose, joints_mm=track.filter.joints_mm)
    side_score = probability(track.side_log_odds) if settings.side.handedness is None else 1.0
    gesture = track.gesture
    held_ms = 0.0 if gesture.name is None else track.timestamp_ms - gesture.since_ms
    return TrackedHand(
        track.track_id, pose, estimate.crop, side_score, gesture.name, max(held_ms, 0.0)
    )
