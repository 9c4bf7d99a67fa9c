"""The cameras in the window: in the chooser, in the menu and in a dialog of their own."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu, QWidget

from app.state.session import CamerasFound
from app.style.theme import Theme
from app.views.camera_dialog import CameraDialog
from app.views.source_chooser import SourceChooser, fill_cameras


class CameraPresenter(QObject):
    """Offers what is attached, wherever it can be chosen. GUI thread only."""

    refresh_requested = Signal()
    """Something that lists cameras opens: a good moment to look for them."""
    source_requested = Signal(str)
    """A camera of the menu, as on the command line."""

    def __init__(self, theme: Theme, chooser: SourceChooser, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._chooser = theme, chooser
        self._found = CamerasFound()
        self.dialog = CameraDialog(parent)
        chooser.about_to_show.connect(self.refresh_requested)

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme

    def show_cameras(self, found: CamerasFound) -> None:
        """Offer these."""
        self._found = found
        self._chooser.show_cameras(found)
        self.dialog.show_cameras(found)

    def show_dialog(self) -> None:
        """The dialog, which follows what is plugged in."""
        self.dialog.open()
        self.refresh_requested.emit()

    def fill_when_shown(self, menu: QMenu) -> None:
        """Let ``menu`` offer what is attached whenever it opens."""
        menu.aboutToShow.connect(lambda: self._fill(menu))

    def _fill(self, menu: QMenu) -> None:
        menu.clear()
        self.refresh_requested.emit()
        fill_cameras(menu, self._found, self._theme, self.source_requested.emit)
