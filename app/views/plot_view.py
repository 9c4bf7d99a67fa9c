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

from app.state.messages import Message
from app.state.plot_state import EMPTY_PLOT, WINDOWS_S, PlotState
from app.state.window_state import Level
from app.style.icons import icon
from app.style.theme import LIGHT, Theme
from app.views.plot_canvas import PlotCanvas
from app.views.series_list import SeriesList
from app.views.series_menu import JointPairDialog, fill_series
from app.views.widgets import set_up_menu_button
from engine.errors import ExportError
from engine.measure.history import TimeSeries
from engine.measure.table import table_text
from engine.output import write_text
from engine.pictures.palette import SERIES_ON_DARK, SERIES_ON_LIGHT
from engine.skeleton import Handedness

VALUES_EVERY: Final = 3
"""Numbers that change faster cannot be read."""
NOTHING: Final = "Choose with Add what is plotted"


class PlotView(QWidget):
    """Plots the chosen quantities of the hands. GUI thread only."""

    message = Signal(object)
    """A ``Message`` for the user."""
    toggle_requested = Signal(object)
    """A ``Quantity`` to plot, or to plot no more."""
    add_requested = Signal(object)
    """A ``Quantity`` to plot, too."""
    window_chosen = Signal(float)
    """How many seconds are to be shown."""
    pause_toggled = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plotView")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self._state = EMPTY_PLOT
        self._advances = 0
        self._colours: dict[str, QColor] = {}
        self._places: dict[str, int] = {}
        self.menu = QMenu(self)
        self.add = _button("Add", "Choose what is plotted")
        self.span = SpanButton(EMPTY_PLOT.window_s)
        self.pause = _button("Pause the plot", "Freeze the plot, to move and zoom in it")
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

    def show_plot(self, state: PlotState) -> None:
        """Another choice of what is plotted, or of how."""
        before, self._state = self._state, state
        self.span.setText(f"{state.window_s:g} s")
        self.pause.setChecked(state.paused)
        if state.chosen != before.chosen:
            self._show_chosen()
        else:
            self._draw()
            self._show_values()
        if state.paused is not before.paused:
            self.canvas.set_free(state.paused)
            self._show_paused()
        elif state.paused and state.window_s != before.window_s:
            self.canvas.show_span(state.series, state.origin_ms, state.span_ms)

    def show_frames(self, state: PlotState) -> None:
        """More frames; their values are written less often, as they could not be read."""
        self._state = state
        self._advances += 1
        self._draw()
        if self._advances % VALUES_EVERY == 0:
            self._show_values()

    def shown(self) -> tuple[TimeSeries, ...]:
        """The part of the time series that is seen, without hands that are not."""
        origin = self._state.origin_ms
        first, last = (origin + seconds * 1000.0 for seconds in self.canvas.x_range_s)
        parts = [one.between(first, last) for one in self._state.series]
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
        self.menu.aboutToShow.connect(self._fill_menu)
        self.pair.chosen.connect(self.add_requested)
        self.list.remove_requested.connect(self.toggle_requested)
        self.span.chosen.connect(self.window_chosen)
        self.pause.clicked.connect(self.pause_toggled)
        self.copy.clicked.connect(self._copy)
        self.save.clicked.connect(self._ask_where)

    # -- inside ------------------------------------------------------------------------------

    def _fill_menu(self) -> None:
        fill_series(self.menu, self._state.chosen, self.toggle_requested.emit, self.pair.open)

    def _draw(self) -> None:
        state = self._state
        seen = [one for one in state.series if not one.empty]
        right = [one for one in state.series if one.side is Handedness.RIGHT]
        self.canvas.show_series(seen or right, self._colours, state.origin_ms, state.span_ms)

    def _show_values(self) -> None:
        self.list.show_values(self._state.series)
        self._show_note()

    def _show_chosen(self) -> None:
        chosen = self._state.chosen
        series = SERIES_ON_LIGHT if self._theme is LIGHT else SERIES_ON_DARK
        self._places = {q.key: self._places[q.key] for q in chosen if q.key in self._places}
        for quantity in chosen:
            free = (k for k in range(len(series)) if k not in self._places.values())
            self._places.setdefault(quantity.key, next(free, 0))
        self._colours = {key: QColor(*series[place]) for key, place in self._places.items()}
        self.list.show_series(chosen, self._colours)
        self._draw()
        self._show_values()

    def _show_note(self) -> None:
        lost = self._state.lost
        late = f"{lost} frames came too fast for the plot" if lost else ""
        self.note.setText(late if self._state.chosen else NOTHING)

    def _show_paused(self) -> None:
        paused = self._state.paused
        self.pause.setIcon(icon("play" if paused else "pause", self._theme.text))
        self.pause.setText("Resume the plot" if paused else "Pause the plot")

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(table_text(self.shown(), "\t"))
        self.message.emit(Message("What the plot shows was copied as a table."))

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
            self.message.emit(Message(str(error), Level.ERROR))
        else:
            self.message.emit(Message(f"Wrote what the plot shows: {path}"))


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
        set_up_menu_button(self, "menuButton", "Time shown", "How much time the plot shows")
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
