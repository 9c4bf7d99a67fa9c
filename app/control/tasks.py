"""How controllers have slow calls made elsewhere, as a protocol (``app.bridge`` does it)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from app.state.session import Run

T = TypeVar("T")
Work = Callable[[], T]
Done = Callable[[T], None]
Failed = Callable[[str], None]


class TaskRunner(Protocol):
    """Carries slow calls out of the GUI thread and their outcomes back."""

    def attach(self, run: Run | None) -> None:
        """Poll this run from now on."""
        ...

    def submit(
        self, work: Work[T], done: Done[T], failed: Failed, discard: Done[T] | None = None
    ) -> None:
        """Do ``work`` in a thread, then call ``done`` or ``failed`` (with a sentence) here."""
        ...
