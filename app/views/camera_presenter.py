"""The cameras in the window: in the chooser, in the menu and in a dialog of their own."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMenu, QWidget

from app.control.cameras import CameraController
from app.state.session import CamerasFound
from app.style.theme import Theme
from app.views.camera_dialog import CameraDialog
from app.views.source_chooser import Choose, SourceChooser, fill_cameras


class CameraPresenter(QObject):
    """Shows what is attached and takes the commands given there. GUI thread only."""

    found = Signal(object)
    """``CamerasFound``, whenever they have changed."""

    def __init__(self, theme: Theme, chooser: SourceChooser, choose: Choose) -> None:
        super().__init__(chooser)
        self._theme, self._chooser, self._choose = theme, chooser, choose
        self._cameras: CameraController | None = None
        self.dialog: CameraDialog | None = None
        chooser.about_to_show.connect(self._look_again)

    def bind(self, cameras: CameraController) -> None:
        """Send commands to ``cameras`` from now on."""
        self._cameras = cameras

    def set_theme(self, theme: Theme) -> None:
        """Use the colours of another theme."""
        self._theme = theme

    def show_cameras(self, found: CamerasFound) -> None:
        """Offer these."""
        self._chooser.show_cameras(found)
        self.found.emit(found)

    def show_dialog(self, parent: QWidget) -> None:
        """The dialog, which follows what is plugged in."""
        if self._cameras is not None:
            self.dialog = dialog = CameraDialog(self._cameras, parent)
            self.found.connect(dialog.show_cameras)
            dialog.finished.connect(self._forget_dialog)
            dialog.open()

    def _forget_dialog(self) -> None:
        self.dialog = None

    def fill_when_shown(self, menu: QMenu) -> None:
        """Let ``menu`` offer what is attached whenever it opens."""
        menu.aboutToShow.connect(lambda: self._fill(menu))

    def _fill(self, menu: QMenu) -> None:
        menu.clear()
        self._look_again()
        found = CamerasFound() if self._cameras is None else self._cameras.found
        fill_cameras(menu, found, self._theme, self._choose)

    def _look_again(self) -> None:
        if self._cameras is not None:
            self._cameras.refresh()
