"""What happened, in words and with the time. No widgets."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.state.window_state import Level

CAPACITY: Final = 500
"""Older events are forgotten and counted."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened; ``count`` times in a row, the last time at ``when``."""

    when: datetime
    level: Level
    text: str
    count: int = 1

    @property
    def line(self) -> str:
        """Time, level (if grave) and words."""
        level = "" if self.level is Level.INFO else f"{self.level.value}: "
        times = f" ({self.count} times)" if self.count > 1 else ""
        return f"{self.when:%H:%M:%S}  {level}{self.text}{times}"


class EventLog:
    """Keeps the newest events. GUI thread only.

    Args:
        now: the local time.
    """

    def __init__(self, now: Callable[[], datetime] | None = None) -> None:
        self._now = now or (lambda: datetime.now().astimezone())
        self._events: deque[Event] = deque(maxlen=CAPACITY)
        self.forgotten = 0
        self.version = 0

    @property
    def events(self) -> tuple[Event, ...]:
        """All that are kept, the oldest first."""
        return tuple(self._events)

    def add(self, text: str, level: Level = Level.INFO) -> None:
        """Something happened; the same again only counts."""
        self.version += 1
        last = self._events[-1] if self._events else None
        if last is not None and (last.text, last.level) == (text, level):
            self._events[-1] = Event(self._now(), level, text, last.count + 1)
            return
        if len(self._events) == CAPACITY:
            self.forgotten += 1
        self._events.append(Event(self._now(), level, text))

    def clear(self) -> None:
        """Forget everything."""
        self.version += 1
        self._events.clear()
        self.forgotten = 0

    @property
    def text(self) -> str:
        """Everything as lines, to be pasted into a report."""
        before = [f"({self.forgotten} earlier events are forgotten)"] if self.forgotten else []
        return "\n".join([*before, *(event.line for event in self._events)])
