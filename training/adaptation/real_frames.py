"""Real frames without labels: hands of several people before several cameras, and frames without
any hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import torch

from engine.camera import FloatArray
from engine.errors import InvalidInputError
from engine.jobs.frames import frames_of
from engine.progress import Progress, report
from engine.skeleton import Handedness
from engine.tracking.config import DEFAULT_TRACKING
from engine.tracking.detect import Detector
from engine.tracking.pipeline import Pipeline
from training.adaptation.crops import camera_joints, crop_images, estimated
from training.adaptation.hands import RecordedHand, RecordedPlace, recorded_place
from training.adaptation.places import centres_of, place_beside
from training.adaptation.recordings import HandFollower, counted, open_recording
from training.adaptation.teacher import spread_indices
from training.datasets.kinect_crops import crop_frame, letter_folders, nearest_centre
from training.supervised.losses import side_logit

LEARNED_PART: Final = 0.45
"""Crops of a letter before this part of its time are learned from; the marked ones, in the middle,
and those of the later time judge."""
REGIONS: Final = 4
"""Places that the detector may take for hands in a frame without one."""
BESIDE: Final = 4
"""Random places of a frame without a hand."""


def hands_of(
    path: Path, number: int, pipeline: Pipeline, detector: Detector, network: torch.nn.Module,
    most: int, progress: Progress,
) -> tuple[tuple[RecordedHand, ...], tuple[RecordedPlace, ...]]:  # fmt: skip
    """Hands of one person in ``path``, ``most`` of them, and places beside them: a recording, or a
    folder with a folder of Kinect crops for each letter, which ``network`` (``LiveOutput``) looks
    at.

    Raises:
        InvalidInputError: if there is none, or no hand is seen.
        SourceError: if a recording cannot be read.
        CancelledError: if ``progress`` ends the work.
    """
    if letter_folders(path):
        return _letter_hands(path, number, network, most, progress), ()
    followed = HandFollower(pipeline, detector, DEFAULT_TRACKING)(path, number, progress)
    if not followed.hands:
        raise InvalidInputError(f"{path} shows no hand")
    chosen = spread_indices(len(followed.hands), most)
    places = tuple(place for _, place in followed.places)
    return tuple(followed.hands[k] for k in chosen), places


def _letter_hands(
    folder: Path, number: int, network: torch.nn.Module, most: int, progress: Progress
) -> tuple[RecordedHand, ...]:
    """The first part of every letter; one person's hand has the side that most crops show."""
    files: list[Path] = []
    for letter in letter_folders(folder):
        every = sorted(letter.glob("*.png"))
        files += every[: round(LEARNED_PART * len(every))]
    chosen = [files[k] for k in spread_indices(len(files), most)]
    sides: Counter[Handedness] = Counter()
    hands: list[RecordedHand] = []
    for index, path in enumerate(chosen):
        report(progress, index, len(chosen))
        frame, _ = crop_frame(path, index)
        place = recorded_place(frame, nearest_centre(frame))
        hand = RecordedHand(
            place.depth,
            place.camera,
            place.centre_mm,
            Handedness.RIGHT,
            number,
            index,
            frame.timestamp_ms,
            # A crop's place in the image is not known: none is compared with its neighbours.
            index,
        )
        hands.append(hand)
        sides[_side(hand, network)] += 1
    (side, _), *_ = sides.most_common(1)
    return tuple(_recentred(replace(hand, side=side), network) for hand in hands)


def _side(hand: RecordedHand, network: torch.nn.Module) -> Handedness:
    """The likelier side of what is cut as a right hand."""
    crops = crop_images([hand.cut(), replace(hand, side=Handedness.LEFT).cut()])
    as_right, as_left = side_logit(estimated(network, crops).class_logits).tolist()
    return Handedness.RIGHT if as_right >= as_left else Handedness.LEFT


def _recentred(hand: RecordedHand, network: torch.nn.Module) -> RecordedHand:
    """The same with its cube on the hand that is seen."""
    crop = hand.cut()
    joints = camera_joints([crop], estimated(network, crop_images([crop])).joints)
    centre: FloatArray = joints[0].mean(axis=0)
    return replace(hand, centre_mm=centre)


def places_without_hands(
    paths: Sequence[Path], detector: Detector, seed: int, progress: Progress
) -> Iterator[RecordedPlace]:
    """Places in recordings that show no hand at all: what the detector takes for one, and others.

    Raises:
        InvalidInputError: if there is no such recording.
        SourceError: if one cannot be read.
        CancelledError: if ``progress`` ends the work.
    """
    rng = np.random.default_rng([seed, 3])
    for number, path in enumerate(paths):
        report(progress, number, len(paths))
        with closing(open_recording(path)) as source:
            for frame in counted(frames_of(source)):
                for centre in centres_of(detector(frame, REGIONS)):
                    yield recorded_place(frame, centre)
                found = (place_beside(frame, (), rng) for _ in range(BESIDE))
                yield from (place for place in found if place is not None)
    report(progress, len(paths), len(paths))
