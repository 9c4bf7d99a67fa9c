"""What recordings show to adapt on: followed hands, checked, and split by time.

The last part of each recording is held out: nothing is learned from it, so it can prove what was
learned from the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from engine.camera import Camera
from engine.errors import InvalidInputError, SourceError
from engine.jobs.frames import frames_of, results_of
from engine.progress import Progress, report
from engine.skeleton import BONES, WRIST
from engine.sources import open_source
from engine.sources.base import DepthSource
from engine.tracking.config import TrackingSettings
from engine.tracking.crop_estimate import hand_centre
from engine.tracking.detect import Detector
from engine.tracking.pipeline import Pipeline
from engine.tracking.smoothing import Smoothing
from engine.types import Frame, FrameResult
from training.adaptation.hands import RecordedHand, RecordedPlace, recorded_hand
from training.adaptation.places import centres_of, place_beside

HELD_OUT: Final = 0.25
"""Last share of each recording's frames that only proves."""
GAP: Final = 0.02
"""Share before it that is not used at all, since neighbouring frames are alike."""
MIN_HANDS: Final = 60
"""Frames with a hand below which recordings are too short to learn from."""
MIN_SHARE: Final = 0.1
"""Share of frames with a hand below which recordings are taken to show none."""
SAME_FOCAL: Final = 0.03
"""Share by which focal lengths (per image width) of one camera's recordings may differ."""
SAME_PERSON: Final = 0.15
"""Share by which the length of one person's hand may differ."""
PART: Final = 30
"""Sure hands in succession whose median size is compared: of one person's it varies by 7%."""
SURE_MM: Final = 12.0
"""Expected error of a hand whose size is believed."""
PLACE_EVERY: Final = 3
"""Every so many frames with a hand give a place without one."""
REGIONS: Final = 4
"""How many of the places that the detector takes for hands are kept away from."""


@dataclass(frozen=True, slots=True, eq=False)
class RecordedHands:
    """What recordings show.

    ``training`` hands and ``places`` without one; of each recording in ``paths``, the number of
    the first ``held_out`` frame; how many ``frames`` there are in all, how many seconds, and the
    ``camera``.
    """

    paths: tuple[Path, ...]
    training: tuple[RecordedHand, ...]
    places: tuple[RecordedPlace, ...]
    held_out: tuple[int, ...]
    frames: tuple[int, ...]
    seconds: tuple[float, ...]
    camera: Camera


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """One recording, followed to its end; ``places`` without a hand by the frame they are of;
    ``lengths_mm`` of its hands where they are sure."""

    hands: tuple[RecordedHand, ...]
    places: tuple[tuple[int, RecordedPlace], ...]
    frames: int
    seconds: float
    camera: Camera
    lengths_mm: tuple[float, ...]


def open_recording(path: Path) -> DepthSource:
    """Open a recording.

    Raises:
        InvalidInputError: if there is none.
        SourceError: if it cannot be opened.
    """
    if not path.exists():
        raise InvalidInputError(f"{path}: no such recording")
    return open_source(str(path))


def gather(
    paths: Sequence[Path],
    pipeline: Pipeline,
    detector: Detector,
    settings: TrackingSettings,
    progress: Progress,
) -> RecordedHands:
    """Follow the hands of recordings with the live detection and tracking; what ``detector`` may
    take for a hand is no place without one.

    Raises:
        InvalidInputError: if they are of several cameras or people, too short, or show no hands.
        SourceError: if one cannot be read.
        CancelledError: if ``progress`` ends the work.
    """
    if len({path.resolve() for path in paths}) < len(paths):
        raise InvalidInputError("a recording is named twice")
    followed = []
    for number, path in enumerate(paths):
        follower = HandFollower(pipeline, detector, settings)
        followed.append(follower(path, number, progress))
        _check_camera(paths, followed)
    _check_hands(paths, followed)
    _check_person(paths, followed)
    starts = tuple(round((1.0 - HELD_OUT) * each.frames) for each in followed)
    training = [
        hand
        for each, start in zip(followed, starts, strict=True)
        for hand in each.hands
        if hand.frame < start - round(GAP * each.frames)
    ]
    places = [
        place
        for each, start in zip(followed, starts, strict=True)
        for frame, place in each.places
        if frame < start - round(GAP * each.frames)
    ]
    if len(training) < MIN_HANDS // 2:
        raise InvalidInputError(_too_short(len(training)))
    return RecordedHands(
        tuple(paths),
        tuple(training),
        tuple(places),
        starts,
        tuple(each.frames for each in followed),
        tuple(each.seconds for each in followed),
        followed[0].camera,
    )


def held_out_frames(hands: RecordedHands, number: int, most: int) -> Iterator[Frame]:
    """The frames of recording ``number`` that are held out, ``most`` of them.

    Raises:
        SourceError: if the recording cannot be read.
    """
    with closing(open_recording(hands.paths[number])) as source:
        first = hands.held_out[number]
        for frame in counted(frames_of(source)):
            if frame.index >= first + most:
                return
            if frame.index >= first:
                yield frame


