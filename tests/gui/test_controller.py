from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from app.actions.commands import Command
from app.actions.menu_specs import RECORDING_ONLY
from app.control.controller import Controller
from app.control.window_state import Level, Phase, WindowState
from app.engine_access import CamerasFound, SourceChoice
from engine.errors import SourceError
from engine.recording.recorder import RecordingSnapshot
from engine.run.state import RunnerSnapshot, RunState
from engine.tracking.config import TrackingSettings
from engine.types import FrameResult
from tests.fakes import FakeRecording, FakeSource, make_frame, make_result
from tests.fakes_app import FakeEngine, HeldJobs


class NotedView:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.state = WindowState()
        self.messages: list[tuple[str, Level, str | None]] = []
        self.cleared = self.forgotten = 0
        self.cameras = CamerasFound()
        self.recording: RecordingSnapshot | None = None
        self.results: list[FrameResult] = []

    def show_state(self, state: WindowState) -> None:
        self.state = state

    def show_message(self, text: str, level: Level, retry: str | None = None) -> None:
        self.messages.append((text, level, retry))

    def clear_message(self) -> None:
        self.cleared += 1

    def show_result(self, result: FrameResult) -> None:
        self.results.append(result)

    def show_cameras(self, found: CamerasFound) -> None:
        self.cameras = found

    def show_recording(self, shown: RecordingSnapshot | None) -> None:
        self.recording = shown

    def forget_results(self, depth_range_mm: tuple[float, float] | None = None) -> None:
        self.forgotten += 1


class NotedRecent:
    def __init__(self) -> None:
        self.recent: list[str] = []
        self.texts: dict[str, str] = {}
        self.recordings_folder = Path("nowhere")
        self.record_as_folder = False
        self.tracking = TrackingSettings()

    def text(self, name: str) -> str:
        return self.texts.get(name, "")

    def set_text(self, name: str, text: str) -> None:
        self.texts[name] = text

    def add_recent(self, spec: str) -> None:
        self.recent.append(spec)

    def remove_recent(self, spec: str) -> None:
        self.recent = [old for old in self.recent if old != spec]


class Desk:
    """A controller with everything around it replaced."""

    def __init__(self) -> None:
        self.sources: dict[str, FakeSource] = {}
        self.engine = FakeEngine(
            sources={
                name: partial(self._make, name)
                for name in ("synthetic", "a.bag", "b.bag", "camera:1", "camera:2", "broken")
            }
        )
        self.jobs, self.view, self.memory = HeldJobs(), NotedView(), NotedRecent()
        self.controller = Controller(self.engine, self.jobs, self.view, self.memory)

    def _make(self, name: str) -> FakeSource:
        if name == "broken":
            raise SourceError("broken is not a recording")
        live = not name.endswith(".bag")
        self.sources[name] = FakeSource(None, live=True) if live else FakeRecording(3)
        return self.sources[name]

    def open(self, spec: str | None) -> None:
        self.controller.open(spec)
        self.jobs.do_all()


@pytest.fixture
def desk() -> Any:
    desk = Desk()
    yield desk
    desk.controller.close()


def figures(state: RunState, *, error: str = "", notice: str = "", out: int = 3) -> RunnerSnapshot:
    return RunnerSnapshot(state, error, notice, 3, out, 0, 0, 30.0, 30.0, 2.0, ())


def test_opening_a_recording_runs_and_remembers_it(desk: Desk) -> None:
    desk.open("a.bag")
    assert desk.view.state.phase is Phase.RUNNING
    assert desk.view.state.opening == ""
    assert desk.memory.recent == ["a.bag"]
    desk.open("synthetic")
    desk.open("camera:1")
    assert desk.memory.recent == ["a.bag"]
    assert desk.jobs.run is desk.controller.state.session.run


def test_an_error_is_told_and_the_former_source_goes_on(desk: Desk) -> None:
    desk.open("a.bag")
    run = desk.jobs.run
    desk.open("broken")
    assert desk.view.messages == [("broken is not a recording", Level.ERROR, None)]
    assert desk.jobs.run is run
    assert desk.view.state.phase is Phase.RUNNING
    assert desk.sources["a.bag"].closed == 0


def test_changing_the_source_closes_the_former_one(desk: Desk) -> None:
    desk.open("a.bag")
    desk.open("b.bag")
    assert desk.sources["a.bag"].closed >= 1
    assert desk.view.forgotten == 2


def test_only_the_last_of_many_wishes_is_opened_next(desk: Desk) -> None:
    for spec in ("a.bag", "broken", "camera:1", "b.bag"):
        desk.controller.open(spec)
    desk.jobs.do_all()
    assert desk.engine.opened == ["a.bag", "b.bag"]


def test_a_camera_is_closed_before_a_camera_is_opened(desk: Desk) -> None:
    desk.open("camera:1")
    closed_before: list[int] = []
    make = desk.engine.sources["camera:2"]

    def opening() -> FakeSource:
        closed_before.append(desk.sources["camera:1"].closed)
        return make()

    desk.engine.sources["camera:2"] = opening
    desk.open("camera:2")
    assert closed_before[0] >= 1


