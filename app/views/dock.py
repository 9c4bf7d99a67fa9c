"""A panel beside the page: can be detached, moved, hidden, and is found again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Generic, TypeVar

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShowEvent
from PySide6.QtWidgets import QDockWidget, QToolButton, QWidget

from app.style.icons import icon
from app.style.theme import Theme
from app.views.panel import PanelHeader

View = TypeVar("View", bound=QWidget)

ICON_SIZE: Final = QSize(14, 14)


class Dock(QDockWidget):
    """A dock under the head line that all panels have. GUI thread only.

    ``name`` is what its place is remembered by and never changes; ``title`` is for people, ``key``
    shows and hides it.
    """

    changed = Signal()
    """It was moved, resized, detached, shown or hidden."""

    def __init__(self, name: str, title: str, key: str, about: str) -> None:
        super().__init__(title)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.header = PanelHeader(title)
        self._float = _button(f"Detach: {title}")
        self._hide = _button(f"Hide: {title}")
        self._float.clicked.connect(lambda: self.setFloating(not self.isFloating()))
        self._hide.clicked.connect(self.close)
        self.header.add_widget(self._float)
        self.header.add_widget(self._hide)
        self.setTitleBarWidget(self.header)
        action = self.toggleViewAction()
        action.setShortcut(QKeySequence(key))
        action.setToolTip(f"{about} ({key})")
        self.dockLocationChanged.connect(self.changed)
        self.topLevelChanged.connect(self.changed)
        self.visibilityChanged.connect(self.changed)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._float.setIcon(icon("detach", theme.muted))
        self._hide.setIcon(icon("close", theme.muted))


class LazyDock(Dock, Generic[View]):
    """A dock whose view is made when it is first shown, since that takes a while.

    ``made`` carries the view.
    """

    made = Signal(object)

    def __init__(
        self, name: str, title: str, key: str, about: str, make: Callable[[Theme], View]
    ) -> None:
        super().__init__(name, title, key, about)
        self._make = make
        self._theme: Theme | None = None
        self.view: View | None = None

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        super().set_theme(theme)
        self._theme = theme
        if self.view is not None:
            self.view.set_theme(theme)  # type: ignore[attr-defined]

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Make the view."""
        super().showEvent(event)
        if self.view is None and self._theme is not None:
            self.view = self._make(self._theme)
            self.setWidget(self.view)
            self.made.emit(self.view)


def _button(name: str) -> QToolButton:
    button = QToolButton()
    button.setToolTip(name)
    button.setAccessibleName(name)
    button.setIconSize(ICON_SIZE)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
