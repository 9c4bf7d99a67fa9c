from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from app.actions.commands import Command
from app.actions.menu_specs import RECORDING_ONLY
from app.control.context import ControllerContext
from app.control.controllers import Controllers
from app.state.event_log import EventLog
from app.state.messages import Message, MessageCenter
from app.state.session import CamerasFound, Session, SourceChoice
from app.state.store import StateStore
from app.state.window_state import Level, Phase, WindowState
from engine.errors import SourceError
from engine.run.state import RunnerSnapshot, RunState
from engine.stream.streamer import Streamer
from engine.tracking.config import TrackingSettings
from tests.fakes import FakeRecording, FakeSource, make_frame, make_result
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


@pytest.fixture
def setup() -> Any:
    setup = ControllerSetup()
    yield setup
    setup.controllers.close()


def figures(state: RunState, *, error: str = "", notice: str = "", out: int = 3) -> RunnerSnapshot:
    return RunnerSnapshot(state, error, notice, 3, out, 0, 30.0, 30.0, 2.0, ())


def test_opening_a_recording_runs_and_remembers_it(setup: ControllerSetup) -> None:
    setup.open("a.bag")
    assert setup.view.state.phase is Phase.RUNNING
    assert setup.view.state.opening == ""
    assert setup.settings.recent == ("a.bag",)
    setup.open("synthetic")
    setup.open("camera:1")
    assert setup.settings.recent == ("a.bag",)
    assert setup.tasks.run is setup.store.state.session.run


def test_an_error_is_told_and_the_former_source_goes_on(setup: ControllerSetup) -> None:
    setup.open("a.bag")
    run = setup.tasks.run
    setup.open("broken")
    assert setup.view.messages == [("broken is not a recording", Level.ERROR, None)]
    assert setup.tasks.run is run
    assert setup.view.state.phase is Phase.RUNNING
    assert setup.sources["a.bag"].closed == 0


def test_changing_the_source_closes_the_former_one(setup: ControllerSetup) -> None:
    setup.open("a.bag")
    setup.open("b.bag")
    assert setup.sources["a.bag"].closed >= 1
    assert setup.view.forgotten == 2


def test_only_the_last_of_many_requests_is_opened_next(setup: ControllerSetup) -> None:
    for spec in ("a.bag", "broken", "camera:1", "b.bag"):
        setup.source.open(spec)
    setup.tasks.do_all()
    assert setup.backend.opened == ["a.bag", "b.bag"]


def test_a_camera_is_closed_before_a_camera_is_opened(setup: ControllerSetup) -> None:
    setup.open("camera:1")
    closed_before: list[int] = []
    make = setup.backend.sources["camera:2"]

    def opening() -> FakeSource:
        closed_before.append(setup.sources["camera:1"].closed)
        return make()

    setup.backend.sources["camera:2"] = opening
    setup.open("camera:2")
    assert closed_before[0] >= 1


def test_a_missing_camera_can_be_tried_again(setup: ControllerSetup) -> None:
    def unplugged() -> FakeSource:
        raise SourceError("No RealSense camera is connected")

    setup.backend.sources["camera:1"] = unplugged
    setup.open("camera:1")
    assert setup.view.messages[-1] == (
        "No RealSense camera is connected",
        Level.ERROR,
        "camera:1",
    )
    assert setup.view.state.phase is Phase.EMPTY


def test_the_synthetic_camera_in_place_of_a_real_one_is_explained(setup: ControllerSetup) -> None:
    setup.open(None)
    assert setup.view.messages[-1][1] is Level.INFO
    assert "synthetic" in setup.view.messages[-1][0]


def test_pause_and_resume(setup: ControllerSetup) -> None:
    setup.open("synthetic")
    setup.controllers.playback.toggle_pause()
    assert setup.view.state.phase is Phase.PAUSED
    assert setup.tasks.run is not None
    assert setup.tasks.run.snapshot().state is RunState.PAUSED
    assert not setup.view.state.can_step
    setup.controllers.playback.toggle_pause()
    assert setup.view.state.phase is Phase.RUNNING
    assert setup.tasks.run.snapshot().state is RunState.RUNNING


