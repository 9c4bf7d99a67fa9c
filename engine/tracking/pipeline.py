"""One pure step: a frame and what is remembered in, the result and what to remember out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from pathlib import Path
from typing import Final

import numpy as np

from engine.camera import Camera, FloatArray
from engine.inference import is_listed, model_entry
from engine.profiles import check_profile
from engine.timing import Stopwatch
from engine.tracking.bones import BoneLengths, compile_fit
from engine.tracking.calibration import Calibration
from engine.tracking.candidates import Candidate, CandidateEvaluator
from engine.tracking.config import DEFAULT_TRACKING, TrackingSettings
from engine.tracking.crop_estimate import CropEstimator, hand_centre
from engine.tracking.detect import Detector, detector_entry
from engine.tracking.estimate import NAMES, Estimator, Precision, estimator_entry
from engine.tracking.generate import GENERATOR_CONTRACT, DepthGenerator
from engine.tracking.smooth import compile_smoothing
from engine.tracking.track import Track, TrackConfig, TrackState
from engine.tracking.tracker import HandTracker, Tracked
from engine.types import Frame, FrameResult, HandRegion, TrackedHand, TrackingStatus

CANDIDATES: Final = 3
"""How many more places than hands wanted are estimated in a frame."""
MUCH_LIKELIER: Final = 2.0
"""Log odds by which a hand elsewhere must exceed a doubtful one that is followed."""
SAME_HAND_MM: Final = 250.0
"""A hand found so near to one just lost is that one again, whatever its side."""


class Search(Enum):
    """When what the detector finds is estimated: in the same frame, or in the next one, so that no
    frame in which hands are followed takes the time of both."""

    NOW = "now"
    AHEAD = "ahead"


def check_networks(directory: Path) -> None:
    """Verify the files of the networks in ``directory``, a profile or not, without loading them.

    Raises:
        ModelError: if the manifest or a model is missing, damaged or made for another version, or
            the profile is.
    """
    check_profile(directory)
    Calibration.load(directory)
    detector_entry(directory)
    model_entry("generator", contract=GENERATOR_CONTRACT, directory=directory)
    for precision in Precision:
        if precision is Precision.F16 or is_listed(NAMES[precision], directory):
            estimator_entry(precision, directory)


class Pipeline:
    """Detect, crop, estimate, track, smooth. Holds the networks and no memory of frames, but the
    networks' buffers make it usable by one thread at a time.
    """

    def __init__(
        self,
        detector: Detector,
        estimator: Estimator,
        config: TrackConfig | None = None,
        *,
        generator: DepthGenerator | None = None,
        calibration: Calibration | None = None,
        bones: BoneLengths | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._config = config or TrackConfig()
        self._detector, self._clock = detector, clock
        crop_estimator = CropEstimator(estimator, generator)
        calibration = calibration or Calibration.load()
        self._detects_sides = calibration.weighs_detections
        self._candidates = CandidateEvaluator(crop_estimator, calibration)
        self._tracker = HandTracker(crop_estimator, calibration, self._config, bones)

    @classmethod
    def load(
        cls,
        *,
        device: str = "CPU",
        directory: Path | None = None,
        precision: Precision | None = None,
        threads: int | None = None,
    ) -> Pipeline:
        """The shipped networks, or those in ``directory``, on an OpenVINO ``device``; ``precision``
        as ``Estimator`` takes it, ``threads`` as ``Network``. A profile's bone lengths are used.

        Raises:
            ModelError: if a model is missing, damaged or cannot run on the device.
        """
        return cls(
            Detector(device=device, directory=directory, threads=threads),
            Estimator(device=device, directory=directory, precision=precision, threads=threads),
            generator=DepthGenerator(device=device, directory=directory, threads=threads),
            calibration=Calibration.load(directory),
            bones=BoneLengths.of_profile(directory),
        )

    @staticmethod
    def initial_state() -> TrackState:
        """The memory before the first frame. Passing it for every frame treats each alone."""
        return TrackState()

    def prepare(self, camera: Camera) -> None:
        """Compile what the first frame of ``camera`` would otherwise wait for."""
        self._detector.prepare(camera)
        compile_fit()
        compile_smoothing()

    def step(
        self, frame: Frame, state: TrackState, settings: TrackingSettings = DEFAULT_TRACKING
    ) -> tuple[FrameResult, TrackState]:
        """Process one frame. "No hand" is a status of the result, not an error."""
        watch, start = Stopwatch(self._clock), self._clock()
        tracked = self._follow(frame, state.tracks[: settings.hands], settings, watch)
        next_id, since = state.next_id, state.frames_since_detection + 1
        regions = state.regions
        waiting: tuple[HandRegion, ...] = ()
        search = self._search(state, tracked, settings, since)
        if search is not None:
            most = settings.hands + CANDIDATES
            regions, since = watch.lap("detect", lambda: self._detector(frame, most)), 0
            tracked = tuple(self._tracker.detected(each, regions) for each in tracked)
        if search is Search.AHEAD:
            missing = len(_hands(tracked)) < settings.hands
            regions, waiting = (), self._elsewhere(regions, tracked) if missing else ()
        if regions:
            candidates = self._candidates(frame, regions, settings.side.handedness, watch)
            if search is Search.NOW:
                tracked = self._give_up_false(tracked, candidates)
            tracked, next_id = self._add(frame, tracked, candidates, next_id, settings, watch)
        watch.stage_ms["step"] = (self._clock() - start) * 1000.0
        hands = _hands(tracked)
        result = FrameResult(frame, hands, _status(tracked), watch.stage_ms)
        tracks = tuple(each.track for each in tracked)
        return result, TrackState(tracks, next_id, since, waiting)

    def _follow(
        self, frame: Frame, tracks: Sequence[Track], settings: TrackingSettings, watch: Stopwatch
    ) -> tuple[Tracked, ...]:
        """Every track after ``frame``; of two that come upon one hand the first keeps it."""
        tracked: tuple[Tracked, ...] = ()
        for track in tracks:
            after = self._tracker.update(frame, track, settings, watch)
            if after is not None and after.hand is not None:
                centre = hand_centre(after.hand.pose)
                after = self._tracker.missed(track) if self._taken(centre, tracked) else after
            tracked = tracked if after is None else (*tracked, after)
        return tracked

    def _search(
        self,
        state: TrackState,
        tracked: Sequence[Tracked],
        settings: TrackingSettings,
        since: int,
    ) -> Search | None:
        """Whether the whole image is searched: at once for a lost hand; every few frames while
        one that is followed is doubtful, or, ahead of the next frame, while a hand is missing or
        too few detections have told of a hand's side."""
        hands = _hands(tracked)
        if not hands or len(hands) < min(len(state.tracks), settings.hands):
            return Search.NOW
        if since < self._config.redetect_every:
            return None
        if any(self._is_doubtful(hand) for hand in hands):
            return Search.NOW
        if len(hands) < settings.hands:
            return Search.AHEAD
        wanted = self._detects_sides and settings.side.handedness is None
        least = self._config.side_detections
        unknown = wanted and any(each.track.detected.count < least for each in tracked)
        return Search.AHEAD if unknown else None

    def _elsewhere(
        self, regions: Iterable[HandRegion], tracked: Sequence[Tracked]
    ) -> tuple[HandRegion, ...]:
        """The ``regions`` that are not those of hands already followed."""
        return tuple(region for region in regions if not self._taken(region.centre_mm, tracked))

    def _is_doubtful(self, hand: TrackedHand) -> bool:
        return float(hand.pose.sigma_mm.mean()) > self._config.doubtful_mm

    def _give_up_false(
        self, tracked: Iterable[Tracked], candidates: Sequence[Candidate]
    ) -> tuple[Tracked, ...]:
        """``tracked`` without the doubtful hands that are much less likely than a hand elsewhere:
        things that are taken for hands are followed as patiently as hands."""
        kept: list[Tracked] = []
        for each in tracked:
            hand = each.hand
            if hand is not None and self._is_doubtful(hand):
                here, elsewhere = self._presences(hand, candidates)
                if elsewhere >= max(self._config.accept, here + MUCH_LIKELIER):
                    continue
            kept.append(each)
        return tuple(kept)

    def _presences(self, hand: TrackedHand, candidates: Iterable[Candidate]) -> tuple[float, float]:
        """The greatest log odds of a hand where ``hand`` is followed, and elsewhere."""
        here = elsewhere = -np.inf
        for candidate in candidates:
            off = np.linalg.norm(hand_centre(candidate.pose) - hand_centre(hand.pose))
            if off < self._config.separation_mm:
                here = max(here, candidate.presence)
            else:
                elsewhere = max(elsewhere, candidate.presence)
        return here, elsewhere

    def _add(
        self,
        frame: Frame,
        tracked: tuple[Tracked, ...],
        candidates: Iterable[Candidate],
        next_id: int,
        settings: TrackingSettings,
        watch: Stopwatch,
    ) -> tuple[tuple[Tracked, ...], int]:
        """``tracked`` with the best candidates begun or taken up again, and the next free id."""
        for candidate in candidates:
            if len(_hands(tracked)) >= settings.hands:
                break
            if candidate.presence < self._config.accept:
                continue
            centre = hand_centre(candidate.pose)
            if self._taken(centre, tracked) or _of_other_side(candidate, tracked, settings):
                continue
            lost = _lost_near(centre, tracked)
            track_id = next_id if lost is None else lost.track.track_id
            next_id += lost is None
            chosen = self._candidates.averaged(frame, candidate, watch)
            begun = self._tracker.begin(track_id, chosen, frame, settings)
            tracked = (*(each for each in tracked if each is not lost), begun)
        return tracked, next_id

    def _taken(self, centre_mm: FloatArray, tracked: Sequence[Tracked]) -> bool:
        """Whether a hand at ``centre_mm`` [3] is one of those already followed."""
        limit = self._config.separation_mm
        centres = (hand_centre(hand.pose) for hand in _hands(tracked))
        return any(np.linalg.norm(centre - centre_mm) < limit for centre in centres)


def _hands(tracked: Iterable[Tracked]) -> tuple[TrackedHand, ...]:
    return tuple(each.hand for each in tracked if each.hand is not None)


def _of_other_side(
    candidate: Candidate, tracked: Sequence[Tracked], settings: TrackingSettings
) -> bool:
    """Whether, with a side given, a further hand looks like one of the other side. The first is
    believed to be of the given side, as whoever gave it knows better than one view."""
    given = settings.side.handedness is not None
    return given and bool(_hands(tracked)) and candidate.side_log_odds < 0.0


def _lost_near(centre_mm: FloatArray, tracked: Sequence[Tracked]) -> Tracked | None:
    """A track without a hand in this frame within a hand's length of ``centre_mm``."""
    for each in tracked:
        near = float(np.linalg.norm(each.track.centre_mm - centre_mm)) < SAME_HAND_MM
        if each.hand is None and near:
            return each
    return None


def _status(tracked: Sequence[Tracked]) -> TrackingStatus:
    if _hands(tracked):
        return TrackingStatus.TRACKING
    return TrackingStatus.LOST if tracked else TrackingStatus.NO_HAND
