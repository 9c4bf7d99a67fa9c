"""This program and MediaPipe side by side, on a source with depth and colour.

Both take the same frames one after the other, each with all of its tracking. Depth goes to one,
colour to the other. Where the truth is known, errors are told, too.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera, FloatArray
from engine.colour import ColourCamera
from engine.errors import InvalidInputError, SourceError
from engine.jobs.frames import frames_of
from engine.jobs.mediapipe_hands import MediaPipe, MediaPipeHand
from engine.progress import Progress, go_on, report
from engine.run.runner import Step
from engine.simulation.scene import GroundTruth
from engine.skeleton import JOINT_COUNT, Handedness
from engine.sources.base import DepthSource
from engine.sources.synthetic import SyntheticCamera
from engine.tracking.config import TrackingSettings
from engine.types import Frame, TrackedHand

Truth = Callable[[int], GroundTruth | None]

NEAR_SHARE: Final = 0.5
"""A hand is found where its joints lie within this share of the hand's size in the image."""
_LOOK_PX: Final = 2
"""Half the side of the square in which a joint's depth is looked up."""
_WARM_UP: Final = 3


@dataclass
class Figures:
    """What one tracker did. ``frames`` with colour; the rest are lists, one item a frame or hand.

    ``errors_px``, ``shape_mm`` (both hands moved to the same middle), ``place_mm`` (as they lie in
    the depth camera's frame) are means over the joints of a hand that was found; ``changes_px`` is
    how far its joints moved against the truth from one frame to the next.
    """

    frames: int = 0
    times_ms: list[float] = field(default_factory=list)
    reported: int = 0
    found: int = 0
    right_sides: int = 0
    errors_px: list[float] = field(default_factory=list)
    shape_mm: list[float] = field(default_factory=list)
    place_mm: list[float] = field(default_factory=list)
    changes_px: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """A hand as either tracker reports it: pixels of the colour image [21, 2], mm about its own
    middle [21, 3], mm in the depth camera's frame [21, 3] (NaN where that is not known)."""

    handedness: Handedness
    uv: FloatArray
    shape_mm: FloatArray
    place_mm: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Both trackers' figures, by their names; ``truth`` says whether it was known."""

    figures: dict[str, Figures]
    truth: bool
    without_colour: int


def compare(
    source: DepthSource,
    pipeline: Step[Any],
    mediapipe: MediaPipe,
    *,
    frames: int,
    tracking: TrackingSettings,
    truth: Truth | None = None,
    progress: Progress = go_on,
) -> Comparison:
    """Let both look at up to ``frames`` frames of ``source``.

    Raises:
        SourceError: if no frame has colour; it says why.
    """
    ours, theirs = Figures(), Figures()
    ours_watch, theirs_watch = _Watch(ours), _Watch(theirs)
    pipeline.prepare(source.camera)
    state, without, problem = pipeline.initial_state(), 0, ""
    for done, frame in enumerate(_first(frames_of(source), frames), start=1):
        report(progress, done, frames)
        if frame.colour is None:
            without, problem = without + 1, frame.colour_problem
            continue
        pixels, camera = frame.colour.pixels(), frame.colour.camera
        if not ours.frames:
            for _ in range(_WARM_UP):  # neither counts what is only slow the first time
                pipeline.step(frame, pipeline.initial_state(), tracking)
                mediapipe(pixels)
        start_s = time.perf_counter()
        result, state = pipeline.step(frame, state, tracking)
        ours.times_ms.append(1000.0 * (time.perf_counter() - start_s))
        hands, took_ms = mediapipe(pixels)
        theirs.times_ms.append(took_ms)
        known = truth(frame.index) if truth is not None else None
        ours_watch.look([_of_ours(hand, camera) for hand in result.hands], known, camera)
        theirs_watch.look([_of_theirs(hand, frame, camera) for hand in hands], known, camera)
    if not ours.frames:
        raise SourceError(problem or f"{source.name} has no colour")
    names = {"this program": ours, f"MediaPipe {mediapipe.version}": theirs}
    return Comparison(names, truth is not None, without)


