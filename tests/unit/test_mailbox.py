"""Bounded queues: order, overflow policies, counting, closing."""

from __future__ import annotations

import threading

import pytest

from engine.errors import InvalidInputError
from engine.mailbox import BoundedQueue, Mailbox, Overflow


def test_mailbox_gives_the_newest_once_and_counts_the_rest() -> None:
    box: Mailbox[int] = Mailbox()
    assert all(box.put(n) for n in range(5))
    assert box.take() == 4
    assert box.take() is None
    assert box.dropped == 4


def test_taken_items_are_not_losses() -> None:
    box: Mailbox[int] = Mailbox()
    for n in range(5):
        box.put(n)
        assert box.take() == n
    assert box.dropped == 0


def test_drop_oldest_keeps_the_newest_in_order() -> None:
    queue: BoundedQueue[int] = BoundedQueue(3, Overflow.DROP_OLDEST)
    assert all(queue.put(n) for n in range(5))
    assert [queue.take() for _ in range(4)] == [2, 3, 4, None]
    assert queue.dropped == 2


def test_blocking_queue_loses_nothing_and_keeps_order() -> None:
    queue: BoundedQueue[int] = BoundedQueue(2, Overflow.BLOCK)
    sender = threading.Thread(target=lambda: [queue.put(n) for n in range(200)])
    sender.start()
    assert [queue.take(timeout_s=5.0) for _ in range(200)] == list(range(200))
    sender.join()
    assert queue.dropped == 0


def test_close_frees_a_blocked_sender_and_gives_out_the_rest() -> None:
    queue: BoundedQueue[int] = BoundedQueue(1, Overflow.BLOCK)
    queue.put(1)
    accepted: list[bool] = []
    sender = threading.Thread(target=lambda: accepted.append(queue.put(2)))
    sender.start()
    queue.close()
    sender.join(timeout=5.0)
    assert accepted == [False]
    assert queue.closed
    assert queue.take() == 1
    assert queue.take(timeout_s=None) is None


def test_close_wakes_a_waiting_taker() -> None:
    box: Mailbox[int] = Mailbox()
    taken: list[int | None] = []
    taker = threading.Thread(target=lambda: taken.append(box.take(timeout_s=None)))
    taker.start()
    box.close()
    taker.join(timeout=5.0)
    assert taken == [None]
    assert not box.put(1)
    assert box.dropped == 0


def test_take_waits_for_an_item() -> None:
    box: Mailbox[int] = Mailbox()
    timer = threading.Timer(0.02, box.put, args=(7,))
    timer.start()
    assert box.take(timeout_s=5.0) == 7
    timer.join()


def test_capacity_must_be_positive() -> None:
    with pytest.raises(InvalidInputError, match="capacity"):
        BoundedQueue(0, Overflow.BLOCK)
