"""Whatever the stamps, the timeline rises; and what was right in them stays."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.sources.clock_chain import COUNTER_WRAPS_MS
from engine.sources.timeline import repair_timeline

PERIOD_MS = 1000.0 / 30.0
WRAP_MS = COUNTER_WRAPS_MS[0]


def true_times(steps: list[int], begin_ms: float = 5000.0) -> np.ndarray:
    """Times whose intervals are whole numbers of periods, with the jitter of a camera."""
    jitter = 0.3 * np.sin(np.arange(len(steps) + 1))
    return begin_ms + PERIOD_MS * np.concatenate([[0], np.cumsum(steps)]) + jitter


STEPS = st.lists(st.integers(1, 20), min_size=11, max_size=60)
ANY_STAMP = st.floats() | st.floats(-1e13, 1e13) | st.sampled_from([0.0, 1.0, 1.7e12, WRAP_MS])


@given(stamps=st.lists(ANY_STAMP, min_size=1, max_size=80), may_sort=st.booleans(), data=st.data())
@settings(deadline=None)
def test_any_stamps_make_a_rising_timeline(
    stamps: list[float], may_sort: bool, data: st.DataObject
) -> None:
    count = len(stamps)
    recorded = data.draw(st.none() | st.lists(ANY_STAMP, min_size=count, max_size=count))
    names = st.sampled_from(["Hardware", "Global", None])
    clocks = data.draw(st.lists(names, min_size=count, max_size=count))
    line = repair_timeline(
        stamps, period_ms=PERIOD_MS, recorded_ms=recorded, clocks=lambda: clocks, may_sort=may_sort
    )
    assert np.isfinite(line.times_ms).all()
    assert (np.diff(line.times_ms) > 0).all()
    assert sorted(line.order) == list(range(len(stamps)))
    assert may_sort or (line.order == np.arange(len(stamps))).all()


@pytest.mark.parametrize("stamp", [1.7976931348623157e308, -1e300, 1e16])
def test_a_stamp_that_no_clock_shows_is_replaced(stamp: float) -> None:
    for stamps in ([stamp, 0.0], [0.0, stamp, 2 * PERIOD_MS, 3 * PERIOD_MS]):
        line = repair_timeline(stamps, period_ms=PERIOD_MS, may_sort=False)
        assert np.abs(line.times_ms).max() < 1e4
        assert (np.diff(line.times_ms) > 0).all()
        assert line.replaced == 1


@given(steps=STEPS, pause_ms=st.floats(0, 50_000), at=st.integers(3, 8))
def test_right_stamps_stay_through_dropped_frames_and_pauses(
    steps: list[int], pause_ms: float, at: int
) -> None:
    times = true_times(steps)
    times[at:] += pause_ms
    line = repair_timeline(times, period_ms=PERIOD_MS)
    np.testing.assert_array_equal(line.times_ms, times)
    assert (line.replaced, line.notice) == (0, "")


@pytest.mark.parametrize("pause_ms", [120_000.0, 3_600_000.0, 20 * 3_600_000.0])
def test_a_long_pause_stays(pause_ms: float) -> None:
    times = true_times([1] * 9)
    times[6:] += pause_ms
    np.testing.assert_array_equal(repair_timeline(times, period_ms=PERIOD_MS).times_ms, times)


BAD = st.sampled_from([0.0, -1.0, math.nan, math.inf, 1.58e12, 3 * 3_600_000.0, 1e-300])


@given(steps=STEPS, places=st.lists(st.integers(0, 11), min_size=1, max_size=2), bad=BAD)
def test_outliers_alone_are_replaced(steps: list[int], places: list[int], bad: float) -> None:
    times = true_times(steps)
    stamps = times.copy()
    for place in set(places):
        stamps[place] = bad
    line = repair_timeline(stamps, period_ms=PERIOD_MS)
    right = ~np.isin(np.arange(len(times)), places)
    np.testing.assert_array_equal(line.times_ms[right], times[right])
    assert line.replaced == len(set(places))
    assert f"{line.replaced} of {len(times)} times" in line.notice
    assert ("missing" if math.isnan(bad) or math.isinf(bad) else "wrong") in line.notice
    assert (np.diff(line.times_ms) > 0).all()


@given(steps=st.just([1] * 12), place=st.integers(0, 12), bad=BAD)
def test_a_replaced_stamp_is_within_a_frame_of_the_truth(
    steps: list[int], place: int, bad: float
) -> None:
    times = true_times(steps)
    stamps = times.copy()
    stamps[place] = bad
    line = repair_timeline(stamps, period_ms=PERIOD_MS)
    np.testing.assert_allclose(line.times_ms, times, atol=1.0)


def test_a_stamp_slightly_ahead_of_its_successors_is_replaced() -> None:
    times = true_times([1] * 12)
    stamps = times.copy()
    stamps[6] += 30_000.0
    line = repair_timeline(stamps, period_ms=PERIOD_MS)
    np.testing.assert_allclose(line.times_ms, times, atol=1.0)
    assert line.replaced == 1


@given(
    steps=STEPS, place=st.integers(2, 9), off=st.floats(-8, 8), times_off=st.integers(1, 2)
)  # fmt: skip
def test_stamps_that_are_slightly_off_leave_the_others_as_they_are(
    steps: list[int], place: int, off: float, times_off: int
) -> None:
    times = true_times(steps)
    stamps = times.copy()
    stamps[place : place + times_off] += off * PERIOD_MS
    line = repair_timeline(stamps, period_ms=PERIOD_MS, may_sort=False)
    right = ~np.isin(np.arange(len(times)), np.arange(place - 2, place + times_off + 2))
    np.testing.assert_array_equal(line.times_ms[right], times[right])
    assert line.replaced <= 2
    assert "clock" not in line.notice


@given(steps=STEPS, places=st.lists(st.integers(1, 10), min_size=1, max_size=3, unique=True))
def test_stamps_that_are_repeated_are_replaced(steps: list[int], places: list[int]) -> None:
    times = true_times(steps)
    stamps = times.copy()
    for place in sorted(places):
        stamps[place] = stamps[place - 1]
    line = repair_timeline(stamps, period_ms=PERIOD_MS)
    assert line.replaced == len(places)
    later = np.arange(len(times)) > max(places)
    np.testing.assert_array_equal(line.times_ms[later], times[later])


def test_a_counter_that_begins_again_in_a_long_pause_is_confirmed_by_the_recording() -> None:
    times = true_times([1] * 15, WRAP_MS - 200_000.0)
    times[8:] += 400_000.0
    line = repair_timeline(times % WRAP_MS, period_ms=PERIOD_MS, recorded_ms=times - 7e5)
    np.testing.assert_allclose(line.times_ms, times, atol=1e-6)


@given(steps=STEPS, at=st.integers(3, 8), named=st.booleans(), forward=st.booleans())
def test_a_change_of_clock_is_joined(steps: list[int], at: int, named: bool, forward: bool) -> None:
    times = true_times(steps, 5000.0 if forward else 1.7e12)
    stamps = times.copy()
    stamps[at:] += 1.7e12 if forward else -1.7e12 + 4000.0
    names = ["Hardware Clock"] * at + ["Global Time"] * (len(times) - at)
    clocks = (lambda: names) if named else None
    line = repair_timeline(stamps, period_ms=PERIOD_MS, clocks=clocks)
    intervals, true = np.diff(line.times_ms), np.diff(times)
    others = np.arange(len(true)) != at - 1
    np.testing.assert_allclose(intervals[others], true[others], atol=0.01)
    assert 0 < intervals[at - 1] <= 20 * PERIOD_MS + 1
    assert "clock changes once" in line.notice
    recorded = times * 1.0 + 77.0
    line = repair_timeline(stamps, period_ms=PERIOD_MS, clocks=clocks, recorded_ms=recorded)
    np.testing.assert_allclose(np.diff(line.times_ms), true, atol=0.01)


@given(steps=STEPS, at=st.integers(1, 8), dropped=st.integers(0, 400))
def test_a_counter_that_begins_again_is_counted_on(steps: list[int], at: int, dropped: int) -> None:
    times = true_times(steps, 0.0)
    times[at:] += dropped * PERIOD_MS
    times += WRAP_MS - times[at - 1] - 5.0
    stamps = np.where(np.arange(len(times)) < at, times, times - WRAP_MS)
    line = repair_timeline(stamps, period_ms=PERIOD_MS)
    np.testing.assert_allclose(line.times_ms, times, atol=1e-6)
    assert line.replaced == 0
    assert "begins again" in line.notice


@given(st.permutations(range(8)))
def test_frames_out_of_order_are_sorted(order: list[int]) -> None:
    times = true_times([1] * 19)
    mixed = np.arange(20)
    mixed[6:14] = 6 + np.array(order)
    line = repair_timeline(times[mixed], period_ms=PERIOD_MS)
    np.testing.assert_array_equal(line.times_ms, times)
    np.testing.assert_array_equal(mixed[line.order], np.arange(20))


def test_useless_stamps_give_way_to_the_times_of_recording() -> None:
    times = true_times([1, 2, 1, 3, 1])
    line = repair_timeline(np.zeros(6), period_ms=PERIOD_MS, recorded_ms=times)
    np.testing.assert_array_equal(line.times_ms, times)
    assert "those of recording" in line.notice
    line = repair_timeline(np.zeros(6), period_ms=PERIOD_MS)
    np.testing.assert_allclose(line.times_ms, np.arange(6) * PERIOD_MS)
