"""Checks the camera, or recording, that is shown: will it work? No widgets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from app.control.background_job import BackgroundJob
from app.control.context import ControllerContext
from app.state.camera_check import CameraCheckState
from app.state.jobs import JobProgress
from app.state.store import StateStore

if TYPE_CHECKING:
    from engine.jobs.camera_check import CameraReport

NO_SOURCE: Final = "Open a camera or a recording first."


class CameraCheckController:
    """Looks at the results of the run that is shown, one check at a time. GUI thread only."""

    def __init__(self, context: ControllerContext) -> None:
        self.store: StateStore[CameraCheckState] = StateStore(CameraCheckState())
        self._window, self._backend = context.store, context.backend
        self._job: BackgroundJob[CameraReport] = BackgroundJob(context.tasks)
        self._job.progressed.connect(self._show_progress)
        self._job.finished.connect(self._show_report)
        self._job.failed.connect(lambda text: self._end(error=text))
        self._job.cancelled.connect(lambda _: self._end())

    def start(self) -> None:
        """Check what is shown; nothing while a check runs."""
        session = self._window.state.session
        if session is None:
            self._end(error=NO_SOURCE)
        else:
            self._job.start(lambda progress: self._backend.check_camera(session, progress), 0)

    def tick(self) -> None:
        """Show how far the check is."""
        self._job.tick()

    def cancel(self) -> None:
        """End the check that runs."""
        self._job.cancel()

    # -- inside ------------------------------------------------------------------------------

    def _show_progress(self, progress: JobProgress) -> None:
        self.store.update(replace(self.store.state, progress=progress, error=""))

    def _show_report(self, report: CameraReport) -> None:
        from engine.jobs.camera_verdict import CameraNormals, measure_rows

        rows = measure_rows(report.values, CameraNormals.load())
        self.store.update(CameraCheckState(report=report, rows=rows))

    def _end(self, error: str = "") -> None:
        self.store.update(replace(self.store.state, progress=None, error=error))
