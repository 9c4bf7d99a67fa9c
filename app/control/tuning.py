"""How many hands are followed and how they are smoothed, now and in later runs. No widgets."""

from __future__ import annotations

from typing import Any, Protocol

from app.control.ports import Memory
from app.control.window_state import WindowState
from app.engine_access import Engine
from engine.tracking.config import Tuning


class TuningDesk(Protocol):
    """Where the window's state is kept (``app.control.controller``)."""

    @property
    def state(self) -> WindowState:
        """The state the view was told last."""
        ...

    def tell(self, **changes: Any) -> None:
        """Change the state and tell the view."""
        ...


class Tuner:
    """Passes every change on to the run at once, to exports and to later runs. GUI thread only."""

    def __init__(self, desk: TuningDesk, engine: Engine, memory: Memory) -> None:
        self._desk = desk
        self._engine = engine
        self._memory = memory

    def begin(self, tuning: Tuning) -> None:
        """Work so from the start, without it being remembered."""
        self._engine.retune(tuning)
        self._desk.tell(tuning=tuning)

    def set(self, tuning: Tuning) -> None:
        """Work so from the next frame on; a recording's present frame is made anew."""
        if tuning == self._desk.state.tuning:
            return
        self._memory.tuning = tuning
        self.begin(tuning)
        self.opened()

    def opened(self) -> None:
        """Tell the run; another source's may have been opened before a change."""
        session = self._desk.state.session
        if session is not None:
            session.run.retune(self._desk.state.tuning)
