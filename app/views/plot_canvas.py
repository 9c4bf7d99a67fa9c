"""Lines over time: one plot a unit, under each other, all with the same seconds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QWidget

from app.style.theme import Theme
from engine.measure.history import TimeSeries
from engine.measure.quantity import Unit
from engine.skeleton import Handedness

AXIS_WIDTH: Final = 52
MIN_SPAN: Final = {Unit.MM: 20.0, Unit.DEGREES: 20.0, Unit.SHARE: 1.0}
"""Noise is not blown up to the plot's height."""
TICK_DENSITY: Final = 0.5
"""The plots are low: fewer numbers, so that none covers another."""
MAX_POINTS: Final = 1_500
"""Of one line; more cannot be told apart."""
LINE_WIDTH: Final = 1.6
STEPS: Final = (1.0, 2.0, 5.0, 10.0)


class PlotCanvas(pg.GraphicsLayoutWidget):
    """Draws time series; made on demand, as pyqtgraph takes a third of a second to import.

    GUI thread only.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Plot")
        self.setAccessibleDescription("The chosen measures over time")
        self.setMinimumSize(QSize(180, 90))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.ci.layout.setContentsMargins(4, 8, 14, 2)
        self.ci.layout.setVerticalSpacing(4)
        self._theme = theme
        self._free = False
        self._plots: dict[Unit, Any] = {}
        self._lines: dict[tuple[str, Handedness], Any] = {}
        self._drawn_in: dict[tuple[str, Handedness], QColor] = {}
        self._limits: dict[Unit, tuple[float, ...]] = {}
        self.set_theme(theme)

    @property
    def units(self) -> tuple[Unit, ...]:
        """The units of the plots, from top to bottom."""
        return tuple(self._plots)

    @property
    def x_range_s(self) -> tuple[float, float]:
        """The seconds at the left and right ends."""
        for plot in self._plots.values():
            first, last = plot.viewRange()[0]
            return float(first), float(last)
        return 0.0, 0.0

    def line_of(self, key: str, side: Handedness) -> tuple[np.ndarray, np.ndarray]:
        """Seconds and values of a line that is drawn; empty if it is not."""
        line = self._lines.get((key, side))
        if line is None:
            return np.zeros(0), np.zeros(0)
        x, y = line.getData()
        return (np.zeros(0), np.zeros(0)) if x is None else (x, y)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self.setBackground(QColor(theme.window))
        for plot in self._plots.values():
            self._apply_theme(plot)

    def set_free(self, free: bool) -> None:
        """Let the mouse move and zoom what stands still, or not."""
        self._free = free
        self._limits.clear()
        for plot in self._plots.values():
            plot.setMouseEnabled(x=free, y=free)

    def show_series(
        self,
        series: Sequence[TimeSeries],
        colours: Mapping[str, QColor],
        origin_ms: float,
        span_ms: tuple[float, float],
    ) -> None:
        """Draw ``series``, each in the colour of its quantity, left hands dashed."""
        units = tuple(dict.fromkeys(one.quantity.unit for one in series))
        if units != self.units:
            self._rebuild(units)
        wanted = {(one.quantity.key, one.side): one for one in series}
        for gone in set(self._lines) - set(wanted):
            line = self._lines.pop(gone)
            self._drawn_in.pop(gone, None)
            line.getViewBox().removeItem(line)
        for place, one in wanted.items():
            self._draw(place, one, colours[one.quantity.key], origin_ms)
        if not self._free:
            self.show_span(series, origin_ms, span_ms)

    def show_span(
        self, series: Sequence[TimeSeries], origin_ms: float, span_ms: tuple[float, float]
    ) -> None:
        """Show these times, and every value in them."""
        first, last = ((time - origin_ms) / 1000.0 for time in span_ms)
        for unit, plot in self._plots.items():
            values = [c.between(*span_ms).values for c in series if c.quantity.unit is unit]
            limits = nice_range(np.concatenate(values), MIN_SPAN[unit])
            if self._limits.get(unit) != (first, last, *limits):
                self._limits[unit] = (first, last, *limits)
                plot.setXRange(first, max(last, first + 1e-3), padding=0.0)
                plot.setYRange(*limits, padding=0.0)

    def _draw(
        self, place: tuple[str, Handedness], one: TimeSeries, colour: QColor, origin_ms: float
    ) -> None:
        line = self._lines.get(place)
        if line is None:
            line = pg.PlotCurveItem(connect="finite", antialias=True)
            self._lines[place] = line
            self._plots[one.quantity.unit].addItem(line)
        if self._drawn_in.get(place) != colour:  # a new pen makes the line anew
            self._drawn_in[place] = colour
            line.setPen(_pen(colour, dashed=one.side is Handedness.LEFT))
        times, values = one.line(MAX_POINTS)
        line.setData((times - origin_ms) / 1000.0, values)

    def _rebuild(self, units: tuple[Unit, ...]) -> None:
        self.clear()
        self._plots, self._lines, self._drawn_in, self._limits = {}, {}, {}, {}
        for row, unit in enumerate(units):
            plot = self.addPlot(row=row, col=0)
            plot.setMenuEnabled(False)
            plot.hideButtons()
            plot.setMouseEnabled(x=self._free, y=self._free)
            plot.showGrid(x=True, y=True, alpha=0.16)
            plot.getAxis("left").setWidth(AXIS_WIDTH)
            plot.getAxis("left").setTickDensity(TICK_DENSITY)
            plot.getAxis("bottom").setStyle(showValues=row == len(units) - 1)
            plot.getAxis("bottom").setHeight(20 if row == len(units) - 1 else 4)
            if self._plots:
                plot.setXLink(next(iter(self._plots.values())))
            self._plots[unit] = plot
            self._apply_theme(plot)

    def _apply_theme(self, plot: Any) -> None:
        unit = next((unit for unit, other in self._plots.items() if other is plot), None)
        quiet = QColor(self._theme.muted)
        for name in ("left", "bottom"):
            axis = plot.getAxis(name)
            axis.setPen(QPen(quiet, 1.0))
            axis.setTextPen(quiet)
        plot.setLabel("left", "" if unit is None else unit.value, color=self._theme.muted)


def nice_range(values: np.ndarray, least_span: float) -> tuple[float, float]:
    """Round limits that hold every value and seldom change; at least ``least_span`` apart."""
    seen = values[np.isfinite(values)]
    low, high = (float(seen.min()), float(seen.max())) if seen.size else (0.0, least_span)
    if least_span == 1.0 and low >= 0.0 and high <= 1.0:
        return -0.05, 1.05
    missing = max(least_span - (high - low), 0.0) / 2.0
    low, high = low - missing, high + missing
    rough = (high - low) / 4.0
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(s * unit for s in STEPS if s * unit >= rough * 0.999)
    return math.floor(low / step) * step, math.ceil(high / step) * step


def _pen(colour: QColor, *, dashed: bool) -> QPen:
    pen = pg.mkPen(colour, width=LINE_WIDTH)
    if dashed:
        pen.setDashPattern([5.0, 3.5])
    return pen
