"""The poses of the last minute or so, from which any quantity's time series can be had."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInputError
from engine.measure.quantity import HandSamples, Quantity
from engine.skeleton import JOINT_COUNT, Handedness
from engine.types import FrameResult, TrackedHand

CAPACITY: Final = 8_192
"""Frames kept: a minute and a half at 90 a second, some 5 MB."""
GAP_MS: Final = 500.0
"""Frames farther apart than this are not joined by a line."""
SIDES: Final = (Handedness.RIGHT, Handedness.LEFT)

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class TimeSeries:
    """A quantity of one hand over time: ``time_ms`` [N], ``values`` [N], NaN without the hand."""

    quantity: Quantity
    side: Handedness
    time_ms: Values
    values: Values

    @property
    def empty(self) -> bool:
        """Whether the hand was never seen."""
        return not bool(np.isfinite(self.values).any())

    @property
    def last(self) -> float:
        """The newest value; NaN without the hand."""
        return float(self.values[-1]) if len(self.values) else float("nan")

    def between(self, first_ms: float, last_ms: float) -> TimeSeries:
        """The part within these times, both included."""
        part = slice(*np.searchsorted(self.time_ms, (first_ms, np.nextafter(last_ms, np.inf))))
        return TimeSeries(self.quantity, self.side, self.time_ms[part], self.values[part])

    def line(self, max_points: int | None = None) -> tuple[Values, Values]:
        """Times and values to draw: with a NaN wherever no frame came for long.

        Of more than ``max_points`` points the lowest and the highest of each few are left.
        """
        if max_points is not None and len(self.time_ms) > max_points:
            starts = np.arange(0, len(self.time_ms), -(-2 * len(self.time_ms) // max_points))
            ends = np.append(starts[1:], len(self.time_ms)) - 1
            low, high = (f.reduceat(self.values, starts) for f in (np.fmin, np.fmax))
            times = np.stack([self.time_ms[starts], self.time_ms[ends]], axis=1).ravel()
            thinned = np.stack([low, high], axis=1).ravel()
            return TimeSeries(self.quantity, self.side, times, thinned).line()
        holes = np.flatnonzero(np.diff(self.time_ms) > GAP_MS) + 1
        if not len(holes):
            return self.time_ms, self.values
        times = np.insert(self.time_ms, holes, self.time_ms[holes - 1] + 1.0)
        return times, np.insert(self.values, holes, np.nan)


class _Column:
    """The values of one quantity, made when they are asked for: rows up to ``filled`` are there."""

    def __init__(self, room: int) -> None:
        self.values = np.full((len(SIDES), room), np.nan)
        self.filled = 0


class PoseHistory:
    """What was seen up to the newest frame, one row a frame. One thread at a time may use it.

    A frame that is not later than the last one takes the history back to its own time: after a
    seek, or when a recording begins again, it holds what led to the frame that is shown. Of two
    hands of one side the more confident one counts.

    Raises:
        InvalidInputError: if ``capacity`` is not positive.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        if capacity < 1:
            raise InvalidInputError(f"a history needs room for a frame, not {capacity}")
        self._capacity = capacity
        # Room to spare, so that old rows are seldom moved out of the way.
        self._allocated = capacity + max(capacity // 4, 1)
        self._count = 0
        sides = len(SIDES)
        self._time = np.zeros(self._allocated)
        self._joints = np.full((sides, self._allocated, JOINT_COUNT, 3), np.nan, np.float32)
        self._sigma = np.full((sides, self._allocated, JOINT_COUNT), np.nan, np.float32)
        self._confidence = np.full((sides, self._allocated), np.nan, np.float32)
        self._columns: dict[str, _Column] = {}

    def __len__(self) -> int:
        return min(self._count, self._capacity)

    def clear(self) -> None:
        """Forget everything."""
        self._cut(0)

    @property
    def last_ms(self) -> float | None:
        """The newest frame's time; None before the first."""
        return float(self._time[self._count - 1]) if self._count else None

    def add(self, result: FrameResult) -> None:
        """Take ``result`` in."""
        stamp = result.frame.timestamp_ms
        if self._count and stamp <= self._time[self._count - 1]:
            self._cut(int(np.searchsorted(self._time[: self._count], stamp)))
        if self._count == self._allocated:
            self._make_room()
        row = self._count
        self._time[row] = stamp
        for index, side in enumerate(SIDES):
            self._write(index, row, _most_confident(result, side))
        self._count += 1

    def keep(self, keys: set[str]) -> None:
        """Forget the values of all quantities but these; they would be made anew."""
        self._columns = {key: made for key, made in self._columns.items() if key in keys}

    def series(self, quantity: Quantity, side: Handedness, since_ms: float = -np.inf) -> TimeSeries:
        """How ``quantity`` of the hand of ``side`` went, from ``since_ms`` on."""
        values = self._values(quantity)[SIDES.index(side)]
        since = int(np.searchsorted(self._time[: self._count], since_ms))
        rows = slice(max(self._count - self._capacity, since), self._count)
        return TimeSeries(quantity, side, self._time[rows].copy(), values[rows].copy())

    def _values(self, quantity: Quantity) -> Values:
        """Values [2, room] of ``quantity``; only rows that are new are made."""
        column = self._columns.setdefault(quantity.key, _Column(self._allocated))
        new = slice(column.filled, self._count)
        if new.start < new.stop:
            for k, side in enumerate(SIDES):
                if np.isnan(self._confidence[k, new]).all():
                    column.values[k, new] = np.nan
                    continue
                seen = (self._joints[k, new], self._sigma[k, new], self._confidence[k, new])
                column.values[k, new] = quantity.evaluate(HandSamples(side, *seen))
            column.filled = self._count
        return column.values

    def _write(self, index: int, row: int, hand: TrackedHand | None) -> None:
        self._joints[index, row] = np.nan if hand is None else hand.pose.joints_mm
        self._sigma[index, row] = np.nan if hand is None else hand.pose.sigma_mm
        self._confidence[index, row] = np.nan if hand is None else hand.pose.score

    def _cut(self, rows: int) -> None:
        """Keep the first ``rows`` only."""
        self._count = rows
        for column in self._columns.values():
            column.filled = min(column.filled, rows)

    def _make_room(self) -> None:
        """Move the newest rows to the front."""
        rows = self._capacity - 1
        kept = slice(self._count - rows, self._count)
        self._time[:rows] = self._time[kept].copy()
        for array in (self._joints, self._sigma, self._confidence):
            array[:, :rows] = array[:, kept].copy()
        for column in self._columns.values():
            column.values[:, :rows] = column.values[:, kept].copy()
            column.filled = max(column.filled - kept.start, 0)
        self._count = rows


def _most_confident(result: FrameResult, side: Handedness) -> TrackedHand | None:
    hands = [hand for hand in result.hands if hand.pose.handedness is side]
    return max(hands, key=lambda hand: hand.pose.score, default=None)
