"""How many hands are followed and how they are smoothed, now and in later runs. No widgets."""

from __future__ import annotations

from dataclasses import replace

from app.backend import Backend
from app.state.session import Session
from app.state.settings_store import SettingsStore
from app.state.store import StateStore
from app.state.window_state import WindowState
from engine.gestures.own import OwnGestures
from engine.tracking.config import TrackingSettings


class TrackingController:
    """Passes every change on to the run at once, to exports and to later runs. GUI thread only.

    What ``store`` holds at first is used, too, without it being remembered.
    """

    def __init__(
        self, store: StateStore[WindowState], backend: Backend, settings: SettingsStore
    ) -> None:
        self._store = store
        self._backend = backend
        self._settings = settings
        backend.update_tracking(store.state.tracking)

    def set(self, tracking: TrackingSettings) -> None:
        """Work so from the next frame on; a recording's present frame is made anew. The own
        gestures stay, see ``set_gestures``."""
        tracking = replace(tracking, gestures=self._store.state.tracking.gestures)
        if tracking != self._store.state.tracking:
            self._settings.tracking = tracking
            self._use(tracking)

    def set_gestures(self, gestures: OwnGestures) -> None:
        """Recognise these own gestures from the next frame on."""
        self._use(replace(self._store.state.tracking, gestures=gestures))

    def on_opened(self, session: Session) -> None:
        """Tell the run of a source, which may have been opened before a change."""
        session.run.update_tracking(self._store.state.tracking)

    def _use(self, tracking: TrackingSettings) -> None:
        self._backend.update_tracking(tracking)
        self._store.update(replace(self._store.state, tracking=tracking))
        if self._store.state.session is not None:
            self.on_opened(self._store.state.session)
