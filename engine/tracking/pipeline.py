"""One pure step: Frame and what is remembered in, FrameResult and what to remember out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from engine.camera import Camera, FloatArray
from engine.timing import Stopwatch
from engine.tracking.config import TrackingSettings
from engine.tracking.detect import Detector
from engine.tracking.estimate import Estimator, Precision, side_log_odds
from engine.tracking.follow import (
    Track,
    TrackConfig,
    TrackState,
    begin,
    hand_centre,
    seen,
    sided,
    unseen,
    wants_side,
)
from engine.tracking.generate import DepthGenerator
from engine.tracking.look import Looker, Sighting
from engine.tracking.smooth import SMOOTHING, FilterState, SmoothConfig, Smoothing, smooth
from engine.types import (
    Frame,
    FrameResult,
    HandPose,
    TrackedHand,
    TrackingStatus,
)

CANDIDATES = 3
"""How many more places than hands wanted are looked at before a frame is said to show none."""


@dataclass(frozen=True, slots=True)
class PipelineConfig:
    """``hands``: how many to look for (1 or 2); ``smooth`` None leaves joints as estimated."""

    hands: int = 1
    track: TrackConfig = field(default_factory=TrackConfig)
    smooth: SmoothConfig | None = SMOOTHING[Smoothing.NORMAL]


class Pipeline:
    """Detect or follow, crop, estimate, smooth. Holds the networks and no memory of frames, but
    the networks' buffers make it usable by one thread at a time.
    """

    def __init__(
        self,
        detector: Detector,
        estimator: Estimator,
        config: PipelineConfig | None = None,
        *,
        generator: DepthGenerator | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.config = self._wanted = config or PipelineConfig()
        self._detector, self._clock = detector, clock
        self._looker = Looker(estimator, self.config.track, generator)

    @classmethod
    def load(
        cls,
        *,
        device: str = "CPU",
        tracking: TrackingSettings | None = None,
        directory: Path | None = None,
        precision: Precision | None = None,
    ) -> Pipeline:
        """The shipped networks, or those in ``directory``, on an OpenVINO ``device``; ``precision``
        as ``Estimator`` takes it.

        Raises:
            ModelError: if a model is missing, damaged or cannot run on the device.
        """
        networks = (
            Detector(device=device, directory=directory),
            Estimator(device=device, directory=directory, precision=precision),
        )
        made = cls(*networks, generator=DepthGenerator(device=device, directory=directory))
        made.update_tracking(tracking or TrackingSettings())
        return made

    def update_tracking(self, tracking: TrackingSettings) -> None:
        """Work so from the next step on; any thread may call."""
        smooth = SMOOTHING[tracking.smoothing]
        self._wanted = replace(self.config, hands=tracking.hands, smooth=smooth)

    @staticmethod
    def initial_state() -> TrackState:
        """The memory before the first frame. Passing it for every frame treats each alone."""
        return TrackState()

    def prepare(self, camera: Camera) -> None:
        """Compile what the first frame of ``camera`` would otherwise wait for."""
        self._detector.prepare(camera)

    def step(self, frame: Frame, state: TrackState) -> tuple[FrameResult, TrackState]:
        """Process one frame. "No hand" is a status of the result, not an error."""
        self.config = self._wanted
        watch = Stopwatch(self._clock)
        start = self._clock()
        tracks: list[Track] = []
        hands: list[TrackedHand] = []
        for track in state.tracks[: self.config.hands]:
            self._follow(frame, track, tracks, hands, watch)
        next_id, since = state.next_id, state.frames_since_detection + 1
        if self._should_detect(state, hands, since):
            since = 0
            next_id = self._find(frame, next_id, tracks, hands, watch)
        watch.stage_ms["step"] = (self._clock() - start) * 1000.0
        result = FrameResult(frame, tuple(hands), _status(tracks, hands), watch.stage_ms)
        return result, TrackState(tuple(tracks), next_id, since)

    def _should_detect(self, state: TrackState, hands: list[TrackedHand], since: int) -> bool:
        if len(hands) >= self.config.hands:
            return False
        lost = len(hands) < len(state.tracks) or not hands
        return lost or since >= self.config.track.redetect_every

    def _follow(
        self,
        frame: Frame,
        track: Track,
        tracks: list[Track],
        hands: list[TrackedHand],
        watch: Stopwatch,
    ) -> None:
        config = self.config.track
        centre = track.predicted_centre(frame.timestamp_ms)
        sighting = self._looker.look_after(frame, centre, track.handedness, watch)
        if sighting is None or sighting.evidence.hand < config.keep or self._taken(sighting, hands):
            remaining = unseen(track, config)
            if remaining is not None:
                tracks.append(remaining)
            return
        log_odds = None
        if wants_side(track, config):
            centre = sighting.crop.centre_mm
            mirrored = self._looker.look(frame, centre, track.handedness.other, watch)
            if mirrored is not None:
                log_odds = side_log_odds(sighting.evidence, mirrored.evidence)
                if sided(track, log_odds, config).handedness is not track.handedness:
                    sighting = mirrored
        track = sided(track, log_odds, config)
        smoothed = watch.lap("smooth", lambda: self._smooth(track, sighting.pose, frame))
        after = seen(track, sighting.pose, smoothed.filter, config)
        tracks.append(after)
        hands.append(_tracked(after, sighting))

    def _smooth(self, track: Track, pose: HandPose, frame: Frame) -> Track:
        if self.config.smooth is None:
            memory = FilterState.start(pose.joints_mm, frame.timestamp_ms)
        else:
            memory = smooth(track.filter, pose.joints_mm, frame.timestamp_ms, self.config.smooth)
        return replace(track, filter=memory)

    def _find(
        self,
        frame: Frame,
        next_id: int,
        tracks: list[Track],
        hands: list[TrackedHand],
        watch: Stopwatch,
    ) -> int:
        """Look at the whole image for hands not yet followed; returns the next free id."""
        regions = watch.lap("detect", lambda: self._detector(frame, self.config.hands + CANDIDATES))
        for region in regions:
            if len(hands) >= self.config.hands:
                break
            if self._near(region.centre_mm, hands):
                continue
            found = self._looker.refine(frame, region, watch)
            if found is None or self._taken(found[0], hands):
                continue
            sighting, log_odds = found
            lost = _same_hand(sighting, tracks, hands)
            if lost is not None:
                tracks.remove(lost)
            track_id = next_id if lost is None else lost.track_id
            next_id += lost is None
            track = begin(track_id, sighting.pose, log_odds, frame.timestamp_ms)
            tracks.append(track)
            hands.append(_tracked(track, sighting))
        return next_id

    def _near(self, centre_mm: FloatArray, hands: list[TrackedHand]) -> bool:
        limit = self.config.track.separation_mm
        return any(np.linalg.norm(hand_centre(h.pose) - centre_mm) < limit for h in hands)

    def _taken(self, sighting: Sighting, hands: list[TrackedHand]) -> bool:
        return self._near(hand_centre(sighting.pose), hands)


def _tracked(track: Track, sighting: Sighting) -> TrackedHand:
    pose = replace(sighting.pose, joints_mm=track.filter.joints_mm)
    side_score = float(1.0 / (1.0 + np.exp(-track.side_logit)))
    return TrackedHand(track.track_id, pose, sighting.crop, side_score)


def _same_hand(sighting: Sighting, tracks: list[Track], hands: list[TrackedHand]) -> Track | None:
    """A track just lost that this sighting takes up again: within a hand's length, whatever
    its side."""
    followed = {hand.track_id for hand in hands}
    centre = hand_centre(sighting.pose)
    for track in tracks:
        near = float(np.linalg.norm(track.centre_mm - centre)) < 250.0
        if track.track_id not in followed and near:
            return track
    return None


def _status(tracks: list[Track], hands: list[TrackedHand]) -> TrackingStatus:
    if hands:
        return TrackingStatus.TRACKING
    return TrackingStatus.LOST if tracks else TrackingStatus.NO_HAND
