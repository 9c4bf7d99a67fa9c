"""The plot's panel: what is plotted, how much time, standing still, copies and files of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.control.plot import WINDOWS_S, PlotController
from app.state.window_state import Level
from app.style.icons import icon
from app.style.theme import LIGHT, Theme
from app.views.plot_canvas import PlotCanvas
from app.views.series_list import SeriesList
from app.views.series_menu import JointPairDialog, fill_series
from engine.errors import ExportError, InvalidInputError
from engine.measure.history import TimeSeries
from engine.measure.quantity import Quantity
from engine.measure.table import table_text
from engine.output import write_text
from engine.pictures.palette import SERIES_ON_DARK, SERIES_ON_LIGHT

EVERY_TICKS: Final = 4
"""The plot is drawn at 15 pictures a second: enough to follow, and the hand comes first."""
VALUES_TICKS: Final = 12
"""Numbers that change faster cannot be read."""
NOTHING: Final = "Choose with Add what is plotted"


class PlotView(QWidget):
    """Plots the chosen quantities of the hands. GUI thread only."""

    message = Signal(str, object)
    """A sentence for the user and its ``Level``."""

    def __init__(self, theme: Theme, plot: PlotController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plotView")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self._plot = plot
        self._ticks = 0
        self._news = True
        self._colours: dict[str, QColor] = {}
        self._places: dict[str, int] = {}
        self.menu = QMenu(self)
        self.add = _button("Add", "Choose what is plotted")
        self.span = SpanButton(plot.window_s)
        self.pause = _button("Pause the plot", "Let the plot stand still, to look around in it")
        self.copy = _button("Copy", "Copy what is shown as a table")
        self.save = _button("Save as CSV…", "Write what is shown to a CSV file")
        self.note = QLabel()
        self.note.setObjectName("muted")
        self.canvas = PlotCanvas(theme)
        self.list = SeriesList(theme)
        self.pair = JointPairDialog(self)
        self._lay_out()
        self._connect()
        self.set_theme(theme)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Wide and low."""
        return QSize(900, 250)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        for button, name in ((self.add, "add"), (self.copy, "copy"), (self.save, "export")):
            button.setIcon(icon(name, theme.text))
        self.canvas.set_theme(theme)
        self.list.set_theme(theme)
        self._show_paused()
        self._show_chosen()

    def tick(self, news: bool) -> None:
        """Called by the window's timer; ``news``: there are more frames than before."""
        self._news = self._news or news
        self._ticks += 1
        if not self._news or self._ticks % EVERY_TICKS or not self.isVisible():
            return
        self._news = False
        if not self._plot.paused:
            self._draw()

    def recall(self) -> None:
        """What is chosen was changed elsewhere."""
        self.span.setText(f"{self._plot.window_s:g} s")
        self._show_chosen()

    def toggle(self, quantity: Quantity) -> None:
        """Plot ``quantity``, or plot it no more."""
        try:
            self._plot.toggle(quantity)
        except InvalidInputError as error:
            self.message.emit(str(error), Level.WARNING)
            return
        self._show_chosen()

    def shown(self) -> tuple[TimeSeries, ...]:
        """The part of the time series that is seen, without hands that are not."""
        series, origin = self._plot.series(), self._plot.origin_ms
        first, last = (origin + seconds * 1000.0 for seconds in self.canvas.x_range_s)
        parts = [one.between(first, last) for one in series]
        return tuple(part for part in parts if not part.empty)

    # -- building ----------------------------------------------------------------------------

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 4)
        bar.setSpacing(4)
        for widget in (self.add, self.pause):
            bar.addWidget(widget)
        bar.addSpacing(6)
        bar.addWidget(self.span)
        bar.addSpacing(8)
        bar.addWidget(self.note, 1)
        for widget in (self.copy, self.save):
            bar.addWidget(widget)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(self.list)
        split.addWidget(self.canvas)
        split.setStretchFactor(1, 1)
        split.setSizes([310, 900])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(split, 1)

    def _connect(self) -> None:
        self.add.setObjectName("menuButton")
        self.add.setMenu(self.menu)
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.pause.setCheckable(True)
        self.menu.aboutToShow.connect(
            lambda: fill_series(self.menu, self._plot.chosen, self.toggle, self.pair.open)
        )
        self.pair.chosen.connect(self._add_quantity)
        self.list.remove_requested.connect(self.toggle)
        self.span.chosen.connect(self._span_chosen)
        self.pause.toggled.connect(self._pause_toggled)
        self.copy.clicked.connect(self._copy)
        self.save.clicked.connect(self._ask_where)

    # -- inside ------------------------------------------------------------------------------

    def _add_quantity(self, quantity: Quantity) -> None:
        if quantity not in self._plot.chosen:
            self.toggle(quantity)

    def _draw(self) -> None:
        series = self._plot.series()
        seen = [c for c in series if not c.empty] or [c for c in series if c.side is c.side.RIGHT]
        origin, span = self._plot.origin_ms, self._plot.span_ms()
        self.canvas.show_series(seen, self._colours, origin, span)
        if self._ticks % VALUES_TICKS == 0 or self._plot.paused:
            self.list.show_values(series)
            self._show_note()

    def _show_chosen(self) -> None:
        chosen = self._plot.chosen
        series = SERIES_ON_LIGHT if self._theme is LIGHT else SERIES_ON_DARK
        self._places = {q.key: self._places[q.key] for q in chosen if q.key in self._places}
        for quantity in chosen:
            free = (k for k in range(len(series)) if k not in self._places.values())
            self._places.setdefault(quantity.key, next(free, 0))
        self._colours = {key: QColor(*series[place]) for key, place in self._places.items()}
        self.list.show_series(chosen, self._colours)
        self._draw()
        self.list.show_values(self._plot.series())
        self._show_note()

    def _show_note(self) -> None:
        lost = self._plot.lost
        late = f"{lost} frames came too fast for the plot" if lost else ""
        self.note.setText(late if self._plot.chosen else NOTHING)

    def _show_paused(self) -> None:
        paused = self._plot.paused
        self.pause.setIcon(icon("play" if paused else "pause", self._theme.text))
        self.pause.setText("Go on" if paused else "Pause the plot")

    def _span_chosen(self, seconds: float) -> None:
        self._plot.set_window(seconds)
        self._draw()
        if self._plot.paused:
            series = self._plot.series()
            self.canvas.show_span(series, self._plot.origin_ms, self._plot.span_ms())

    def _pause_toggled(self, paused: bool) -> None:
        self._plot.set_paused(paused)
        self._draw()
        self.canvas.set_free(paused)
        self._show_paused()
        self._news = True

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(table_text(self.shown(), "\t"))
        self.message.emit("What the plot shows was copied as a table.", Level.INFO)

    def _ask_where(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, "Write what the plot shows", "plot.csv", "Tables (*.csv)"
        )
        if path:
            self.write(Path(path))

    def write(self, path: Path) -> None:
        """Write what is shown to ``path``."""
        try:
            write_text(path, table_text(self.shown()))
        except ExportError as error:
            self.message.emit(str(error), Level.ERROR)
        else:
            self.message.emit(f"Wrote what the plot shows: {path}", Level.INFO)


def _button(name: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(name)
    button.setToolTip(tip)
    button.setAccessibleName(name)
    button.setAccessibleDescription(tip)
    button.setIconSize(QSize(16, 16))
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


class SpanButton(QToolButton):
    """Names how much time is shown and offers others. GUI thread only."""

    chosen = Signal(float)

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.setObjectName("menuButton")
        self.setAccessibleName("Time shown")
        self.setToolTip("How much time the plot shows")
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        menu = QMenu(self)
        for choice in WINDOWS_S:
            action = menu.addAction(f"{choice:g} s")
            action.triggered.connect(lambda _on=False, choice=choice: self.choose(choice))
        self.setMenu(menu)
        self.setText(f"{seconds:g} s")

    def choose(self, seconds: float) -> None:
        """Show so much time."""
        self.setText(f"{seconds:g} s")
        self.chosen.emit(seconds)