def counted(frames: Iterator[Frame]) -> Iterator[Frame]:
    """The same frames, numbered from 0 in the order in which they come."""
    return (replace(frame, index=index) for index, frame in enumerate(frames))


class HandFollower:
    """Follows the hands of recordings, and finds places beside them."""

    def __init__(self, pipeline: Pipeline, detector: Detector, settings: TrackingSettings) -> None:
        self._pipeline, self._detector = pipeline, detector
        # Smoothed hands keep their size where another person's takes their place.
        self._settings = replace(settings, smoothing=Smoothing.OFF)

    def __call__(self, path: Path, number: int, progress: Progress) -> Followed:
        hands: list[RecordedHand] = []
        places: list[tuple[int, RecordedPlace]] = []
        stamps: list[float] = []
        lengths: list[float] = []
        rng = np.random.default_rng(number)
        with closing(open_recording(path)) as source:
            self._pipeline.prepare(source.camera)
            frames = counted(frames_of(source))
            for result in results_of(frames, self._pipeline, self._settings):
                stamps.append(result.frame.timestamp_ms)
                for hand in result.hands:
                    hands.append(recorded_hand(result.frame, hand, number))
                    if float(hand.pose.sigma_mm.mean()) < SURE_MM:
                        lengths.append(hand_length_mm(hand.pose.joints_mm))
                if result.hands and result.frame.index % PLACE_EVERY == 0:
                    place = self._place(result, rng)
                    places += [] if place is None else [(result.frame.index, place)]
                report(progress, len(stamps), max(source.frame_count or 0, len(stamps)))
            notice, expected, camera = source.notice, source.frame_count or 0, source.camera
        if not stamps or len(stamps) < expected:
            raise SourceError(notice or f"{path} has no frames")
        seconds = (stamps[-1] - stamps[0]) / 1000.0
        kept = tuple(of_one_side(hands))
        return Followed(kept, tuple(places), len(stamps), seconds, camera, tuple(lengths))

    def _place(self, result: FrameResult, rng: np.random.Generator) -> RecordedPlace | None:
        """A place far from the hands that are followed, and from others that may be in view."""
        regions = self._detector(result.frame, REGIONS)
        followed = [hand_centre(hand.pose) for hand in result.hands]
        return place_beside(result.frame, [*followed, *centres_of(regions)], rng)


def hand_length_mm(joints_mm: np.ndarray) -> float:
    """Length of all bones [mm] of joints [21, 3] but those at the wrist, whose place is doubtful:
    a measure of the hand's size that does not depend on its pose."""
    bones = [(a, b) for a, b in BONES if WRIST not in (a, b)]
    return float(sum(np.linalg.norm(joints_mm[a] - joints_mm[b]) for a, b in bones))


def of_one_side(hands: Sequence[RecordedHand]) -> Iterator[RecordedHand]:
    """Each track's hands that are taken for the side which most of the track is."""
    sides = Counter((hand.track, hand.side) for hand in hands)
    for hand in hands:
        if sides[hand.track, hand.side] >= sides[hand.track, hand.side.other]:
            yield hand


def _check_camera(paths: Sequence[Path], followed: Sequence[Followed]) -> None:
    first, last = followed[0].camera, followed[-1].camera
    one, other = first.fx / first.width, last.fx / last.width
    if first.name != last.name or abs(one / other - 1.0) > SAME_FOCAL:
        raise InvalidInputError(
            f"{paths[len(followed) - 1]} is of another camera ({last.name}, focal length "
            f"{last.fx:.0f} px) than {paths[0]} ({first.name}, {first.fx:.0f} px): networks are "
            "adapted to one camera"
        )


def _check_hands(paths: Sequence[Path], followed: Sequence[Followed]) -> None:
    for path, each in zip(paths, followed, strict=True):
        if len({hand.frame for hand in each.hands}) < MIN_SHARE * each.frames:
            raise InvalidInputError(
                f"{path} shows hardly any hand: one was found in "
                f"{len({hand.frame for hand in each.hands})} of {each.frames} frames"
            )
    count = sum(len(each.hands) for each in followed)
    if count < MIN_HANDS:
        raise InvalidInputError(_too_short(count))


def _too_short(count: int) -> str:
    return (
        f"recordings are too short: they show a hand in {count} frames, {MIN_HANDS} are the "
        "least and 2 minutes are useful"
    )


def _check_person(paths: Sequence[Path], followed: Sequence[Followed]) -> None:
    """Compare the hand of every part of the recordings with that of the first."""
    seen = [
        (path, float(np.median(each.lengths_mm[first : first + PART])))
        for path, each in zip(paths, followed, strict=True)
        for first in range(0, max(len(each.lengths_mm) - PART, 0) + 1, PART)
        if each.lengths_mm
    ]
    for path, size in seen[1:]:
        first_path, usual = seen[0]
        ratio = size / usual
        if abs(ratio - 1.0) > SAME_PERSON:
            other = "another there" if path == first_path else f"that in {first_path}"
            raise InvalidInputError(
                f"a hand in {path} is {ratio:.2f} times as large as {other}: "
                "networks are adapted to one person"
            )
