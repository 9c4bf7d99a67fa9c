"""What the window does when something is asked or happens; knows no widgets.

The view and the carrier of slow jobs are protocols, so that all of this runs in a test without a
window. GUI thread only.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.backend import Backend
from app.control.cameras import CameraController
from app.control.playback import PlaybackController
from app.control.ports import Memory, TaskRunner, View
from app.control.recording import RecordingController
from app.control.tracking import TrackingController
from app.state.session import Session
from app.state.window_state import Level, Phase, WindowState
from engine.run.state import RunnerSnapshot, RunState
from engine.sources.base import WELL_CONNECTED
from engine.sources.camera_choice import is_camera_spec
from engine.types import FrameResult


class SourceController:
    """Opens, pauses and closes sources, one at a time, and says what went wrong in words."""

    def __init__(self, backend: Backend, tasks: TaskRunner, view: View, memory: Memory) -> None:
        self._backend = backend
        self._tasks = tasks
        self._view = view
        self._memory = memory
        self._state = WindowState()
        self._busy = False
        self._waiting: tuple[str | None] | None = None
        self._told: set[str] = set()
        self.playback = PlaybackController(self)
        self.tracking = TrackingController(self, backend, memory)
        self.recording = RecordingController(self, tasks, view, memory)
        self.cameras = CameraController(self, backend, tasks, view, memory)

    @property
    def state(self) -> WindowState:
        """The state the view was told last."""
        return self._state

    def tell(self, **changes: Any) -> None:
        """Change the state and tell the view."""
        self._state = replace(self._state, **changes)
        self._view.show_state(self._state)

    # -- sources -----------------------------------------------------------------------------

    def open(self, spec: str | None) -> None:
        """Show another source once it is open; the present one goes on until then.

        While one is being opened, only the last one asked for is opened next.
        """
        if self._busy:
            self._waiting = (spec,)
            return
        self._busy = True
        self.tell(opening=spec or "a source")
        before = self._state.session
        # A camera opens only once, and the networks serve one run at a time.
        held = before if spec is not None and is_camera_spec(spec) and _same_kind(before) else None

        def work() -> Session:
            if held is not None:
                held.run.stop()
            session = self._backend.open(spec)
            if before is not None:
                before.run.stop()
            return session

        self._tasks.submit(
            work,
            lambda session: self._opened(session, asked=spec),
            lambda text: self._not_opened(spec, text, lost=held is not None),
            discard=lambda session: session.run.stop(),
        )

    def close(self) -> None:
        """Stop the run; called when the window is gone, takes up to a second."""
        self._tasks.attach(None)
        if self._state.session is not None:
            self._state.session.run.stop()
        self.recording.close()
        self._state = WindowState()

    # -- what the run says -------------------------------------------------------------------

    def on_result(self, result: FrameResult) -> None:
        """Pass a new result to the view."""
        self.playback.on_result(result)
        self._view.show_result(result)

    def on_snapshot(self, snapshot: RunnerSnapshot) -> None:
        """Follow the run's state; say once what it has to say."""
        session = self._state.session
        if session is None:
            return
        if snapshot.notice:
            self._say_once(snapshot.notice, Level.WARNING)
        if snapshot.connection != self._state.connection:
            self.tell(connection=snapshot.connection)
        phase = _PHASES.get(snapshot.state, self._state.phase)
        if phase is not self._state.phase:
            self.tell(phase=phase)
            if phase is Phase.FAILED:
                text = snapshot.error or f"{session.name} stopped."
                self._view.show_message(text, Level.ERROR, retry=session.spec)

    # -- inside ------------------------------------------------------------------------------

    def _opened(self, session: Session, *, asked: str | None) -> None:
        self._told.clear()
        self._view.clear_message()
        replay = session.replay
        self._view.clear_results(replay.depth_range_mm if replay else None)
        self._tasks.attach(session.run)
        self.tell(phase=Phase.RUNNING, session=session, opening="", connection=WELL_CONNECTED)
        self.playback.opened()
        self.tracking.opened()
        session.run.start()
        if _is_file(session.spec):
            self._memory.add_recent(session.spec)
        if asked is None and not is_camera_spec(session.spec):
            self._view.show_message(
                "No RealSense camera was found, so this is the synthetic camera. "
                "Drop a recording here, or choose a source at the top left.",
                Level.INFO,
            )
        self._next()

    def _not_opened(self, spec: str | None, text: str, *, lost: bool) -> None:
        self.tell(opening="")
        if lost:
            self._tasks.attach(None)
            self.tell(phase=Phase.FAILED, connection=WELL_CONNECTED)
        if spec is not None:
            self._memory.remove_recent(spec)
        retry = spec if spec is not None and is_camera_spec(spec) else None
        self._view.show_message(text, Level.ERROR, retry=retry)
        self._next()

    def _next(self) -> None:
        self._busy = False
        if self._waiting is not None:
            (spec,) = self._waiting
            self._waiting = None
            self.open(spec)

    def _say_once(self, text: str, level: Level) -> None:
        if text not in self._told:
            self._told.add(text)
            self._view.show_message(text, level)


_PHASES = {
    RunState.RUNNING: Phase.RUNNING,
    RunState.PAUSED: Phase.PAUSED,
    RunState.ENDED: Phase.ENDED,
    RunState.FAILED: Phase.FAILED,
}


def _is_file(spec: str) -> bool:
    return not is_camera_spec(spec) and spec != "synthetic"


def _same_kind(session: Session | None) -> bool:
    return session is not None and is_camera_spec(session.spec)
