"""How long a recording takes to show another frame, from the request to the result."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import numpy as np

from engine.errors import SourceError
from engine.run.replay import Replay
from engine.run.runner import Step
from engine.sources.base import DepthSource, SeekableSource
from engine.timing import StageStatistics, StageStats

State = TypeVar("State")

PATIENCE_S = 30.0
STEPS = 10


def time_seeks(
    open_again: Callable[[], DepthSource], pipeline: Step[State], count: int, seed: int = 0
) -> tuple[StageStats, ...]:
    """Time of ``count`` seeks to frames not seen before, of seeks back to them, of steps back.

    Every seek begins with nothing stored. Afterwards the replay steps back from there.

    Raises:
        SourceError: if the source cannot seek.
    """
    rng = np.random.default_rng(seed)
    times = StageStatistics(window=count * STEPS)
    for _ in range(count):
        source = open_again()
        if not isinstance(source, SeekableSource):
            source.close()
            raise SourceError(f"{source.name} is no recording: there is nothing to seek in")
        frames = source.frame_count
        replay = Replay(source, pipeline)
        try:
            replay.start()
            replay.pause()
            _wait(replay, 0, replay.restart)
            target = int(rng.integers(0, frames))
            times.add({"seek, first time": _wait(replay, target, partial(replay.seek, target))})
            _wait(replay, 0, replay.restart)
            times.add({"seek, seen before": _wait(replay, target, partial(replay.seek, target))})
            for step in range(1, min(STEPS, target) + 1):
                times.add({"step back": _wait(replay, target - step, partial(replay.step, -1))})
        finally:
            replay.stop()
    return times.snapshot()


def _wait(replay: Replay[State], index: int, request: Callable[[], object]) -> float:
    """Time in ms from ``request`` until the result of frame ``index`` is there."""
    while replay.results.take() is not None:
        continue
    began_s = time.perf_counter()
    request()
    while time.perf_counter() - began_s < PATIENCE_S:
        result = replay.results.take(PATIENCE_S)
        if result is not None and result.frame.index == index:
            return (time.perf_counter() - began_s) * 1000.0
    raise SourceError(f"frame {index} was not shown: {replay.snapshot().error}")
