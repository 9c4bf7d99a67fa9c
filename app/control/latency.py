"""How old the pose on the screen is, and for how long the window did not answer."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

WINDOW_S: Final = 2.0
STEPS: Final = 20
STALL_WINDOW_S: Final = 10.0


class PoseAge:
    """Age of what is shown, over the last seconds. GUI thread only.

    A pose is as old as the time since its frame was read (or due, in a replay). It is fresh when
    it is painted and ages until the next one is, so each painting stands for a stretch of ages.
    All times are in seconds on the run's clock.
    """

    def __init__(self) -> None:
        self._painted: deque[tuple[float, float]] = deque(maxlen=1_000)

    def record(self, due_s: float, painted_s: float) -> None:
        """A pose whose frame was due at ``due_s`` has come onto the screen."""
        self._painted.append((painted_s, painted_s - due_s))

    def reset(self) -> None:
        """Begin anew: another source, or a pause, during which nothing grows old."""
        self._painted.clear()

    def median_ms(self, now_s: float) -> float | None:
        """The median age over the last two seconds, each moment counted alike; None without."""
        while len(self._painted) > 1 and self._painted[1][0] < now_s - WINDOW_S:
            self._painted.popleft()
        if not self._painted:
            return None
        begins = np.array([painted for painted, _ in self._painted])
        ages = np.array([age for _, age in self._painted])
        lasts = np.diff(np.append(begins, now_s))
        parts = (np.arange(STEPS) + 0.5) / STEPS
        samples = (ages[:, None] + lasts[:, None] * parts).ravel()
        weights = np.repeat(lasts, STEPS)
        if weights.sum() <= 0.0:
            return 1000.0 * float(ages[-1])
        order = np.argsort(samples)
        middle = np.searchsorted(np.cumsum(weights[order]), 0.5 * weights.sum())
        return 1000.0 * float(samples[order[min(middle, len(order) - 1)]])


class StallMeter:
    """The longest time the window's thread was busy at a stretch. GUI thread only.

    ``period_s`` is the time after which a tick comes when nothing holds it up.
    """

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._last_s: float | None = None
        self._found: deque[tuple[float, float]] = deque(maxlen=2_000)

    def tick(self, now_s: float) -> None:
        """The thread is free at this moment."""
        if self._last_s is not None:
            self._found.append((now_s, max(now_s - self._last_s - self._period_s, 0.0)))
        self._last_s = now_s

    def longest_ms(self, now_s: float) -> float:
        """The longest one within the last ten seconds."""
        while self._found and self._found[0][0] < now_s - STALL_WINDOW_S:
            self._found.popleft()
        return 1000.0 * max((stall for _, stall in self._found), default=0.0)
