"""The store of state and events: who is called, and when."""

from __future__ import annotations

from app.state.store import Event, StateStore


def test_subscribers_get_the_present_state_and_each_other_one() -> None:
    store, seen = StateStore(1), list[int]()
    store.subscribe(seen.append)
    for value in (1, 2, 2, 3):
        store.update(value)
    assert seen == [1, 2, 3]
    assert store.state == 3


def test_listeners_are_called_in_order_and_new_ones_from_the_next_time_on() -> None:
    event, heard = Event[str](), list[str]()

    def first(value: str) -> None:
        heard.append(f"first {value}")
        event.connect(lambda later: heard.append(f"new {later}"))

    event.connect(first)
    event.connect(lambda value: heard.append(f"second {value}"))
    event.emit("a")
    assert heard == ["first a", "second a"]
    event.emit("b")
    assert heard[2:] == ["first b", "second b", "new b"]
