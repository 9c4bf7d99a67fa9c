"""Gives everything that a run makes to whoever listens."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

from engine.mailbox import BoundedQueue

T = TypeVar("T")


class Broadcaster(Generic[T]):
    """One item in, any number of bounded queues out. Any thread may call any method.

    Each queue names its own overflow policy and counts its own losses. A policy that waits would
    hold the run up.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queues: tuple[BoundedQueue[T], ...] = ()
        self._closed = False

    def add(self, queue: BoundedQueue[T]) -> None:
        """Put every item into ``queue`` from now on, until whoever takes from it closes it."""
        with self._lock:
            if self._closed:
                queue.close()
            else:
                self._queues = (*self._queues, queue)

    def put(self, item: T) -> None:
        """Give ``item`` to every queue."""
        for queue in self._queues:
            if not queue.put(item) and queue.closed:
                self._forget(queue)

    def end(self) -> None:
        """Close the queues: nothing more comes for those who listen now."""
        for queue in self._queues:
            queue.close()
            self._forget(queue)

    def close(self) -> None:
        """Close the queues, and those that are added later; whoever waits is woken."""
        with self._lock:
            self._closed = True
        self.end()

    def _forget(self, queue: BoundedQueue[T]) -> None:
        with self._lock:
            self._queues = tuple(other for other in self._queues if other is not queue)
