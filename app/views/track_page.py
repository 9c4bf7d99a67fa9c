"""The tracker's page: the live pictures, depth and colour, or how to begin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QStackedWidget, QToolButton, QWidget

from app.state.window_state import WindowState
from app.style.theme import Theme
from app.views.colour_view import ColourView
from app.views.connection_banner import ConnectionBanner
from app.views.depth_view import DepthView
from app.views.empty_state import EmptyState
from app.views.panel import Panel, PanelHeader
from app.views.widgets import fill
from engine.types import FrameResult

GAP: Final = 2
SIDE_BY_SIDE: Final = 1.35
"""A page so many times as wide as high shows two pictures side by side."""


class TrackPage(QWidget):
    """Pictures and empty state under one head line with a switch. GUI thread only.

    ``switch`` are the actions that choose which pictures are shown.
    """

    def __init__(
        self, theme: Theme, switch: Sequence[QAction] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._has_picture = False
        self.depth_view = DepthView()
        self.colour_view = ColourView()
        self.colour_view.hide()
        self._pictures = QWidget()
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._pictures)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GAP)
        self._row.addWidget(self.depth_view, 1)
        self._row.addWidget(self.colour_view, 1)
        self.empty_state = EmptyState(theme)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty_state)
        self._stack.addWidget(self._pictures)
        self.advice = ConnectionBanner(theme, self._stack)
        self._header = PanelHeader("Picture")
        for action in switch:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setObjectName("pictureSwitch")
            self._header.add_widget(button)
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
        stale = not state.connection.state.delivering
        self.depth_view.set_stale(stale)
        self.colour_view.set_stale(stale)
        self.depth_view.setVisible(state.view.depth)
        self.colour_view.setVisible(state.view.colour)

    def show_result(self, result: FrameResult) -> None:
        """A new result."""
        if not self._has_picture:
            self._has_picture = True
            self._stack.setCurrentWidget(self._pictures)
            (self.depth_view if self.depth_view.isVisible() else self.colour_view).setFocus()
        self.depth_view.set_result(result)
        self.colour_view.set_result(result)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Lay two pictures out side by side, or one above the other where that is larger."""
        super().resizeEvent(event)
        wide = self.width() >= SIDE_BY_SIDE * self.height()
        to = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        self._row.setDirection(to)

    def clear_results(self, depth_range_mm: tuple[float, float] | None) -> None:
        """Another source is shown from now on, in this range of depths if it is known."""
        self.depth_view.reset_range()
        if depth_range_mm is not None:
            self.depth_view.fix_range(*depth_range_mm)
