"""Writing hands of the latent space; how far it is. Knows no widgets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.control.background_job import BackgroundJob
from app.control.tasks import TaskRunner
from app.studio.export_request import ExportRequest
from engine.progress import Progress

Write = Callable[[ExportRequest, Progress], None]
"""Does what is requested; raises a ``CrossingHandsError`` where it cannot."""


class LatentExportController:
    """One export at a time; ``job`` says how far it is, and into which folder it was written.

    GUI thread only.
    """

    def __init__(self, tasks: TaskRunner, write: Write) -> None:
        self.job: BackgroundJob[Path] = BackgroundJob(tasks)
        self._write = write

    def start(self, request: ExportRequest) -> None:
        """Begin; while another export runs, nothing happens."""

        def work(progress: Progress) -> Path:
            self._write(request, progress)
            return request.folder

        self.job.start(work, total=request.count)
