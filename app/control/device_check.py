"""The self-check in the window, and the choice among devices that pass it. No widgets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from app.backend import Backend
from app.control.background_job import BackgroundJob
from app.control.tasks import TaskRunner
from app.state.jobs import DeviceCheckState, JobProgress
from app.state.settings_store import SettingsStore
from app.state.store import Event, StateStore

if TYPE_CHECKING:
    from engine.progress import Progress
    from engine.tracking.self_check import DeviceReport

DEVICE_KEY: Final = "device"
"""What the chosen device is remembered as."""


class DeviceCheckController:
    """Checks every device, one check at a time. GUI thread only.

    A device can be used from here only after it has passed; it is remembered, and checked again
    at each start of the program before it is used (``engine.tracking.self_check.require_sound``).
    ``store`` holds how the check is, ``device_changed`` carries the device once it is another.
    """

    def __init__(self, backend: Backend, tasks: TaskRunner, settings: SettingsStore) -> None:
        self.store: StateStore[DeviceCheckState] = StateStore(DeviceCheckState(backend.device))
        self.device_changed: Event[str] = Event()
        self._backend, self._settings = backend, settings
        self._devices: tuple[str, ...] = ()
        self._again = False
        self._job: BackgroundJob[tuple[DeviceReport, ...]] = BackgroundJob(tasks)
        self._job.progressed.connect(self._show_progress)
        self._job.finished.connect(self._show_reports)
        self._job.failed.connect(self._show_error)
        self._job.cancelled.connect(
            lambda _: self.store.update(replace(self.store.state, progress=None, checking=""))
        )

    @property
    def running(self) -> bool:
        """Whether a check is under way."""
        return self._job.running

    def start(self) -> None:
        """Check every device, at once or after a check that was cancelled and still runs."""
        self._again = self._job.running
        if not self._job.running:
            self._devices = ()
            self.store.update(replace(self.store.state, error=""))
            self._job.start(self._work, total=1)

    def tick(self) -> None:
        """Show how far the check is."""
        self._job.tick()

    def cancel(self) -> None:
        """Let a check that is under way end after the device it is at."""
        self._job.cancel()

    def use(self, device: str) -> bool:
        """Run the networks there from now on; False if it has not passed."""
        reports = self.store.state.reports
        if not any(report.device == device and report.passed for report in reports):
            return False
        self._settings.set_text(DEVICE_KEY, device)
        if device != self._backend.device:
            self._backend.use_device(device)
            self.store.update(replace(self.store.state, used=device))
            self.device_changed.emit(device)
        return True

    # -- inside ------------------------------------------------------------------------------

    def _work(self, progress: Progress) -> tuple[DeviceReport, ...]:
        self._devices = self._backend.devices()
        return self._backend.check_devices(progress)

    def _end(self, *, error: str = "") -> None:
        self.store.update(replace(self.store.state, progress=None, checking="", error=error))
        if self._again:
            self.start()

    def _show_progress(self, progress: JobProgress) -> None:
        devices = self._devices
        checking = devices[progress.done] if progress.done < len(devices) else ""
        self.store.update(replace(self.store.state, progress=progress, checking=checking))

    def _show_reports(self, reports: tuple[DeviceReport, ...]) -> None:
        self.store.update(replace(self.store.state, reports=reports))
        self._end()

    def _show_error(self, text: str) -> None:
        self._end(error=text)
