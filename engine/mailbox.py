"""Bounded hand-over between threads: every queue names its overflow policy and counts losses."""

from __future__ import annotations

import threading
from collections import deque
from enum import Enum, auto
from typing import Generic, TypeVar

from engine.errors import InvalidInputError

T = TypeVar("T")


class Overflow(Enum):
    """What ``BoundedQueue.put`` does when the queue is full."""

    BLOCK = auto()
    """Wait for room: nothing is lost, the sender slows down."""
    DROP_OLDEST = auto()
    """Forget the item that waited longest: the newest wins."""


class BoundedQueue(Generic[T]):
    """First in, first out, never longer than ``capacity``; any thread may call any method.

    Raises:
        InvalidInputError: if ``capacity`` is not positive.
    """

    def __init__(self, capacity: int, overflow: Overflow) -> None:
        if capacity < 1:
            raise InvalidInputError(f"queue capacity must be positive, not {capacity}")
        self._capacity = capacity
        self._overflow = overflow
        self._items: deque[T] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._dropped = 0

    def put(self, item: T) -> bool:
        """Add ``item``; False if it was refused, because the queue is closed."""
        with self._changed:
            if len(self._items) >= self._capacity and not self._closed:
                self._make_room()
            if self._closed:
                return False
            self._items.append(item)
            self._changed.notify_all()
            return True

    def take(self, timeout_s: float | None = 0.0) -> T | None:
        """The oldest item; None if none came within ``timeout_s`` (None = wait) or after the end.

        A closed queue still gives out what it holds.
        """
        if timeout_s == 0.0 and not self._items:
            return None  # without the lock: views ask a hundred times a second
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._closed, timeout_s)
            if not self._items:
                return None
            item = self._items.popleft()
            self._changed.notify_all()
            return item

    def close(self) -> None:
        """Accept nothing more and wake every waiting thread; closing twice is fine."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether ``close`` was called."""
        with self._changed:
            return self._closed

    @property
    def dropped(self) -> int:
        """How many items were lost to the overflow policy so far."""
        with self._changed:
            return self._dropped

    def _make_room(self) -> None:
        """Apply the overflow policy to a full queue; the lock is held."""
        match self._overflow:
            case Overflow.BLOCK:
                self._changed.wait_for(lambda: len(self._items) < self._capacity or self._closed)
            case Overflow.DROP_OLDEST:
                self._items.popleft()
                self._dropped += 1


class Mailbox(BoundedQueue[T]):
    """A slot for the newest item: ``put`` never waits and replaces what nobody has taken.

    Any thread may call any method.
    """

    def __init__(self) -> None:
        super().__init__(1, Overflow.DROP_OLDEST)
