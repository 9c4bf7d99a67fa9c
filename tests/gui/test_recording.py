"""Recording a camera from the window, and what ends a recording."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.actions.commands import Command
from app.application import Application
from app.settings import Settings
from app.state.window_state import Level
from engine.recording import recorder as recorder_module
from engine.recording.recorder import RecordingSnapshot, RecordingState
from engine.sources import open_source
from engine.sources.base import SeekableSource
from tests.fakes import FakeSource, make_hand
from tests.fakes_app import FakeBackend
from tests.windows import live, trigger, until, write_folder

Start = Callable[..., Application]


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.recordings_folder = tmp_path / "new" / "recordings"
    return settings.recordings_folder


def record_some(application: Application, qtbot: QtBot) -> None:
    window = application.window
    until(qtbot, lambda: application.store.state.can_pause)
    trigger(application, Command.RECORD)
    until(qtbot, window.record_panel.light.isVisible)
    # Long enough for a second to be shown.
    until(qtbot, lambda: window.record_panel.text.startswith("0:01"))


def made(folder: Path) -> SeekableSource:
    (path,) = folder.iterdir()
    source = open_source(str(path))
    assert isinstance(source, SeekableSource)
    return source


@pytest.mark.parametrize("as_folder", [False, True])
def test_a_camera_is_recorded_and_the_recording_can_be_opened(
    as_folder: bool, start: Start, qtbot: QtBot, folder: Path
) -> None:
    application = start()
    window = application.window
    trigger(application, Command.RECORD_FOLDER if as_folder else Command.RECORD_DB3)
    record_some(application, qtbot)
    action = window.actions_by_command[Command.RECORD]
    assert action.isChecked()
    assert action.text() == "Stop &recording"
    assert "MB" in window.record_panel.text
    assert "lost" not in window.record_panel.text
    trigger(application, Command.RECORD)
    until(qtbot, lambda: not window.record_panel.light.isVisible())
    assert not action.isChecked()
    assert action.isEnabled()
    source = made(folder)
    (path,) = folder.iterdir()
    assert path.is_dir() is as_folder
    assert path.name.startswith("fake_")
    assert source.frame_count > 20
    assert f"{source.frame_count} frames" in window.message_bar.text
    assert str(path) in window.message_bar.text
    assert window.message_bar.level is Level.INFO
    source.close()
    trigger(application, Command.RECORD)  # a second one does not touch the first
    until(qtbot, lambda: len(list(folder.iterdir())) == 2)
    application.controllers.source.open(str(path))
    until(qtbot, lambda: application.store.state.replay is not None)
    assert application.store.state.session.spec == str(path)


def test_opening_another_source_ends_the_recording(
    start: Start, qtbot: QtBot, folder: Path, tmp_path: Path
) -> None:
    application = start()
    window = application.window
    record_some(application, qtbot)
    application.controllers.source.open(str(write_folder(tmp_path / "other")))
    until(qtbot, lambda: application.store.state.replay is not None)
    until(qtbot, lambda: not window.record_panel.light.isVisible())
    made(folder).close()
    action = window.actions_by_command[Command.RECORD]
    assert not action.isEnabled()
    assert "only from a camera" in action.toolTip()
    trigger(application, Command.RECORD)
    assert len(list(folder.iterdir())) == 1


def test_closing_the_window_completes_the_recording(
    start: Start, qtbot: QtBot, folder: Path
) -> None:
    application = start()
    record_some(application, qtbot)
    application.close()
    source = made(folder)
    assert source.frame_count > 20
    source.close()


def test_a_camera_that_is_lost_leaves_its_recording(
    start: Start, qtbot: QtBot, folder: Path
) -> None:
    def breaking() -> FakeSource:
        source = live()
        source._fail_at = 250
        return source

    application = start(backend=FakeBackend(make_hand(), sources={"live": breaking}))
    record_some(application, qtbot)
    until(qtbot, lambda: not application.window.record_panel.light.isVisible())
    made(folder).close()
    action = application.window.actions_by_command[Command.RECORD]
    until(qtbot, lambda: not action.isEnabled())


def test_a_full_disk_is_told_and_what_was_recorded_plays(
    start: Start, qtbot: QtBot, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = start()
    window = application.window
    record_some(application, qtbot)
    monkeypatch.setattr(recorder_module, "RESERVE_BYTES", 1 << 60)
    until(qtbot, lambda: window.message_bar.level is Level.ERROR)
    assert "is full" in window.message_bar.text
    assert "can be played" in window.message_bar.text
    assert not window.record_panel.light.isVisible()
    made(folder).close()
    window.message_bar.clear()
    trigger(application, Command.RECORD)
    until(qtbot, lambda: "Nothing is recorded" in window.message_bar.text)
    assert not window.actions_by_command[Command.RECORD].isChecked()


def test_a_folder_that_cannot_be_made_is_told(
    start: Start, qtbot: QtBot, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    settings.recordings_folder = tmp_path / "file" / "recordings"
    application = start()
    until(qtbot, lambda: application.store.state.can_pause)
    trigger(application, Command.RECORD)
    until(qtbot, lambda: "cannot be written" in application.window.message_bar.text)
    assert not application.window.actions_by_command[Command.RECORD].isChecked()


def test_lost_frames_are_shown_and_told(start: Start, qtbot: QtBot, folder: Path) -> None:
    application = start()
    window = application.window
    until(qtbot, lambda: application.store.state.can_pause)
    shown = RecordingSnapshot(
        RecordingState.RECORDING, folder / "a.db3", "", 900, 12, 1_234_000_000, 83.0
    )
    window.record_panel.show_recording(shown)
    assert window.record_panel.text == "1:23   1.23 GB 12 lost"
    ended = RecordingSnapshot(
        RecordingState.FINISHED, folder / "a.db3", "", 900, 12, 1_234_000_000, 83.0
    )
    application.controllers.recording._report_end(ended)
    assert "too slow for 12 more frames" in window.message_bar.text
    assert window.message_bar.level is Level.WARNING


def test_the_choice_of_kind_is_remembered(start: Start, settings: Settings) -> None:
    trigger(start(), Command.RECORD_FOLDER)
    assert settings.record_as_folder
    assert start().window.actions_by_command[Command.RECORD_FOLDER].isChecked()
