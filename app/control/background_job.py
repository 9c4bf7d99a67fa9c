"""A long task with progress that can be cancelled: an export, a check. No widgets."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from app.control.tasks import TaskRunner
from app.state.jobs import JobProgress
from app.state.store import Event
from engine.progress import Progress

T = TypeVar("T")


class BackgroundJob(Generic[T]):
    """One task at a time, in a thread of its own. GUI thread only, but for what the task calls.

    Each ``start`` is followed by exactly one of ``finished``, ``failed`` and ``cancelled``; a task
    that is complete before it sees that it was cancelled has finished.
    """

    def __init__(self, tasks: TaskRunner) -> None:
        self.progressed: Event[JobProgress] = Event()
        self.finished: Event[T] = Event()
        self.failed: Event[str] = Event()
        self.cancelled: Event[None] = Event()
        self._tasks = tasks
        self._running = False
        self._cancel = threading.Event()
        self._progress = JobProgress(0, 0)

    @property
    def running(self) -> bool:
        """Whether a task is under way."""
        return self._running

    def start(self, work: Callable[[Progress], T], total: int) -> bool:
        """Do ``work``, which reports its progress of about ``total`` parts; False if one runs."""
        if self._running:
            return False
        self._running, self._progress = True, JobProgress(0, total)
        cancel = self._cancel = threading.Event()

        def progress(done: int, total: int) -> bool:
            self._progress = JobProgress(done, total)  # one reference is exchanged: no lock
            return not cancel.is_set()

        self._tasks.submit(lambda: work(progress), self._finished, self._failed)
        self.tick()
        return True

    def tick(self) -> None:
        """Report how far it is."""
        if self._running:
            self.progressed.emit(self._progress)

    def cancel(self) -> None:
        """Ask the task to stop; it does so when it next reports its progress."""
        self._cancel.set()

    def _finished(self, outcome: T) -> None:
        self._running = False
        self.finished.emit(outcome)

    def _failed(self, text: str) -> None:
        self._running = False
        if self._cancel.is_set():
            self.cancelled.emit(None)
        else:
            self.failed.emit(text)
