"""What networks make of held-out frames that needs no label: whether hands are found, also without
memory of the frames before, how much of the depth they explain, and whether views of one hand
agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from engine.camera import FloatArray
from engine.progress import Progress, report
from engine.skeleton import JOINT_COUNT
from engine.tracking.config import MAX_HANDS, TrackingSettings
from engine.tracking.crop_coordinates import CUBE_MM
from engine.tracking.crop_estimate import hand_centre
from engine.tracking.estimate import Estimator, Precision
from engine.tracking.generate import DepthGenerator
from engine.tracking.pipeline import Pipeline
from engine.tracking.smoothing import Smoothing
from engine.types import Frame, HandCrop, HandPose, TrackedHand
from training.adaptation.hands import recorded_hand
from training.adaptation.recordings import RecordedHands, held_out_frames
from training.adaptation.redraw import explained_depth

VIEW_EVERY: Final = 3
"""Every so many frames a hand is looked at from other views."""
TURNS_RAD: Final = (0.6, -0.6, 1.2)
SHIFTS_MM: Final = ((12.0, 0.0, 0.0), (0.0, -12.0, 8.0))
NOISE_MM: Final = 3.0
HOLES: Final = 0.06
"""Share of the pixels that a noisy view lacks."""
SAME_HAND_MM: Final = 100.0
"""So near lie the middles of one hand, followed and found anew."""
BESIDE_MM: Final = 170.0
"""Farther away is another hand, or none."""
PICTURES: Final = 6
"""Hands whose crops are kept to be shown."""


@dataclass(frozen=True, slots=True, eq=False)
class ShownHand:
    """One held-out hand to be shown: its ``crop``, ``joints_mm`` [21, 3] (camera frame) and the
    depth ``redrawn`` [128, 128] from its latent."""

    crop: HandCrop
    joints_mm: FloatArray
    redrawn: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutResults:
    """What networks made of F held-out frames, NaN where no hand was found or nothing was measured.

    ``joints_mm`` [F, 21, 3], camera frame, unsmoothed, of the first hand; ``explained`` [F] share
    of the depth that redrawing explains; ``disagreement_mm`` [F] mean distance of the joints in
    other views; ``alone`` [F] 1 where the frame by itself shows the same hand of the same side,
    else 0; ``beside`` [F] 1 where it also shows a hand far from that one, else 0;
    ``recording`` [F] and ``timestamp_ms`` [F]; ``shown`` by the place among the frames.
    """

    joints_mm: FloatArray
    explained: FloatArray
    disagreement_mm: FloatArray
    alone: FloatArray
    beside: FloatArray
    recording: NDArray[np.int64]
    timestamp_ms: NDArray[np.float64]
    shown: dict[int, ShownHand]

    @property
    def found(self) -> NDArray[np.bool_]:
        """[F]: whether there is a hand."""
        return np.isfinite(self.joints_mm[:, 0, 0])


class _Observer:
    """The networks of one folder, looked at as the program uses them."""

    def __init__(self, directory: Path | None, settings: TrackingSettings) -> None:
        precision = Precision.F16
        self.pipeline = Pipeline.load(directory=directory, precision=precision)
        self._estimator = Estimator(directory=directory, precision=precision)
        self._unknown = self.pipeline.initial_state()
        self._generator = DepthGenerator(directory=directory)
        self.settings = replace(settings, smoothing=Smoothing.OFF)

    def explained(self, hand: TrackedHand) -> tuple[float, FloatArray]:
        """Share of the depth that is explained, and what was drawn [128, 128]."""
        assert hand.pose.latent is not None
        drawn = self._generator(hand.pose.latent, hand.crop.perspective)
        pair = (torch.from_numpy(np.array(each))[None, None] for each in (drawn, hand.crop.image))
        return float(explained_depth(*pair)), drawn

    def disagreement_mm(self, frame: Frame, hand: TrackedHand) -> float:
        """Mean distance in mm of the joints in other views from those upright."""
        kept = recorded_hand(frame, hand, 0)
        upright, _ = self._estimator(kept.cut())
        rng = np.random.default_rng(frame.index)
        crops = [kept.cut(roll_rad=turn) for turn in TURNS_RAD]
        crops += [kept.cut(np.array(shift)) for shift in SHIFTS_MM]
        crops.append(_noisy(kept.cut(), rng))
        found: list[HandPose] = [self._estimator(crop)[0] for crop in crops]
        away = [np.linalg.norm(pose.joints_mm - upright.joints_mm, axis=1) for pose in found]
        return float(np.mean(away))

    def alone(self, frame: Frame, hand: TrackedHand) -> tuple[float, float]:
        """1 where the followed ``hand`` is found without memory, on its side, else 0; and 1 where
        a hand is reported elsewhere, else 0."""
        both = replace(self.settings, hands=MAX_HANDS)
        result, _ = self.pipeline.step(frame, self._unknown, both)
        centre = hand_centre(hand.pose)
        off = [float(np.linalg.norm(hand_centre(each.pose) - centre)) for each in result.hands]
        # The likeliest come first: they are what would be reported if fewer were wanted.
        wanted = zip(off, result.hands[: self.settings.hands], strict=False)
        side = hand.pose.handedness
        same = any(away < SAME_HAND_MM and each.pose.handedness is side for away, each in wanted)
        return float(same), float(any(away > BESIDE_MM for away in off))


def _noisy(crop: HandCrop, rng: np.random.Generator) -> HandCrop:
    image = crop.image.copy()
    hand = image < 1.0
    noise = rng.normal(0.0, 2.0 * NOISE_MM / CUBE_MM, image.shape).astype(np.float32)
    image[hand] = np.clip(image + noise, -1.0, 1.0)[hand]
    image[hand & (rng.random(image.shape) < HOLES)] = 1.0
    return replace(crop, image=image)


def observe(
    hands: RecordedHands,
    directory: Path | None,
    settings: TrackingSettings,
    most: int,
    progress: Progress,
) -> HeldOutResults:
    """What the networks in ``directory`` (None: the shipped ones) make of the frames that are held
    out, at most ``most`` of each recording.

    Raises:
        SourceError: if a recording cannot be read.
        ModelError: if the networks cannot be loaded.
        CancelledError: if ``progress`` ends the work.
    """
    observer = _Observer(directory, settings)
    counts = [
        min(most, total - first) for total, first in zip(hands.frames, hands.held_out, strict=True)
    ]
    shown_at = set(np.linspace(0, sum(counts) - 1, PICTURES + 2).astype(int)[1:-1].tolist())
    rows: list[tuple[FloatArray, float, float, float, float, int, float]] = []
    shown: dict[int, ShownHand] = {}
    for number in range(len(hands.paths)):
        state = observer.pipeline.initial_state()
        for frame in held_out_frames(hands, number, most):
            report(progress, len(rows), sum(counts))
            result, state = observer.pipeline.step(frame, state, observer.settings)
            row = (np.full((JOINT_COUNT, 3), np.nan, np.float32), *(np.nan,) * 4)
            if result.hands:
                hand = result.hands[0]
                explained, drawn = observer.explained(hand)
                views: tuple[float, float, float] = (np.nan, np.nan, np.nan)
                if frame.index % VIEW_EVERY == 0:
                    views = (observer.disagreement_mm(frame, hand), *observer.alone(frame, hand))
                row = (hand.pose.joints_mm, explained, *views)
                if len(rows) in shown_at:
                    shown[len(rows)] = ShownHand(hand.crop, hand.pose.joints_mm, drawn)
            rows.append((*row, number, frame.timestamp_ms))
    report(progress, len(rows), len(rows))
    joints, *figures, recording, stamps = zip(*rows, strict=True)
    shares, apart, alone, beside = (np.array(each, np.float32) for each in figures)
    return HeldOutResults(
        np.stack(joints),
        shares,
        apart,
        alone,
        beside,
        np.array(recording, np.int64),
        np.array(stamps, np.float64),
        shown,
    )


def wanted_frames(results: Sequence[HeldOutResults]) -> NDArray[np.bool_]:
    """[F]: the frames in which all networks found a hand."""
    return np.asarray(np.logical_and.reduce([each.found for each in results]))
