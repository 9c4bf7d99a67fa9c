"""How many hands are followed and how they are smoothed, now and in later runs. No widgets."""

from __future__ import annotations

from typing import Any, Protocol

from app.backend import Backend
from app.control.ports import Memory
from app.state.window_state import WindowState
from engine.tracking.config import TrackingSettings


class TrackingDesk(Protocol):
    """Where the window's state is kept (``app.control.source``)."""

    @property
    def state(self) -> WindowState:
        """The state the view was told last."""
        ...

    def tell(self, **changes: Any) -> None:
        """Change the state and tell the view."""
        ...


class TrackingController:
    """Passes every change on to the run at once, to exports and to later runs. GUI thread only."""

    def __init__(self, desk: TrackingDesk, backend: Backend, memory: Memory) -> None:
        self._desk = desk
        self._backend = backend
        self._memory = memory

    def begin(self, tracking: TrackingSettings) -> None:
        """Work so from the start, without it being remembered."""
        self._backend.update_tracking(tracking)
        self._desk.tell(tracking=tracking)

    def set(self, tracking: TrackingSettings) -> None:
        """Work so from the next frame on; a recording's present frame is made anew."""
        if tracking == self._desk.state.tracking:
            return
        self._memory.tracking = tracking
        self.begin(tracking)
        self.opened()

    def opened(self) -> None:
        """Tell the run; another source's may have been opened before a change."""
        session = self._desk.state.session
        if session is not None:
            session.run.update_tracking(self._desk.state.tracking)
