"""Which cameras are attached, and how each was opened last. No widgets."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Protocol

from app.backend import Backend
from app.control.ports import Memory, TaskRunner, View
from app.state.session import CamerasFound, SourceChoice
from app.state.window_state import Level, WindowState
from engine.errors import InvalidInputError
from engine.sources.camera_choice import CameraChoice, is_camera_spec

REFRESH_TICKS: Final = 125
"""Ticks of the bridge between two looks for cameras: two seconds."""


class CameraDesk(Protocol):
    """Where the window's state is kept and sources are opened (``app.control.source``)."""

    @property
    def state(self) -> WindowState:
        """The state the view was told last."""
        ...

    def open(self, spec: str | None) -> None:
        """Show another source."""
        ...


class CameraController:
    """Lists cameras and opens them as chosen. GUI thread only.

    While no camera is watched, it looks for cameras by itself, so that one that is plugged in is
    offered at once. A watched camera is left alone: its own source looks for it when it is lost.
    """

    def __init__(
        self, desk: CameraDesk, backend: Backend, tasks: TaskRunner, view: View, memory: Memory
    ) -> None:
        self._desk = desk
        self._backend = backend
        self._tasks = tasks
        self._view = view
        self._memory = memory
        self._refreshing = False
        self._ticks = 0
        self._found: CamerasFound | None = None

    @property
    def found(self) -> CamerasFound:
        """What the last look has found."""
        return self._found or CamerasFound()

    def tick(self) -> None:
        """Theme now and then, while that can change something."""
        self._ticks += 1
        session = self._desk.state.session
        watched = session is not None and is_camera_spec(session.spec)
        if self._ticks % REFRESH_TICKS == 0 and not watched and self.found.possible:
            self.refresh()

    def refresh(self) -> None:
        """Tell the view which cameras are attached, some moments from now."""
        if not self._refreshing:
            self._refreshing = True
            self._tasks.submit(self._backend.cameras, self._listed, self._not_listed)

    def open(self, choice: CameraChoice) -> None:
        """Open a camera so, and do the same next time."""
        self._memory.set_text(_name(choice.serial), str(choice))
        self._list(self.found)
        self._desk.open(str(choice))

    def remembered(self, choice: SourceChoice) -> CameraChoice:
        """How a camera was opened last, as far as it still offers that."""
        camera = choice.camera
        plain = CameraChoice.parse(choice.spec)
        if camera is None:
            return plain
        try:
            last = CameraChoice.parse(self._memory.text(_name(camera.serial)) or choice.spec)
        except InvalidInputError:
            return plain
        if last.serial != camera.serial:
            return plain
        return last if last.mode in camera.modes else replace(last, mode=None)

    # -- inside ------------------------------------------------------------------------------

    def _listed(self, found: CamerasFound) -> None:
        self._refreshing = False
        before = self._found
        self._list(found)
        if before is not None:
            known = {_serial(choice) for choice in before.choices}
            fresh = [choice for choice in self.found.choices if _serial(choice) not in known]
            self._welcome(fresh)

    def _not_listed(self, text: str) -> None:
        self._refreshing = False
        self._list(CamerasFound(why_none=text))

    def _list(self, found: CamerasFound) -> None:
        choices = tuple(
            replace(choice, spec=str(self.remembered(choice))) for choice in found.choices
        )
        found = replace(found, choices=choices)
        if found != self._found:
            self._found = found
            self._view.show_cameras(found)

    def _welcome(self, fresh: list[SourceChoice]) -> None:
        session = self._desk.state.session
        watched = session is not None and is_camera_spec(session.spec)
        if fresh and not watched and not self._desk.state.opening:
            text = f"{fresh[0].label} was plugged in."
            self._view.show_message(text, Level.INFO, retry=fresh[0].spec)


def _serial(choice: SourceChoice) -> str:
    return CameraChoice.parse(choice.spec).serial


def _name(serial: str) -> str:
    return f"camera_{serial}"
