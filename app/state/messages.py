"""Sentences for the user: what went wrong, what was written."""

from __future__ import annotations

from dataclasses import dataclass

from app.state.store import Event
from app.state.window_state import Level


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence; ``retry`` is a source that can be tried again."""

    text: str
    level: Level = Level.INFO
    retry: str | None = None


class MessageCenter:
    """Takes messages from anywhere in the program. GUI thread only."""

    def __init__(self) -> None:
        self.posted: Event[Message] = Event()
        self.cleared: Event[None] = Event()

    def post(self, text: str, level: Level = Level.INFO, retry: str | None = None) -> None:
        """Show the user a message."""
        self.posted.emit(Message(text, level, retry))

    def clear(self) -> None:
        """The last message no longer holds."""
        self.cleared.emit(None)
