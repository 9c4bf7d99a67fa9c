"""What the plot shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.measure.history import TimeSeries
from engine.measure.quantity import Quantity

WINDOWS_S: Final = (2.0, 5.0, 10.0, 30.0, 60.0)
"""How much time can be shown."""
FIRST_WINDOW_S: Final = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class PlotState:
    """The ``chosen`` quantities and their ``series``: of each the right hand's, then the left's,
    all of the same frames, up to the newest or, while ``paused``, as they were then.

    ``window_s`` is how much time is shown, ``span_ms`` the times at the left and right ends, which
    count from ``origin_ms``, the earliest frame seen. ``lost`` results came too fast.
    """

    chosen: tuple[Quantity, ...]
    series: tuple[TimeSeries, ...]
    window_s: float
    paused: bool
    origin_ms: float
    span_ms: tuple[float, float]
    lost: int


EMPTY_PLOT: Final = PlotState((), (), FIRST_WINDOW_S, False, 0.0, (0.0, 1000.0 * FIRST_WINDOW_S), 0)
