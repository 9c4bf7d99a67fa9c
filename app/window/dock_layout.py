"""The panels around the page: where they stand at first, and that they are found again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtWidgets import QMainWindow, QMenu

from app.settings import Settings
from app.style.theme import Theme
from app.views.dock import Dock
from app.window.pages import Page

FIRST_SIZE: Final = QSize(1320, 800)
STATE_VERSION: Final = 2
"""To be raised when the panels change, so that an older arrangement is not forced upon them."""
SCENE_SHARE: Final = {Page.TRACK: 0.44, Page.STUDIO: 0.36}
"""First widths of the 3D view as shares of the window's."""
SAVE_AFTER_MS: Final = 600
"""A place is remembered once nothing has moved for so long; a crash later loses nothing."""
LEFT: Final = Qt.DockWidgetArea.LeftDockWidgetArea
RIGHT, BOTTOM = Qt.DockWidgetArea.RightDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea


@dataclass(frozen=True, slots=True, eq=False)
class DockPlacement:
    """Where a panel stands at first: ``size`` is its height in pixels below the page, its width
    beside it (0: as it likes); ``shown`` says whether it is seen without being asked for;
    ``after`` names the panel with which it shares its place as tabs."""

    dock: Dock
    area: Qt.DockWidgetArea
    shown: bool = False
    size: int = 0
    after: Dock | None = None


class DockLayout(QObject):
    """Arranges the panels of ``window`` and remembers every change. GUI thread only.

    The first of ``places`` is the 3D view, whose width each page remembers for itself.
    """

    def __init__(
        self, window: QMainWindow, settings: Settings, places: Sequence[DockPlacement]
    ) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._places = tuple(places)
        self._share = dict(SCENE_SHARE)
        self._timer = QTimer(self, singleShot=True, interval=SAVE_AFTER_MS)
        self._timer.timeout.connect(self.save)
        self._arrange()
        for place in self._places:
            place.dock.changed.connect(self._timer.start)
            place.dock.installEventFilter(self)
        window.installEventFilter(self)

    @property
    def docks(self) -> tuple[Dock, ...]:
        """All panels."""
        return tuple(place.dock for place in self._places)

    def fill_menu(self, menu: QMenu) -> None:
        """Entries that show and hide the panels."""
        for dock in self.docks:
            menu.addAction(dock.toggleViewAction())

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        for dock in self.docks:
            dock.set_theme(theme)

    def restore(self) -> None:
        """Stand as the last time; as at first where that cannot be read."""
        self._window.resize(FIRST_SIZE)
        self._resize_first(FIRST_SIZE.width())
        self._window.restoreGeometry(self._settings.blob("geometry"))
        self._window.restoreState(self._settings.blob("state"), STATE_VERSION)

    def reset(self) -> None:
        """Every panel where it was at first."""
        self._share = dict(SCENE_SHARE)
        for place in self._places:
            place.dock.setFloating(False)
            self._window.removeDockWidget(place.dock)
        self._arrange()
        self._resize_first(self._window.width())
        self._timer.start()

    def save(self) -> None:
        """Remember where everything stands."""
        self._timer.stop()
        self._settings.set_blob("geometry", self._window.saveGeometry())
        self._settings.set_blob("state", self._window.saveState(STATE_VERSION))
        self._settings.save()

    def switch_page(self, before: Page, after: Page) -> None:
        """Another page has its own width of the 3D view beside it."""
        scene, width = self.docks[0], max(self._window.width(), 1)
        if before is not after:
            self._share[before] = scene.width() / width
            self._resize(scene, round(self._share[after] * width), Qt.Orientation.Horizontal)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Notice what is moved and resized; there is no signal for it."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.WindowStateChange):
            self._timer.start()
        return False

    def _arrange(self) -> None:
        for place in self._places:
            self._window.addDockWidget(place.area, place.dock)
            if place.after is not None:
                self._window.tabifyDockWidget(place.after, place.dock)
            place.dock.setVisible(place.shown)

    def _resize_first(self, width: int) -> None:
        share = round(width * SCENE_SHARE[Page.TRACK])
        self._resize(self.docks[0], share, Qt.Orientation.Horizontal)
        for place in self._places:
            if place.size:
                below = place.area is BOTTOM
                along = Qt.Orientation.Vertical if below else Qt.Orientation.Horizontal
                self._resize(place.dock, place.size, along)

    def _resize(self, dock: Dock, pixels: int, along: Qt.Orientation) -> None:
        self._window.resizeDocks([dock], [pixels], along)
