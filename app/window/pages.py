"""The middle of the window: the tracker's page, and the studio's once it is asked for."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.actions.commands import Command
from app.actions.menu_specs import PICTURE_VIEWS, STUDIO_ONLY
from app.state.overlays import Overlays
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
        self._overlays = Overlays()
        switch = [actions[command] for command in PICTURE_VIEWS]
        self.track = TrackPage(theme, switch)
        self.studio: StudioPage | None = None
        self.addWidget(self.track)
        for command in STUDIO_ONLY:
            actions[command].setEnabled(False)

    def add_studio(self, studio: StudioPage) -> None:
        """From now on there is a studio to be shown."""
        self.studio = studio
        studio.pictures.show_overlays(self._overlays)
        self.addWidget(studio)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self.track.set_theme(theme)
        if self.studio is not None:
            self.studio.set_theme(theme)

    def show_overlays(self, overlays: Overlays) -> None:
        """Draw these over the pictures, on either page."""
        self._overlays = overlays
        self.track.depth_view.show_overlays(overlays)
        self.track.colour_view.show_overlays(overlays)
        if self.studio is not None:
            self.studio.pictures.show_overlays(overlays)

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
