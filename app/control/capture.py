"""Guided capture: records, asks for what is still missing, and writes down what was asked."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from app.control.recording import RecordingController
from app.control.tasks import TaskRunner
from app.state.capture_state import CaptureShown
from app.state.messages import MessageCenter
from app.state.store import Event, StateStore
from app.state.window_state import Level, WindowState
from engine.capture.goals import Goal, ghost_joints_mm
from engine.capture.guide import CaptureState, coverage, first_state, is_filled, postpone, step
from engine.capture.look import look_at
from engine.capture.prompts import PromptsWriter, prompts_path
from engine.errors import ExportError
from engine.skeleton import Handedness
from engine.types import FrameResult

START = "Record your hand: the program asks for what it still wants to see"
DONE = "All is covered. The recording goes on until you stop it."


class CaptureController:
    """One guided capture at a time. GUI thread only.

    ``changed`` carries what is to be shown; ``filled`` the prompt of a goal that has just been
    shown long enough; ``recorded`` the finished recording. The capture ends with its recording.
    """

    def __init__(
        self,
        store: StateStore[WindowState],
        tasks: TaskRunner,
        recording: RecordingController,
        messages: MessageCenter,
        load: Callable[[], tuple[Goal, ...]],
    ) -> None:
        self.changed: Event[CaptureShown] = Event()
        self.filled: Event[str] = Event()
        self.recorded: Event[Path] = Event()
        self._store, self._tasks, self._messages = store, tasks, messages
        self._recording, self._load = recording, load
        self._goals: tuple[Goal, ...] = ()
        self._state: CaptureState | None = None
        self._writer: PromptsWriter | None = None
        self._loading = False
        self._path: Path | None = None
        self._side = Handedness.RIGHT
        self._stamp_ms = 0.0

    @property
    def running(self) -> bool:
        """Whether a capture is under way, or about to be."""
        return self._loading or self._state is not None

    def toggle(self) -> None:
        """Start, or end the capture and its recording."""
        if self._state is not None:
            self.stop()
        elif not self._loading:
            self._start()

    def stop(self) -> None:
        """End the capture and its recording."""
        if self._state is not None and self._recording.path is not None:
            self._recording.toggle()
        self._finish()

    def skip(self) -> None:
        """Ask for something else first."""
        if self._state is not None:
            self._state = postpone(self._goals, self._state, self._stamp_ms)
            self._show()

    def on_result(self, result: FrameResult) -> None:
        """A new result of the source that is shown."""
        state = self._state
        if state is None:
            return
        path = self._recording.path
        if path is not None and self._path is None:
            self._open_table(path)
        self._stamp_ms = result.frame.timestamp_ms
        if result.hands:
            self._side = result.hands[0].pose.handedness
        looks = [look_at(hand) for hand in result.hands]
        self._state = after = step(self._goals, state, looks, self._stamp_ms)
        if state.current is not None:
            goal = self._goals[state.current]
            self._write(goal.key, shown=any(goal.is_shown(look) for look in looks))
            if is_filled(goal, after.counts[state.current]):
                self.filled.emit(goal.prompt)
        if after != state:
            self._show()

    def tick(self) -> None:
        """Called by the window's timer: end with the recording."""
        if self._state is not None and not self._recording.active:
            self._finish()
        if self._state is None and self._path is not None and not self._recording.active:
            path, self._path = self._path, None
            if path.exists():
                self.recorded.emit(path)

    def close(self) -> None:
        """Complete the table."""
        self._finish()

    def shown(self) -> CaptureShown:
        """What is to be shown now."""
        state = self._state
        if state is None:
            return CaptureShown("Getting ready…" if self._loading else START, running=self._loading)
        shares = {kind.value: share for kind, share in coverage(self._goals, state).items()}
        if state.current is None:
            return CaptureShown(DONE, None, 1.0, shares, running=True)
        goal = self._goals[state.current]
        filled = min(state.counts[state.current] / goal.frames, 1.0)
        ghost = ghost_joints_mm(goal, self._side)
        return CaptureShown(goal.prompt, ghost, filled, shares, running=True, is_shown=state.shown)

    # -- inside ------------------------------------------------------------------------------

    def _start(self) -> None:
        blocker = self._store.state.recording_blocker
        if blocker and not self._recording.active:
            self._messages.post(f"Guided capture records a camera: {blocker}", Level.WARNING)
            self._show()
            return
        self._loading = True
        self._show()
        self._tasks.submit(self._load, self._loaded, self._not_loaded)

    def _loaded(self, goals: tuple[Goal, ...]) -> None:
        if not self._loading:
            return
        self._loading = False
        self._goals, self._state, self._path = goals, first_state(goals), None
        if not self._recording.active:
            self._recording.toggle()
        self._show()

    def _not_loaded(self, text: str) -> None:
        self._loading = False
        self._messages.post(f"Guided capture cannot start: {text}", Level.ERROR)
        self._show()

    def _open_table(self, path: Path) -> None:
        self._path = path
        try:
            self._writer = PromptsWriter(prompts_path(path))
        except ExportError as error:
            self._messages.post(f"Prompts are not kept: {error}", Level.WARNING)

    def _write(self, key: str, *, shown: bool) -> None:
        if self._writer is None:
            return
        try:
            self._writer.add(self._stamp_ms, key, shown=shown)
        except ExportError as error:
            with suppress(ExportError):
                self._writer.abandon()
            self._writer = None
            self._messages.post(f"Prompts are kept no longer: {error}", Level.WARNING)

    def _finish(self) -> None:
        self._loading, self._state = False, None
        if self._writer is not None:
            try:
                self._writer.close()
            except ExportError as error:
                self._messages.post(str(error), Level.ERROR)
            self._writer = None
        self._show()

    def _show(self) -> None:
        self.changed.emit(self.shown())
