"""Exports of the marked frames from the window."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from app.actions.commands import Command
from app.application import Application
from app.state.jobs import RangeExport
from app.state.window_state import Level, Marks
from app.views.export_presenter import KINDS, with_suffix
from engine.jobs.export_range import ExportReport
from engine.progress import Progress
from tests.fakes import make_hand
from tests.fakes_app import FakeBackend
from tests.windows import trigger, until, write_folder

Start = Callable[..., Application]


class Dialogue:
    """Answers the file dialogue; ``asked`` is what it said and proposed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, answer: Path | str, suffix: str) -> None:
        self.asked: list[tuple[str, str]] = []
        kind = next(name for name, ending in KINDS.items() if ending == suffix)

        def answered(_parent: object, title: str, proposed: str, *_: object) -> tuple[str, str]:
            self.asked.append((title, proposed))
            return str(answer), kind

        monkeypatch.setattr(QFileDialog, "getSaveFileName", answered)


@pytest.fixture
def shown(start: Start, qtbot: QtBot, tmp_path: Path) -> Application:
    """A recording of 12 frames."""
    application = start(str(write_folder(tmp_path / "take", frames=12)))
    until(qtbot, lambda: application.store.state.can_seek)
    return application


def test_the_marked_frames_are_written_and_told(
    shown: Application, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialogue = Dialogue(monkeypatch, tmp_path / "joints", ".csv")
    shown.store.update(replace(shown.store.state, marks=Marks(3, 7)))
    trigger(shown, Command.EXPORT_RANGE)
    until(qtbot, lambda: "Wrote 5 frames" in shown.window.message_bar.text)
    assert shown.window.message_bar.level is Level.INFO
    assert dialogue.asked == [("Export frames 3 to 7", str(tmp_path / "take_3-7.csv"))]
    rows = (tmp_path / "joints.csv").read_text().splitlines()[1:]
    assert [row.split(",")[0] for row in rows] == ["3", "4", "5", "6", "7"]
    assert shown.window.export.progress is None
    assert not shown.controllers.export.job.running


@pytest.mark.parametrize("answer", [QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes])
def test_an_older_file_is_replaced_only_if_the_user_says_so(
    answer: QMessageBox.StandardButton,
    shown: Application,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    older = tmp_path / "joints.csv"
    older.write_text("older")
    Dialogue(monkeypatch, tmp_path / "joints", ".csv")
    asked: list[str] = []
    monkeypatch.setattr(
        QMessageBox, "question", lambda *words: (asked.append(words[-1]), answer)[1]
    )
    trigger(shown, Command.EXPORT_RANGE)
    assert asked == ["joints.csv exists already. Replace it?"]
    if answer is QMessageBox.StandardButton.Yes:
        until(qtbot, lambda: "Wrote 12 frames" in shown.window.message_bar.text)
        assert older.read_text() != "older"
    else:
        assert not shown.controllers.export.job.running
        assert older.read_text() == "older"


def test_the_two_files_of_a_motion_are_asked_for_as_well(
    shown: Application, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "joints_left.bvh").write_text("older")
    Dialogue(monkeypatch, tmp_path / "joints.bvh", ".bvh")
    asked: list[str] = []
    no = QMessageBox.StandardButton.No
    monkeypatch.setattr(QMessageBox, "question", lambda *words: (asked.append(words[-1]), no)[1])
    trigger(shown, Command.EXPORT_RANGE)
    assert asked == ["joints_left.bvh exists already. Replace it?"]
    assert not shown.controllers.export.job.running


def test_without_marks_everything_is_written(
    shown: Application, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Dialogue(monkeypatch, tmp_path / "hand.bvh", ".bvh")
    trigger(shown, Command.EXPORT_RANGE)
    until(qtbot, lambda: "Wrote 12 frames" in shown.window.message_bar.text)
    assert "Frames: 12" in (tmp_path / "hand.bvh").read_text()


def test_an_error_and_a_changed_mind(
    shown: Application, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Dialogue(monkeypatch, "", ".csv")
    trigger(shown, Command.EXPORT_RANGE)
    assert not shown.controllers.export.job.running
    (tmp_path / "file").write_text("in the way")
    Dialogue(monkeypatch, tmp_path / "file" / "a.csv", ".csv")
    trigger(shown, Command.EXPORT_RANGE)
    until(qtbot, lambda: "cannot write" in shown.window.message_bar.text)
    assert shown.window.message_bar.level is Level.ERROR
    assert not shown.controllers.export.job.running


def test_joints_for_ros_are_written_or_the_missing_library_is_named(
    shown: Application, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("rosbags.rosbag2")
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "rosbags.rosbag2", None)
        Dialogue(monkeypatch, tmp_path / "hands", ".mcap")
        trigger(shown, Command.EXPORT_RANGE)
        bar = shown.window.message_bar
        until(qtbot, lambda: "python -m pip install rosbags" in bar.text)
        until(qtbot, lambda: not shown.controllers.export.job.running)
        assert bar.level is Level.ERROR
    assert shown.store.state.can_seek  # the recording is still there
    trigger(shown, Command.EXPORT_RANGE)
    until(qtbot, lambda: "Wrote 12 frames" in shown.window.message_bar.text)
    assert (tmp_path / "hands.mcap").read_bytes().startswith(b"\x89MCAP")


def test_progress_is_shown_and_can_be_cancelled(
    start: Start, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, reached, go = FakeBackend(make_hand()), threading.Event(), threading.Event()
    real = backend.export_range

    def held(wanted: RangeExport, progress: Progress) -> ExportReport:
        def waiting(done: int, total: int) -> bool:
            if done == 4:
                reached.set()
                go.wait(20.0)
            return progress(done, total)

        return real(wanted, waiting)

    monkeypatch.setattr(backend, "export_range", held)
    application = start(str(write_folder(tmp_path / "take", frames=12)), backend)
    until(qtbot, lambda: application.store.state.can_seek)
    Dialogue(monkeypatch, tmp_path / "a.csv", ".csv")
    trigger(application, Command.EXPORT_RANGE)
    until(qtbot, reached.is_set)
    box = application.window.export
    until(qtbot, lambda: box.progress is not None and box.progress.value() == 3)
    assert box.progress.maximum() == 12
    box.progress.close()  # as its button, or the window's cross
    qtbot.wait(100)
    assert not box.progress.isVisible()
    go.set()
    until(qtbot, lambda: not application.controllers.export.job.running)
    assert box.progress is None
    assert not (tmp_path / "a.csv").exists()
    assert application.window.message_bar.level is not Level.ERROR


def test_a_camera_has_nothing_to_export(start: Start, qtbot: QtBot) -> None:
    application = start()
    until(qtbot, lambda: application.store.state.can_pause)
    action = application.window.actions_by_command[Command.EXPORT_RANGE]
    assert not action.isEnabled()
    application.window.export.ask(application.store.state)
    assert not application.controllers.export.job.running


def test_a_typed_ending_wins() -> None:
    assert with_suffix(Path("a"), ".bvh") == Path("a.bvh")
    assert with_suffix(Path("a.CSV"), ".bvh") == Path("a.CSV")
    assert with_suffix(Path("take.1"), "") == Path("take.1")
    assert with_suffix(Path("take.1"), ".csv") == Path("take.1.csv")
