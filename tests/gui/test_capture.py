"""Guided capture in the window: what is recorded, kept and said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.application import Application
from app.settings import Settings
from app.views.capture_view import CaptureView
from app.views.depth_view import DepthView
from engine.capture.goals import GoalKind
from engine.errors import ModelError
from engine.types import TrackedHand
from tests.fakes import make_hand
from tests.fakes_app import FakeBackend
from tests.windows import live, opened, until, write_folder

Start = Callable[..., Application]


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.recordings_folder = tmp_path / "recordings"
    return settings.recordings_folder


@pytest.fixture
def beeps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    heard: list[int] = []
    monkeypatch.setattr(QApplication, "beep", lambda: heard.append(1))
    return heard


def panel(application: Application, qtbot: QtBot) -> CaptureView:
    return opened(application.window.panels.capture, qtbot)


def click(qtbot: QtBot, view: CaptureView) -> None:
    qtbot.mouseClick(view.toggle, Qt.MouseButton.LeftButton)


def test_a_capture_records_and_keeps_what_was_asked(
    start: Start, qtbot: QtBot, folder: Path, beeps: list[int]
) -> None:
    application = start()
    until(qtbot, lambda: application.store.state.can_pause)
    view = panel(application, qtbot)
    assert view.toggle.text() == "Start recording"
    assert not view.skip.isEnabled()
    click(qtbot, view)
    until(qtbot, lambda: view.prompt.text() == "Show your right hand")
    assert view.toggle.text() == "Stop"
    until(qtbot, lambda: bool(beeps))  # the fake camera's hand is a right one
    assert view.bars[GoalKind.SIDE.value].value() == 50
    asked = view.prompt.text()
    qtbot.mouseClick(view.skip, Qt.MouseButton.LeftButton)
    assert view.prompt.text() != asked
    click(qtbot, view)
    until(qtbot, lambda: not application.controllers.recording.active)
    assert view.toggle.text() == "Start recording"
    names = sorted(path.name for path in folder.iterdir())
    assert [name.split(".", 1)[1] for name in names] == ["db3", "db3.prompts.csv"]
    rows = (folder / names[1]).read_text().splitlines()
    assert rows[0] == "timestamp_ms,prompt,shown"
    assert sum(row.endswith(",right_hand,1") for row in rows) >= 40


def test_a_recording_that_ends_ends_the_capture(start: Start, qtbot: QtBot, folder: Path) -> None:
    application = start()
    until(qtbot, lambda: application.store.state.can_pause)
    view = panel(application, qtbot)
    click(qtbot, view)
    until(qtbot, lambda: bool(list(folder.glob("*.prompts.csv.partial"))))
    application.controllers.recording.toggle()
    until(qtbot, lambda: view.toggle.text() == "Start recording")
    assert not list(folder.glob("*.partial"))


def test_a_recording_cannot_be_captured_again(
    start: Start, qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    write_folder(tmp_path / "played", 20)
    application = start(str(tmp_path / "played"))
    until(qtbot, lambda: application.store.state.replay is not None)
    view = panel(application, qtbot)
    click(qtbot, view)
    assert "records a camera" in application.window.message_bar.text
    assert view.toggle.text() == "Start recording"
    assert not folder.exists()


def test_what_is_asked_for_is_drawn_into_the_picture(
    start: Start, qtbot: QtBot, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[tuple[bool, bool]] = []

    def show_ghost(_: DepthView, joints_mm: object, *, lit: bool = False) -> None:
        drawn.append((joints_mm is not None, lit))

    monkeypatch.setattr(DepthView, "show_ghost", show_ghost)
    application = start()
    until(qtbot, lambda: application.store.state.can_pause)
    view = panel(application, qtbot)
    click(qtbot, view)
    until(qtbot, lambda: (True, True) in drawn)  # the fake camera's hand is a right one
    click(qtbot, view)
    assert drawn[-1] == (False, False)


def test_a_recording_for_an_adaptation_joins_its_list(
    start: Start, qtbot: QtBot, folder: Path
) -> None:
    application = start()
    until(qtbot, lambda: application.store.state.can_pause)
    application.window.dialogs.show_adaptation()
    dialog = application.window.dialogs.adaptation
    assert dialog is not None
    qtbot.mouseClick(dialog.record_button, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()
    until(qtbot, lambda: application.window.panels.capture.view is not None)
    view = application.window.panels.capture.view
    assert view is not None
    until(qtbot, lambda: view.prompt.text() == "Show your right hand")
    until(qtbot, lambda: application.controllers.recording.path is not None)
    until(qtbot, lambda: view.filled.value() > 0 or view.total.text() != "Covered: 0%")
    click(qtbot, view)
    until(qtbot, dialog.isVisible)
    (recording,) = folder.glob("*.db3")
    assert dialog.recordings.item(0).text() == str(recording)
    assert dialog.start_button.isEnabled() is not bool(
        application.controllers.adaptation.store.state.missing
    )


def test_a_recording_that_is_played_cannot_be_recorded_for_an_adaptation(
    start: Start, qtbot: QtBot, tmp_path: Path
) -> None:
    write_folder(tmp_path / "played", 20)
    application = start(str(tmp_path / "played"))
    until(qtbot, lambda: application.store.state.replay is not None)
    application.window.dialogs.show_adaptation()
    dialog = application.window.dialogs.adaptation
    assert dialog is not None
    assert not dialog.record_button.isEnabled()
    assert dialog.record_button.toolTip() == application.store.state.recording_blocker


class NoNetworks(FakeBackend):
    def capture_goals(self) -> tuple[TrackedHand, ...]:  # type: ignore[override]
        raise ModelError("the pose decoder is missing")


def test_missing_networks_are_told(start: Start, qtbot: QtBot, folder: Path) -> None:
    application = start("live", NoNetworks(make_hand(), sources={"live": live}))
    until(qtbot, lambda: application.store.state.can_pause)
    view = panel(application, qtbot)
    click(qtbot, view)
    until(qtbot, lambda: "the pose decoder is missing" in application.window.message_bar.text)
    assert view.toggle.text() == "Start recording"
    assert not folder.exists()
