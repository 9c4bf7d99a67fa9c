"""Writing hands in a thread of its own: progress, cancelling, the end. Knows no widgets."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Protocol

from app.control.ports import TaskRunner
from app.studio.export_request import ExportRequest, Write


class ExportView(Protocol):
    """What the export tells its dialogue."""

    def show_progress(self, done: int, count: int) -> None:
        """So many hands are written."""
        ...

    def show_end(self, folder: Path | None, trouble: str) -> None:
        """Finished in ``folder``; None where it was cancelled or ``trouble`` came."""
        ...


class Exporting:
    """One export at a time. GUI thread only, but for what the job calls."""

    def __init__(self, tasks: TaskRunner, write: Write, view: ExportView) -> None:
        self._tasks = tasks
        self._write = write
        self._view = view
        self._order: ExportRequest | None = None
        self._cancelled = threading.Event()
        self._done = 0

    @property
    def running(self) -> bool:
        """Whether something is being written."""
        return self._order is not None

    def start(self, order: ExportRequest) -> None:
        """Begin; while another export runs, nothing happens."""
        if self.running:
            return
        self._order, self._done = order, 0
        self._cancelled.clear()
        self._view.show_progress(0, order.count)

        def progress(done: int) -> None:
            self._done = done  # a whole number is written at once: no lock is needed

        self._tasks.submit(
            lambda: self._write(order, progress, self._cancelled.is_set),
            lambda whole: self._ended(order.folder if whole else None, ""),
            lambda text: self._ended(None, text),
        )

    def tick(self) -> None:
        """Tell how far it is."""
        if self._order is not None:
            self._view.show_progress(self._done, self._order.count)

    def cancel(self) -> None:
        """Stop after the present hand; nothing is left of what was written."""
        self._cancelled.set()

    def _ended(self, folder: Path | None, trouble: str) -> None:
        self._order = None
        self._view.show_end(folder, trouble)
