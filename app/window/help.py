"""Help and housekeeping of the window: keys, hints, about, settings as a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QFileDialog

from app.actions.commands import Command
from app.backend import Backend
from app.control.ports import TaskRunner
from app.settings import Settings
from app.state.window_state import Level
from app.views.about_dialog import AboutDialog
from app.views.shortcuts_dialog import ShortcutsDialog
from engine.errors import CrossingHandsError

if TYPE_CHECKING:
    from app.window.main_window import MainWindow

FILE_FILTER: Final = "Settings (*.json)"
HINTS_SEEN: Final = "hints_seen"


class Help:
    """Does what the help menu and the settings menu ask for. GUI thread only."""

    def __init__(
        self,
        window: MainWindow,
        settings: Settings,
        backend: Backend,
        tasks: TaskRunner,
        apply_settings: Callable[[], object],
    ) -> None:
        self._window = window
        self._settings = settings
        self._backend = backend
        self._tasks = tasks
        self._apply_settings = apply_settings
        self.about: AboutDialog | None = None
        self.keys: ShortcutsDialog | None = None
        window.hint_bar.done.connect(lambda: settings.set_flag(HINTS_SEEN, True))
        window.command_handlers |= {
            Command.ABOUT: self.show_about,
            Command.SHORTCUTS: self.show_keys,
            Command.HINTS: window.hint_bar.begin,
            Command.SETTINGS_EXPORT: self._ask_where_to,
            Command.SETTINGS_IMPORT: self._ask_where_from,
        }

    def begin(self) -> None:
        """The program starts: hints if they were never put away."""
        if not self._settings.flag(HINTS_SEEN, False):
            self._window.hint_bar.begin()

    def show_about(self) -> None:
        """What the program is made of."""
        if self.about is None:
            self.about = AboutDialog("Crossing Hands", self._window)
            self._tasks.submit(self._backend.facts, self.about.show_facts, self.about.show_error)
        self.about.show()
        self.about.raise_()

    def show_keys(self) -> None:
        """Every key."""
        if self.keys is None:
            self.keys = ShortcutsDialog(self._window.menuBar(), self._window)
        self.keys.show()
        self.keys.raise_()
        self.keys.search.setFocus()

    def export_settings(self, path: Path) -> None:
        """Write the settings to ``path``."""
        self._window.dock_layout.save()
        try:
            self._settings.export_file(path)
        except CrossingHandsError as error:
            self._window.show_message(str(error), Level.ERROR)
        else:
            self._window.show_message(f"Wrote the settings: {path}", Level.INFO)

    def import_settings(self, path: Path) -> None:
        """Use the settings in ``path`` at once."""
        try:
            unusable = self._settings.import_file(path)
        except CrossingHandsError as error:
            self._window.show_message(str(error), Level.ERROR)
            return
        self._apply_settings()
        if unusable:
            text = f"Took over the settings but for what cannot be used: {', '.join(unusable)}"
            self._window.show_message(text, Level.WARNING)
        else:
            self._window.show_message(f"Took over the settings: {path}", Level.INFO)

    def _ask_where_to(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self._window, "Export settings", "crossing-hands.json", FILE_FILTER
        )
        if path:
            self.export_settings(Path(path))

    def _ask_where_from(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, "Import settings", "", FILE_FILTER)
        if path:
            self.import_settings(Path(path))
