"""How the run does, for the strip and the panel: gathered here, without widgets."""

from __future__ import annotations

import time
from typing import Final

from app.control.latency import PoseAge, StallMeter
from app.control.tasks import TaskRunner
from app.control.usage import UsageMeter
from app.state.figures import PerformanceFigures, Usage
from app.state.store import Event, StateStore
from app.state.window_state import Phase, WindowState
from engine.run.state import RunnerSnapshot
from engine.timing import Clock
from engine.types import FrameResult

TICK_S: Final = 0.016
SHOW_TICKS: Final = 30
"""Figures change on the screen twice a second, so that they can be read."""
USAGE_SHOWS: Final = 2
"""Processor and memory are measured once a second, while they are shown."""


class PerformanceMonitor:
    """Gathers figures and publishes them twice a second. GUI thread only.

    ``published`` carries them. What costs more to find out is only measured while it is shown
    (``set_details_shown``).
    """

    def __init__(
        self,
        store: StateStore[WindowState],
        tasks: TaskRunner,
        *,
        device: str,
        clock: Clock = time.monotonic,
    ) -> None:
        self._device = device
        self.published: Event[PerformanceFigures] = Event()
        self._store, self._tasks, self._clock = store, tasks, clock
        self._details_shown = False
        self._age, self._stalls = PoseAge(), StallMeter(TICK_S)
        self._meter = UsageMeter()
        self._usage: Usage | None = None
        self._measuring = False
        self._ticks = self._shows = 0
        self._snapshot: RunnerSnapshot | None = None

    def set_details_shown(self, shown: bool) -> None:
        """Whether anybody sees more than the strip."""
        self._details_shown = shown

    def use_device(self, device: str) -> None:
        """The networks run there from now on."""
        self._device = device

    def on_snapshot(self, snapshot: RunnerSnapshot) -> None:
        """The run's newest figures."""
        self._snapshot = snapshot

    def on_painted(self, result: FrameResult) -> None:
        """A result has come onto the screen."""
        if result.due_s is not None:
            self._age.record(result.due_s, self._clock())

    def on_attached(self, _run: object) -> None:
        """Another run is shown from now on."""
        self._age.reset()
        self._snapshot = None

    def tick(self) -> None:
        """Called by the window's thread as often as it can."""
        now_s = self._clock()
        self._stalls.tick(now_s)
        state = self._store.state
        if state.phase is not Phase.RUNNING or not state.connection.state.delivering:
            self._age.reset()
        self._ticks += 1
        if self._ticks % SHOW_TICKS == 0 and self._snapshot is not None:
            self._publish(now_s, self._snapshot)

    def _publish(self, now_s: float, snapshot: RunnerSnapshot) -> None:
        self._shows += 1
        if self._details_shown and self._shows % USAGE_SHOWS == 0 and not self._measuring:
            self._measuring = True
            self._tasks.submit(self._meter.measure, self._measured, self._not_measured)
        self.published.emit(
            PerformanceFigures(
                snapshot,
                self._age.median_ms(now_s),
                self._stalls.longest_ms(now_s),
                self._usage,
                self._device,
            )
        )

    def _measured(self, usage: Usage) -> None:
        self._measuring, self._usage = False, usage

    def _not_measured(self, _text: str) -> None:
        self._measuring, self._usage = False, None
