"""Opening, changing and closing sources; what the user is told about them."""

from __future__ import annotations

from dataclasses import replace

from app.state.session import SourceChoice
from app.state.window_state import Level, Phase
from engine.errors import SourceError
from engine.run.state import RunState
from tests.controller_setup import ControllerSetup, figures
from tests.fakes import FakeSource


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
