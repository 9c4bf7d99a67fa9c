"""Time series as text: one row a frame, one column a quantity and hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.errors import InvalidInputError
from engine.measure.history import TimeSeries


def table_text(series: Sequence[TimeSeries], separator: str = ",") -> str:
    """A line of names, then ``time_ms`` and the values of each frame; empty where no hand was.

    Raises:
        InvalidInputError: if the series are not of the same frames.
    """
    if not series:
        return "time_ms\n"
    times = series[0].time_ms
    if any(not np.array_equal(one.time_ms, times) for one in series):
        raise InvalidInputError("only series of the same frames make a table")
    names = [f"{one.side.value}_{one.quantity.column}" for one in series]
    lines = [separator.join(["time_ms", *names])]
    values = np.stack([one.values for one in series], axis=1)
    for time_ms, row in zip(times.tolist(), values.tolist(), strict=True):
        fields = ["" if value != value else f"{value:.4f}" for value in row]
        lines.append(separator.join([f"{time_ms:.3f}", *fields]))
    return "\n".join(lines) + "\n"
