"""Adaptation of the networks to the user's camera and hand, in a child process. No widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.control.background_job import BackgroundJob
from app.control.tasks import TaskRunner
from app.state.jobs import AdaptationState, JobProgress
from app.state.messages import MessageCenter
from app.state.store import StateStore
from app.state.window_state import Level

if TYPE_CHECKING:
    from engine.jobs.adaptation import AdaptationOutcome
    from engine.progress import Progress, ProgressLine


class AdaptationController:
    """One adaptation at a time; it goes on while its dialog is closed. GUI thread only.

    ``store`` holds how it is.
    """

    def __init__(self, tasks: TaskRunner, messages: MessageCenter) -> None:
        self.store: StateStore[AdaptationState] = StateStore(AdaptationState())
        self._messages = messages
        self._line: ProgressLine | None = None
        self._job: BackgroundJob[AdaptationOutcome] = BackgroundJob(tasks)
        self._job.progressed.connect(lambda _: self._show_progress())
        self._job.finished.connect(self._show_outcome)
        self._job.failed.connect(lambda text: self._end(text, Level.ERROR))
        self._install: BackgroundJob[None] = BackgroundJob(tasks)
        self._install.finished.connect(lambda _: self._installed("Installed."))
        self._install.failed.connect(self._installed)
        self._install.cancelled.connect(lambda _: self._installed("Not installed."))
        self._job.cancelled.connect(
            lambda _: self._end("Cancelled. Started again under this name, it goes on from there.")
        )

    def look(self) -> None:
        """See whether what it needs is installed."""
        from engine.jobs.adaptation import can_install, missing_packages

        missing = missing_packages()
        installable = bool(missing) and can_install()
        self.store.update(replace(self.store.state, missing=missing, installable=installable))

    def install(self) -> None:
        """Install what is missing; nothing if nothing is, or something runs."""
        from engine.jobs.adaptation import install_packages

        state = self.store.state
        if state.running or not state.missing:
            return
        self.store.update(AdaptationState(missing=state.missing, running=True, stage="install"))
        self._install.start(
            lambda progress: install_packages(lambda line: progress(line.done, line.total)), total=0
        )

    def start(self, recordings: Sequence[Path], name: str, minutes: float) -> None:
        """Adapt to ``recordings``; nothing while an adaptation runs or something is missing."""
        from engine.jobs.adaptation import AdaptationRequest, run_adaptation

        if self.store.state.running or self.store.state.missing:
            return
        request = AdaptationRequest(tuple(recordings), name, minutes)
        self._line = None
        self.store.update(AdaptationState(running=True, stage="start"))

        def work(progress: Progress) -> AdaptationOutcome:
            def report(line: ProgressLine) -> bool:
                self._line = line  # one reference is exchanged: no lock
                return progress(line.done, line.total)

            return run_adaptation(request, report)

        self._job.start(work, total=0)

    def tick(self) -> None:
        """Show how far it is."""
        self._job.tick()

    def cancel(self) -> None:
        """Let it save what it has and end."""
        self._job.cancel()
        self._install.cancel()

    # -- inside ------------------------------------------------------------------------------

    def _show_progress(self) -> None:
        line = self._line
        if line is not None:
            progress = JobProgress(line.done, line.total)
            self.store.update(
                replace(self.store.state, stage=line.stage, progress=progress, left_s=line.left_s)
            )

    def _installed(self, text: str) -> None:
        self._end(text)
        self.look()

    def _show_outcome(self, outcome: AdaptationOutcome) -> None:
        kept = outcome.profile is not None
        self.store.update(AdaptationState(text=outcome.text, report=outcome.report, kept=kept))
        self._messages.post(outcome.text, Level.INFO if kept else Level.WARNING)

    def _end(self, text: str, level: Level = Level.INFO) -> None:
        self.store.update(AdaptationState(text=text))
        self._messages.post(text, level)
