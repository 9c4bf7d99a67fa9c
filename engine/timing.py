"""Statistics of speed: time per stage, frames a second and pacing, all on an injected clock."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

Clock = Callable[[], float]
"""Seconds on a clock that never runs backwards."""

T = TypeVar("T")
WINDOW_FRAMES: Final = 300
WINDOW_S: Final = 2.0
MIN_SPAN_S: Final = 0.25
"""Events of a shorter time say nothing of a rate: the first frames often come in a burst."""
MAX_LAG_S: Final = 0.25
MAX_GAP_S: Final = 2.0


class Stopwatch:
    """Adds up the time spent in each named stage of one step; used by one thread."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.stage_ms: dict[str, float] = {}

    def lap(self, stage: str, work: Callable[[], T]) -> T:
        """Do ``work`` and add its time to ``stage``."""
        start = self._clock()
        result = work()
        spent = (self._clock() - start) * 1000.0
        self.stage_ms[stage] = self.stage_ms.get(stage, 0.0) + spent
        return result


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
        self._last: tuple[StageStats, ...] | None = ()
        self._lock = threading.Lock()

    def add(self, stage_ms: Mapping[str, float]) -> None:
        """Note one frame: the time of each of its stages in ms."""
        with self._lock:
            self._last = None
            for name, ms in stage_ms.items():
                self._times.setdefault(name, deque(maxlen=self._window)).append(ms)

    def snapshot(self) -> tuple[StageStats, ...]:
        """Median and 99th percentile of each stage, in the order in which they first came."""
        with self._lock:
            if self._last is None:
                ordered = ((name, sorted(values)) for name, values in self._times.items())
                self._last = tuple(
                    StageStats(name, _quantile(values, 0.5), _quantile(values, 0.99), len(values))
                    for name, values in ordered
                )
            return self._last


def _quantile(ordered: Sequence[float], share: float) -> float:
    """As ``np.quantile``, which takes fifty times as long on so few values; the window asks for
    all stages' ten times a second."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


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
        """Events a second within the window; 0 while they say nothing of a rate."""
        oldest_s = self._clock() - self._window_s
        while self._times_s and self._times_s[0] < oldest_s:
            self._times_s.popleft()
        if len(self._times_s) < 2:
            return 0.0
        span_s = self._times_s[-1] - self._times_s[0]
        # As many as are remembered say enough, however short they took.
        enough = span_s >= MIN_SPAN_S or len(self._times_s) == self._times_s.maxlen
        return (len(self._times_s) - 1) / span_s if enough and span_s > 0.0 else 0.0


class Pacer:
    """Tells how long to wait so that frames come at ``speed`` times the pace of their timestamps.

    It starts counting anew after a pause, when the program falls behind, where timestamps jump and
    when the speed changes; used by one thread at a time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._speed = 1.0
        self._offset_s: float | None = None
        self._due_s: float | None = None

    @property
    def speed(self) -> float:
        """1 is the pace of the timestamps, infinity as fast as possible."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        if speed != self._speed:
            self._speed = speed
            self.forget()

    def forget(self) -> None:
        """Let the next frame start a new count."""
        self._offset_s = self._due_s = None

    def follow_on(self, timestamp_ms: float, gap_ms: float) -> None:
        """Let the frame stamped ``timestamp_ms`` come ``gap_ms`` after the last, though it does
        not follow on it in time.
        """
        if self._due_s is not None:
            scaled_s = timestamp_ms / 1000.0 / self._speed
            self._offset_s = self._due_s + gap_ms / 1000.0 / self._speed - scaled_s

    def delay_s(self, timestamp_ms: float) -> float:
        """Seconds until the frame stamped ``timestamp_ms`` is due; 0 or less if it is due now."""
        scaled_s, now_s = timestamp_ms / 1000.0 / self._speed, self._clock()
        if self._offset_s is not None and math.isfinite(self._speed):
            delay = scaled_s + self._offset_s - now_s
            if -MAX_LAG_S <= delay <= MAX_GAP_S / min(self._speed, 1.0):
                self._due_s = now_s + delay
                return delay
        self._offset_s = now_s - scaled_s
        self._due_s = now_s
        return 0.0