def test_a_missing_camera_can_be_tried_again(desk: Desk) -> None:
    def unplugged() -> FakeSource:
        raise SourceError("No RealSense camera is connected")

    desk.engine.sources["camera:1"] = unplugged
    desk.open("camera:1")
    assert desk.view.messages[-1] == (
        "No RealSense camera is connected",
        Level.ERROR,
        "camera:1",
    )
    assert desk.view.state.phase is Phase.EMPTY


def test_the_synthetic_camera_in_place_of_a_real_one_is_explained(desk: Desk) -> None:
    desk.open(None)
    assert desk.view.messages[-1][1] is Level.INFO
    assert "synthetic" in desk.view.messages[-1][0]


def test_pause_and_resume(desk: Desk) -> None:
    desk.open("synthetic")
    desk.controller.playback.toggle_pause()
    assert desk.view.state.phase is Phase.PAUSED
    assert desk.jobs.run is not None
    assert desk.jobs.run.snapshot().state is RunState.PAUSED
    assert not desk.view.state.can_step
    desk.controller.playback.toggle_pause()
    assert desk.view.state.phase is Phase.RUNNING
    assert desk.jobs.run.snapshot().state is RunState.RUNNING


def test_what_a_camera_cannot_do_is_ignored_and_kept_for_recordings(desk: Desk) -> None:
    desk.open("camera:1")
    playback = desk.controller.playback
    for command in RECORDING_ONLY:
        if command is not Command.TO_FRAME:
            playback.run(command)
    playback.seek(3)
    playback.hold()
    playback.let_go()
    assert desk.view.state.phase is Phase.RUNNING
    assert not desk.view.state.marks
    playback.set_speed(0.25)
    playback.set_repeat(False)
    desk.open("a.bag")
    assert (desk.view.state.speed, desk.view.state.repeat) == (0.25, False)
    assert desk.view.state.can_seek


def test_seeking_an_ended_recording_pauses_it(desk: Desk) -> None:
    desk.controller.playback.set_repeat(False)
    desk.open("a.bag")
    desk.controller.on_snapshot(figures(RunState.ENDED))
    assert desk.view.state.phase is Phase.ENDED
    desk.controller.playback.seek(1)
    assert desk.view.state.phase is Phase.PAUSED
    desk.controller.on_snapshot(figures(RunState.ENDED))
    desk.controller.playback.toggle_pause()
    assert desk.view.state.phase is Phase.RUNNING


def test_a_jump_goes_on_by_time_and_at_least_one_frame(desk: Desk) -> None:
    desk.open("a.bag")
    run = desk.jobs.run
    assert run is not None
    sought: list[int] = []
    recorded = desk.view.state.recorded
    assert recorded is not None
    recorded.run.seek = sought.append  # type: ignore[assignment]
    playback = desk.controller.playback
    for ms in (1000.0, -1000.0, 40.0, 1.0, -1.0):
        desk.controller.on_result(make_result(make_frame(1)))
        playback.jump(ms)
    assert sought == [3, 0, 3, 2, 0]


def test_a_failing_source_is_told_once_and_can_be_opened_again(desk: Desk) -> None:
    desk.open("synthetic")
    failed = figures(RunState.FAILED, error="The camera was unplugged")
    desk.controller.on_snapshot(failed)
    desk.controller.on_snapshot(failed)
    told = [message for message in desk.view.messages if message[1] is Level.ERROR]
    assert told == [("The camera was unplugged", Level.ERROR, "synthetic")]
    assert desk.view.state.phase is Phase.FAILED
    desk.open("synthetic")
    assert desk.view.state.phase is Phase.RUNNING


def test_a_notice_is_told_once_for_each_source(desk: Desk) -> None:
    early = figures(RunState.RUNNING, notice="a.bag stops early: 1 of 3 frames were read")
    desk.open("a.bag")
    desk.controller.on_snapshot(early)
    desk.controller.on_snapshot(replace(early, frames_in=4))
    assert len(desk.view.messages) == 1
    desk.open("a.bag")
    desk.controller.on_snapshot(early)
    assert len(desk.view.messages) == 2


def test_cameras_are_listed_in_the_background(desk: Desk) -> None:
    desk.engine.attached = (SourceChoice("camera:7", "D435 7"),)
    desk.controller.cameras.look()
    desk.controller.cameras.look()
    assert desk.view.cameras.choices == ()
    assert len(desk.jobs.waiting) == 1
    desk.jobs.do_all()
    assert desk.view.cameras.choices == desk.engine.attached


def test_closing_stops_the_run(desk: Desk) -> None:
    desk.open("synthetic")
    run = desk.jobs.run
    assert run is not None
    desk.controller.close()
    assert run.snapshot().state is RunState.STOPPED
    assert desk.jobs.run is None
