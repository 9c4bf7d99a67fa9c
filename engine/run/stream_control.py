"""What the two threads of a ``Runner`` may do: cameras, and replays that come in order only."""

from __future__ import annotations

from engine.run.control import RunControl
from engine.run.state import RunState
from engine.timing import Clock


class StreamControl(RunControl):
    """Adds restarts to the state machine, and waiting until a frame is due.

    Any thread may call any method.

    The epoch counts restarts: what belongs to an older one is out of date.
    """

    def __init__(self, *, live: bool, pace: bool, clock: Clock) -> None:
        super().__init__(clock)
        self._live = live
        self._pace = pace and not live
        self._epoch = 0
        self._steps = 0
        self._resumed_s = float("-inf")

    @property
    def epoch(self) -> int:
        """How often the run was restarted."""
        return self._epoch

    def resume(self) -> None:
        """PAUSED -> RUNNING."""
        with self._changed:
            if self._move(RunState.RUNNING, RunState.PAUSED):
                self._steps = 0
                self._resumed_s = self._clock()

    def step_once(self) -> None:
        """Let one frame of a paused replay through; a live source has no next frame."""
        with self._changed:
            if self._state is RunState.PAUSED and not self._live:
                self._steps += 1
                self._changed.notify_all()

    def restart(self) -> None:
        """Start a new epoch of a replay; PAUSED lets its first frame through, ENDED -> RUNNING."""
        with self._changed:
            restartable = self._state.active or self._state is RunState.ENDED
            if self._live or not restartable:
                return
            self._epoch += 1
            self._steps = 1 if self._state is RunState.PAUSED else 0
            self._move(RunState.RUNNING, RunState.ENDED)
            self._changed.notify_all()

    def end(self, epoch: int) -> bool:
        """RUNNING or PAUSED -> ENDED, unless restarted since ``epoch``; True if it happened."""
        with self._changed:
            return epoch == self._epoch and self._move(
                RunState.ENDED, RunState.RUNNING, RunState.PAUSED
            )

    def wait_epoch_past(self, epoch: int) -> None:
        """Wait for a restart after ``epoch`` or for the run to be over."""
        with self._changed:
            self._changed.wait_for(lambda: self._epoch != epoch or self.over)

    def wait_until_due(self, epoch: int, read_s: float, timestamp_ms: float) -> float | None:
        """Wait until a frame may be processed; the moment it was due, or None to forget it.

        ``epoch`` it was read in; ``read_s`` when, on the run's clock; ``timestamp_ms`` its own.
        """
        with self._changed:
            while not self.over and epoch == self._epoch:
                if self._state is RunState.PAUSED:
                    self._pacer.forget()
                    if self._steps > 0:
                        self._steps -= 1
                        return self._clock()
                    self._changed.wait()
                elif self._live:
                    # What a camera saw before or during a pause is stale afterwards.
                    return read_s if read_s >= self._resumed_s else None
                elif not self._pace:
                    return self._clock()
                elif (delay_s := self._pacer.delay_s(timestamp_ms)) > 0:
                    self._changed.wait(delay_s)
                else:
                    return self._clock() + delay_s
            return None
