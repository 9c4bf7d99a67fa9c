"""The panel of gestures: what is held is shown, own ones are recorded, kept and removed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from app.application import Application
from app.settings import Settings
from app.state.window_state import Level
from app.views.gesture_view import GestureView
from engine.gestures.file import read_gestures, write_gestures
from engine.gestures.own import NO_GESTURES
from engine.skeleton import Handedness
from tests.fakes import make_hand
from tests.fakes_app import FakeBackend
from tests.windows import Start, live, opened, until

LATENT = np.linspace(-1.0, 1.0, 29).astype(np.float32)


def backend() -> FakeBackend:
    hand = make_hand()
    hand = replace(hand, pose=replace(hand.pose, latent=LATENT), gesture="thumbs_up")
    return FakeBackend(hand, sources={"live": live})


def panel(application: Application, qtbot: QtBot) -> GestureView:
    return opened(application.window.panels.gestures, qtbot)


def test_the_gesture_of_each_hand_is_shown(start: Start, qtbot: QtBot) -> None:
    view = panel(start("live", backend()), qtbot)
    until(qtbot, lambda: view.text_of(Handedness.RIGHT) == "thumbs up")
    assert view.text_of(Handedness.LEFT) == "–"


def test_an_own_gesture_is_recorded_recognised_kept_and_removed(
    start: Start, qtbot: QtBot, settings: Settings, tmp_path: Path
) -> None:
    application = start("live", fake := backend())
    view = panel(application, qtbot)
    assert not view.record.isEnabled()
    view.name.setText(" wave ")
    qtbot.mouseClick(view.record, Qt.MouseButton.LeftButton)
    assert view.record.text() == "Stop"
    assert "wave" in view.hint.text()
    until(qtbot, lambda: view.record.text() == "Record")
    assert [gesture.name for gesture in fake.tracking.gestures.gestures] == ["wave"]
    assert view.name.text() == ""
    file = tmp_path / "gestures.json"
    assert settings.gestures_file == file
    until(qtbot, file.exists)
    (kept,) = read_gestures(file).gestures
    np.testing.assert_allclose(kept.codes, np.tile(LATENT[:20], (20, 1)), atol=1e-4)

    remove = next(b for b in view.findChildren(QToolButton) if b.toolTip() == "Forget “wave”")
    qtbot.mouseClick(remove, Qt.MouseButton.LeftButton)
    assert fake.tracking.gestures.gestures == ()
    until(qtbot, lambda: read_gestures(file).gestures == ())


def test_a_recording_of_a_gesture_can_be_given_up(start: Start, qtbot: QtBot) -> None:
    application = start("live", fake := backend())
    view = panel(application, qtbot)
    view.name.setText("wave")
    view.record.click()
    view.record.click()
    assert (view.record.text(), view.name.text()) == ("Record", "wave")
    assert fake.tracking.gestures.gestures == ()


@pytest.mark.parametrize("name", ["fist", "a,b"])
def test_a_name_that_cannot_be_is_refused_in_words(start: Start, qtbot: QtBot, name: str) -> None:
    application = start("live", backend())
    until(qtbot, lambda: application.store.state.can_pause)
    view = panel(application, qtbot)
    told: list[tuple[str, Level]] = []
    application.messages.posted.connect(lambda message: told.append((message.text, message.level)))
    view.name.setText(name)
    view.record.click()
    assert view.record.text() == "Record"
    ((text, level),) = told
    assert name in text
    assert level is Level.WARNING


def test_gestures_of_the_last_time_are_used(start: Start, qtbot: QtBot, settings: Settings) -> None:
    write_gestures(settings.gestures_file, NO_GESTURES.with_gesture("wave", [LATENT]))
    application = start("live", fake := backend())
    until(qtbot, lambda: bool(fake.tracking.gestures.gestures))
    view = panel(application, qtbot)
    names = [b.toolTip() for b in view.findChildren(QToolButton)]
    assert names == ["Forget “wave”"]
    assert application.store.state.tracking.gestures.gestures[0].name == "wave"


def test_a_file_that_cannot_be_read_stays_and_says_why(
    start: Start, qtbot: QtBot, settings: Settings
) -> None:
    settings.gestures_file.write_text('{"format": "crossing-hands gestures", "version": 9}')
    application = start("live", backend())
    view = panel(application, qtbot)
    until(qtbot, lambda: "version 9" in view.hint.text())
    view.name.setText("wave")
    assert not view.record.isEnabled()
    application.controllers.gestures.toggle("wave")
    assert 'version": 9' in settings.gestures_file.read_text()
