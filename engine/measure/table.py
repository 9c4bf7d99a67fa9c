"""Courses as text: one row a frame, one column a quantity and hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.errors import InvalidInputError
from engine.measure.history import Course


def table_text(courses: Sequence[Course], separator: str = ",") -> str:
    """A line of names, then ``time_ms`` and the values of each frame; empty where no hand was.

    Raises:
        InvalidInputError: if the courses are not of the same frames.
    """
    if not courses:
        return "time_ms\n"
    times = courses[0].time_ms
    if any(not np.array_equal(course.time_ms, times) for course in courses):
        raise InvalidInputError("only courses of the same frames make a table")
    names = [f"{course.side.value}_{course.quantity.column}" for course in courses]
    lines = [separator.join(["time_ms", *names])]
    values = np.stack([course.values for course in courses], axis=1)
    for time_ms, row in zip(times.tolist(), values.tolist(), strict=True):
        fields = ["" if value != value else f"{value:.4f}" for value in row]
        lines.append(separator.join([f"{time_ms:.3f}", *fields]))
    return "\n".join(lines) + "\n"
