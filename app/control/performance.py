"""How the run does, for the strip and the panel: gathered here, without widgets."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final, Protocol

from app.control.latency import PoseAge, StallMeter
from app.control.ports import TaskRunner
from app.control.usage import Usage, UsageMeter
from app.state.window_state import Phase, WindowState
from engine.run.state import RunnerSnapshot
from engine.timing import Clock
from engine.types import FrameResult

TICK_S: Final = 0.016
SHOW_TICKS: Final = 30
"""Figures change on the screen twice a second, so that they can be read."""
USAGE_SHOWS: Final = 2
"""Processor and memory are looked at once a second, while they are shown."""


@dataclass(frozen=True, slots=True)
class PerformanceShown:
    """``age_ms`` is that of the pose on the screen (None without one), ``stall_ms`` the window's
    longest of the last ten seconds; ``usage`` None before the first look; ``device`` the networks
    run on.
    """

    snapshot: RunnerSnapshot
    age_ms: float | None
    stall_ms: float
    usage: Usage | None
    device: str


class PerformanceView(Protocol):
    """What is told to the window."""

    @property
    def details_shown(self) -> bool:
        """Whether anybody looks at more than the strip."""
        ...

    def show_performance(self, shown: PerformanceShown) -> None:
        """New figures."""
        ...


class StateDesk(Protocol):
    """Where the window's state is kept (``app.control.source``)."""

    @property
    def state(self) -> WindowState:
        """The state the view was told last."""
        ...


class PerformanceMonitor:
    """Gathers figures and shows them twice a second. GUI thread only."""

    def __init__(
        self,
        desk: StateDesk,
        tasks: TaskRunner,
        view: PerformanceView,
        *,
        device: str,
        clock: Clock = time.monotonic,
    ) -> None:
        self._device = device
        self._desk, self._tasks, self._view, self._clock = desk, tasks, view, clock
        self._age, self._stalls = PoseAge(), StallMeter(TICK_S)
        self._meter = UsageMeter()
        self._usage: Usage | None = None
        self._refreshing = False
        self._ticks = self._shows = 0
        self._snapshot: RunnerSnapshot | None = None

    def use_device(self, device: str) -> None:
        """The networks run there from now on."""
        self._device = device

    def on_snapshot(self, snapshot: RunnerSnapshot) -> None:
        """The run's newest figures."""
        self._snapshot = snapshot

    def on_painted(self, result: FrameResult) -> None:
        """A result has come onto the screen."""
        if result.due_s is not None:
            self._age.note(result.due_s, self._clock())

    def on_attached(self, _run: object) -> None:
        """Another run is shown from now on."""
        self._age.forget()
        self._snapshot = None

    def tick(self) -> None:
        """Called by the window's thread as often as it can."""
        now_s = self._clock()
        self._stalls.tick(now_s)
        state = self._desk.state
        if state.phase is not Phase.RUNNING or not state.connection.state.delivering:
            self._age.forget()
        self._ticks += 1
        if self._ticks % SHOW_TICKS == 0 and self._snapshot is not None:
            self._show(now_s, self._snapshot)

    def _show(self, now_s: float, snapshot: RunnerSnapshot) -> None:
        self._shows += 1
        if self._view.details_shown and self._shows % USAGE_SHOWS == 0 and not self._refreshing:
            self._refreshing = True
            self._tasks.submit(self._meter.measure, self._looked, self._not_looked)
        self._view.show_performance(
            PerformanceShown(
                snapshot,
                self._age.median_ms(now_s),
                self._stalls.longest_ms(now_s),
                self._usage,
                self._device,
            )
        )

    def _looked(self, usage: Usage) -> None:
        self._refreshing, self._usage = False, usage

    def _not_looked(self, _text: str) -> None:
        self._refreshing, self._usage = False, None
