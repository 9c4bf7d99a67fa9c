"""The tracker's page: the live depth picture, or how to begin."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QWidget

from app.state.window_state import WindowState
from app.style.theme import Theme
from app.views.connection_banner import ConnectionBanner
from app.views.depth_view import DepthView
from app.views.empty_state import EmptyState
from app.views.panel import Panel, PanelHeader
from app.views.widgets import fill
from engine.types import FrameResult


class TrackPage(QWidget):
    """Depth picture and empty state under one head line. GUI thread only."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._has_picture = False
        self.depth_view = DepthView()
        self.empty_state = EmptyState(theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty_state)
        self._stack.addWidget(self.depth_view)
        self.advice = ConnectionBanner(theme, self._stack)
        self._header = PanelHeader("Depth")
        fill(self, Panel(self._header, self._stack))

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.empty_state.set_theme(theme)
        self.advice.set_theme(theme)

    def show_state(self, state: WindowState) -> None:
        """The source's figures, and how to begin while there is no picture."""
        if not self._has_picture:
            self._stack.setCurrentWidget(self.empty_state)
            self.empty_state.show_state(state)
        self._header.set_detail(state.detail)
        self.advice.show_connection(state.connection)
        self.depth_view.set_stale(not state.connection.state.delivering)

    def show_result(self, result: FrameResult) -> None:
        """A new result."""
        if not self._has_picture:
            self._has_picture = True
            self._stack.setCurrentWidget(self.depth_view)
            self.depth_view.setFocus()
        self.depth_view.set_result(result)

    def clear_results(self, depth_range_mm: tuple[float, float] | None) -> None:
        """Another source is shown from now on, in this range of depths if it is known."""
        self.depth_view.reset_range()
        if depth_range_mm is not None:
            self.depth_view.fix_range(*depth_range_mm)
