"""The strip at the bottom and the panel of all figures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from app.application import Application
from app.state.figures import PerformanceFigures, Usage
from app.state.window_state import Phase
from app.style.theme import DARK
from app.views.performance_view import PerformanceView
from app.views.status_strip import StatusStrip
from engine.run.state import RunnerSnapshot, RunState
from engine.timing import StageStats
from tests.windows import until, write_folder

TIMES = {"crop": 0.9, "network": 6.7, "smooth": 0.1, "detect": 2.0, "step": 9.1}
STAGES = tuple(StageStats(name, ms, 3 * ms, 50) for name, ms in TIMES.items())
FIGURES = RunnerSnapshot(RunState.RUNNING, "", "", 300, 290, 10, 30.0, 29.0, 12.0, STAGES)
SHOWN = PerformanceFigures(FIGURES, 31.4, 12.0, Usage(83.0, 412.0, 130.0, 14), "CPU")


def test_where_room_is_short_the_lesser_figures_stay_away(qtbot: QtBot, qapp: QApplication) -> None:
    strip = StatusStrip(DARK)
    qtbot.addWidget(strip)
    strip.resize(1320, 32)
    strip.show()
    strip.show_performance(SHOWN)
    strip.frames.show_text("12345")
    assert strip.stages.isVisible()
    assert strip.rate.text == "30 → 29 fps"
    assert strip.age.text == "31 ms"
    strip.show_stream("2 clients  ·  0 lost", "")
    fits(strip)
    for width in (1000, 800, 640):
        strip.resize(width, 32)
        qapp.processEvents()
        fits(strip)
        assert strip.rate.isVisible()
        assert strip.age.isVisible()
    assert not strip.stages.isVisible()
    strip.resize(1600, 32)
    qapp.processEvents()
    assert strip.stages.isVisible()
    fits(strip)


def fits(strip: StatusStrip) -> None:
    row = strip.layout()
    row.activate()
    assert row.sizeHint().width() <= strip.width()
    shown = [figure for figure in strip._figures if figure.isVisible()]
    for left, right in pairwise(shown):
        assert left.geometry().right() < right.geometry().left()


def test_a_recording_has_one_rate_and_none_before_it_is_known(
    qtbot: QtBot, start: Callable[..., Application], tmp_path: Path
) -> None:
    application = start(str(write_folder(tmp_path / "hand", frames=20)))
    strip = application.window.status_strip
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    seen: set[str] = set()

    def known() -> bool:
        seen.add(strip.rate.text)
        return strip.rate.text.endswith("fps")

    until(qtbot, known)
    assert all("→" not in text and not text.startswith("0") for text in seen)
    strip.show_performance(replace(SHOWN, snapshot=replace(FIGURES, fps_in=0.0, fps_out=0.0)))
    assert strip.rate.text == "–"


def test_all_figures_are_shown_on_demand(qtbot: QtBot, start: Callable[..., Application]) -> None:
    application = start()
    dock = application.window.panels.performance
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    assert dock.view is None
    application.window.status_strip.findChild(QToolButton, "details").click()
    until(qtbot, dock.isVisible)
    view = dock.view
    assert isinstance(view, PerformanceView)
    until(qtbot, lambda: bool(view.usage.texts))
    until(qtbot, lambda: view.usage.texts["memory"] != ("–",))
    assert view.usage.texts["networks run on"] == ("CPU",)
    assert float(view.stages.texts["detect"][0]) == 1.0
    view.show_performance(SHOWN)
    assert view.stages.texts["whole step"] == ("9.10", "27.30")
    assert "estimate" not in view.stages.texts
    assert view.losses.texts["replaced by a newer frame"] == ("10",)
    assert view.usage.texts["memory"] == ("412 MB",)
    dock.close()
    assert not dock.toggleViewAction().isChecked()
