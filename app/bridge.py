"""The one place where other threads meet Qt.

Engine threads never call Qt. They leave results in newest-wins mailboxes and jobs leave their
outcome in a queue; one GUI timer empties both and emits signals in the GUI thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.control.tasks import Done, Failed, Work
from app.state.session import Run
from engine.errors import CrossingHandsError, with_notes
from engine.mailbox import BoundedQueue, Overflow

T = TypeVar("T")

TICK_MS: Final = 8
"""A result waits half of it on the mean; at 16 its pose was shown 3 to 10 ms later."""
VIEW_TICKS, SNAPSHOT_TICKS = 2, 6
"""Views fetch their own pictures every second tick, figures are polled every sixth: both cost more
than to see that there is no result."""
CLOSE_WAIT_S: Final = 2.0
TASKS: Final = 64
"""So many outcomes may wait for the GUI thread; then the next task's thread waits."""


class Bridge(QObject):
    """Polls the current run and finished jobs about 120 times a second. GUI thread only.

    Tasks are the rare slow calls (opening, stopping, listing cameras). Each has a thread of its
    own; whoever submits them keeps their number small.
    """

    result_ready = Signal(object)
    """The newest ``FrameResult`` of the current run."""
    snapshot_ready = Signal(object)
    """A ``RunnerSnapshot`` of the current run."""
    attached = Signal(object)
    """Another ``Run`` is polled, or None."""
    ticked = Signal()
    """About 60 times a second, for views that have pictures of their own to fetch."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run: Run | None = None
        self._ticks = 0
        self._closed = False
        self._finished: BoundedQueue[Callable[[], None]] = BoundedQueue(TASKS, Overflow.BLOCK)
        self._tasks: list[threading.Thread] = []
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def attach(self, run: Run | None) -> None:
        """Poll ``run`` from now on; nothing of an earlier one is shown any more."""
        self._run = run
        self.attached.emit(run)

    def submit(
        self, work: Work[T], done: Done[T], failed: Failed, discard: Done[T] | None = None
    ) -> None:
        """Call ``work`` in a thread, then ``done`` or ``failed`` (with a sentence) in this one.

        ``discard`` gets the outcome instead of ``done`` if the window was closed meanwhile; it is
        called in the job's thread.
        """

        def job() -> None:
            try:
                outcome = work()
            except CrossingHandsError as error:
                text = with_notes(str(error), error)
                self._finished.put(lambda: failed(text))
            except Exception as error:  # noqa: BLE001 - the top of a thread: shown to the user
                text = f"Something unexpected went wrong: {type(error).__name__}: {error}"
                self._finished.put(lambda: failed(text))
            else:
                if self._closed and discard is not None:
                    discard(outcome)
                else:
                    self._finished.put(_Finished(outcome, done, discard))

        thread = threading.Thread(target=job, name="window-job", daemon=True)
        self._tasks = [old for old in self._tasks if old.is_alive()]
        self._tasks.append(thread)
        thread.start()

    def close(self) -> None:
        """Stop polling; wait a moment for jobs and throw away what they bring."""
        self._closed = True
        self._timer.stop()
        self._run = None
        for thread in self._tasks:
            thread.join(CLOSE_WAIT_S)
        while (finished := self._finished.take()) is not None:
            if isinstance(finished, _Finished):
                finished.discard()
        self._finished.close()

    def _tick(self) -> None:
        while (finished := self._finished.take()) is not None:
            finished()
        self._ticks += 1
        run = self._run
        if run is not None:
            result = run.results.take()
            if result is not None:
                self.result_ready.emit(result)
            if self._ticks % SNAPSHOT_TICKS == 0:
                self.snapshot_ready.emit(run.snapshot())
        if self._ticks % VIEW_TICKS == 0:
            self.ticked.emit()


class _Finished:
    """The outcome of a job on its way to the GUI thread."""

    def __init__(
        self, outcome: Any, done: Callable[[Any], None], discard: Callable[[Any], None] | None
    ) -> None:
        self._outcome, self._done, self._discard = outcome, done, discard

    def __call__(self) -> None:
        self._done(self._outcome)

    def discard(self) -> None:
        """Release the outcome without showing it."""
        if self._discard is not None:
            self._discard(self._outcome)
