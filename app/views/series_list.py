"""The chosen series beside the plot: colour, name, the hands' newest values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QScrollArea,
    QToolButton,
    QWidget,
)

from app.style.icons import icon
from app.style.theme import Theme
from app.views.timeline import tabular
from app.views.widgets import grid_panel, set_up_scroll_area
from engine.measure.history import TimeSeries
from engine.measure.quantity import Quantity, Unit
from engine.skeleton import Handedness

DIGITS: Final = {Unit.MM: 1, Unit.DEGREES: 0, Unit.SHARE: 2}
VALUE_WIDTH: Final = 62
HEADS: Final = ("", "", "Right", "Left", "")
NO_VALUE: Final = "–"


def value_text(value: float, unit: Unit) -> str:
    """A value with its unit; a dash where there is none."""
    if not math.isfinite(value):
        return NO_VALUE
    sign = "" if unit is Unit.SHARE else "°" if unit is Unit.DEGREES else " mm"
    return f"{value:.{DIGITS[unit]}f}{sign}"


class Swatch(QWidget):
    """The line's colour: whole for the right hand, dashed for the left."""

    def __init__(self, colour: QColor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colour = colour
        self.setFixedSize(QSize(22, 14))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw a piece of the line."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._colour, 3.0, c=Qt.PenCapStyle.RoundCap))
            painter.drawLine(3, 7, 19, 7)


class SeriesList(QScrollArea):
    """One line a quantity. GUI thread only."""

    remove_requested = Signal(object)
    """A ``Quantity``."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_up_scroll_area(self, "seriesList", "Plotted series")
        self._theme = theme
        self._values: dict[tuple[str, Handedness], QLabel] = {}

    def show_series(self, chosen: Sequence[Quantity], colours: Mapping[str, QColor]) -> None:
        """List these."""
        self._values = {}
        body, grid = grid_panel("seriesBody", (10, 6, 4, 6), (6, 2))
        grid.setColumnStretch(1, 1)
        if chosen:
            for column, title in enumerate(HEADS):
                grid.addWidget(_muted_label(title), 0, column)
        for row, quantity in enumerate(chosen, start=1):
            self._add(grid, row, quantity, colours[quantity.key])
        grid.setRowStretch(len(chosen) + 1, 1)
        self.setWidget(body)

    def show_values(self, series: Sequence[TimeSeries]) -> None:
        """The hands' newest values."""
        for one in series:
            label = self._values.get((one.quantity.key, one.side))
            if label is not None:
                label.setText(value_text(one.last, one.quantity.unit))

    def text_of(self, key: str, side: Handedness) -> str:
        """What is written for a quantity of one hand."""
        return self._values[key, side].text()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme; ``show_series`` follows."""
        self._theme = theme

    def _add(self, grid: QGridLayout, row: int, quantity: Quantity, colour: QColor) -> None:
        name = QLabel(quantity.name)
        name.setToolTip(quantity.about)
        name.setMinimumWidth(60)
        grid.addWidget(Swatch(colour), row, 0)
        grid.addWidget(name, row, 1)
        for column, side in ((2, Handedness.RIGHT), (3, Handedness.LEFT)):
            value = _muted_label(NO_VALUE)
            value.setObjectName("")
            value.setFont(tabular(value.font()))
            value.setAccessibleName(f"{quantity.name}, {side.value} hand")
            self._values[quantity.key, side] = value
            grid.addWidget(value, row, column)
        remove = QToolButton()
        remove.setIcon(icon("close", self._theme.muted))
        remove.setIconSize(QSize(11, 11))
        remove.setToolTip(f"Remove {quantity.name}")
        remove.setAccessibleName(f"Remove {quantity.name}")
        remove.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        remove.clicked.connect(lambda: self.remove_requested.emit(quantity))
        grid.addWidget(remove, row, 4)


def _muted_label(text: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName("muted")
    label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    if text:
        label.setMinimumWidth(VALUE_WIDTH)
    return label
