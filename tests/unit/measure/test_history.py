"""The time series of a quantity: gaps, going back, and a bound."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import InvalidInputError
from engine.measure.catalogue import quantity
from engine.measure.history import PoseHistory
from engine.measure.quantity import position
from engine.measure.table import table_text
from engine.skeleton import Handedness
from engine.types import FrameResult, TrackedHand
from tests.fakes import SMALL_CAMERA, make_frame, make_hand, make_result

RIGHT, LEFT = Handedness
DEPTH = position("wrist", "z")


def at(stamp_ms: float, *hands: TrackedHand) -> FrameResult:
    frame = make_frame(0)
    return make_result(type(frame)(frame.depth_mm, stamp_ms, 0, SMALL_CAMERA), *hands)


def hand(z: float, side: Handedness = RIGHT, score: float = 0.9) -> TrackedHand:
    return make_hand(handedness=side, centre_mm=(0.0, 0.0, z), score=score)


def test_frames_without_the_hand_are_gaps() -> None:
    history = PoseHistory()
    history.add(at(0.0, hand(400.0)))
    history.add(at(33.0))
    history.add(at(66.0, hand(420.0, LEFT)))
    history.add(at(100.0, hand(430.0), hand(440.0, LEFT)))
    right, left = (history.series(DEPTH, side) for side in (RIGHT, LEFT))
    np.testing.assert_array_equal(right.time_ms, [0.0, 33.0, 66.0, 100.0])
    np.testing.assert_array_equal(right.values, [400.0, np.nan, np.nan, 430.0])
    np.testing.assert_array_equal(left.values, [np.nan, np.nan, 420.0, 440.0])
    assert not right.empty
    assert history.last_ms == 100.0


def test_only_what_was_seen_is_not_empty() -> None:
    history = PoseHistory()
    assert history.series(DEPTH, RIGHT).empty and history.last_ms is None
    history.add(at(0.0, hand(400.0)))
    assert history.series(quantity("openness"), LEFT).empty


def test_of_two_hands_of_one_side_the_surer_counts() -> None:
    history = PoseHistory()
    history.add(at(0.0, hand(400.0, score=0.6), hand(700.0, score=0.8)))
    assert history.series(DEPTH, RIGHT).values.tolist() == [700.0]


def test_going_back_takes_the_history_back() -> None:
    history = PoseHistory()
    for k in range(10):
        history.add(at(k * 10.0, hand(400.0 + k)))
    history.add(at(50.0, hand(999.0)))
    one = history.series(DEPTH, RIGHT)
    np.testing.assert_array_equal(one.time_ms, [0.0, 10.0, 20.0, 30.0, 40.0, 50.0])
    assert one.values[-1] == 999.0
    history.add(at(0.0, hand(1.0)))
    assert len(history) == 1


def test_a_long_time_without_frames_is_no_line() -> None:
    history = PoseHistory()
    for stamp in (0.0, 33.0, 5_000.0, 5_033.0):
        history.add(at(stamp, hand(400.0)))
    one = history.series(DEPTH, RIGHT)
    assert len(one.values) == 4
    times, values = one.line()
    assert np.isnan(values).tolist() == [False, False, True, False, False]
    assert np.all(np.diff(times) > 0)


def test_a_part_begins_where_it_was_asked_to() -> None:
    history = PoseHistory()
    for k in range(10):
        history.add(at(k * 10.0, hand(400.0 + k)))
    assert history.series(DEPTH, RIGHT, since_ms=70.0).values.tolist() == [407.0, 408.0, 409.0]


@pytest.mark.parametrize("capacity", [1, 3, 16])
def test_it_keeps_the_newest_and_never_more_than_its_room(capacity: int) -> None:
    history = PoseHistory(capacity)
    for k in range(100):
        history.add(at(k * 10.0, hand(400.0 + k)))
        assert len(history) == min(k + 1, capacity)
        expected = 400.0 + np.arange(max(0, k + 1 - capacity), k + 1)
        np.testing.assert_array_equal(history.series(DEPTH, RIGHT).values, expected)
    history.clear()
    assert len(history) == 0 and history.series(DEPTH, RIGHT).empty
    with pytest.raises(InvalidInputError):
        PoseHistory(0)


def test_values_made_bit_by_bit_are_those_made_at_once() -> None:
    rng = np.random.default_rng(1)
    watched, plain = PoseHistory(12), PoseHistory(12)
    stamp = 0.0
    for k in range(200):
        stamp = stamp - 70.0 if k % 37 == 36 else stamp + 10.0
        seen = [hand(400.0 + k)] if rng.random() < 0.8 else []
        for history in (watched, plain):
            history.add(at(stamp, *seen))
        if rng.random() < 0.5:
            watched.series(DEPTH, RIGHT)
    for side in (RIGHT, LEFT):
        made, fresh = watched.series(DEPTH, side), plain.series(DEPTH, side)
        np.testing.assert_array_equal(made.time_ms, fresh.time_ms)
        np.testing.assert_array_equal(made.values, fresh.values)
    watched.keep(set())
    np.testing.assert_array_equal(watched.series(DEPTH, RIGHT).values, fresh_of(plain))


def fresh_of(history: PoseHistory) -> np.ndarray:
    return history.series(DEPTH, RIGHT).values


def test_a_table_has_a_row_a_frame_and_nothing_where_no_hand_was() -> None:
    history = PoseHistory()
    history.add(at(0.0, hand(400.0)))
    history.add(at(33.3, hand(420.5, LEFT)))
    history.add(at(66.6, hand(430.0)))
    series = [history.series(DEPTH, side) for side in (RIGHT, LEFT)]
    assert table_text(series) == (
        "time_ms,right_position_wrist_z_mm,left_position_wrist_z_mm\n"
        "0.000,400.0000,\n33.300,,420.5000\n66.600,430.0000,\n"
    )
    part = [one.between(33.3, 66.6) for one in series]
    assert table_text(part, "\t").splitlines()[1:] == ["33.300\t\t420.5000", "66.600\t430.0000\t"]
    assert table_text([]) == "time_ms\n"
    with pytest.raises(InvalidInputError):
        table_text([series[0], part[1]])
    assert series[0].last == 430.0 and np.isnan(series[1].last)


def test_a_thinned_line_keeps_ends_extremes_and_gaps() -> None:
    history = PoseHistory(1_000)
    for k in range(900):
        seen = [] if 300 <= k < 400 else [hand(700.0 if k == 555 else 400.0 + k % 5)]
        history.add(at(k * 10.0, *seen))
    times, values = history.series(DEPTH, RIGHT).line(100)
    assert len(times) <= 102 and np.all(np.diff(times) > 0)
    assert (times[0], times[-1]) == (0.0, 8990.0)
    assert np.nanmax(values) == 700.0 and np.nanmin(values) == 400.0
    inside = (times > 3_100.0) & (times < 3_900.0)
    assert np.isnan(values[inside]).all() and inside.sum() > 4
