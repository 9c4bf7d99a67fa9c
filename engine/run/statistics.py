"""Counts, rates and times of a run, gathered by its threads and read by anyone."""

from __future__ import annotations

import threading

from engine.run.control import RunControl
from engine.run.state import RunnerSnapshot
from engine.sources.base import Connection
from engine.timing import Clock, RateMeter, StageStatistics


class RunStatistics:
    """Any thread may call any method."""

    def __init__(self, clock: Clock) -> None:
        self.stages = StageStatistics()
        self._clock = clock
        self._lock = threading.Lock()
        self._frames_in = self._frames_out = 0
        self._rate_in, self._rate_out = RateMeter(clock), RateMeter(clock)
        self._latency_ms = 0.0

    def note_frame(self) -> None:
        """A frame was read."""
        with self._lock:
            self._frames_in += 1
            self._rate_in.tick()

    def note_result(self, due_s: float) -> None:
        """A result is there for a frame that was due at ``due_s`` on the run's clock."""
        with self._lock:
            self._frames_out += 1
            self._rate_out.tick()
            self._latency_ms = (self._clock() - due_s) * 1000.0

    def snapshot(
        self,
        control: RunControl,
        notice: str,
        *,
        dropped: int,
        connection: Connection,
    ) -> RunnerSnapshot:
        """Everything at this moment."""
        stages = self.stages.snapshot()
        with self._lock:
            return RunnerSnapshot(
                state=control.state,
                error=control.error,
                notice=notice,
                frames_in=self._frames_in,
                frames_out=self._frames_out,
                dropped=dropped,
                fps_in=self._rate_in.rate(),
                fps_out=self._rate_out.rate(),
                latency_ms=self._latency_ms,
                stages=stages,
                connection=connection,
            )
