"""How long the window's views take to paint, each for itself."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from PySide6.QtWidgets import QWidget

PAINT_MS: Final = 8.0
"""A paint that takes longer costs a picture on a screen of 120 Hz."""


class PaintTimes:
    """Times of every own ``paintEvent`` of a window's widgets, in ms by class: on the wall and
    computing, which is what counts on a busy machine. GUI thread only.

    Made before the window is first shown: Qt finds the methods of a class when it first paints.
    """

    def __init__(self, window: QWidget) -> None:
        self.ms: dict[str, list[tuple[float, float]]] = defaultdict(list)
        kinds = {type(widget) for widget in window.findChildren(QWidget)}
        for kind in kinds:
            if "paintEvent" in vars(kind) and not kind.__module__.startswith("PySide6"):
                self._watch(kind)

    def _watch(self, kind: type[QWidget]) -> None:
        paint, times = kind.paintEvent, self.ms[kind.__name__]

        def timed(widget: QWidget, event: Any) -> None:
            began_s, computed_s = time.perf_counter(), time.thread_time()
            paint(widget, event)
            wall_s, computing_s = time.perf_counter() - began_s, time.thread_time() - computed_s
            times.append((1000.0 * wall_s, 1000.0 * computing_s))

        _replace(kind, timed)

    def lines(self) -> list[str]:
        """One line a view that painted, the slowest first."""
        rows = [(name, np.array(times)) for name, times in self.ms.items() if times]
        rows.sort(key=lambda row: -float(np.percentile(row[1][:, 1], 99)))
        return [
            f"{name + ' paints, median (99%)':30}"
            f"{_pair(ms[:, 0])}, {_pair(ms[:, 1])} computing; over {PAINT_MS:.0f} ms: "
            f"{int((ms[:, 0] > PAINT_MS).sum())}, {int((ms[:, 1] > PAINT_MS).sum())} computing, "
            f"of {len(ms)}"
            for name, ms in rows
        ]


def _pair(ms: np.ndarray) -> str:
    return f"{np.median(ms):.2f} ({np.percentile(ms, 99):.2f}) ms"


def _replace(kind: type[QWidget], paint: Callable[[QWidget, Any], None]) -> None:
    # By setattr: the type is known only here, and a method is not to be assigned to.
    setattr(kind, "paintEvent", paint)  # noqa: B010
