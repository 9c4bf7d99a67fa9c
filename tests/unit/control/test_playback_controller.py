"""Pausing, seeking and jumping."""

from __future__ import annotations

from app.actions.commands import Command
from app.actions.menu_specs import RECORDING_ONLY
from app.state.window_state import Phase
from engine.run.state import RunState
from tests.controller_setup import ControllerSetup, figures
from tests.fakes import make_frame, make_result


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
