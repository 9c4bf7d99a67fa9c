"""The middle of the window: the tracker's page, and the studio's once it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.actions.commands import Command
from app.actions.menu_specs import STUDIO_ONLY
from app.style.theme import Theme
from app.views.track_page import TrackPage

if TYPE_CHECKING:
    from app.studio.page import StudioPage


class Page(Enum):
    """What the middle of the window shows; the value is its name on the command line."""

    TRACK = "track"
    STUDIO = "studio"


class Pages(QStackedWidget):
    """Shows one page at a time. GUI thread only."""

    def __init__(
        self, theme: Theme, actions: dict[Command, QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._actions = actions
        self._make_studio: Callable[[], StudioPage] | None = None
        self._skeleton_shown, self._mirrored = True, False
        self.track = TrackPage(theme)
        self.studio: StudioPage | None = None
        self.addWidget(self.track)
        for command in STUDIO_ONLY:
            actions[command].setEnabled(False)

    def bind(self, make_studio: Callable[[], StudioPage]) -> None:
        """Make the studio so when it is first asked for: it takes a second."""
        self._make_studio = make_studio

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.track.set_theme(theme)
        if self.studio is not None:
            self.studio.set_theme(theme)

    def set_overlays(self, *, skeleton: bool, box: bool, uncertainty: bool, mirrored: bool) -> None:
        """Draw skeletons, boxes and uncertainty over depth, or leave them away; mirror all."""
        self._skeleton_shown, self._mirrored = skeleton, mirrored
        depth = self.track.depth_view
        depth.set_skeleton_shown(skeleton)
        depth.set_box_shown(box)
        depth.set_uncertainty_shown(uncertainty)
        depth.set_mirrored(mirrored)
        self._dress_studio()

    def _dress_studio(self) -> None:
        if self.studio is not None:
            self.studio.pictures.set_skeleton_shown(self._skeleton_shown)
            self.studio.pictures.set_mirrored(self._mirrored)

    @property
    def page(self) -> Page:
        """The page shown."""
        return Page.TRACK if self.currentWidget() is self.track else Page.STUDIO

    def show_page(self, page: Page) -> None:
        """Show a page; the other one rests."""
        action = Command.PAGE_STUDIO if page is Page.STUDIO else Command.PAGE_TRACK
        self._actions[action].setChecked(True)
        if page is Page.STUDIO and self.studio is None and self._make_studio is not None:
            self.studio = self._make_studio()
            self._dress_studio()
            self.addWidget(self.studio)
        if page is Page.STUDIO and self.studio is not None:
            self.setCurrentWidget(self.studio)
            self.studio.enter()
        else:
            self.setCurrentWidget(self.track)
            if self.studio is not None:
                self.studio.leave()

    def run(self, command: Command) -> None:
        """Do what only the studio can."""
        if self.studio is not None:
            self.studio.run(command)
