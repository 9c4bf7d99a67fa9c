"""Connects the panels, which are made when they are first shown, with what is behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.control.capture import CaptureController
from app.control.controllers import Controllers
from app.control.gestures import GestureController
from app.control.plot import PlotController
from app.state.messages import MessageCenter
from app.window.panels import Panels

if TYPE_CHECKING:
    from app.views.capture_view import CaptureView
    from app.views.gesture_view import GestureView
    from app.views.plot_view import PlotView


def connect_panels(panels: Panels, controllers: Controllers) -> None:
    """Each panel with its controller."""
    panels.capture.made.connect(lambda view: connect_capture(view, controllers.capture))
    panels.gestures.made.connect(lambda view: connect_gestures(view, controllers.gestures))
    panels.plot.visibilityChanged.connect(controllers.plot.set_shown)
    panels.plot.made.connect(
        lambda view: connect_plot(view, controllers.plot, controllers.messages)
    )


def connect_gestures(view: GestureView, gestures: GestureController) -> None:
    """The panel of gestures."""
    view.toggle_requested.connect(gestures.toggle)
    view.remove_requested.connect(gestures.remove)
    gestures.changed.connect(view.show_gestures)
    view.show_gestures(gestures.shown())


def connect_capture(view: CaptureView, capture: CaptureController) -> None:
    """The panel of guided capture, which is made when it is first shown."""
    view.toggle_requested.connect(capture.toggle)
    view.skip_requested.connect(capture.skip)
    capture.changed.connect(view.show_capture)
    capture.filled.connect(view.tell_filled)
    view.show_capture(capture.shown())


def connect_plot(view: PlotView, plot: PlotController, messages: MessageCenter) -> None:
    """The plot, which is made when it is first shown."""
    view.toggle_requested.connect(plot.toggle)
    view.add_requested.connect(plot.add)
    view.window_chosen.connect(plot.set_window)
    view.pause_toggled.connect(plot.set_paused)
    view.message.connect(messages.posted.emit)
    plot.changed.connect(view.show_plot)
    plot.advanced.connect(view.show_frames)
    view.show_plot(plot.state())
