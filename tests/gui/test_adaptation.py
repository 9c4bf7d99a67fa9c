"""Adapt to my camera: recordings, progress, cancel, what came of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.control.adaptation import AdaptationController
from app.state.jobs import AdaptationState, JobProgress
from app.state.messages import MessageCenter
from app.views.adaptation_dialog import AdaptationDialog, progress_text
from app.wiring.window import connect_adaptation
from engine.errors import CancelledError, ModelError
from engine.jobs import adaptation
from engine.jobs.adaptation import AdaptationOutcome, AdaptationRequest
from engine.progress import ProgressLine
from tests.fakes_app import DeferredTasks


class Child:
    """Stands for the child process."""

    def __init__(self, outcome: AdaptationOutcome) -> None:
        self.outcome = outcome
        self.requests: list[AdaptationRequest] = []

    def __call__(self, request: AdaptationRequest, progress: object) -> AdaptationOutcome:
        self.requests.append(request)
        assert callable(progress)
        if not progress(ProgressLine("learn", 30, 120, 95)):
            raise CancelledError("interrupted")
        return self.outcome


@pytest.fixture
def child(monkeypatch: pytest.MonkeyPatch) -> Child:
    child = Child(AdaptationOutcome("Not better.", Path("/tmp/report.html")))
    monkeypatch.setattr(adaptation, "run_adaptation", child)
    monkeypatch.setattr(adaptation, "missing_packages", lambda: "")
    return child


@pytest.fixture
def dialog(qtbot: QtBot) -> AdaptationDialog:
    dialog = AdaptationDialog()
    qtbot.addWidget(dialog)
    return dialog


def connected(dialog: AdaptationDialog, tasks: DeferredTasks) -> AdaptationController:
    controller = AdaptationController(tasks, MessageCenter())
    connect_adaptation(dialog, controller)
    dialog.show()
    return controller


def test_recordings_and_a_name_are_needed(dialog: AdaptationDialog) -> None:
    assert not dialog.start_button.isEnabled()
    dialog.add_recordings(["/a/take.db3", "/a/take.db3", ""])
    dialog.add_recordings(["/a/take.db3"])
    assert dialog.recordings.count() == 1
    assert dialog.start_button.isEnabled()
    dialog.name_edit.setText(" ")
    assert not dialog.start_button.isEnabled()
    dialog.recordings.setCurrentRow(0)
    dialog.remove_button.click()
    assert dialog.recordings.count() == 0


def test_an_adaptation_shows_how_far_it_is_and_how_it_ended(
    dialog: AdaptationDialog, child: Child, qtbot: QtBot
) -> None:
    tasks = DeferredTasks()
    controller = connected(dialog, tasks)
    dialog.add_recordings(["/a/take.db3"])
    qtbot.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)
    assert dialog.cancel_button.isVisible()
    assert not dialog.start_button.isEnabled()
    tasks.do_all()
    assert child.requests == [AdaptationRequest((Path("/a/take.db3"),), "My hand", 40.0)]
    assert controller.store.state.text == "Not better."
    assert dialog.status_label.text() == "Not better."
    assert dialog.report_button.isVisible()
    assert dialog.start_button.isEnabled()


def test_what_is_missing_is_told(
    dialog: AdaptationDialog, child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adaptation, "missing_packages", lambda: "Install it: 1 GB.")
    connected(dialog, DeferredTasks())
    dialog.add_recordings(["/a/take.db3"])
    assert dialog.status_label.text() == "Install it: 1 GB."
    assert not dialog.start_button.isEnabled()


class Pip:
    """Stands for pip, which installs or fails."""

    def __init__(self, missing: str) -> None:
        self.missing, self.problem = missing, ""

    def __call__(self, progress: object) -> None:
        assert callable(progress)
        if not progress(ProgressLine("install", 0, 0)):
            raise CancelledError("interrupted")
        if self.problem:
            raise ModelError(self.problem)
        self.missing = ""


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> Pip:
    pip = Pip("PyTorch is missing (1 GB).")
    monkeypatch.setattr(adaptation, "install_packages", pip)
    monkeypatch.setattr(adaptation, "missing_packages", lambda: pip.missing)
    monkeypatch.setattr(adaptation, "can_install", lambda: True)
    return pip


def test_what_is_missing_can_be_installed(dialog: AdaptationDialog, pip: Pip, qtbot: QtBot) -> None:
    tasks = DeferredTasks()
    connected(dialog, tasks)
    dialog.add_recordings(["/a/take.db3"])
    assert dialog.install_button.isVisible()
    assert not dialog.start_button.isVisible()
    qtbot.mouseClick(dialog.install_button, Qt.MouseButton.LeftButton)
    assert "1.2 GB" in dialog.status_label.text()
    assert dialog.cancel_button.isVisible()
    tasks.do_all()
    assert dialog.status_label.text() == "Installed."
    assert dialog.start_button.isEnabled()
    assert not dialog.install_button.isVisible()


def test_an_installation_that_fails_or_is_cancelled_is_told(
    dialog: AdaptationDialog, pip: Pip, qtbot: QtBot
) -> None:
    tasks = DeferredTasks()
    controller = connected(dialog, tasks)
    pip.problem = "no route to host"
    qtbot.mouseClick(dialog.install_button, Qt.MouseButton.LeftButton)
    tasks.do_all()
    assert controller.store.state.text == "no route to host"
    assert dialog.status_label.text() == "no route to host PyTorch is missing (1 GB)."
    qtbot.mouseClick(dialog.install_button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(dialog.cancel_button, Qt.MouseButton.LeftButton)
    tasks.do_all()
    assert controller.store.state.text == "Not installed."
    assert dialog.install_button.isVisible()


def test_without_pip_only_words_help(
    dialog: AdaptationDialog, pip: Pip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adaptation, "can_install", lambda: False)
    connected(dialog, DeferredTasks())
    assert not dialog.install_button.isVisible()
    assert dialog.status_label.text() == pip.missing


@pytest.mark.parametrize(
    ("left_s", "text"),
    [(None, "Learning"), (42, "Learning, 42 s left"), (95, "Learning, 2 min left")],
)
def test_the_time_left_is_told(left_s: int | None, text: str) -> None:
    state = AdaptationState(running=True, stage="learn", progress=JobProgress(3, 9), left_s=left_s)
    assert progress_text(state) == text
