"""Steps of a job side by side: each in a thread of its own, order kept."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from engine.mailbox import BoundedQueue, Overflow

T = TypeVar("T")

CAPACITY: Final = 4
"""Items that wait between two steps: enough to even out their times, few enough images to hold."""


@dataclass(frozen=True, slots=True)
class _Made(Generic[T]):
    """One ``item``."""

    item: T


@dataclass(frozen=True, slots=True)
class _End:
    """There is no more, or an ``error`` in its place."""

    error: BaseException | None = None


@contextmanager
def ahead(items: Generator[T], name: str) -> Generator[Generator[T]]:
    """The ``items`` in their order, made by a thread called ``name`` while the caller uses those
    before; at most ``CAPACITY`` wait, then the thread does.

    An error among the items is raised in the caller's thread, behind all items before it. On
    leaving, the thread has ended and ``items`` is closed.
    """
    queue: BoundedQueue[_Made[T] | _End] = BoundedQueue(CAPACITY, Overflow.BLOCK)

    def make() -> None:
        end = _End()
        try:
            for item in items:
                if not queue.put(_Made(item)):
                    break
        except BaseException as error:  # noqa: BLE001 - the top of a thread; raised by the caller
            end = _End(error)
        finally:
            items.close()
            queue.put(end)

    def use() -> Generator[T]:
        while isinstance(taken := queue.take(None), _Made):
            yield taken.item
        if taken is not None and taken.error is not None:
            raise taken.error

    thread = threading.Thread(target=make, name=name, daemon=True)
    thread.start()
    try:
        yield use()
    finally:
        queue.close()
        thread.join()
