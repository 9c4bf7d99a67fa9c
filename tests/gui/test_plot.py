"""The plot and the measures in the window, fed by a run."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from app.application import Application
from app.control.plot import FIRST_KEYS, MAX_SERIES, PlotController
from app.settings import Settings
from app.state.messages import Message, MessageCenter
from app.state.window_state import Level
from app.style.theme import DARK, LIGHT
from app.views.measures_view import SIDE_KEY, MeasuresView
from app.views.plot_canvas import nice_range
from app.views.plot_view import PlotView
from app.views.series_list import value_text
from app.views.series_menu import JointPairDialog, fill_series
from app.wiring.panels import connect_plot
from engine.measure.catalogue import quantity
from engine.measure.quantity import Unit, distance
from engine.run.broadcaster import Broadcaster
from engine.skeleton import Handedness
from engine.types import FrameResult, TrackedHand
from tests.fakes import make_frame, make_result
from tests.hand_motions import bent_hand, waving
from tests.windows import menu_of, until

RIGHT, LEFT = Handedness
PIP = quantity("flexion:index_pip")


class FakeRun:
    """A run that publishes what a test gives it."""

    def __init__(self) -> None:
        self._listeners: Broadcaster[FrameResult] = Broadcaster()
        self.listen = self._listeners.add

    def show(self, *indices: int, bent: float | None = None) -> None:
        for index in indices:
            hands = waving(index) if bent is None else (bent_hand(bent),)
            self._listeners.put(make_result(make_frame(index), *hands))


def feed(plot: PlotController, *indices: int, bent: float | None = None) -> FakeRun:
    run = FakeRun()
    plot.attach(run)  # type: ignore[arg-type]
    for index in indices:
        run.show(index, bent=bent)
        plot.tick()
    return run


@pytest.fixture
def messages() -> MessageCenter:
    return MessageCenter()


@pytest.fixture
def plot(settings: Settings, messages: MessageCenter) -> PlotController:
    plot = PlotController(settings, messages)
    plot.set_shown(True)
    return plot


@pytest.fixture
def view(qtbot: QtBot, plot: PlotController, messages: MessageCenter) -> PlotView:
    view = PlotView(DARK)
    connect_plot(view, plot, messages)
    qtbot.addWidget(view)
    view.resize(1000, 320)
    view.show()
    return view


def tick(plot: PlotController, count: int = 12) -> None:
    """Let the plot be drawn with its newest values."""
    for _ in range(count):
        plot._has_new_values = True
        plot.tick()


def test_every_result_of_a_run_is_collected_and_what_comes_too_fast_is_counted(
    plot: PlotController,
) -> None:
    run = feed(plot, *range(20))
    assert [one.side for one in plot.series()] == [RIGHT, LEFT] * len(FIRST_KEYS)
    assert len(plot.series()[0].time_ms) == 20
    run.show(*range(20, 120))
    plot.tick()
    assert plot.lost == 100 - 32
    feed(plot, 5)
    assert len(plot.series()[0].time_ms) == 1 and plot.lost == 0
    plot.attach(None)
    assert len(plot.series()[0].time_ms) == 1
    plot.close()


def test_choices_are_remembered_and_foreign_ones_passed_over(settings: Settings) -> None:
    plot = PlotController(settings, MessageCenter())
    plot.toggle(quantity("openness"))
    plot.toggle(distance("wrist", "index_tip"))
    plot.set_window(30.0)
    again = PlotController(settings, MessageCenter())
    assert again.chosen == plot.chosen and again.window_s == 30.0
    settings.set_text("plot_series", "openness nonsense:1 position:elbow:x openness")
    settings.set_text("plot_window_s", "for ever")
    other = PlotController(settings, MessageCenter())
    assert [one.key for one in other.chosen] == ["openness"] and other.window_s == 10.0


def test_lines_are_the_values_with_gaps_and_axes_have_units(
    view: PlotView, plot: PlotController
) -> None:
    feed(plot, *range(100))
    tick(plot)
    assert view.canvas.units == (Unit.MM, Unit.SHARE, Unit.DEGREES)
    seconds, values = view.canvas.line_of(PIP.key, RIGHT)
    expected = [35.0 + 35.0 * np.sin(k / 9.0) if k % 70 < 58 else np.nan for k in range(100)]
    np.testing.assert_allclose(values, expected, atol=0.01)
    np.testing.assert_allclose(seconds, np.arange(100) / 30.0, atol=1e-6)
    assert view.canvas.x_range_s == pytest.approx((0.0, 10.0)), "it fills from the left"
    view.span.choose(2.0)
    assert view.canvas.x_range_s == pytest.approx((1.4, 3.4)), "then it moves on in steps"
    low, high = view.canvas._plots[Unit.DEGREES].viewRange()[1]
    assert low <= 0.0 and 70.0 <= high <= 100.0
    assert view.list.text_of(PIP.key, RIGHT) == value_text(float(values[-1]), Unit.DEGREES)


def test_a_hand_that_is_not_seen_has_no_line(view: PlotView, plot: PlotController) -> None:
    feed(plot, *range(10), bent=20.0)
    tick(plot)
    assert len(view.canvas.line_of(PIP.key, RIGHT)[0]) == 10
    assert len(view.canvas.line_of(PIP.key, LEFT)[0]) == 0
    assert view.list.text_of(PIP.key, LEFT) == "–"
    assert view.list.text_of(PIP.key, RIGHT) == "20°"


def test_a_paused_plot_stands_still_and_goes_on_where_the_hand_is(
    view: PlotView, plot: PlotController
) -> None:
    run = feed(plot, *range(30))
    tick(plot)
    view.pause.click()
    before = view.canvas.line_of(PIP.key, RIGHT)[0].copy()
    run.show(*range(30, 60))
    plot.tick()
    tick(plot)
    np.testing.assert_array_equal(view.canvas.line_of(PIP.key, RIGHT)[0], before)
    view.span.choose(2.0)
    assert view.canvas.x_range_s == pytest.approx((0.0, 2.0))
    assert len(view.canvas.line_of(PIP.key, RIGHT)[0]) == 30
    view.pause.click()
    tick(plot)
    assert len(view.canvas.line_of(PIP.key, RIGHT)[0]) == 60


def test_what_is_shown_is_copied_and_written(
    view: PlotView, plot: PlotController, tmp_path: Path, qtbot: QtBot
) -> None:
    plot.set_window(2.0)
    feed(plot, *range(100), bent=15.0)
    tick(plot)
    with qtbot.waitSignal(view.message) as told:
        view.write(tmp_path / "plot.csv")
    assert told.args[0].level is Level.INFO
    with (tmp_path / "plot.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [
        "time_ms",
        "right_pinch_index_mm",
        "right_openness",
        "right_flexion_index_pip_deg",
    ]
    assert [float(row["time_ms"]) for row in (rows[0], rows[-1])] == [1400.0, 3300.0]
    assert len(rows) == 58
    assert {row["right_flexion_index_pip_deg"] for row in rows} == {"15.0000"}
    view.copy.click()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 59 and lines[0].split("\t")[0] == "time_ms"
    with qtbot.waitSignal(view.message) as told:
        view.write(tmp_path / "plot.csv" / "place.csv")
    assert told.args[0].level is Level.ERROR


def test_series_are_added_and_removed_up_to_a_number_that_can_be_told_apart(
    view: PlotView, plot: PlotController, messages: MessageCenter
) -> None:
    menu = QMenu()
    fill_series(menu, plot.chosen, plot.toggle, lambda: None)
    assert leaf(menu, "Finger", "Index", "Index PIP flexion").isChecked()
    leaf(menu, "Finger", "Index", "Index PIP flexion").trigger()
    assert PIP not in plot.chosen
    leaf(menu, "Joint position", "Thumb", "Thumb tip", "Thumb tip from camera").trigger()
    assert plot.chosen[-1].key == "position:thumb_tip:range"
    for finger in ("thumb", "index", "middle", "ring", "little"):
        plot.toggle(quantity(f"curl:{finger}"))
    assert len(plot.chosen) == MAX_SERIES
    told: list[Message] = []
    messages.posted.connect(told.append)
    plot.toggle(quantity("confidence"))
    assert "at most" in told[0].text and len(plot.chosen) == MAX_SERIES
    colours = {view._colours[one.key].name() for one in plot.chosen}
    assert len(colours) == MAX_SERIES
    view.list.remove_requested.emit(plot.chosen[0])
    assert len(plot.chosen) == MAX_SERIES - 1
    view.set_theme(LIGHT)
    assert not colours & {view._colours[one.key].name() for one in plot.chosen}


def leaf(menu: QMenu, *titles: str) -> QAction:
    for title in titles[:-1]:
        action = next(a for a in menu.actions() if a.text().replace("&", "").startswith(title))
        menu = menu_of(action)
    return next(a for a in menu.actions() if a.text().startswith(titles[-1]))


def test_a_distance_needs_two_joints(qtbot: QtBot) -> None:
    dialog = JointPairDialog()
    qtbot.addWidget(dialog)
    dialog.second.setCurrentIndex(dialog.first.currentIndex())
    assert not dialog.add.isEnabled()
    dialog.second.setCurrentIndex(0)
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog.add.click()
    assert chosen.args[0].key == "distance:thumb_tip:wrist"


@pytest.mark.parametrize(
    ("values", "least", "expected"),
    [
        ([], 20.0, (-0.0, 20.0)),
        ([50.0, np.nan, 52.0], 20.0, (40.0, 65.0)),
        ([0.2, 0.9], 1.0, (-0.05, 1.05)),
        ([-0.7, 0.9], 1.0, (-1.0, 1.0)),
        ([0.0, 400.0], 20.0, (0.0, 400.0)),
    ],
)
def test_limits_are_round_and_hold_every_value(
    values: list[float], least: float, expected: tuple[float, float]
) -> None:
    low, high = nice_range(np.array(values), least)
    seen = [value for value in values if value == value]
    assert low <= min(seen, default=0.0) and max(seen, default=0.0) <= high
    assert (low, high) == pytest.approx(expected, abs=6.0 if least == 20.0 else 1e-9)


def result(*hands: TrackedHand) -> FrameResult:
    return make_result(make_frame(0), *hands)


def test_measures_are_written_for_each_hand(qtbot: QtBot) -> None:
    view = MeasuresView(DARK)
    qtbot.addWidget(view)
    view.show()
    view.show_result(result(bent_hand(30.0), bent_hand(10.0, LEFT)))
    for _ in range(12):
        view.tick()
    assert view.text_of("flexion:index_pip", RIGHT) == "30°"
    assert view.text_of("flexion:index_pip", LEFT) == "10°"
    assert view.text_of("confidence", RIGHT) == "0.90"
    assert view.text_of("uncertainty", RIGHT) == "10.0 mm"
    assert view.text_of(SIDE_KEY, RIGHT) == "1.00"
    view.show_result(result(bent_hand(30.0)))
    for _ in range(12):
        view.tick()
    assert view.text_of("flexion:index_pip", LEFT) == "–"


def test_panels_are_made_when_they_are_first_shown_and_follow_the_run(
    qtbot: QtBot, start: Callable[..., Application]
) -> None:
    application = start()
    panels = application.window.panels
    assert panels.plot.view is None and panels.measures.view is None
    for dock in (panels.plot, panels.measures):
        dock.toggleViewAction().trigger()
        assert dock.isVisible() and dock.view is not None
    until(qtbot, lambda: panels.measures.view.text_of("confidence", RIGHT) == "0.90")
    until(qtbot, lambda: len(panels.plot.view.canvas.line_of("openness", RIGHT)[0]) > 5)
