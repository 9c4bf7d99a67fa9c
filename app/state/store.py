"""How controllers tell views something without knowing them: events, and a store of state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Event(Generic[T]):
    """Something that happens, with a value; a signal without Qt. For one thread."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[T], object]] = []

    def connect(self, listener: Callable[[T], object]) -> None:
        """Call ``listener`` with every later value, after those that were connected before."""
        self._listeners.append(listener)

    def emit(self, value: T) -> None:
        """It happens."""
        for listener in tuple(self._listeners):
            listener(value)


class StateStore(Generic[T]):
    """One frozen value that is replaced as a whole. For one thread.

    Controllers ``update`` it, views and other controllers ``subscribe`` to it.
    """

    def __init__(self, state: T) -> None:
        self._state = state
        self._changed: Event[T] = Event()

    @property
    def state(self) -> T:
        """The present state."""
        return self._state

    def update(self, state: T) -> None:
        """Replace the state; subscribers are called if it differs."""
        if state != self._state:
            self._state = state
            self._changed.emit(state)

    def subscribe(self, listener: Callable[[T], object]) -> None:
        """Call ``listener`` with the present state, and with every later one."""
        self._changed.connect(listener)
        listener(self._state)
