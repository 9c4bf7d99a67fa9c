"""The slider over a recording's time, in odd cases."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from pytestqt.qtbot import QtBot

from app.actions.commands import Command
from app.actions.menu_specs import RECORDING_ONLY
from app.application import Application
from app.state.window_state import Phase
from app.views.timeline import THIN_SPACE, grouped, round_step
from tests.fakes import FakeRecording, make_hand
from tests.fakes_app import FakeBackend
from tests.windows import live, trigger, until

Start = Callable[..., Application]


def test_a_recording_without_times_lays_its_frames_side_by_side(qtbot: QtBot, start: Start) -> None:
    def stopped_clock() -> FakeRecording:
        recording = FakeRecording(5)
        recording.timeline_ms = np.zeros(5)
        return recording

    backend = FakeBackend(make_hand(), sources={"live": live, "a.bag": stopped_clock})
    application = start("a.bag", backend)
    line = application.window.replay_bar.timeline
    until(qtbot, line.isVisible)
    places = [line.place_of(index) for index in range(5)]
    assert np.all(np.diff(places) > 10)
    assert [line.frame_at(x) for x in places] == list(range(5))


def test_one_frame_alone_is_a_recording(qtbot: QtBot, start: Start) -> None:
    backend = FakeBackend(make_hand(), sources={"a.bag": lambda: FakeRecording(1)})
    application = start("a.bag", backend)
    until(qtbot, lambda: application.window.status_strip.frames.text == "0")
    line = application.window.replay_bar.timeline
    assert line.frame_at(line.width()) == 0
    line.grab()
    for command in RECORDING_ONLY:
        if command is not Command.TO_FRAME:
            trigger(application, command)
    assert application.store.state.phase is not Phase.FAILED


def test_numbers_for_people() -> None:
    assert grouped(1234567.4) == f"1{THIN_SPACE}234{THIN_SPACE}567"
    assert [round_step(x) for x in (0.2, 1.0, 3.0, 60.0, 501.0)] == [1.0, 1.0, 5.0, 100.0, 1000.0]
