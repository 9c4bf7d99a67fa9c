"""Median and 99th percentile of the time of every pipeline stage."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Final, TypeVar

from engine.run.runner import Step
from engine.sources.base import DepthSource
from engine.timing import StageStatistics, StageStats
from engine.tracking.config import DEFAULT_TRACKING, TrackingSettings
from engine.tracking.estimate import Estimator, Precision
from engine.types import Frame, HandCrop

State = TypeVar("State")

WARM_UP: Final = 10
READ_TIMEOUT_MS: Final = 2_000.0


def read_frames(source: DepthSource, count: int) -> list[Frame]:
    """Up to ``count`` frames; a replay that is shorter is read again from its start.

    They are stamped anew at the camera's rate, so that time goes on where a replay starts again.
    """
    frames: list[Frame] = []
    with closing(source):
        while len(frames) < count:
            frame = source.read(READ_TIMEOUT_MS)
            if frame is not None:
                number = len(frames)
                stamp_ms = number * 1000.0 / frame.camera.fps
                frames.append(replace(frame, index=number, timestamp_ms=stamp_ms))
            elif frames and source.ended and not source.live:
                source.rewind()
            else:
                break
    return frames


def time_pipeline(
    pipeline: Step[State],
    frames: Sequence[Frame],
    tracking: TrackingSettings = DEFAULT_TRACKING,
) -> tuple[tuple[StageStats, ...], list[HandCrop]]:
    """Stage times of ``frames`` in order (the first ones warm up), and the crops of the hands."""
    statistics = StageStatistics(window=len(frames))
    crops: list[HandCrop] = []
    pipeline.prepare(frames[0].camera)
    state = pipeline.initial_state()
    for number, frame in enumerate(frames):
        result, state = pipeline.step(frame, state, tracking)
        if number >= min(WARM_UP, len(frames) - 1):
            statistics.add(result.stage_ms)
        crops.extend(hand.crop for hand in result.hands)
    return statistics.snapshot(), crops


def time_calls(name: str, call: Callable[[], object], count: int) -> StageStats:
    """Time of ``call`` alone, repeated back to back."""
    statistics = StageStatistics(window=count)
    for number in range(WARM_UP + count):
        began_s = time.perf_counter()
        call()
        if number >= WARM_UP:
            statistics.add({name: (time.perf_counter() - began_s) * 1000.0})
    return statistics.snapshot()[0]


def time_precisions(device: str, crop: HandCrop, count: int) -> tuple[StageStats, ...]:
    """Time of the discriminator alone in each precision, in turns, so that both see the same
    machine."""
    statistics = StageStatistics(window=count)
    networks = {kind: Estimator(device=device, precision=kind) for kind in Precision}
    for number in range(WARM_UP + count):
        spent: dict[str, float] = {}
        for kind, estimator in networks.items():
            began_s = time.perf_counter()
            estimator(crop)
            spent[f"network alone, {kind.value}"] = (time.perf_counter() - began_s) * 1000.0
        if number >= WARM_UP:
            statistics.add(spent)
    return statistics.snapshot()


def table(rows: Iterable[StageStats]) -> str:
    """The figures as a Markdown table."""
    lines = ["| stage | median ms | p99 ms | frames |", "|---|---:|---:|---:|"]
    lines += [
        f"| {row.name} | {row.median_ms:.2f} | {row.p99_ms:.2f} | {row.count} |" for row in rows
    ]
    return "\n".join(lines)
