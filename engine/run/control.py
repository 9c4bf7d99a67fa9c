"""The state machine of a run: what the user asks for, and what the threads may do about it."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod

from engine.run.state import RunState
from engine.timing import Clock, Pacer


class RunControl(ABC):
    """Shared by the user's thread and the worker threads; any thread may call any method.

    ::

        IDLE --start--> RUNNING --pause--> PAUSED --resume--> RUNNING
                        RUNNING, PAUSED --source ends--> ENDED --start or restart--> RUNNING
                        RUNNING, PAUSED, ENDED --error--> FAILED
        any state --stop--> STOPPED (final)

    and where frames can be had in any order::

                        RUNNING --step--> PAUSED
                        ENDED --step or seek--> PAUSED,  ENDED --resume--> RUNNING

    Methods that do not fit the state do nothing. Subclasses say what the threads do in each
    state: ``stream_control`` for what comes in order, ``replay_control`` for what can be had in any
    order.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pacer = Pacer(clock)
        self._changed = threading.Condition()
        self._state = RunState.IDLE
        self._error = ""

    @property
    def state(self) -> RunState:
        """Where the run stands."""
        return self._state

    @property
    def over(self) -> bool:
        """Whether the threads have to finish."""
        return self._state in (RunState.FAILED, RunState.STOPPED)

    @property
    def error(self) -> str:
        """What went wrong first, empty if nothing did."""
        return self._error

    def begin(self) -> bool:
        """IDLE -> RUNNING; True if that happened now."""
        return self._move(RunState.RUNNING, RunState.IDLE)

    def pause(self) -> None:
        """RUNNING -> PAUSED."""
        self._move(RunState.PAUSED, RunState.RUNNING)

    @abstractmethod
    def resume(self) -> None:
        """PAUSED -> RUNNING."""

    @abstractmethod
    def step_once(self) -> None:
        """Let one more frame of a recording through, and pause."""

    @abstractmethod
    def restart(self) -> None:
        """Go back to a recording's first frame."""

    def fail(self, text: str) -> None:
        """Note what went wrong; any state but STOPPED -> FAILED."""
        with self._changed:
            self._error = self._error or text
            self._move(RunState.FAILED, *(set(RunState) - {RunState.STOPPED}))

    def stop(self) -> RunState:
        """Any state -> STOPPED; returns the state before."""
        with self._changed:
            before = self._state
            self._move(RunState.STOPPED, *RunState)
            return before

    def _move(self, to: RunState, *allowed: RunState) -> bool:
        with self._changed:
            if self._state not in allowed:
                return False
            self._state = to
            self._changed.notify_all()
            return True
