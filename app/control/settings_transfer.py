"""Settings as a file: written, and taken over from one. No widgets."""

from __future__ import annotations

from pathlib import Path

from app.state.messages import MessageCenter
from app.state.settings_store import SettingsStore
from app.state.store import Event
from app.state.window_state import Level
from engine.errors import CrossingHandsError


class SettingsTransfer:
    """Exports and imports settings; ``imported`` happens when all may be others. GUI thread."""

    def __init__(self, settings: SettingsStore, messages: MessageCenter) -> None:
        self.imported: Event[None] = Event()
        self._settings = settings
        self._messages = messages

    def export_to(self, path: Path) -> None:
        """Write the settings to ``path``."""
        try:
            self._settings.export_file(path)
        except CrossingHandsError as error:
            self._messages.post(str(error), Level.ERROR)
        else:
            self._messages.post(f"Wrote the settings: {path}")

    def import_from(self, path: Path) -> None:
        """Use the settings in ``path`` at once."""
        try:
            unusable = self._settings.import_file(path)
        except CrossingHandsError as error:
            self._messages.post(str(error), Level.ERROR)
            return
        self.imported.emit(None)
        if unusable:
            text = f"Took over the settings but for what cannot be used: {', '.join(unusable)}"
            self._messages.post(text, Level.WARNING)
        else:
            self._messages.post(f"Took over the settings: {path}")
