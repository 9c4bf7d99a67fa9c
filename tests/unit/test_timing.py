"""Statistics, rates and pacing on a clock that only the test moves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.timing import Pacer, RateMeter, StageStatistics
from tests.fakes import FakeClock


def test_stage_statistics_of_a_known_distribution() -> None:
    statistics = StageStatistics()
    for ms in range(101):
        statistics.add({"detect": float(ms), "estimate": 2.0})
    detect, estimate = statistics.snapshot()
    assert (detect.name, detect.median_ms, detect.p99_ms, detect.count) == ("detect", 50, 99, 101)
    assert (estimate.name, estimate.median_ms, estimate.p99_ms) == ("estimate", 2.0, 2.0)


def test_stage_statistics_forget_what_left_the_window() -> None:
    statistics = StageStatistics(window=3)
    for ms in (1000.0, 1.0, 2.0, 3.0):
        statistics.add({"detect": ms})
    (detect,) = statistics.snapshot()
    assert (detect.median_ms, detect.count) == (2.0, 3)


def test_stages_may_come_now_and_then() -> None:
    statistics = StageStatistics()
    statistics.add({"track": 1.0})
    statistics.add({"detect": 5.0, "track": 3.0})
    assert {stage.name: stage.count for stage in statistics.snapshot()} == {"track": 2, "detect": 1}


def test_rate_of_a_steady_stream_and_after_it_stalls() -> None:
    clock = FakeClock()
    meter = RateMeter(clock, window_s=2.0)
    assert meter.rate() == 0.0
    for _ in range(100):
        clock.advance(0.04)
        meter.tick()
    assert meter.rate() == pytest.approx(25.0)
    clock.advance(3.0)
    assert meter.rate() == 0.0


def test_pacer_follows_the_timestamps() -> None:
    clock = FakeClock()
    pacer = Pacer(clock)
    assert pacer.delay_s(5_000.0) == 0.0
    assert pacer.delay_s(5_100.0) == pytest.approx(0.1)
    clock.advance(0.08)
    assert pacer.delay_s(5_100.0) == pytest.approx(0.02)
    clock.advance(0.05)
    assert pacer.delay_s(5_100.0) == pytest.approx(-0.03)
    assert pacer.delay_s(5_150.0) == pytest.approx(0.02), "a small lag is caught up"


@pytest.mark.parametrize("timestamp_ms", [0.0, 4_000.0, 5_000.0 + 60_000.0])
def test_pacer_starts_anew_where_timestamps_jump(timestamp_ms: float) -> None:
    clock = FakeClock()
    pacer = Pacer(clock)
    pacer.delay_s(5_000.0)
    clock.advance(1.0)
    assert pacer.delay_s(timestamp_ms) == 0.0
    assert pacer.delay_s(timestamp_ms + 100.0) == pytest.approx(0.1)


def test_pacer_forgets_a_pause() -> None:
    clock = FakeClock()
    pacer = Pacer(clock)
    pacer.delay_s(0.0)
    pacer.forget()
    clock.advance(0.1)
    assert pacer.delay_s(33.0) == 0.0
    assert pacer.delay_s(66.0) == pytest.approx(0.033)


@pytest.mark.parametrize(("speed", "expected_s"), [(0.1, 1.0), (0.5, 0.2), (4.0, 0.025)])
def test_pacer_stretches_time_by_its_speed(speed: float, expected_s: float) -> None:
    pacer = Pacer(FakeClock())
    pacer.delay_s(1_000.0)
    pacer.speed = speed
    assert pacer.delay_s(1_000.0) == 0.0, "a new speed begins at once"
    assert pacer.delay_s(1_100.0) == pytest.approx(expected_s)


def test_pacer_waits_for_a_long_gap_when_slow() -> None:
    pacer = Pacer(FakeClock())
    pacer.speed = 0.1
    pacer.delay_s(0.0)
    assert pacer.delay_s(1_500.0) == pytest.approx(15.0)
    assert pacer.delay_s(2_500.0) == 0.0, "that is a jump"


def test_pacer_as_fast_as_possible_never_waits_and_is_never_late() -> None:
    clock = FakeClock()
    pacer = Pacer(clock)
    pacer.speed = float("inf")
    for stamp_ms in (0.0, 33.0, 10_000.0, 0.0):
        clock.advance(0.01)
        assert pacer.delay_s(stamp_ms) == 0.0


def test_pacer_lets_a_repeated_range_follow_on() -> None:
    clock = FakeClock()
    pacer = Pacer(clock)
    pacer.speed = 0.5
    pacer.delay_s(8_000.0)
    pacer.follow_on(5_000.0, gap_ms=40.0)
    assert pacer.delay_s(5_000.0) == pytest.approx(0.08)
    clock.advance(0.08)
    assert pacer.delay_s(5_020.0) == pytest.approx(0.04)


@given(st.lists(st.floats(0.0, 1e6), min_size=1, max_size=40))
def test_percentiles_are_numpys(times: list[float]) -> None:
    statistics = StageStatistics()
    for ms in times:
        statistics.add({"step": ms})
    (step,) = statistics.snapshot()
    assert step.median_ms == pytest.approx(float(np.quantile(times, 0.5)))
    assert step.p99_ms == pytest.approx(float(np.quantile(times, 0.99)))
