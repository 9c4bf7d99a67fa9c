"""Exports the marked frames of the recording that is open, as a background job. No widgets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.backend import Backend
from app.control.background_job import BackgroundJob
from app.control.tasks import TaskRunner
from app.state.jobs import RangeExport
from app.state.messages import MessageCenter
from app.state.store import StateStore
from app.state.window_state import Level, WindowState

if TYPE_CHECKING:
    from engine.jobs.export_range import ExportReport


class ExportController:
    """One export at a time; ``job`` says how far it is. GUI thread only."""

    def __init__(
        self,
        store: StateStore[WindowState],
        backend: Backend,
        tasks: TaskRunner,
        messages: MessageCenter,
    ) -> None:
        self.job: BackgroundJob[ExportReport] = BackgroundJob(tasks)
        self._store = store
        self._backend = backend
        self._messages = messages
        self.job.finished.connect(self._report)
        self.job.failed.connect(lambda text: messages.post(text, Level.ERROR))

    def start(self, target: Path, drawn: bool = False) -> None:
        """Write what lies between the marks, or everything; nothing while an export runs.

        ``drawn``: the pictures that are shown, with the hands drawn.
        """
        state = self._store.state
        span = state.marked
        if span is None or state.session is None:
            return
        spec, view = state.session.spec, state.view if drawn else None
        wanted = RangeExport(spec, target, span, view)
        self.job.start(
            lambda progress: self._backend.export_range(wanted, progress),
            total=span.last - span.first + 1,
        )

    def _report(self, report: ExportReport) -> None:
        files = ", ".join(str(path) for path in report.written)
        text = f"Wrote {report.frames} frames: {files}"
        if report.damaged:
            text += f". {report.damaged} damaged frames were left out ({report.reason})."
        self._messages.post(text, Level.WARNING if report.damaged else Level.INFO)
