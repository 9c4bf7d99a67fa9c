"""Recordings without images in the window: played, searched for a pose, opened where it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.actions.commands import Command
from app.application import Application
from app.engine_backend import EngineBackend
from app.state.window_state import Phase
from app.views.pose_search_dialog import PoseSearchDialog
from engine.tracking.config import Options
from tests.fakes import make_hand
from tests.fakes_app import FakeBackend
from tests.pose_recordings import gesture_joints, neutral_latent, pose_hand, write_pose_file
from tests.windows import live, trigger, until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    poses = ("open_palm", "fist_tight", "point")
    frames = [[pose_hand(gesture_joints(name), latent=neutral_latent())] for name in poses] * 2
    write_pose_file(tmp_path / "a.pose", frames)
    return tmp_path


def dialog_of(application: Application, folder: Path) -> PoseSearchDialog:
    trigger(application, Command.FIND_POSE)
    dialog = application.window.pose_search
    dialog.folder_box.setText(str(folder))
    return dialog


def choose(dialog: PoseSearchDialog, name: str) -> None:
    dialog.pose_box.setCurrentIndex(dialog.pose_box.findData(name))


def test_a_pose_is_found_by_its_name_and_opened_there(
    qtbot: QtBot, start: Callable[..., Application], folder: Path
) -> None:
    application = start("live", FakeBackend(sources={"live": live}))
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    dialog = dialog_of(application, folder)
    assert not dialog.open_button.isEnabled()
    choose(dialog, "fist_tight")
    dialog.limit_box.setValue(10)
    dialog.search_button.click()
    until(qtbot, lambda: dialog.table.rowCount() > 0)
    assert "Found" in dialog.notice.text()
    assert dialog.table.item(0, 0).text() == "a.pose"
    assert dialog.table.item(0, 1).text().startswith("1–")
    dialog.table.selectRow(0)
    opened: list[tuple[str, int]] = []
    dialog.open_requested.connect(lambda path, frame: opened.append((path, frame)))
    application.controllers.source.open = lambda *_: None
    dialog.open_button.click()
    assert opened == [(str(folder / "a.pose"), 1)]
    dialog.reject()


def test_the_hand_that_is_shown_is_searched_or_missed(
    qtbot: QtBot, start: Callable[..., Application], folder: Path
) -> None:
    backend = FakeBackend(make_hand(), sources={"live": live})
    application = start("live", backend)
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    until(qtbot, lambda: application.controllers.pose_search._hand is not None)
    dialog = dialog_of(application, folder)
    dialog.limit_box.setValue(60)
    dialog.search_button.click()
    until(qtbot, lambda: "Found" in dialog.notice.text())
    dialog.reject()


def test_without_a_hand_or_files_it_says_so(
    qtbot: QtBot,
    start: Callable[..., Application],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    application = start("live", FakeBackend(sources={"live": live}))
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    dialog = dialog_of(application, tmp_path / "gone")
    dialog.search_button.click()
    until(qtbot, lambda: "No hand is shown" in dialog.notice.text())
    choose(dialog, "point")
    dialog.search_button.click()
    until(qtbot, lambda: "no such file or folder" in dialog.notice.text())
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    dialog.browse_button.click()
    assert dialog.folder_box.text() == str(tmp_path)
    dialog.search_button.click()
    until(qtbot, lambda: "has no .pose files" in dialog.notice.text())
    dialog.reject()


def test_the_window_plays_a_recording_without_images(
    qtbot: QtBot, start: Callable[..., Application], folder: Path
) -> None:
    application = start(str(folder / "a.pose"), EngineBackend(Options()))
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    session = application.store.state.session
    assert (session.name, session.frame_count, session.live) == ("a.pose", 6, False)
    application.controllers.playback.to_end()
    until(qtbot, lambda: application.controllers.playback.shown == 5)
    until(qtbot, lambda: application.controllers.pose_search._hand is not None)
    shown = application.controllers.pose_search._hand
    assert shown.crop.image.min() < 0.98  # drawn from its latent
