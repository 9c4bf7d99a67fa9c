"""Steps side by side: order, errors, early ends and the bound on what waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator

import pytest

from engine.errors import SourceError
from engine.jobs.ahead import CAPACITY, ahead


class Counter:
    """Counts to ``end`` and knows how far it was asked, where, and whether it was closed."""

    def __init__(self, end: int, error: Exception | None = None) -> None:
        self.made, self.closed, self.thread = 0, False, ""
        self._end, self._error = end, error

    def items(self) -> Generator[int]:
        self.thread = threading.current_thread().name
        try:
            while self.made < self._end:
                self.made += 1
                yield self.made
            if self._error is not None:
                raise self._error
        finally:
            self.closed = True


def test_order_is_kept_and_the_thread_has_ended() -> None:
    counter = Counter(100)
    with ahead(counter.items(), "counting") as items:
        assert list(items) == list(range(1, 101))
    assert counter.closed
    assert counter.thread == "counting"
    assert "counting" not in {thread.name for thread in threading.enumerate()}


def test_an_error_comes_behind_all_items_before_it() -> None:
    seen: list[int] = []

    def use() -> None:
        counter = Counter(3, SourceError("damaged from here on"))
        with ahead(counter.items(), "failing") as items:
            seen.extend(items)

    with pytest.raises(SourceError, match="damaged"):
        use()
    assert seen == [1, 2, 3]


def test_no_more_is_made_than_may_wait() -> None:
    counter = Counter(1000)
    with ahead(counter.items(), "ahead") as items:
        assert next(items) == 1
        deadline = time.monotonic() + 5.0
        while counter.made < CAPACITY + 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.05)
        assert counter.made == CAPACITY + 2  # one taken, some waiting, one in the thread's hand
    assert counter.closed


def test_leaving_early_ends_both_of_two_steps() -> None:
    first = Counter(1000)
    with ahead(first.items(), "read") as read:
        doubled = (2 * item for item in read)
        with ahead(doubled, "track") as results:
            assert [next(results), next(results)] == [2, 4]
    assert first.closed
    assert not {"read", "track"} & {thread.name for thread in threading.enumerate()}


def test_an_error_of_the_user_of_the_items_ends_the_thread() -> None:
    counter = Counter(1000)

    def use() -> None:
        with ahead(counter.items(), "used") as items:
            for _ in items:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        use()
    assert counter.closed
