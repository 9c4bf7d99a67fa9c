"""What a run looks like from outside: its state and a frozen picture of its figures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from engine.sources.base import WELL_CONNECTED, Connection
from engine.timing import StageStats


class RunState(Enum):
    """Where a run stands; ``engine.run.control.RunControl`` draws the transitions."""

    IDLE = "idle"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def active(self) -> bool:
        """Whether frames come now or can come after ``resume``."""
        return self in (RunState.RUNNING, RunState.PAUSED)


@dataclass(frozen=True, slots=True)
class RunnerSnapshot:
    """The figures of a run at one moment.

    ``error`` is a sentence for the user, empty unless something failed; ``notice`` is what the
    source has to say (a recording that stopped early), empty if nothing. ``frames_in`` were read
    from the source, ``frames_out`` have a result, ``dropped`` were replaced by a newer frame
    before they were processed. ``latency_ms`` is the newest result's age when it came out, counted
    from the moment its frame was read (or due, when a replay is paced, or asked for by a seek or
    step). ``connection`` is that of a camera; its ``advice`` says, too, what is wrong with the
    depth images now.
    """

    state: RunState
    error: str
    notice: str
    frames_in: int
    frames_out: int
    dropped: int
    fps_in: float
    fps_out: float
    latency_ms: float
    stages: tuple[StageStats, ...]
    connection: Connection = WELL_CONNECTED
