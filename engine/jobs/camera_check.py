"""Measures a camera on what it shows: depth, hands, and how far hands redrawn explain the depth."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from engine.any_source import recorded_hands
from engine.errors import InvalidInputError, SourceError
from engine.jobs.camera_verdict import CameraNormals, CameraVerdict, judge
from engine.jobs.frames import State, frames_of, results_of
from engine.jobs.networks import load_pipeline, open_any
from engine.mailbox import BoundedQueue, Overflow
from engine.measure.depth_quality import depth_quality, holes_on_hand
from engine.measure.hand import palm_length_mm
from engine.progress import Progress, go_on, progress_bar, report
from engine.run.depth_monitor import depth_problems
from engine.run.runner import Step
from engine.sources.base import DepthSource
from engine.tracking.calibration import Calibration
from engine.tracking.config import Options, TrackingSettings
from engine.tracking.generate import DepthGenerator
from engine.tracking.reconstruction import Reconstruction, Reconstructor
from engine.types import Frame, FrameResult, TrackedHand

QUALITY_EVERY: Final = 3
"""The image alone is measured in every third frame: neighbours tell the same."""
NO_IMAGES: Final = "{} has no images, so nothing can be said about its camera"
OFTEN: Final = 0.3
"""Share of frames from which on a problem of their depth is reported."""
_LATE: Final = 1.5
"""Times the usual time between frames above which one was left out."""


@dataclass(frozen=True, slots=True, eq=False)
class CameraReport:
    """A checked camera: its name, the frames looked at, the ``values`` by the names of
    ``camera_verdict.MEASURES`` (what could not be measured is left out), the verdict, and what the
    source itself has to say."""

    name: str
    size: tuple[int, int]
    frames: int
    values: Mapping[str, float]
    verdict: CameraVerdict
    notice: str = ""


class CameraCheck:
    """Takes results one after the other. One thread at a time may call it."""

    def __init__(
        self, reconstruct: Callable[[TrackedHand], Reconstruction | None], normals: CameraNormals
    ) -> None:
        self._reconstruct, self._normals = reconstruct, normals
        self._results = 0
        self._found = 0
        self._values: dict[str, list[float]] = {}
        self._problems: Counter[str] = Counter()
        self._texts: dict[str, str] = {}
        self._looked = 0
        self._last: Frame | None = None

    @classmethod
    def load(cls, device: str, models: Path | None) -> CameraCheck:
        """With the networks that the hands were found by.

        Raises:
            ModelError: if one cannot be used.
        """
        generator = DepthGenerator(device=device, directory=models)
        reconstruct = Reconstructor(generator, Calibration.load(models))
        return cls(reconstruct, CameraNormals.load())

    @property
    def frames(self) -> int:
        """How many were taken."""
        return self._results

    def add(self, result: FrameResult) -> None:
        """Measure one frame and its hands."""
        hand = result.hands[0] if result.hands else None
        self._note_time(result)
        if self._results % QUALITY_EVERY == 0:
            self._measure_depth(result, hand)
        self._results += 1
        self._found += hand is not None
        if hand is not None:
            self._measure_hand(result, hand)

    def report(self, name: str, notice: str = "") -> CameraReport:
        """What was measured: medians over the frames.

        Raises:
            SourceError: if there was no frame.
        """
        if self._last is None:
            raise SourceError(notice or f"{name} has no frames")
        camera = self._last.camera
        values = self._medians()
        values["found"] = self._found / self._results
        values["unit_mm"] = camera.depth_unit_mm
        values["lens_shift_px"] = camera.lens_shift_px
        often = [key for key, n in self._problems.most_common() if n >= OFTEN * self._looked]
        problems = tuple(self._texts[key] for key in often)
        verdict = judge(values, problems, self._normals)
        return CameraReport(
            name, (camera.width, camera.height), self._results, values, verdict, notice
        )

    # -- inside ------------------------------------------------------------------------------

    def _note(self, **values: float) -> None:
        for name, value in values.items():
            self._values.setdefault(name, []).append(value)

    def _note_time(self, result: FrameResult) -> None:
        frame, last = result.frame, self._last
        self._last = frame
        if last is None:
            return
        # Frames that were not looked at may lie between the two.
        frames, ms = frame.index - last.index, frame.timestamp_ms - last.timestamp_ms
        if frames > 0 and ms > 0.0:
            self._note(step_ms=ms / frames)

    def _measure_depth(self, result: FrameResult, hand: TrackedHand | None) -> None:
        frame = result.frame
        at_mm = None if hand is None else float(hand.joints_mm[:, 2].mean())
        quality = depth_quality(frame.depth_mm, at_mm)
        self._note(
            nearest_mm=quality.nearest_mm,
            farthest_mm=quality.farthest_mm,
            holes=quality.holes,
            flying=quality.flying,
        )
        if hand is not None:
            self._note(noise_mm=quality.noise_mm)
        self._looked += 1
        for key, text in depth_problems(frame.depth_mm, frame.camera).items():
            self._problems[key] += 1
            self._texts.setdefault(key, text)

    def _measure_hand(self, result: FrameResult, hand: TrackedHand) -> None:
        frame, distance = result.frame, float(hand.joints_mm[:, 2].mean())
        redrawn = self._reconstruct(hand)
        self._note(
            hand_mm=distance,
            px_per_cm=10.0 * frame.camera.fx / max(distance, 1.0),
            hand_holes=holes_on_hand(frame.depth_mm, frame.camera, hand.joints_mm),
            palm_mm=float(palm_length_mm(hand.joints_mm)),
            confidence=hand.confidence,
            expected_error_mm=float(hand.expected_error_mm.mean()),
            explained=float("nan") if redrawn is None else redrawn.explained,
        )

    def _medians(self) -> dict[str, float]:
        """Medians of all that was measured at least once, and the rate."""
        found = {name: np.array(values) for name, values in self._values.items()}
        steps = found.pop("step_ms", np.zeros(0))
        kept = {name: values[np.isfinite(values)] for name, values in found.items()}
        medians = {name: float(np.median(values)) for name, values in kept.items() if values.size}
        if steps.size:
            usual = float(np.median(steps))
            medians |= {"fps": 1000.0 / usual, "gaps": float((steps > _LATE * usual).mean())}
        return medians


class Listenable(Protocol):
    """The part of a run that a check needs."""

    def listen(self, queue: BoundedQueue[FrameResult]) -> None:
        """Put every result into ``queue``, too."""
        ...


def check_run(
    run: Listenable,
    check: CameraCheck,
    progress: Progress = go_on,
    *,
    frames: int = 100,
    wait_s: float = 3.0,
) -> None:
    """Take the next ``frames`` results of a run that goes on, as many as can be kept up with.

    Raises:
        SourceError: if none came for ``wait_s``.
    """
    queue: BoundedQueue[FrameResult] = BoundedQueue(8, Overflow.DROP_OLDEST)
    run.listen(queue)
    last_s = time.monotonic()
    try:
        while check.frames < frames:
            result = queue.take(timeout_s=0.2)
            if result is not None:
                check.add(result)
                last_s = time.monotonic()
            elif time.monotonic() - last_s > wait_s:
                if check.frames:
                    return
                raise SourceError("no frames come: let the source play")
            report(progress, check.frames, frames)
    finally:
        queue.close()


def check_camera(options: Options, seconds: float) -> CameraReport:
    """Look at the first ``seconds`` of the source of ``options``, with a progress bar.

    Raises:
        SourceError, ModelError: one clear line.
        InvalidInputError: if the time is none, or the source has no images of its own.
    """
    if not 0.0 < seconds <= 600.0:
        raise InvalidInputError(f"seconds must be positive and at most 600, not {seconds:g}")
    with closing(open_any(options)) as source:
        if recorded_hands(source) is not None:
            raise InvalidInputError(NO_IMAGES.format(source.name))
        pipeline = load_pipeline(options, source)
        check = CameraCheck.load(options.device, options.models)
        with progress_bar(source.name, "frame") as progress:
            return check_source(source, pipeline, check, options.tracking, seconds, progress)


def check_source(
    source: DepthSource,
    pipeline: Step[State],
    check: CameraCheck,
    tracking: TrackingSettings,
    seconds: float,
    progress: Progress = go_on,
) -> CameraReport:
    """Look at the next ``seconds`` of ``source``.

    Raises:
        SourceError: if it breaks or has no frames.
    """
    pipeline.prepare(source.camera)
    within = round(seconds * source.camera.fps)
    total = within if source.frame_count is None else min(source.frame_count, within)
    for result in results_of(frames_of(source, seconds), pipeline, tracking):
        check.add(result)
        report(progress, check.frames, total)
    return check.report(source.name, source.notice or "")
