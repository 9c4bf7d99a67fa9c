"""The button that names the present source and offers others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QWidget

from app.state.session import CamerasFound
from app.style.icons import icon
from app.style.theme import Theme
from app.views.widgets import set_up_menu_button

NAME_CHARS: Final = 34
Choose = Callable[[str], object]


class SourceChooser(QToolButton):
    """A drop-down of cameras, files and recent sources. GUI thread only."""

    chosen = Signal(str)
    """The source to open, as on the command line."""
    about_to_show = Signal()
    """The menu opens: a good moment to look for cameras."""

    def __init__(
        self, theme: Theme, file_actions: tuple[QAction, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        tip = "Choose where the depth images come from"
        set_up_menu_button(self, "sourceChooser", "Source", tip)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(20, 20))
        self.setMinimumWidth(230)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._theme = theme
        self._file_actions = file_actions
        self._cameras = CamerasFound()
        self._recent: tuple[str, ...] = ()
        self._spec = ""
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self.about_to_show)
        self.setMenu(menu)
        self.show_source("", "No source")
        self._fill()

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme
        self.setIcon(icon(_icon_name(self._spec), theme.text))
        self._fill()

    def show_source(self, spec: str, name: str) -> None:
        """Name the present source."""
        if (spec, name) == (self._spec, self.accessibleDescription()):
            return
        self._spec = spec
        self.setText("  " + elided(name))
        self.setAccessibleDescription(name)
        self.setIcon(icon(_icon_name(spec), self._theme.text))

    def show_cameras(self, found: CamerasFound) -> None:
        """Offer these cameras."""
        if found != self._cameras:
            self._cameras = found
            self._fill()

    def show_recent(self, recent: tuple[str, ...]) -> None:
        """Offer these recordings and folders."""
        if recent != self._recent:
            self._recent = recent
            self._fill()

    def _fill(self) -> None:
        menu = self.menu()
        menu.clear()
        fill_cameras(menu, self._cameras, self._theme, self.chosen.emit)
        menu.addSeparator()
        menu.addActions(self._file_actions)
        if self._recent:
            menu.addSection("Recent")
            fill_recent(menu, self._recent, self._theme, self.chosen.emit)


def fill_cameras(menu: QMenu, found: CamerasFound, theme: Theme, choose: Choose) -> None:
    """Add an entry for each camera, or one that says there is none."""
    for camera in found.choices:
        _add(menu, camera.label, camera.spec, theme, choose)
    if not found.choices:
        none = menu.addAction(icon("camera", theme.muted), "No RealSense camera found")
        none.setEnabled(False)
        none.setToolTip(found.why_none)


def fill_recent(menu: QMenu, recent: tuple[str, ...], theme: Theme, choose: Choose) -> None:
    """Add an entry for each recent recording or folder."""
    for spec in recent:
        _add(menu, elided(Path(spec).name or spec), spec, theme, choose)
    if not recent:
        menu.addAction("Nothing yet").setEnabled(False)


def elided(name: str) -> str:
    """A long name with its middle left out."""
    if len(name) <= NAME_CHARS:
        return name
    half = (NAME_CHARS - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


def _add(menu: QMenu, label: str, spec: str, theme: Theme, choose: Choose) -> None:
    action = menu.addAction(icon(_icon_name(spec), theme.text), label)
    action.setToolTip(spec)
    action.triggered.connect(lambda: choose(spec))


def _icon_name(spec: str) -> str:
    if spec == "synthetic":
        return "synthetic"
    if spec.startswith("camera") or not spec:
        return "camera"
    return (
        "recording" if Path(spec).suffix.lower() in (".bag", ".db3", ".mcap", ".pose") else "open"
    )
