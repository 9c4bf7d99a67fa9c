"""What the names of numbered files say: their order, and the times some programs put in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

_NUMBER: Final = re.compile(r"[0-9]+\.[0-9]+|[0-9]+")
_DECIMAL: Final = re.compile(r"(^|[^0-9])([0-9]+)\.([0-9]+)")
_THREE_NUMBERS: Final = re.compile(r"[0-9]\.[0-9]+\.[0-9]")
_FINE_DIGITS: Final = 4
_DIGITS: Final = re.compile(r"[0-9]+")
_EPOCH: Final = ((9e8, 5e9, 1e3), (9e11, 5e12, 1.0), (9e14, 5e15, 1e-3), (9e17, 5e18, 1e-6))
"""Least and most number of seconds, ms, us and ns since 1970 in our time, and a unit's ms."""
_SECOND_MS, _MS, _MICRO_MS, _NANO_MS = 1e3, 1.0, 1e-3, 1e-6
_COUNTER_DIGITS: Final = 9
"""Whole numbers with fewer digits count frames rather than time."""
_MAX_OFF: Final = 20.0
_MAX_OFF_WHOLE: Final = 4.0
"""The usual step of a clock that does not count since 1970 is at most so many frame periods."""

NameKey = tuple[tuple[tuple[Decimal, str], ...], str]


class FileNames:
    """The names of a recording's files without their suffixes.

    A point between digits is a decimal one ("1305031453.37", "0.0333333") unless the numbers
    behind it count ("take1.9", "take1.10").
    """

    def __init__(self, stems: Sequence[str]) -> None:
        self._stems = stems
        self._number = _NUMBER if _has_decimals(stems) else _DIGITS

    def order(self) -> list[int]:
        """Places of the names in the order of their numbers: 2 before 10; equal ones by name."""
        return sorted(range(len(self._stems)), key=lambda place: self._key(self._stems[place]))

    def times_ms(self, period_ms: float) -> NDArray[np.float64] | None:
        """The time in each name in ms, [N] as they were given; None where there is none.

        All names must be alike but for their numbers. Numbers in the range of the seconds, ms, us
        or ns since 1970 are times; others, if they are decimal or have many digits, where their
        steps come near ``period_ms``.
        """
        if len({self._number.sub("#", stem) for stem in self._stems}) != 1:
            return None
        columns = list(zip(*map(self._number.findall, self._stems), strict=True))
        for column in columns:
            scale = _epoch_unit_ms(column)
            if scale is not None:
                return _scaled(column, scale)
        for column in columns:
            scale = _clock_unit_ms(column, period_ms)
            if scale is not None:
                return _scaled(column, scale)
        return None

    def _key(self, stem: str) -> NameKey:
        """Numbers by their value, the text between them by itself, texts before numbers."""
        parts, end = [], 0
        for match in self._number.finditer(stem):
            if match.start() > end:
                parts.append((Decimal(-1), stem[end : match.start()]))
            parts.append((Decimal(match[0]), ""))
            end = match.end()
        if end < len(stem):
            parts.append((Decimal(-1), stem[end:]))
        return tuple(parts), stem


def _has_decimals(stems: Sequence[str]) -> bool:
    """Whether points between digits are decimal ones."""
    found = [match for stem in stems if (match := _DECIMAL.search(stem)) is not None]
    if not found or any(_THREE_NUMBERS.search(stem) for stem in stems):
        return False
    fractions = [match[3] for match in found]
    if any(len(match[2]) >= _COUNTER_DIGITS or len(match[3]) >= _FINE_DIGITS for match in found):
        return True
    widths = {len(text) for text in fractions}
    if len(widths) > 1 and any(text.startswith("0") and len(text) > 1 for text in fractions):
        return True
    if any(match[1].isalpha() for match in found):
        return False
    return len(widths) == 1 or not _count_on(found)


def _count_on(found: Sequence[re.Match[str]]) -> bool:
    """Whether the numbers behind the points count: 1.9, 1.10, 1.11."""
    groups: dict[str, list[int]] = {}
    for match in found:
        groups.setdefault(match.string[: match.start(3)], []).append(int(match[3]))
    dense = all(max(group) - min(group) < 1.5 * len(group) for group in groups.values())
    return dense and len(groups) < len(found)


def _epoch_unit_ms(column: Sequence[str]) -> float | None:
    """The unit in ms of numbers that count since 1970."""
    values = np.array([float(text) for text in column])
    if len(values) > 1 and np.ptp(values) == 0:
        return None  # a serial number
    for least, most, scale in _EPOCH:
        if ((values >= least) & (values <= most)).mean() > 0.5:
            return scale
    return None


def _clock_unit_ms(column: Sequence[str], period_ms: float) -> float | None:
    """The unit in ms of numbers that count from elsewhere, as their steps tell it."""
    decimal = any("." in text for text in column)
    if len(column) < 2 or not (decimal or min(map(len, column)) >= _COUNTER_DIGITS):
        return None
    steps = np.diff(np.sort([float(text) for text in column]))
    step = float(np.median(steps))
    if not step > 0:
        return None
    units = (_SECOND_MS, _MS) if decimal else (_MS, _MICRO_MS, _NANO_MS)
    off = {unit: abs(np.log(step * unit / period_ms)) for unit in units}
    best = min(off, key=lambda unit: off[unit])
    return best if off[best] <= np.log(_MAX_OFF if decimal else _MAX_OFF_WHOLE) else None


def _scaled(column: Sequence[str], scale: float) -> NDArray[np.float64]:
    """The numbers in ms; in decimal arithmetic, as ns since 1970 need more than 64 bits hold."""
    unit = Decimal(repr(scale))
    return np.array([float(Decimal(text) * unit) for text in column], dtype=np.float64)
