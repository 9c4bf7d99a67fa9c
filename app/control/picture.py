"""Which pictures are shown, and whether a camera's colour is read for that. No widgets."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from app.state.session import Session
from app.state.settings_store import SettingsStore
from app.state.store import StateStore
from app.state.window_state import WindowState
from engine.pictures.view import PictureView

VIEW_KEY: Final = "picture_view"


class PictureController:
    """Remembers the choice; lets cameras read colour only while it is shown. GUI thread only."""

    def __init__(self, store: StateStore[WindowState], settings: SettingsStore) -> None:
        self._store = store
        self._settings = settings
        self.reload()

    def set(self, view: PictureView) -> None:
        """Show these pictures, also after the next start."""
        self._settings.set_text(VIEW_KEY, view.value)
        self._use(view)

    def reload(self) -> None:
        """Be as in the settings."""
        known = {view.value: view for view in PictureView}
        self._use(known.get(self._settings.text(VIEW_KEY), PictureView.DEPTH))

    def on_opened(self, session: Session) -> None:
        """Tell a camera that has just been opened."""
        if session.colour is not None:
            session.colour.show_colour(self._store.state.view.colour)

    def _use(self, view: PictureView) -> None:
        self._store.update(replace(self._store.state, view=view))
        if self._store.state.session is not None:
            self.on_opened(self._store.state.session)
