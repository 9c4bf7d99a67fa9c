"""Dialogs that the window opens itself: files, help, settings; and files that are dropped."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QMainWindow, QWidget

from app.actions.commands import Command
from app.views.about_dialog import AboutDialog
from app.views.adaptation_dialog import AdaptationDialog
from app.views.shortcuts_dialog import ShortcutsDialog
from engine.caches import home_folder

RECORDING_FILTER: Final = "Recordings (*.bag *.db3 *.mcap *.pose);;All files (*)"
SETTINGS_FILTER: Final = "Settings (*.json)"


class Dialogs(QObject):
    """The dialogs of the help menu and of settings as a file. GUI thread only."""

    details_requested = Signal()
    """The about box is made and awaits ``about.show_details``."""
    adaptation_made = Signal(AdaptationDialog)
    """The dialog of adaptation is made and awaits its connections."""
    settings_export_requested = Signal(Path)
    settings_import_requested = Signal(Path)

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.about: AboutDialog | None = None
        self.shortcuts: ShortcutsDialog | None = None
        self.adaptation: AdaptationDialog | None = None

    def show_about(self) -> None:
        """What the program is made of."""
        if self.about is None:
            self.about = AboutDialog("Crossing Hands", self._window)
            self.details_requested.emit()
        self.about.show()
        self.about.raise_()

    def show_shortcuts(self) -> None:
        """Every key."""
        if self.shortcuts is None:
            self.shortcuts = ShortcutsDialog(self._window.menuBar(), self._window)
        self.shortcuts.show()
        self.shortcuts.raise_()
        self.shortcuts.search.setFocus()

    def show_adaptation(self) -> None:
        """Let the networks learn from recordings."""
        if self.adaptation is None:
            self.adaptation = AdaptationDialog(self._window)
            self.adaptation_made.emit(self.adaptation)
        self.adaptation.show()
        self.adaptation.raise_()

    def ask_where_to(self) -> None:
        """Which file settings are to be written to."""
        path, _ = QFileDialog.getSaveFileName(
            self._window, "Export settings", "crossing-hands.json", SETTINGS_FILTER
        )
        if path:
            self.settings_export_requested.emit(Path(path))

    def ask_where_from(self) -> None:
        """Which file settings are to be taken from."""
        path, _ = QFileDialog.getOpenFileName(self._window, "Import settings", "", SETTINGS_FILTER)
        if path:
            self.settings_import_requested.emit(Path(path))


def ask_for_source(parent: QWidget, command: Command, recent: tuple[str, ...]) -> str:
    """What ``command`` opens: a recording, a folder or the synthetic camera; empty for nothing."""
    match command:
        case Command.OPEN_RECORDING:
            return ask_for_recording(parent, recent)
        case Command.OPEN_FOLDER:
            return ask_for_folder(parent, recent)
        case _:
            return "synthetic"


def ask_for_recording(parent: QWidget, recent: tuple[str, ...]) -> str:
    """A recording's path; empty if the user changed their mind."""
    path, _ = QFileDialog.getOpenFileName(
        parent, "Open recording", _first_folder(recent), RECORDING_FILTER
    )
    return path


def ask_for_folder(parent: QWidget, recent: tuple[str, ...]) -> str:
    """A folder's path; empty if the user changed their mind."""
    return QFileDialog.getExistingDirectory(
        parent, "Open a folder of depth images", _first_folder(recent)
    )


def dropped_path(event: QDropEvent) -> str | None:
    """The first local file or folder that is dragged."""
    paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    return paths[0] if paths else None


def _first_folder(recent: tuple[str, ...]) -> str:
    return str(Path(recent[0]).parent) if recent else str(home_folder())
