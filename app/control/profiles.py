"""Which networks are used: the shipped ones or a profile's, by camera. No widgets."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from app.control.context import ControllerContext
from app.state.profiles import ProfilesState
from app.state.session import Session
from app.state.store import Event, StateStore
from app.state.window_state import Level
from engine.profile_store import StoredProfile

PROFILES_KEY: Final = "profiles"
"""What the profiles of the cameras are remembered as: JSON, serial to profile."""


class ProfileController:
    """Lists profiles, and has one used for the camera that is shown. GUI thread only.

    What is chosen for a camera is remembered by its serial; for sources without one it holds until
    the program ends. ``store`` holds what there is; ``networks_changed`` asks for the present
    source to be opened anew; ``loaded`` says when a source has another profile's networks than
    the one before.
    """

    def __init__(self, context: ControllerContext) -> None:
        self.store: StateStore[ProfilesState] = StateStore(ProfilesState())
        self.networks_changed: Event[None] = Event()
        self.loaded: Event[str] = Event()
        self._loaded = ""
        self._window, self._backend = context.store, context.backend
        self._tasks, self._settings = context.tasks, context.settings
        self._messages = context.messages
        self._backend.remember_profiles(self._remembered())

    def refresh(self) -> None:
        """Find out which profiles there are; known some moments from now."""
        self._tasks.submit(self._backend.profiles, self._listed, self._tell)

    def use(self, key: str) -> bool:
        """Use a profile's networks (empty: the shipped ones) for the present source's camera;
        False if it cannot be used."""
        state = self.store.state
        stored = state.named(key)
        if key and (stored is None or stored.profile is None):
            self._tell(stored.problem if stored is not None else f"there is no profile {key!r}")
            return False
        session = self._window.state.session
        serial = session.camera_serial if session is not None else ""
        self._backend.use_profile(serial, key)
        if serial:
            self._remember(serial, key)
        self.store.update(replace(state, used=key))
        self.networks_changed.emit(None)
        return True

    def add(self, directory: Path) -> None:
        """Copy the profile in a folder among the user's."""
        self._change(lambda: self._backend.add_profile(directory))

    def remove(self, key: str) -> None:
        """Delete a profile; a source that has its networks keeps them until it is opened anew."""
        self._change(lambda: self._backend.remove_profile(key))

    def on_opened(self, session: Session) -> None:
        """Note which networks a source has been opened with, and why not others."""
        used, serial = session.profile, session.camera_serial
        self.store.update(replace(self.store.state, used=used, camera_serial=serial))
        if used != self._loaded:
            self._loaded = used
            self.loaded.emit(used)
        if session.profile_problem:
            self._messages.post(session.profile_problem, Level.WARNING)

    # -- inside ------------------------------------------------------------------------------

    def _change(self, work: Callable[[], object]) -> None:
        self._tasks.submit(work, lambda _: self.refresh(), self._tell)

    def _listed(self, stored: tuple[StoredProfile, ...]) -> None:
        self.store.update(replace(self.store.state, stored=stored))

    def _tell(self, text: str) -> None:
        self._messages.post(text, Level.ERROR)

    def _remembered(self) -> dict[str, str]:
        try:
            found = json.loads(self._settings.text(PROFILES_KEY) or "{}")
        except (ValueError, RecursionError):
            return {}
        if not isinstance(found, dict):
            return {}
        return {serial: key for serial, key in found.items() if isinstance(key, str) and key}

    def _remember(self, serial: str, key: str) -> None:
        chosen = {**self._remembered(), serial: key}
        kept = {serial: key for serial, key in chosen.items() if key}
        self._settings.set_text(PROFILES_KEY, json.dumps(kept, sort_keys=True))
