"""Which panels there are, and what they show."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.control.event_logger import EventLogger
from app.control.plot import PlotController
from app.settings import Settings
from app.state.event_log import EventLog
from app.state.session import Run
from app.state.window_state import Level, WindowState
from app.style.theme import Theme
from app.views.dock import Dock, LazyDock
from app.views.log_view import LogView
from app.views.measures_view import MeasuresView
from app.views.performance_view import PerformanceView
from app.views.scene_view import SceneView
from app.window.dock_layout import BOTTOM, LEFT, RIGHT, DockPlacement
from engine.types import FrameResult

PLOT_HEIGHT: Final = 290
MEASURES_WIDTH: Final = 262


class Panels(QObject):
    """The 3D view, the measures, the plot, the log and all figures of the run. GUI thread only."""

    message = Signal(str, object)
    """A sentence for the user and its ``Level``."""

    def __init__(self, settings: Settings, scene_view: SceneView) -> None:
        super().__init__()
        self.plot_controller = PlotController(settings)
        self.log = EventLog()
        self.event_logger = EventLogger(self.log)
        self.scene = Dock("sceneDock", "3D view", "D", "Hands and measured points in 3D")
        self.scene.setWidget(scene_view)
        self.measures = LazyDock(
            "measuresDock", "Measures", "V", "Pinch, angles and more as numbers", MeasuresView
        )
        self.plot = LazyDock("plotDock", "Plot", "P", "Chosen measures over time", self._make_plot)
        self.log_dock = LazyDock(
            "logDock",
            "Log",
            "Ctrl+L",
            "What happened, with the time",
            lambda theme: LogView(theme, self.log),
        )
        self.performance = LazyDock(
            "performanceDock",
            "Performance",
            "Ctrl+I",
            "All figures of the run: stages, rates, losses, processor and memory",
            PerformanceView,
        )
        self._result: FrameResult | None = None
        self.measures.made.connect(lambda view: view.show_result(self._result))
        self.places = (
            DockPlacement(self.scene, RIGHT, shown=True),
            DockPlacement(self.measures, LEFT, size=MEASURES_WIDTH),
            DockPlacement(self.performance, LEFT, after=self.measures),
            DockPlacement(self.plot, BOTTOM, size=PLOT_HEIGHT),
            DockPlacement(self.log_dock, BOTTOM, after=self.plot),
        )

    def follow(self, run: Run | None) -> None:
        """Plot the results of ``run`` from now on."""
        self.plot_controller.follow(run)

    def show_state(self, state: WindowState) -> None:
        """The window shows ``state`` now."""
        self.event_logger.show_state(state)

    def show_message(self, text: str, level: Level) -> None:
        """The user was told something."""
        self.event_logger.show_message(text, level)

    def recall(self) -> None:
        """Plot what is remembered."""
        self.plot_controller.recall()
        if self.plot.view is not None:
            self.plot.view.recall()  # type: ignore[attr-defined]

    def show_result(self, result: FrameResult | None) -> None:
        """A new result; None: there is none any more."""
        self._result = result
        if result is not None:
            self.event_logger.show_result(result)
        if self.measures.view is not None:
            self.measures.view.show_result(result)  # type: ignore[attr-defined]

    def tick(self) -> None:
        """Called by the window's timer."""
        news = self.plot_controller.tick()
        if self.plot.view is not None:
            self.plot.view.tick(news)  # type: ignore[attr-defined]
        if self.measures.view is not None:
            self.measures.view.tick()  # type: ignore[attr-defined]
        if self.log_dock.view is not None:
            self.log_dock.view.tick()  # type: ignore[attr-defined]

    def close(self) -> None:
        """Follow nothing any more."""
        self.plot_controller.close()

    def _make_plot(self, theme: Theme) -> QWidget:
        from app.views.plot_view import PlotView

        view = PlotView(theme, self.plot_controller)
        view.message.connect(self.message)
        return view
