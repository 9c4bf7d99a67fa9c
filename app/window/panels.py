"""Which panels there are, and what they show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.state.event_log import EventLog
from app.style.theme import Theme
from app.views.capture_view import CaptureView
from app.views.dock import Dock, LazyDock
from app.views.gesture_view import GestureView
from app.views.log_view import LogView
from app.views.measures_view import MeasuresView
from app.views.performance_view import PerformanceView
from app.views.scene_view import SceneView
from app.window.dock_layout import BOTTOM, LEFT, RIGHT, DockPlacement
from engine.types import FrameResult

if TYPE_CHECKING:
    from app.views.plot_view import PlotView

PLOT_HEIGHT: Final = 290
MEASURES_WIDTH: Final = 262
CAPTURE_WIDTH: Final = 280


class Panels:
    """The 3D view and all panels beside the page. GUI thread only."""

    def __init__(self, scene_view: SceneView, log: EventLog) -> None:
        self.scene = Dock("sceneDock", "3D view", "D", "Hands and measured points in 3D")
        self.scene.setWidget(scene_view)
        self.measures: LazyDock[MeasuresView] = LazyDock(
            "measuresDock", "Measures", "V", "Pinch, angles and more as numbers", MeasuresView
        )
        self.plot: LazyDock[PlotView] = LazyDock(
            "plotDock", "Plot", "P", "Chosen measures over time", _make_plot
        )
        self.log: LazyDock[LogView] = LazyDock(
            "logDock",
            "Log",
            "Ctrl+L",
            "What happened, with the time",
            lambda theme: LogView(theme, log),
        )
        self.performance: LazyDock[PerformanceView] = LazyDock(
            "performanceDock",
            "Performance",
            "Ctrl+I",
            "All figures of the run: stages, rates, losses, processor and memory",
            PerformanceView,
        )
        self.capture: LazyDock[CaptureView] = LazyDock(
            "captureDock",
            "Guided capture",
            "Shift+G",
            "Record your hand: the program asks for what it still wants to see",
            CaptureView,
        )
        self.gestures: LazyDock[GestureView] = LazyDock(
            "gesturesDock",
            "Gestures",
            "Ctrl+G",
            "The gesture that each hand holds, and your own ones",
            GestureView,
        )
        self._result: FrameResult | None = None
        self.measures.made.connect(lambda view: view.show_result(self._result))
        self.gestures.made.connect(lambda view: view.show_result(self._result))
        self.placements = (
            DockPlacement(self.scene, RIGHT, shown=True),
            DockPlacement(self.measures, LEFT, size=MEASURES_WIDTH),
            DockPlacement(self.performance, LEFT, after=self.measures),
            DockPlacement(self.capture, LEFT, size=CAPTURE_WIDTH, after=self.measures),
            DockPlacement(self.gestures, LEFT, size=MEASURES_WIDTH, after=self.measures),
            DockPlacement(self.plot, BOTTOM, size=PLOT_HEIGHT),
            DockPlacement(self.log, BOTTOM, after=self.plot),
        )

    def show_result(self, result: FrameResult | None) -> None:
        """A new result; None: there is none any more."""
        self._result = result
        if self.measures.view is not None:
            self.measures.view.show_result(result)
        if self.gestures.view is not None:
            self.gestures.view.show_result(result)

    def tick(self) -> None:
        """Called by the window's timer."""
        if self.measures.view is not None:
            self.measures.view.tick()
        if self.log.view is not None:
            self.log.view.tick()


def _make_plot(theme: Theme) -> PlotView:
    from app.views.plot_view import PlotView  # takes a third of a second

    return PlotView(theme)
