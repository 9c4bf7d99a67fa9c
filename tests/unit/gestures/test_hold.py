"""Holding and releasing gestures over frames."""

from __future__ import annotations

from collections.abc import Iterable

from engine.gestures.hold import HOLD, GestureState, first, step

FIST = {"fist": 0.9, "open": 0.0}
OPEN = {"fist": 0.0, "open": 0.9}
NEITHER = {"fist": 0.1, "open": 0.1}


def held(frames: Iterable[dict[str, float]]) -> list[str | None]:
    """The gesture after each frame, 33 ms apart."""
    state: GestureState | None = None
    names = []
    for k, scores in enumerate(frames):
        t_ms = 33.0 * k
        state = first(scores, t_ms) if state is None else step(state, scores, t_ms)
        names.append(state.name)
    return names


def test_the_first_frame_counts_at_once() -> None:
    assert held([FIST]) == ["fist"]
    assert held([NEITHER]) == [None]


def test_a_gesture_begins_when_it_is_held() -> None:
    shown = held([NEITHER, FIST, FIST, FIST, FIST])
    assert shown == [None, None, None, "fist", "fist"]


def test_a_gesture_ends_when_it_is_released() -> None:
    shown = held([FIST, NEITHER, NEITHER, NEITHER, NEITHER])
    assert shown == ["fist", "fist", "fist", None, None]


def test_single_frames_change_nothing() -> None:
    assert set(held([FIST, OPEN, FIST, NEITHER, FIST, OPEN, OPEN, FIST])) == {"fist"}
    assert set(held([NEITHER, OPEN, NEITHER, OPEN, NEITHER, FIST])) == {None}


def test_another_gesture_takes_over() -> None:
    assert held([FIST, OPEN, OPEN, OPEN]) == ["fist", "fist", "fist", "open"]


def test_a_gesture_that_flickers_between_others_ends() -> None:
    shown = held([FIST, OPEN, NEITHER, OPEN, NEITHER])
    assert shown[-1] is None


def test_what_is_held_may_fit_less_than_what_begins() -> None:
    border = {"fist": (HOLD.enter + HOLD.leave) / 2}
    assert held([border] * 5)[-1] is None
    assert held([FIST, *[border] * 5])[-1] == "fist"


def test_the_time_of_holding_counts_from_its_beginning() -> None:
    state = first(NEITHER, 0.0)
    for k in range(1, 6):
        state = step(state, FIST, 100.0 * k)
    assert (state.name, state.since_ms) == ("fist", 300.0)


def test_a_gesture_that_is_forgotten_ends() -> None:
    assert held([{"mine": 1.0}, {}, {}, {}])[-1] is None
