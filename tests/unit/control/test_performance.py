"""Figures of speed: age of a pose, stalls, use of the computer."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.control.latency import WINDOW_S, PoseAge, StallMeter
from app.control.performance import SHOW_TICKS, USAGE_SHOWS, PerformanceMonitor
from app.control.usage import UsageMeter
from app.state.figures import PerformanceFigures
from app.state.store import StateStore
from app.state.window_state import Phase, WindowState
from engine.run.state import RunnerSnapshot, RunState
from engine.sources.base import Connection, ConnectionState
from tests.fakes import FakeClock, make_frame, make_result
from tests.fakes_app import DeferredTasks

FIGURES = RunnerSnapshot(RunState.RUNNING, "", "", 3, 3, 1, 30.0, 30.0, 2.0, ())


def test_a_pose_ages_until_the_next_one_is_painted() -> None:
    age = PoseAge()
    assert age.median_ms(0.0) is None
    for frame in range(60):
        due = frame * 0.04
        age.record(due, due + 0.01)
    now = 59 * 0.04 + 0.05
    assert age.median_ms(now) == pytest.approx(30.0, abs=2.0)


def test_a_long_freeze_weighs_as_long_as_it_lasts() -> None:
    age = PoseAge()
    for frame in range(10):
        age.record(frame * 0.01, frame * 0.01 + 0.005)
    frozen = age.median_ms(0.1 + 0.9 * WINDOW_S)
    assert frozen is not None
    assert frozen > 700.0


def test_what_is_long_past_does_not_count() -> None:
    age = PoseAge()
    age.record(0.0, 1.0)
    for frame in range(80):
        age.record(10.0 + frame * 0.03, 10.02 + frame * 0.03)
    assert age.median_ms(12.42) == pytest.approx(35.0, abs=2.0)
    age.reset()
    assert age.median_ms(12.42) is None


def test_the_longest_stall_is_what_a_tick_came_late_by() -> None:
    stalls = StallMeter(0.016)
    for now in (0.0, 0.016, 0.032, 0.132, 0.148):
        stalls.tick(now)
    assert stalls.longest_ms(0.15) == pytest.approx(84.0)
    stalls.tick(11.0)
    assert stalls.longest_ms(30.0) == 0.0


def test_usage_counts_child_processes() -> None:
    clock = FakeClock()
    meter = UsageMeter(clock)
    first = meter.measure()
    child = subprocess.Popen(
        [sys.executable, "-c", "b = bytearray(40_000_000); print(len(b), flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert child.stdout is not None
        child.stdout.readline()
        clock.advance(1.0)
        second = meter.measure()
        assert second.children_mb - first.children_mb > 40.0
        assert second.memory_mb > second.children_mb
        assert second.cpu_percent > 0.0
        assert second.threads >= 1
    finally:
        child.communicate(b"\n")


class MonitorSetup:
    def __init__(self) -> None:
        self.store = StateStore(WindowState(phase=Phase.RUNNING))
        self.clock, self.tasks = FakeClock(), DeferredTasks()
        self.shown: list[PerformanceFigures] = []
        self.performance = PerformanceMonitor(
            self.store, self.tasks, device="CPU", clock=self.clock
        )
        self.performance.published.connect(self.shown.append)

    def tick(self, times: int = 1) -> None:
        for _ in range(times):
            self.clock.advance(0.016)
            self.performance.tick()


def test_figures_come_twice_a_second_and_usage_only_while_it_is_shown() -> None:
    setup = MonitorSetup()
    setup.tick(2 * SHOW_TICKS)
    assert setup.shown == []
    setup.performance.on_snapshot(FIGURES)
    setup.tick(SHOW_TICKS * USAGE_SHOWS)
    assert [shown.usage for shown in setup.shown] == [None, None]
    assert setup.tasks.waiting == []
    setup.performance.set_details_shown(True)
    setup.tick(SHOW_TICKS * USAGE_SHOWS)
    setup.tasks.do_all()
    setup.tick(SHOW_TICKS)
    usage = setup.shown[-1].usage
    assert usage is not None
    assert usage.memory_mb > 1.0


def test_age_counts_while_frames_come_and_not_in_a_pause() -> None:
    setup = MonitorSetup()
    setup.performance.on_snapshot(FIGURES)

    def last_age(state: WindowState) -> float | None:
        setup.store.update(state)
        for _ in range(SHOW_TICKS):
            result = make_result(make_frame(0))
            object.__setattr__(result, "due_s", setup.clock() - 0.02)
            setup.performance.on_painted(result)
            setup.tick()
        return setup.shown[-1].age_ms

    age = last_age(WindowState(phase=Phase.RUNNING))
    assert age == pytest.approx(28.0, abs=2.0)
    assert last_age(WindowState(phase=Phase.PAUSED)) is None
    lost = Connection(ConnectionState.UNPLUGGED, "unplugged")
    assert last_age(WindowState(phase=Phase.RUNNING, connection=lost)) is None
