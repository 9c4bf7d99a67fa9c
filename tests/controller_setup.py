"""Controllers with everything around them replaced."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from app.control.context import ControllerContext
from app.control.controllers import Controllers
from app.state.event_log import EventLog
from app.state.messages import Message, MessageCenter
from app.state.session import CamerasFound, Session
from app.state.store import StateStore
from app.state.window_state import Level, WindowState
from engine.errors import SourceError
from engine.run.state import RunnerSnapshot, RunState
from engine.stream.streamer import Streamer
from engine.tracking.config import TrackingSettings
from tests.fakes import FakeRecording, FakeSource
from tests.fakes_app import DeferredTasks, FakeBackend


class NotedView:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.state = WindowState()
        self.messages: list[tuple[str, Level, str | None]] = []
        self.cleared = self.forgotten = 0
        self.cameras = CamerasFound()

    def show_state(self, state: WindowState) -> None:
        self.state = state

    def show_message(self, message: Message) -> None:
        self.messages.append((message.text, message.level, message.retry))

    def clear_message(self, _: None) -> None:
        self.cleared += 1

    def show_cameras(self, found: CamerasFound) -> None:
        self.cameras = found

    def clear_results(self, _session: Session) -> None:
        self.forgotten += 1


class NotedSettings:
    def __init__(self) -> None:
        self.recent: tuple[str, ...] = ()
        self.flags: dict[str, bool] = {}
        self.texts: dict[str, str] = {}
        self.recordings_folder = Path("nowhere")
        self.gestures_file = Path("nowhere") / "gestures.json"
        self.record_as_folder = False
        self.tracking = TrackingSettings()

    def text(self, name: str) -> str:
        return self.texts.get(name, "")

    def set_text(self, name: str, text: str) -> None:
        self.texts[name] = text

    def flag(self, name: str, default: bool) -> bool:
        return self.flags.get(name, default)

    def set_flag(self, name: str, on: bool) -> None:
        self.flags[name] = on

    def add_recent(self, spec: str) -> None:
        self.recent = (*self.recent, spec)

    def remove_recent(self, spec: str) -> None:
        self.recent = tuple(old for old in self.recent if old != spec)

    def export_file(self, path: Path) -> None:
        raise NotImplementedError

    def import_file(self, path: Path) -> tuple[str, ...]:
        raise NotImplementedError


class ControllerSetup:
    """A controller with everything around it replaced."""

    def __init__(self) -> None:
        self.sources: dict[str, FakeSource] = {}
        self.backend = FakeBackend(
            sources={
                name: partial(self._make, name)
                for name in ("synthetic", "a.bag", "b.bag", "camera:1", "camera:2", "broken")
            }
        )
        self.tasks, self.view, self.settings = DeferredTasks(), NotedView(), NotedSettings()
        self.store, self.messages = StateStore(WindowState()), MessageCenter()
        self.controllers = Controllers(
            ControllerContext(self.store, self.backend, self.tasks, self.settings, self.messages),
            EventLog(),
            Streamer(),
        )
        source = self.source = self.controllers.source
        self.store.subscribe(self.view.show_state)
        self.messages.posted.connect(self.view.show_message)
        self.messages.cleared.connect(self.view.clear_message)
        source.opened.connect(self.view.clear_results)
        source.opened.connect(self.controllers.playback.on_opened)
        source.opened.connect(self.controllers.tracking.on_opened)
        self.controllers.cameras.found.subscribe(self.view.show_cameras)

    def _make(self, name: str) -> FakeSource:
        if name == "broken":
            raise SourceError("broken is not a recording")
        live = not name.endswith(".bag")
        self.sources[name] = FakeSource(None, live=True) if live else FakeRecording(3)
        return self.sources[name]

    def open(self, spec: str | None) -> None:
        self.source.open(spec)
        self.tasks.do_all()


def figures(state: RunState, *, error: str = "", notice: str = "", out: int = 3) -> RunnerSnapshot:
    return RunnerSnapshot(state, error, notice, 3, out, 0, 30.0, 30.0, 2.0, ())
