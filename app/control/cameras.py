"""Which cameras are attached, and how each was opened last. No widgets."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from app.control.context import ControllerContext
from app.state.session import CamerasFound, SourceChoice
from app.state.store import Event, StateStore
from app.state.window_state import Level
from engine.errors import InvalidInputError
from engine.sources.camera_choice import CameraChoice, is_camera_spec

REFRESH_TICKS: Final = 125
"""Ticks of the bridge between two searches for cameras: two seconds."""


class CameraController:
    """Lists cameras and opens them as chosen. GUI thread only.

    While no camera is watched, it searches for cameras by itself, so that one that is plugged in
    is offered at once. A watched camera is left alone: its own source waits for it when it is lost.

    ``found`` holds what is attached; ``open_requested`` carries a source to be shown.
    """

    def __init__(self, context: ControllerContext) -> None:
        self.found: StateStore[CamerasFound] = StateStore(CamerasFound())
        self.open_requested: Event[str] = Event()
        self._store, self._backend = context.store, context.backend
        self._tasks, self._settings = context.tasks, context.settings
        self._messages = context.messages
        self._refreshing = self._refreshed = False
        self._ticks = 0

    def tick(self) -> None:
        """Search now and then, while that can change something."""
        self._ticks += 1
        possible = self.found.state.possible
        if self._ticks % REFRESH_TICKS == 0 and not self._watching and possible:
            self.refresh()

    def refresh(self) -> None:
        """Find out which cameras are attached; known some moments from now."""
        if not self._refreshing:
            self._refreshing = True
            self._tasks.submit(self._backend.cameras, self._listed, self._not_listed)

    def open(self, choice: CameraChoice) -> None:
        """Open a camera so, and do the same next time."""
        self._settings.set_text(_key(choice.serial), str(choice))
        self._update(self.found.state)
        self.open_requested.emit(str(choice))

    def remembered(self, choice: SourceChoice) -> CameraChoice:
        """How a camera was opened last, as far as it still offers that."""
        camera = choice.camera
        plain = CameraChoice.parse(choice.spec)
        if camera is None:
            return plain
        try:
            last = CameraChoice.parse(self._settings.text(_key(camera.serial)) or choice.spec)
        except InvalidInputError:
            return plain
        if last.serial != camera.serial:
            return plain
        return last if last.mode in camera.modes else replace(last, mode=None)

    # -- inside ------------------------------------------------------------------------------

    @property
    def _watching(self) -> bool:
        session = self._store.state.session
        return session is not None and is_camera_spec(session.spec)

    def _listed(self, found: CamerasFound) -> None:
        known = {_serial(choice) for choice in self.found.state.choices}
        first, self._refreshing, self._refreshed = not self._refreshed, False, True
        self._update(found)
        if not first:
            self._announce([c for c in self.found.state.choices if _serial(c) not in known])

    def _not_listed(self, text: str) -> None:
        self._refreshing, self._refreshed = False, True
        self._update(CamerasFound(why_none=text))

    def _update(self, found: CamerasFound) -> None:
        choices = tuple(
            replace(choice, spec=str(self.remembered(choice))) for choice in found.choices
        )
        self.found.update(replace(found, choices=choices))

    def _announce(self, new: list[SourceChoice]) -> None:
        if new and not self._watching and not self._store.state.opening:
            self._messages.post(f"{new[0].label} was plugged in.", Level.INFO, retry=new[0].spec)


def _serial(choice: SourceChoice) -> str:
    return CameraChoice.parse(choice.spec).serial


def _key(serial: str) -> str:
    return f"camera_{serial}"
