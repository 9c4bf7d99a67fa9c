"""The check of a camera in the window: progress, measures, verdict, and what would help."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from app.actions.commands import Command
from app.application import Application
from app.state.window_state import Phase
from app.views.camera_check_dialog import NOTHING_NEEDED, CameraCheckDialog
from tests.fakes import make_hand
from tests.fakes_app import FakeBackend
from tests.windows import live, trigger, until, write_folder


def opened(application: Application) -> CameraCheckDialog:
    trigger(application, Command.CHECK_CAMERA)
    return application.window.camera_check


def cells(dialog: CameraCheckDialog, column: int) -> list[str]:
    return [dialog.table.item(row, column).text() for row in range(dialog.table.rowCount())]


def test_what_was_measured_is_shown_with_a_verdict(
    qtbot: QtBot, start: Callable[..., Application]
) -> None:
    application = start("live", FakeBackend(make_hand(), sources={"live": live}))
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    dialog = opened(application)
    until(qtbot, lambda: dialog.table.rowCount() > 0)
    titles = cells(dialog, 0)
    assert "distance of the hand" in titles
    row = titles.index("frames with a hand")
    assert cells(dialog, 1)[row] == "100 %"
    assert cells(dialog, 3)[row] == "normal"
    assert dialog.verdict.text().startswith("It ")
    assert dialog.help.text() not in ("", NOTHING_NEEDED)
    assert "frames" in dialog.notice.text()
    assert dialog.again_button.isEnabled()
    dialog.again_button.click()
    until(qtbot, lambda: not dialog.again_button.isEnabled())
    until(qtbot, dialog.again_button.isEnabled)
    dialog.reject()


def test_no_hand_is_told(qtbot: QtBot, start: Callable[..., Application]) -> None:
    application = start("live", FakeBackend(sources={"live": live}))
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    dialog = opened(application)
    until(qtbot, lambda: "No hand was seen" in dialog.verdict.text())
    dialog.reject()


def start_paused(start: Callable[..., Application], qtbot: QtBot, folder: Path) -> Application:
    """A window with a recording that does not play."""
    recording = str(write_folder(folder / "take", 3))
    application = start(recording, FakeBackend(make_hand()))
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    application.controllers.playback.toggle_pause()
    until(qtbot, lambda: application.store.state.phase is Phase.PAUSED)
    return application


def test_what_does_not_play_is_told(
    qtbot: QtBot, start: Callable[..., Application], tmp_path: Path
) -> None:
    application = start_paused(start, qtbot, tmp_path)
    dialog = opened(application)
    until(qtbot, lambda: "let the source play" in dialog.notice.text())
    dialog.reject()


def test_closing_the_dialog_ends_the_check(
    qtbot: QtBot, start: Callable[..., Application], tmp_path: Path
) -> None:
    application = start_paused(start, qtbot, tmp_path)
    dialog = opened(application)
    until(qtbot, lambda: application.controllers.camera_check.store.state.progress is not None)
    dialog.reject()
    until(qtbot, lambda: application.controllers.camera_check.store.state.progress is None)
    assert application.controllers.camera_check.store.state.error == ""
