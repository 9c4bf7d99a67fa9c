"""Hands on what a run makes: the newest result to views, everything to recorders and exporters."""

from __future__ import annotations

import threading
from typing import Final, Generic, TypeVar

from engine.mailbox import BoundedQueue, Mailbox, Overflow
from engine.types import FrameResult

T = TypeVar("T")

CONSUMER_FRAMES: Final = 64


class Outlets(Generic[T]):
    """One item in, any number of bounded queues out. Any thread may call any method.

    ``overflow`` decides what a full queue does; losses are counted.
    """

    def __init__(self, overflow: Overflow) -> None:
        self._overflow = overflow
        self._lock = threading.Lock()
        self._queues: tuple[BoundedQueue[T], ...] = ()
        self._dropped_before = 0
        self._closed = False

    def add(self, capacity: int) -> BoundedQueue[T]:
        """A queue that gets every item from now on; whoever takes from it may close it."""
        queue: BoundedQueue[T] = BoundedQueue(capacity, self._overflow)
        with self._lock:
            if self._closed:
                queue.close()
            else:
                self._queues = (*self._queues, queue)
        return queue

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
        """Close everything for good; whoever waits is woken."""
        with self._lock:
            self._closed = True
        self.end()

    @property
    def dropped(self) -> int:
        """How many items did not fit into a queue so far."""
        with self._lock:
            return self._dropped_before + sum(queue.dropped for queue in self._queues)

    def _forget(self, queue: BoundedQueue[T]) -> None:
        with self._lock:
            if queue in self._queues:
                self._queues = tuple(other for other in self._queues if other is not queue)
                self._dropped_before += queue.dropped


class Publisher:
    """One result in, one mailbox for views and any number of bounded queues out.

    Any thread may call any method. ``lossless`` decides what a full consumer queue does: the
    sender waits, or the result is dropped for that consumer and counted.
    """

    def __init__(self, *, lossless: bool) -> None:
        self.newest: Mailbox[FrameResult] = Mailbox()
        self._consumers: Outlets[FrameResult] = Outlets(
            Overflow.BLOCK if lossless else Overflow.DROP_NEWEST
        )
        self._lock = threading.Lock()
        self._listeners: tuple[BoundedQueue[FrameResult], ...] = ()

    def add_consumer(self, capacity: int = CONSUMER_FRAMES) -> BoundedQueue[FrameResult]:
        """A queue that gets every result from now on; whoever takes from it may close it."""
        return self._consumers.add(capacity)

    def listen(self, queue: BoundedQueue[FrameResult]) -> None:
        """Put every result into the caller's ``queue`` too, until the caller closes it.

        It may outlive this run, names its own overflow policy (which should not be to wait) and
        counts its own losses.
        """
        with self._lock:
            self._listeners = (*self._listeners, queue)

    def publish(self, result: FrameResult) -> None:
        """Give ``result`` to the views, to every consumer and to whoever listens."""
        self.newest.put(result)
        for queue in self._listeners:
            if not queue.put(result) and queue.closed:
                self._stop_listening(queue)
        self._consumers.put(result)

    def _stop_listening(self, queue: BoundedQueue[FrameResult]) -> None:
        with self._lock:
            self._listeners = tuple(other for other in self._listeners if other is not queue)

    def end_consumers(self) -> None:
        """Close the consumers' queues: nothing more comes for those who listen now."""
        self._consumers.end()

    def close(self) -> None:
        """Close everything for good; whoever waits is woken."""
        self._consumers.close()
        self.newest.close()

    @property
    def dropped(self) -> int:
        """How many results did not fit into a consumer's queue so far."""
        return self._consumers.dropped
