"""Statistics of speed: time per stage, frames a second and pacing, all on an injected clock."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

Clock = Callable[[], float]
"""Seconds on a clock that never runs backwards."""

WINDOW_FRAMES: Final = 300
WINDOW_S: Final = 2.0
MAX_LAG_S: Final = 0.25
MAX_GAP_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class StageStats:
    """Time of one stage over the last ``count`` frames, in ms."""

    name: str
    median_ms: float
    p99_ms: float
    count: int


class StageStatistics:
    """Collects stage times over a bounded window; any thread may call any method."""

    def __init__(self, window: int = WINDOW_FRAMES) -> None:
        self._window = window
        self._times: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def add(self, stage_ms: Mapping[str, float]) -> None:
        """Note one frame: the time of each of its stages in ms."""
        with self._lock:
            for name, ms in stage_ms.items():
                self._times.setdefault(name, deque(maxlen=self._window)).append(ms)

    def snapshot(self) -> tuple[StageStats, ...]:
        """Median and 99th percentile of each stage, in the order in which they first came."""
        with self._lock:
            times = {name: np.array(values) for name, values in self._times.items()}
        return tuple(
            StageStats(
                name=name,
                median_ms=float(np.median(values)),
                p99_ms=float(np.percentile(values, 99)),
                count=len(values),
            )
            for name, values in times.items()
        )


class RateMeter:
    """Events a second over the last seconds; the owner guards it against other threads."""

    def __init__(self, clock: Clock, window_s: float = WINDOW_S) -> None:
        self._clock = clock
        self._window_s = window_s
        self._times_s: deque[float] = deque(maxlen=1_000)

    def tick(self) -> None:
        """Note one event now."""
        self._times_s.append(self._clock())

    def rate(self) -> float:
        """Events a second within the window; 0 while fewer than two lie in it."""
        oldest_s = self._clock() - self._window_s
        while self._times_s and self._times_s[0] < oldest_s:
            self._times_s.popleft()
        if len(self._times_s) < 2:
            return 0.0
        span_s = self._times_s[-1] - self._times_s[0]
        return (len(self._times_s) - 1) / span_s if span_s > 0 else 0.0


class Pacer:
    """Tells how long to wait so that frames come at the speed of their timestamps.

    It starts counting anew after a pause, when the program falls behind, and where timestamps
    jump; used by one thread.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset_s: float | None = None

    def forget(self) -> None:
        """Let the next frame start a new count."""
        self._offset_s = None

    def delay_s(self, timestamp_ms: float) -> float:
        """Seconds until the frame stamped ``timestamp_ms`` is due; 0 or less if it is due now."""
        stamp_s, now_s = timestamp_ms / 1000.0, self._clock()
        if self._offset_s is not None:
            delay = stamp_s + self._offset_s - now_s
            if -MAX_LAG_S <= delay <= MAX_GAP_S:
                return delay
        self._offset_s = now_s - stamp_s
        return 0.0
