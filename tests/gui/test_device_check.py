"""The self-check in the window: progress, results, and only good devices to choose."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from app.actions.commands import Command
from app.application import Application, with_device
from app.control.device_check import DEVICE_KEY
from app.settings import Settings
from app.state.window_state import Phase
from app.views.device_dialog import DeviceDialog
from engine.errors import ModelError
from engine.progress import Progress
from engine.tracking.config import Options
from engine.tracking.self_check import DeviceReport
from tests.fakes import make_hand
from tests.fakes_app import FakeBackend
from tests.windows import live, trigger, until

WORST = {"pose": 0.2, "detector": 0.1, "pose decoder": 0.1, "generator": 0.1}
REPORTS = (
    DeviceReport("CPU", "A processor", 3.1, 0.01, WORST),
    DeviceReport("GPU", "A graphics card", 0.8, 0.2, WORST),
    DeviceReport("NPU", "A chip", 0.4, 31.0, WORST, "its pose is off by up to 60.0 mm"),
    DeviceReport("GPU.1", "Another", reason="it cannot run"),
)


@pytest.fixture
def backend() -> FakeBackend:
    backend = FakeBackend(make_hand(), sources={"live": live})
    backend.reports = REPORTS
    return backend


def dialog_of(application: Application) -> DeviceDialog:
    trigger(application, Command.SELF_CHECK)
    return application.window.findChildren(DeviceDialog)[-1]


def cells(dialog: DeviceDialog, column: int) -> list[str]:
    return [dialog.table.item(row, column).text() for row in range(dialog.table.rowCount())]


def test_only_a_device_that_passes_can_be_chosen(
    qtbot: QtBot, start: Callable[..., Application], backend: FakeBackend, settings: Settings
) -> None:
    application = start("live", backend)
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    dialog = dialog_of(application)
    until(qtbot, lambda: dialog.table.rowCount() == 4)
    assert cells(dialog, 0) == ["CPU  (in use)", "GPU", "NPU", "GPU.1"]
    assert cells(dialog, 5) == ["good", "good", "wrong", "does not run"]
    assert cells(dialog, 3)[1] == "0.20 mm"
    for row, usable in enumerate((True, True, False, False)):
        dialog.table.selectRow(row)
        assert dialog.use_button.isEnabled() is usable
    assert "it cannot run" in dialog.status_label.text()
    assert not application.controllers.device_check.use("NPU")
    assert not application.controllers.device_check.use("TPU")
    dialog.table.selectRow(1)
    dialog.use_button.click()
    until(qtbot, lambda: backend.opened == ["live", "live"])
    assert backend.device == "GPU"
    assert settings.text(DEVICE_KEY) == "GPU"
    assert cells(dialog, 0) == ["CPU", "GPU  (in use)", "NPU", "GPU.1"]
    dialog.reject()
    assert with_device(Options(), settings.text(DEVICE_KEY)).device == "GPU"
    assert with_device(Options(), "abacus").device == "CPU"


def test_a_check_shows_how_far_it_is_and_ends_when_nobody_looks(
    qtbot: QtBot, start: Callable[..., Application], backend: FakeBackend
) -> None:
    gate, going = threading.Event(), []

    def slow(progress: Progress) -> tuple[DeviceReport, ...]:
        going.append(progress(1, 4))
        gate.wait(10.0)
        going.append(progress(2, 4))
        return REPORTS

    backend.check_devices = slow
    application = start("live", backend)
    dialog = dialog_of(application)
    until(qtbot, lambda: "Checking GPU" in dialog.status_label.text())
    assert (dialog.bar.value(), dialog.bar.maximum()) == (1, 4)
    assert not dialog.again_button.isEnabled()
    dialog.reject()
    gate.set()
    until(qtbot, lambda: not application.controllers.device_check.running)
    assert going == [True, False]


def test_what_keeps_a_check_from_running_is_told(
    qtbot: QtBot, start: Callable[..., Application], backend: FakeBackend
) -> None:
    def broken(progress: object) -> tuple[DeviceReport, ...]:
        raise ModelError("the inputs of the self-check cannot be read")

    backend.check_devices = broken
    dialog = dialog_of(start("live", backend))
    until(qtbot, lambda: "cannot be read" in dialog.status_label.text())
    assert dialog.again_button.isEnabled()