def test_what_a_camera_cannot_do_is_ignored_and_kept_for_recordings(setup: ControllerSetup) -> None:
    setup.open("camera:1")
    playback = setup.controllers.playback
    for command in RECORDING_ONLY:
        if command is not Command.TO_FRAME:
            playback.run(command)
    playback.seek(3)
    playback.begin_scrub()
    playback.end_scrub()
    assert setup.view.state.phase is Phase.RUNNING
    assert not setup.view.state.marks
    playback.set_speed(0.25)
    playback.set_repeat(False)
    setup.open("a.bag")
    assert (setup.view.state.speed, setup.view.state.repeat) == (0.25, False)
    assert setup.view.state.can_seek


def test_seeking_an_ended_recording_pauses_it(setup: ControllerSetup) -> None:
    setup.controllers.playback.set_repeat(False)
    setup.open("a.bag")
    setup.source.on_snapshot(figures(RunState.ENDED))
    assert setup.view.state.phase is Phase.ENDED
    setup.controllers.playback.seek(1)
    assert setup.view.state.phase is Phase.PAUSED
    setup.source.on_snapshot(figures(RunState.ENDED))
    setup.controllers.playback.toggle_pause()
    assert setup.view.state.phase is Phase.RUNNING


def test_a_jump_goes_on_by_time_and_at_least_one_frame(setup: ControllerSetup) -> None:
    setup.open("a.bag")
    run = setup.tasks.run
    assert run is not None
    sought: list[int] = []
    replay = setup.view.state.replay
    assert replay is not None
    replay.run.seek = sought.append  # type: ignore[assignment]
    playback = setup.controllers.playback
    for ms in (1000.0, -1000.0, 40.0, 1.0, -1.0):
        setup.controllers.playback.on_result(make_result(make_frame(1)))
        playback.jump(ms)
    assert sought == [3, 0, 3, 2, 0]


def test_a_failing_source_is_told_once_and_can_be_opened_again(setup: ControllerSetup) -> None:
    setup.open("synthetic")
    failed = figures(RunState.FAILED, error="The camera was unplugged")
    setup.source.on_snapshot(failed)
    setup.source.on_snapshot(failed)
    told = [message for message in setup.view.messages if message[1] is Level.ERROR]
    assert told == [("The camera was unplugged", Level.ERROR, "synthetic")]
    assert setup.view.state.phase is Phase.FAILED
    setup.open("synthetic")
    assert setup.view.state.phase is Phase.RUNNING


def test_a_notice_is_told_once_for_each_source(setup: ControllerSetup) -> None:
    early = figures(RunState.RUNNING, notice="a.bag stops early: 1 of 3 frames were read")
    setup.open("a.bag")
    setup.source.on_snapshot(early)
    setup.source.on_snapshot(replace(early, frames_in=4))
    assert len(setup.view.messages) == 1
    setup.open("a.bag")
    setup.source.on_snapshot(early)
    assert len(setup.view.messages) == 2


def test_cameras_are_listed_in_the_background(setup: ControllerSetup) -> None:
    setup.backend.attached = (SourceChoice("camera:7", "D435 7"),)
    setup.controllers.cameras.refresh()
    setup.controllers.cameras.refresh()
    assert setup.view.cameras.choices == ()
    assert len(setup.tasks.waiting) == 1
    setup.tasks.do_all()
    assert setup.view.cameras.choices == setup.backend.attached


def test_closing_stops_the_run(setup: ControllerSetup) -> None:
    setup.open("synthetic")
    run = setup.tasks.run
    assert run is not None
    setup.controllers.close()
    assert run.snapshot().state is RunState.STOPPED
    assert setup.tasks.run is None
