"""Writing the marked part of the recording that is shown: orders, progress, the end. No widgets."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from app.backend import Backend
from app.control.ports import TaskRunner
from app.state.window_state import Level, WindowState
from engine.run.replay_control import PlayRange

if TYPE_CHECKING:
    from engine.jobs.export_range import ExportReport


class ExportDesk(Protocol):
    """Where the window's state is kept (``app.control.source``)."""

    @property
    def state(self) -> WindowState:
        """The state the view was told last."""
        ...


class ExportView(Protocol):
    """What an export tells the window."""

    def show_export(self, target: Path | None, done: int, total: int) -> None:
        """How far the export to ``target`` is; None when there is none."""
        ...

    def show_message(self, text: str, level: Level) -> None:
        """A sentence for the user."""
        ...


class ExportController:
    """One export at a time, in a thread of its own. GUI thread only, but for what the job calls."""

    def __init__(
        self, desk: ExportDesk, backend: Backend, tasks: TaskRunner, view: ExportView
    ) -> None:
        self._desk = desk
        self._backend = backend
        self._tasks = tasks
        self._view = view
        self._target: Path | None = None
        self._cancelled = threading.Event()
        self._progress = (0, 0)

    @property
    def running(self) -> bool:
        """Whether something is being written."""
        return self._target is not None

    def start(self, target: Path) -> None:
        """Write what lies between the marks, or everything; nothing while an export runs."""
        state = self._desk.state
        chosen = marked(state)
        if self.running or chosen is None or state.session is None:
            return
        self._target, spec = target, state.session.spec
        self._progress = (0, chosen.last - chosen.first + 1)
        self._cancelled.clear()

        def progress(done: int, total: int) -> bool:
            self._progress = (done, total)  # a tuple is exchanged at once: no lock is needed
            return not self._cancelled.is_set()

        self._tasks.submit(
            lambda: self._backend.export_range(spec, target, chosen, progress),
            self._done,
            self._failed,
        )
        self.tick()

    def tick(self) -> None:
        """Tell how far it is."""
        if self._target is not None:
            self._view.show_export(self._target, *self._progress)

    def cancel(self) -> None:
        """Stop after the present frame."""
        self._cancelled.set()

    def _done(self, report: ExportReport) -> None:
        self._end()
        files = ", ".join(str(path) for path in report.written)
        text = f"Wrote {report.frames} frames: {files}"
        if report.damaged:
            text += f". {report.damaged} damaged frames were left out ({report.reason})."
        self._view.show_message(text, Level.WARNING if report.damaged else Level.INFO)

    def _failed(self, text: str) -> None:
        cancelled = self._cancelled.is_set()
        self._end()
        if not cancelled:
            self._view.show_message(text, Level.ERROR)

    def _end(self) -> None:
        self._target = None
        self._view.show_export(None, 0, 0)


def marked(state: WindowState) -> PlayRange | None:
    """The frames between the marks, all where there are none; None where there is no recording."""
    if state.replay is None:
        return None
    last = state.replay.last_frame
    first, end = state.marks.first or 0, state.marks.last
    return PlayRange(first, last if end is None else min(end, last))
