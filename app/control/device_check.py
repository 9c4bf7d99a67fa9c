"""The self-check in the window, and the choice among devices that pass it. No widgets."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from app.backend import Backend
from app.control.ports import Memory, TaskRunner
from app.state.window_state import WindowState

if TYPE_CHECKING:
    from engine.tracking.self_check import DeviceReport

MEMORY_NAME = "device"


class CheckView(Protocol):
    """What is told to the window."""

    def show_checking(self, done: int, of: int, device: str) -> None:
        """How far the check is; ``device`` is empty when it is over."""
        ...

    def show_reports(self, reports: tuple[DeviceReport, ...], used: str) -> None:
        """How each device did, and which one is used."""
        ...

    def show_error(self, text: str) -> None:
        """Why nothing could be checked."""
        ...


class CheckDesk(Protocol):
    """Where sources are opened (``app.control.source``)."""

    @property
    def state(self) -> WindowState:
        """The state the view was told last."""
        ...

    def open(self, spec: str | None) -> None:
        """Show another source."""
        ...


class DeviceCheckController:
    """Checks devices in a job, one check at a time. GUI thread only.

    A device can be used from here only after it has passed; it is remembered, and checked again
    at each start of the program before it is used (``engine.tracking.self_check.require_sound``).
    """

    def __init__(
        self,
        desk: CheckDesk,
        backend: Backend,
        tasks: TaskRunner,
        memory: Memory,
        changed: Callable[[str], object],
    ) -> None:
        self._desk, self._backend, self._tasks = desk, backend, tasks
        self._memory, self._changed = memory, changed
        self._view: CheckView | None = None
        self._running = self._given_up = False
        self._progress = (0, 1, "")
        self._reports: tuple[DeviceReport, ...] = ()

    @property
    def running(self) -> bool:
        """Whether a check is under way."""
        return self._running

    def watch(self, view: CheckView | None) -> None:
        """Tell ``view`` from now on; nobody, if None, which gives up what is under way."""
        self._view = view
        if view is None:
            self._given_up = True
        elif self._reports:
            view.show_reports(self._reports, self._backend.device)

    def start(self) -> None:
        """Check every device."""
        self._given_up = False
        if self._running:
            return
        self._running, self._progress = True, (0, 1, "")

        def progress(done: int, of: int, device: str) -> bool:
            self._progress = (done, of, device)
            return not self._given_up

        self._tasks.submit(
            lambda: self._backend.check_devices(progress), self._checked, self._not_checked
        )

    def tick(self) -> None:
        """Show how far the check is."""
        if self._running and self._view is not None:
            self._view.show_checking(*self._progress)

    def use(self, device: str) -> bool:
        """Run the networks there from now on; False if it has not passed."""
        if not any(report.device == device and report.passed for report in self._reports):
            return False
        self._memory.set_text(MEMORY_NAME, device)
        if device != self._backend.device:
            self._backend.use_device(device)
            self._changed(device)
            session = self._desk.state.session
            if session is not None:
                self._desk.open(session.spec)
        if self._view is not None:
            self._view.show_reports(self._reports, device)
        return True

    def close(self) -> None:
        """Let a check that is under way end after the device it is at."""
        self._given_up = True

    # -- inside ------------------------------------------------------------------------------

    def _checked(self, reports: tuple[DeviceReport, ...]) -> None:
        self._running = False
        if self._given_up:
            return
        self._reports = reports
        if self._view is not None:
            self._view.show_checking(len(reports), len(reports), "")
            self._view.show_reports(reports, self._backend.device)

    def _not_checked(self, text: str) -> None:
        self._running = False
        if self._view is not None:
            self._view.show_checking(0, 0, "")
            self._view.show_error(text)
