"""Hands results on: the newest to views, every one to recorders and exporters."""

from __future__ import annotations

import threading
from typing import Final

from engine.mailbox import BoundedQueue, Mailbox, Overflow
from engine.types import FrameResult

CONSUMER_FRAMES: Final = 64


class Publisher:
    """One result in, one mailbox for views and any number of bounded queues out.

    Any thread may call any method. ``lossless`` decides what a full consumer queue does: the
    sender waits, or the result is dropped for that consumer and counted.
    """

    def __init__(self, *, lossless: bool) -> None:
        self.newest: Mailbox[FrameResult] = Mailbox()
        self._overflow = Overflow.BLOCK if lossless else Overflow.DROP_NEWEST
        self._lock = threading.Lock()
        self._queues: tuple[BoundedQueue[FrameResult], ...] = ()
        self._dropped_before = 0
        self._closed = False

    def add_consumer(self, capacity: int = CONSUMER_FRAMES) -> BoundedQueue[FrameResult]:
        """A queue that gets every result from now on; whoever takes from it may close it."""
        queue: BoundedQueue[FrameResult] = BoundedQueue(capacity, self._overflow)
        with self._lock:
            if self._closed:
                queue.close()
            else:
                self._queues = (*self._queues, queue)
        return queue

    def publish(self, result: FrameResult) -> None:
        """Give ``result`` to the views and to every consumer."""
        self.newest.put(result)
        for queue in self._queues:
            if not queue.put(result) and queue.closed:
                self._forget(queue)

    def end_consumers(self) -> None:
        """Close the consumers' queues: nothing more comes for those who listen now."""
        for queue in self._queues:
            queue.close()
            self._forget(queue)

    def close(self) -> None:
        """Close everything for good; whoever waits is woken."""
        with self._lock:
            self._closed = True
        self.end_consumers()
        self.newest.close()

    @property
    def dropped(self) -> int:
        """How many results did not fit into a consumer's queue so far."""
        with self._lock:
            return self._dropped_before + sum(queue.dropped for queue in self._queues)

    def _forget(self, queue: BoundedQueue[FrameResult]) -> None:
        with self._lock:
            if queue in self._queues:
                self._queues = tuple(other for other in self._queues if other is not queue)
                self._dropped_before += queue.dropped
