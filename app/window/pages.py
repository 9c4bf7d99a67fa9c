"""The middle of the window: the tracker's page, and the studio's once it is asked for."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.actions.commands import Command
from app.actions.menu_specs import PICTURE_VIEWS, STUDIO_ONLY
from app.style.theme import Theme
from app.views.track_page import TrackPage

if TYPE_CHECKING:
    from app.studio.views.page import StudioPage


class Page(Enum):
    """What the middle of the window shows; the value is its name on the command line."""

    TRACK = "track"
    STUDIO = "studio"


class Pages(QStackedWidget):
    """Shows one page at a time. GUI thread only.

    The studio's page is added when it is first asked for: making it takes a second.
    """

    page_changed = Signal(object)
    """The ``Page`` that is shown now."""

    def __init__(
        self, theme: Theme, actions: dict[Command, QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._actions = actions
        self._skeleton_shown, self._mirrored = True, False
        switch = [actions[command] for command in PICTURE_VIEWS]
        self.track = TrackPage(theme, switch)
        self.studio: StudioPage | None = None
        self.addWidget(self.track)
        for command in STUDIO_ONLY:
            actions[command].setEnabled(False)

    def add_studio(self, studio: StudioPage) -> None:
        """From now on there is a studio to be shown."""
        self.studio = studio
        self._apply_to_studio()
        self.addWidget(studio)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.track.set_theme(theme)
        if self.studio is not None:
            self.studio.set_theme(theme)

    def set_overlays(self, *, skeleton: bool, box: bool, uncertainty: bool, mirrored: bool) -> None:
        """Draw skeletons, boxes and uncertainty over pictures, or leave them away; mirror all."""
        self._skeleton_shown, self._mirrored = skeleton, mirrored
        for view in (self.track.depth_view, self.track.colour_view):
            view.set_overlays(
                skeleton=skeleton, box=box, uncertainty=uncertainty, mirrored=mirrored
            )
        self._apply_to_studio()

    def _apply_to_studio(self) -> None:
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
        shown = self.studio if page is Page.STUDIO else self.track
        if shown is not None:
            self.setCurrentWidget(shown)
            self.page_changed.emit(page)
