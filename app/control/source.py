"""Opens and closes sources, and follows what their runs say. No widgets.

What it calls is behind protocols, so that all of this runs in a test without a window. GUI thread
only.
"""

from __future__ import annotations

from dataclasses import replace

from app.control.context import ControllerContext
from app.state.session import Session
from app.state.store import Event
from app.state.window_state import Level, Marks, Phase
from engine.run.state import RunnerSnapshot, RunState
from engine.sources.base import WELL_CONNECTED
from engine.sources.camera_choice import is_camera_spec


class SourceController:
    """Shows one source at a time, and says what went wrong in words.

    ``opened`` carries a session before it is shown and its run is started.
    """

    def __init__(self, context: ControllerContext) -> None:
        self.opened: Event[Session] = Event()
        self._store, self._backend = context.store, context.backend
        self._tasks, self._settings = context.tasks, context.settings
        self._messages = context.messages
        self._busy = False
        self._waiting: tuple[str | None] | None = None
        self._notices: set[str] = set()

    def open(self, spec: str | None, at_frame: int = 0) -> None:
        """Show another source once it is open; the present one goes on until then. A recording
        begins ``at_frame``.

        While one is being opened, only the last one asked for is opened next.
        """
        if self._busy:
            self._waiting = (spec,)
            return
        self._busy = True
        self._store.update(replace(self._store.state, opening=spec or "a source"))
        before = self._store.state.session
        # A camera opens only once, and the networks serve one run at a time.
        held = before if spec is not None and is_camera_spec(spec) and _is_camera(before) else None

        def work() -> Session:
            if held is not None:
                held.run.stop()
            session = self._backend.open(spec)
            if before is not None:
                before.run.stop()
            return session

        self._tasks.submit(
            work,
            lambda session: self._show(session, asked=spec, at_frame=at_frame),
            lambda text: self._not_opened(spec, text, lost=held is not None),
            discard=lambda session: session.run.stop(),
        )

    def reopen(self, at_frame: int = 0) -> None:
        """Open the present source anew; a recording goes on ``at_frame``."""
        session = self._store.state.session
        if session is not None:
            self.open(session.spec, at_frame)

    def close(self) -> None:
        """Stop the run; called when the window is gone, takes up to a second."""
        self._tasks.attach(None)
        if self._store.state.session is not None:
            self._store.state.session.run.stop()

    def on_snapshot(self, snapshot: RunnerSnapshot) -> None:
        """Follow the run's state; say once what it has to say."""
        state = self._store.state
        session = state.session
        if session is None:
            return
        if snapshot.notice:
            self._post_once(snapshot.notice)
        phase = _PHASES.get(snapshot.state, state.phase)
        self._store.update(replace(state, connection=snapshot.connection, phase=phase))
        if phase is Phase.FAILED and phase is not state.phase:
            text = snapshot.error or f"{session.name} stopped."
            self._messages.post(text, Level.ERROR, retry=session.spec)

    # -- inside ------------------------------------------------------------------------------

    def _show(self, session: Session, *, asked: str | None, at_frame: int) -> None:
        self._notices.clear()
        self._messages.clear()
        self.opened.emit(session)
        self._tasks.attach(session.run)
        if _is_file(session.spec):
            self._settings.add_recent(session.spec)
        self._store.update(
            replace(
                self._store.state,
                phase=Phase.RUNNING,
                session=session,
                opening="",
                marks=Marks(),
                connection=WELL_CONNECTED,
                recent=self._settings.recent,
            )
        )
        session.run.start()
        if session.replay is not None and at_frame:
            session.replay.run.seek(at_frame)
        if asked is None and not is_camera_spec(session.spec):
            self._messages.post(
                "No RealSense camera was found, so this is the synthetic camera. "
                "Drop a recording here, or choose a source at the top left."
            )
        self._open_waiting()

    def _not_opened(self, spec: str | None, text: str, *, lost: bool) -> None:
        if spec is not None:
            self._settings.remove_recent(spec)
        state = replace(self._store.state, opening="", recent=self._settings.recent)
        if lost:
            self._tasks.attach(None)
            state = replace(state, phase=Phase.FAILED, connection=WELL_CONNECTED)
        self._store.update(state)
        retry = spec if spec is not None and is_camera_spec(spec) else None
        self._messages.post(text, Level.ERROR, retry=retry)
        self._open_waiting()

    def _open_waiting(self) -> None:
        self._busy = False
        if self._waiting is not None:
            (spec,) = self._waiting
            self._waiting = None
            self.open(spec)

    def _post_once(self, text: str) -> None:
        if text not in self._notices:
            self._notices.add(text)
            self._messages.post(text, Level.WARNING)


_PHASES = {
    RunState.RUNNING: Phase.RUNNING,
    RunState.PAUSED: Phase.PAUSED,
    RunState.ENDED: Phase.ENDED,
    RunState.FAILED: Phase.FAILED,
}


def _is_file(spec: str) -> bool:
    return not is_camera_spec(spec) and spec != "synthetic"


def _is_camera(session: Session | None) -> bool:
    return session is not None and is_camera_spec(session.spec)
