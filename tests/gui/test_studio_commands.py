"""The export dialogue: what it asks for, how it is cancelled, what it says when that fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.actions.commands import Command
from app.studio.export_request import ExportRequest
from engine.errors import CancelledError, ExportError
from engine.latent.layouts import LayoutKind
from engine.progress import Progress
from tests.fakes_app import FakeBackend
from tests.studio_window import Enter, drag, page, row
from tests.windows import trigger, until


def test_hands_are_exported_and_cancelled(qtbot: QtBot, enter: Enter, tmp_path: Path) -> None:
    application = enter()
    backend = application._backend
    assert isinstance(backend, FakeBackend)
    dialog = page(application).export_dialog
    trigger(application, Command.LATENT_EXPORT)
    dialog.folder.setText(str(tmp_path / "hands"))
    dialog.count.setValue(7)
    dialog.seed.setValue(3)
    dialog.layouts.setCurrentIndex(1)
    dialog.start_button.click()
    until(qtbot, lambda: "Written to" in dialog.status_label.text())
    request = backend.requests[-1]
    assert (request.count, request.seed, request.layout) == (7, 3, LayoutKind.MSRA)

    def write(_request: ExportRequest, progress: Progress) -> None:
        while progress(2, 7):
            pass
        raise CancelledError("the export was cancelled")

    backend.write = write
    dialog.start_button.click()
    until(qtbot, lambda: dialog.progress.value() == 2)
    dialog.close_button.click()
    until(qtbot, lambda: "Cancelled" in dialog.status_label.text())
    assert dialog.start_button.isEnabled()


def test_an_export_that_fails_says_why(qtbot: QtBot, enter: Enter) -> None:
    application = enter()
    backend = application._backend
    assert isinstance(backend, FakeBackend)

    def write(*_: object) -> None:
        raise ExportError("cannot write /hands: Permission denied")

    backend.write = write
    dialog = page(application).export_dialog
    trigger(application, Command.LATENT_EXPORT)
    dialog.start_button.click()
    until(qtbot, lambda: "Permission denied" in dialog.status_label.text())


def test_a_walk_is_exported(qtbot: QtBot, enter: Enter) -> None:
    application = enter()
    backend = application._backend
    assert isinstance(backend, FakeBackend)
    trigger(application, Command.KEYFRAME_ADD)
    drag(row(application), 0.0, 1.0)
    trigger(application, Command.KEYFRAME_ADD)
    trigger(application, Command.LATENT_EXPORT)
    dialog = page(application).export_dialog
    dialog.what.setCurrentIndex(1)
    dialog.count.setValue(10)
    dialog.start_button.click()
    until(qtbot, lambda: "Written to" in dialog.status_label.text())
    request = backend.requests[-1]
    assert request.walk is not None
    assert request.walk.shape == (10, 29)
    assert request.walk[-1, 0] == pytest.approx(1.0, abs=0.05)
