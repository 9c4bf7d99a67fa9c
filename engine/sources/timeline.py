"""When the frames of a recording were taken: a rising timeline out of stamps that may be wrong.

Programs and cameras damage stamps in few ways: single ones are nonsense, frames lie out of order, a
recorder was paused, the clock is exchanged for another one or its counter begins again. Each is
told from the others by how the stamps go on afterwards. No file is read here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.sources.clock_chain import LONG_PAUSE_MS, ClockChain

Floats = NDArray[np.float64]

REGULAR_MS: Final = 1000.0
"""Steps up to this need no explanation: some frames were dropped."""
LATEST_MS: Final = 1e15
"""No clock shows a time so far from its beginning: 30,000 years."""
_MAX_DISORDER: Final = 32


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Order and times of a recording's frames.

    ``order`` [N]: frame k is the ``order[k]``-th of the frames as they lie in the file.
    ``times_ms`` [N]: when frame k was taken, finite and strictly rising, on the clock that most
    frames share. ``replaced`` counts stamps that were replaced. ``notice`` says in a sentence
    without a subject what was mended ("1 of 10 times was wrong and is replaced"), empty if nothing.
    """

    order: NDArray[np.intp]
    times_ms: Floats
    replaced: int = 0
    notice: str = ""


def _believable(stamps_ms: ArrayLike) -> Floats:
    """The stamps [N], NaN where no clock shows such a time."""
    stamps = np.array(stamps_ms, dtype=np.float64)
    stamps[~(np.abs(stamps) < LATEST_MS)] = np.nan
    return stamps


def repair_timeline(
    stamps_ms: ArrayLike,
    *,
    period_ms: float,
    recorded_ms: ArrayLike | None = None,
    clocks: Callable[[], Sequence[Hashable]] | None = None,
    may_sort: bool = True,
) -> Timeline:
    """Make a timeline of the frames' stamps: right stamps and true intervals stay as they are.

    - Frames that lie at most a second or so out of order are sorted by their stamps.
    - A stamp that fits neither before nor after is replaced by one between its neighbours'.
    - A gap is a pause and stays, also one of hours if more than two frames follow.
    - A counter that begins again is counted on; dropped frames after it leave their gap.
    - A jump that stays, or that ``clocks`` explains, is a change of clock: both parts are joined
      with the interval of ``recorded_ms``, if that is believable, else one frame period.
    - If less than half of the stamps can be believed, ``recorded_ms`` takes their place.

    Args:
        stamps_ms: the images' own stamps [N] in ms as they lie in the file; NaN = none. N >= 1.
        period_ms: the nominal time between frames, for recordings that do not show it.
        recorded_ms: when each frame was written [N], on another clock, perhaps wrong itself.
        clocks: returns which clock each stamp is of [N], e.g. the SDK's timestamp_domain, None
            where that is unknown; it is asked only if there is something odd.
        may_sort: False keeps the order of the file.
    """
    stamps = _believable(stamps_ms)
    recorded = None if recorded_ms is None else _believable(recorded_ms)
    in_file = np.arange(len(stamps))
    nominal_ms, period_ms = period_ms, _period_ms(stamps, period_ms)
    limit_ms = max(REGULAR_MS, 5.0 * period_ms)
    if _regular(stamps, limit_ms):
        return Timeline(in_file, stamps.copy())
    names: list[Hashable] = [None] * len(stamps) if clocks is None else list(clocks())
    if may_sort and len(set(names)) == 1:
        order = _sorted_order(stamps, limit_ms, min(period_ms, nominal_ms))
        if order is not None:
            notice = "frames are put in the order of their times"
            return Timeline(order, stamps[order], notice=notice)
    chain = ClockChain.of(stamps, names, limit_ms, period_ms, recorded)
    if recorded is not None and 2 * len(chain.kept) <= len(stamps) and np.ptp(recorded) > 0:
        other = repair_timeline(recorded, period_ms=period_ms, may_sort=False)
        notice = "the frames' own times are unusable, those of recording are taken"
        return Timeline(other.order, other.times_ms, len(stamps), notice)
    times = chain.times_ms(recorded)
    replaced = len(stamps) - len(chain.kept)
    return Timeline(in_file, times, replaced, _notice(chain, len(stamps)))


def _regular(stamps: Floats, limit_ms: float) -> bool:
    """Whether all stamps are numbers that rise without a large step."""
    steps = np.diff(stamps)
    return bool(np.isfinite(stamps).all() and ((steps > 0) & (steps <= limit_ms)).all())


def _sorted_order(stamps: Floats, limit_ms: float, period_ms: float) -> NDArray[np.intp] | None:
    """The order of the stamps, if it is regular and nearly that of the file."""
    if not np.isfinite(stamps).all():
        return None
    order = np.argsort(stamps, kind="stable")
    near = np.abs(order - np.arange(len(order))).max() <= _MAX_DISORDER
    if not near or not _regular(stamps[order], limit_ms):
        return None
    # Two parts of a clock that began again interleave: their frames are too close together.
    return order if np.median(np.diff(stamps[order])) > 0.75 * period_ms else None


def _period_ms(stamps: Floats, nominal_ms: float) -> float:
    """The usual time between frames."""
    with np.errstate(invalid="ignore"):
        steps = np.diff(stamps)
        usual = steps[(steps > 0) & (steps <= LONG_PAUSE_MS)]
    return float(np.median(usual)) if len(usual) else nominal_ms


def _notice(chain: ClockChain, count: int) -> str:
    missing = int(np.count_nonzero(~np.isfinite(chain.stamps)))
    wrong = count - len(chain.kept) - missing
    parts = []
    if wrong:
        are = "was wrong and is" if wrong == 1 else "were wrong and are"
        parts.append(f"{wrong} of {count} times {are} replaced")
    if missing:
        are = "is missing and is" if missing == 1 else "are missing and are"
        parts.append(f"{missing} of {count} times {are} estimated")
    if chain.joins:
        times = "once" if chain.joins == 1 else f"{chain.joins} times"
        parts.append(f"its clock changes {times}, the times are joined")
    if chain.wraps:
        parts.append("its clock begins again, the times are counted on")
    return ", ".join(parts)