def truth_of(source: DepthSource, labels: Path | None) -> Truth | None:
    """Where the joints truly are: of the synthetic camera, or of a file of labels; else None.

    Raises:
        InvalidInputError: if the file of labels cannot be used.
    """
    if labels is None:
        return source.truth if isinstance(source, SyntheticCamera) else None
    try:
        fields = json.loads(labels.read_text(encoding="utf-8"))
        known = {
            int(each["index"]): GroundTruth(
                np.array(each["joints_mm"], np.float32).reshape(JOINT_COUNT, 3),
                Handedness(each["handedness"]),
            )
            for each in fields["frames"]
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(f"{labels} holds no labels: {error}") from error
    return known.get


class _Watch:
    """Adds up what one tracker does from frame to frame."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._before: FloatArray | None = None

    def look(self, hands: list[_Seen], truth: GroundTruth | None, camera: ColourCamera) -> None:
        """One more frame."""
        figures = self._figures
        figures.frames += 1
        figures.reported += bool(hands)
        before, self._before = self._before, None
        if truth is None:
            if hands:
                self._before = hands[0].uv
                if before is not None:
                    figures.changes_px.append(_mean_length(hands[0].uv - before))
            return
        uv = camera.project(truth.joints_mm)
        size_px = float(np.linalg.norm(np.ptp(uv, axis=0)))
        near = [hand for hand in hands if _mean_length(hand.uv - uv) < NEAR_SHARE * size_px]
        if not near:
            return
        hand = min(near, key=lambda hand: _mean_length(hand.uv - uv))
        figures.found += 1
        figures.right_sides += hand.handedness is truth.handedness
        figures.errors_px.append(_mean_length(hand.uv - uv))
        figures.shape_mm.append(_mean_length(hand.shape_mm - _about_middle(truth.joints_mm)))
        figures.place_mm.append(_mean_length(hand.place_mm - truth.joints_mm))
        self._before = hand.uv - uv
        if before is not None:
            figures.changes_px.append(_mean_length(self._before - before))


def _of_ours(hand: TrackedHand, camera: ColourCamera) -> _Seen:
    joints_mm = hand.joints_mm
    uv = camera.project(joints_mm)
    return _Seen(hand.handedness, uv, _about_middle(joints_mm), joints_mm)


def _of_theirs(hand: MediaPipeHand, frame: Frame, camera: ColourCamera) -> _Seen:
    shape_mm = _about_middle(hand.world_mm)
    return _Seen(hand.handedness, hand.uv, shape_mm, _looked_up(hand.uv, frame, camera))


def _looked_up(uv: FloatArray, frame: Frame, camera: ColourCamera) -> FloatArray:
    """Joints [21, 3] at the depth measured at their pixels, as programs do that put MediaPipe on
    a depth camera; NaN where nothing is measured or colour is not aligned with depth."""
    places = np.full((len(uv), 3), np.nan, np.float32)
    if not _aligned(frame.camera, camera):
        return places
    for joint, (u, v) in enumerate(np.rint(uv).astype(int)):
        left, top = max(u - _LOOK_PX, 0), max(v - _LOOK_PX, 0)
        part = frame.depth_mm[top : max(v + _LOOK_PX + 1, 0), left : max(u + _LOOK_PX + 1, 0)]
        measured = part[part > 0.0]
        if measured.size:
            places[joint] = frame.camera.unproject(uv[joint], np.array(np.median(measured)))
    return places


def _aligned(depth: Camera, colour: ColourCamera) -> bool:
    same = (depth.width, depth.height) == (colour.width, colour.height)
    moved = np.abs(colour.t_colour_from_depth_mm).max() > 0.0
    turned = not np.allclose(colour.R_colour_from_depth, np.eye(3), atol=1e-5)
    return same and not (moved or turned)


def _about_middle(joints_mm: FloatArray) -> FloatArray:
    return (joints_mm - joints_mm.mean(axis=0)).astype(np.float32)


def _mean_length(vectors: NDArray[np.floating]) -> float:
    """Mean length of vectors [N, D]; of those that are known, NaN if none is."""
    lengths = np.linalg.norm(vectors, axis=-1)
    known = lengths[np.isfinite(lengths)]
    return float(known.mean()) if known.size else float("nan")


def _first(items: Iterator[Frame], count: int) -> Iterator[Frame]:
    for number, item in enumerate(items, start=1):
        yield item
        if number == count:
            return
