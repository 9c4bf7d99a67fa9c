"""Which stamps of a recording can be believed, and how those of several clocks fit together.

The stamps fall into runs that go on regularly. The chain of runs with the most frames is believed;
going from one run to a later one costs something where it takes an unlikely event.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

COUNTER_WRAPS_MS: Final = (2**32 / 1000.0, float(2**32))
"""A 32-bit counter begins again after 71.6 minutes in microseconds, 49.7 days in milliseconds."""
PAUSE_MS: Final = 60_000.0
LONG_PAUSE_MS: Final = 24 * 3_600_000.0
"""A step that is longer is a change of clock."""
JOIN_MS: Final = 600_000.0
"""Up to so much of the clock of recording is believed where the frames' own clock changes."""

# What it costs, in frames, to believe in something unlikely rather than in wrong stamps.
_LONG_PAUSE_COST: Final = 2.25
_LONE_COST: Final = 1.5
_NEW_CLOCK_COST: Final = 2.5
_NAMED_CLOCK_COST: Final = 0.6
_LOOK_BACK: Final = 24
_ENDS: Final = 2
"""So many frames at each end of a run may be left out of it."""
_MIN_STEP_MS: Final = 1e-3


@dataclass(frozen=True, slots=True)
class _Run:
    """Frames ``first`` to ``last`` whose stamps go on regularly, of one clock."""

    first: int
    last: int
    begin_ms: float
    end_ms: float
    clock: Hashable

    @property
    def frames(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class _Step:
    """How a run follows another one: what that costs; how much its clock is behind, None where
    nothing is known because it is another clock; whether there is a gap between."""

    cost: float
    behind_ms: float | None
    gap: bool = False


@dataclass(frozen=True, slots=True)
class ClockChain:
    """The runs that are believed, in order, and how each follows the one before."""

    stamps: Floats
    period_ms: float
    runs: list[_Run]
    steps: list[_Step]

    @classmethod
    def of(
        cls,
        stamps: Floats,
        clocks: Sequence[Hashable],
        limit_ms: float,
        period_ms: float,
        recorded: Floats | None,
    ) -> ClockChain:
        """The chain with the most frames, less what its steps cost."""
        runs = _runs(stamps, clocks, limit_ms)
        best = [float(run.frames) for run in runs]
        before: list[tuple[int, _Step] | None] = [None] * len(runs)
        # Whether a chain that ends with this run begins or ends with a single frame beside a gap.
        lone = [0.0] * len(runs)
        for k, run in enumerate(runs):
            for earlier in range(max(0, k - _LOOK_BACK), k):
                step = _step(runs[earlier], run, limit_ms, recorded)
                doubted = step.gap and not _confirmed(runs[earlier], run, 0.0, recorded)
                begins = doubted and before[earlier] is None and runs[earlier].frames == 1
                score = best[earlier] - step.cost - begins * _LONE_COST + run.frames
                if score >= best[k]:
                    best[k], before[k] = score, (earlier, step)
                    lone[k] = _LONE_COST if doubted and run.frames == 1 else 0.0
        chosen: list[_Run] = []
        steps: list[_Step] = []
        at = int(np.argmax(np.subtract(best, lone))) if runs else -1
        while at >= 0:
            chosen.append(runs[at])
            link = before[at]
            at = -1
            if link is not None:
                at = link[0]
                steps.append(link[1])
        return cls(stamps, period_ms, chosen[::-1], steps[::-1])

    @property
    def kept(self) -> NDArray[np.intp]:
        """Which frames' stamps are believed."""
        parts = [np.arange(run.first, run.last + 1) for run in self.runs]
        return np.concatenate([np.zeros(0, np.intp), *parts])

    @property
    def joins(self) -> int:
        """How often the clock changes."""
        return sum(step.behind_ms is None for step in self.steps)

    @property
    def wraps(self) -> int:
        """How often the counter begins again."""
        return sum(bool(step.behind_ms) for step in self.steps)

    def times_ms(self, recorded: Floats | None) -> Floats:
        """The times of all frames [N], on the clock of most; strictly rising."""
        count = len(self.stamps)
        if not self.runs:
            return np.arange(count, dtype=np.float64) * self.period_ms
        times = self._joined_ms(recorded)
        kept = self.kept
        inside = np.arange(kept[0], kept[-1] + 1)
        times[inside] = np.interp(inside, kept, times[kept])
        for k in range(kept[0] - 1, -1, -1):
            times[k] = times[k + 1] - self._interval_ms(k, k + 1, recorded)
        for k in range(kept[-1] + 1, count):
            times[k] = times[k - 1] + self._interval_ms(k - 1, k, recorded)
        return _rising(times)

    def _joined_ms(self, recorded: Floats | None) -> Floats:
        """The stamps of the believed runs on one clock [N], NaN elsewhere."""
        times = np.full(len(self.stamps), np.nan)
        behind = 0.0
        frames_of: dict[float, int] = {}  # by how much a clock's stamps are behind the first one's
        clock = 0.0
        for k, run in enumerate(self.runs):
            known = self.steps[k - 1].behind_ms if k > 0 else 0.0
            if known is not None:
                behind += known
            else:
                last = self.runs[k - 1].last
                interval = self._interval_ms(last, run.first, recorded)
                behind = clock = float(times[last] + interval - run.begin_ms)
            frames = slice(run.first, run.last + 1)
            times[frames] = self.stamps[frames] + behind
            frames_of[clock] = frames_of.get(clock, 0) + run.frames
        return times - max(frames_of, key=lambda key: frames_of[key])

    def _interval_ms(self, earlier: int, later: int, recorded: Floats | None) -> float:
        """The time between two frames of which the stamps say nothing."""
        if recorded is not None:
            interval = float(recorded[later] - recorded[earlier])
            if 0.0 < interval <= JOIN_MS:
                return interval
        return (later - earlier) * self.period_ms


def _runs(stamps: Floats, clocks: Sequence[Hashable], limit_ms: float) -> list[_Run]:
    """The regular runs in order; stamps that are no numbers are in none."""
    finite = np.isfinite(stamps)
    with np.errstate(invalid="ignore"):
        steps = np.diff(stamps)
        broken = ~((steps > 0) & (steps <= limit_ms))
    broken |= np.array([a != b for a, b in pairwise(clocks)], dtype=bool)
    cuts = np.flatnonzero(broken) + 1
    return [
        _Run(int(part[0]), int(part[-1]), stamps[part[0]], stamps[part[-1]], clocks[part[0]])
        for run in np.split(np.arange(len(stamps)), cuts)
        for part in _parts(run)
        if finite[part[0]]
    ]


def _parts(run: NDArray[np.intp]) -> list[NDArray[np.intp]]:
    """A run without its ends, and each frame of its ends alone: a wrong stamp there may look as if
    it went on regularly to one side."""
    singles = [*range(1, _ENDS + 1), *range(len(run) - _ENDS, len(run))]
    cuts = singles if len(run) > 2 * _ENDS else range(1, len(run))
    return [part for part in np.split(run, list(cuts)) if len(part)]


def _step(before: _Run, after: _Run, limit_ms: float, recorded: Floats | None) -> _Step:
    """How ``after`` may follow ``before``."""
    gap = after.begin_ms - before.end_ms
    if 0 < gap <= limit_ms * max(1, after.first - before.last):
        return _Step(0.0, 0.0)
    if before.clock != after.clock and None not in (before.clock, after.clock):
        return _Step(_NAMED_CLOCK_COST, None)
    for wrap in COUNTER_WRAPS_MS:
        near = wrap - PAUSE_MS < before.end_ms and 0 < gap + wrap <= PAUSE_MS
        if before.end_ms < wrap and (near or _confirmed(before, after, wrap, recorded)):
            return _Step(0.0, wrap)
    if 0 < gap <= PAUSE_MS:
        return _Step(0.0, 0.0, gap=True)
    if 0 < gap <= LONG_PAUSE_MS:
        return _Step(_LONG_PAUSE_COST, 0.0, gap=True)
    return _Step(_NEW_CLOCK_COST, None)


def _confirmed(before: _Run, after: _Run, wrap: float, recorded: Floats | None) -> bool:
    """Whether the clock of recording too says that so much time lies between, after a ``wrap``."""
    if recorded is None:
        return False
    gap = after.begin_ms - before.end_ms + wrap
    return bool(abs(recorded[after.first] - recorded[before.last] - gap) < 0.1 * gap)


def _rising(times: Floats) -> Floats:
    """The same, each at least the smallest step after the one before."""
    for k in range(1, len(times)):
        if not times[k] > times[k - 1]:
            times[k] = max(times[k - 1] + _MIN_STEP_MS, np.nextafter(times[k - 1], np.inf))
    return times
