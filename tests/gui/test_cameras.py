"""Cameras in the window: listed, chosen, lost and back, with what could be better."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from app.actions.commands import Command
from app.application import Application
from app.control.cameras import REFRESH_TICKS
from app.engine_backend import EngineBackend
from app.settings import Settings
from app.state.session import SourceChoice
from app.state.window_state import Level, Phase
from app.views.camera_dialog import CameraDialog
from engine.sources import realsense_sdk
from engine.sources.base import WELL_CONNECTED, Connection, ConnectionState
from engine.sources.camera_choice import DepthMode
from engine.sources.realsense_devices import CameraInfo
from engine.tracking.config import Options
from engine.types import Frame
from tests.fakes import FakeSource, make_hand
from tests.fakes_app import FakeBackend
from tests.windows import live, trigger, until

MODES = tuple(DepthMode(w, h, f) for w, h in ((640, 480), (848, 480)) for f in (30, 60, 90))
D435 = CameraInfo(
    "Intel RealSense D435",
    "42",
    "3.2",
    "5.16.0.1",
    "5.16.0.1",
    MODES,
    ("Default", "Hand", "High Accuracy"),
    {(848, 480): 168.0},
)
SLOW = replace(D435, serial="43", usb="2.1", modes=MODES[:1], firmware="5.9.1.0")


def choice_of(info: CameraInfo) -> SourceChoice:
    return SourceChoice(f"camera:{info.serial}", f"{info.name}  {info.serial}", info)


class ReconnectingFake(FakeSource):
    """A live camera whose connection is what the test says."""

    def __init__(self) -> None:
        super().__init__(None, live=True)
        self.connection = WELL_CONNECTED

    def read(self, timeout_ms: float = 1000.0) -> Frame | None:
        time.sleep(0.01)
        return super().read(timeout_ms) if self.connection.state.delivering else None


def dialog_of(application: Application) -> CameraDialog:
    trigger(application, Command.CAMERAS)
    return application.window.findChildren(CameraDialog)[-1]


def attach(backend: FakeBackend, *infos: CameraInfo) -> None:
    backend.attached = tuple(choice_of(info) for info in infos)


def items(box: QComboBox) -> list[str]:
    return [box.itemText(row) for row in range(box.count())]


def test_a_camera_is_lost_waited_for_and_back_and_the_run_goes_on(
    qtbot: QtBot, start: Callable[..., Application]
) -> None:
    camera = ReconnectingFake()
    application = start(
        "camera:42", FakeBackend(make_hand(), sources={"camera:42": lambda: camera})
    )
    strip, page = application.window.status_strip, application.window.pages.track
    until(qtbot, lambda: strip.tracking.text() == "Tracking right hand")
    assert page.advice.text == ""

    def told(words: str) -> bool:
        return strip.tracking.text() == words

    for state, words in (
        (ConnectionState.LOST, "Camera lost"),
        (ConnectionState.UNPLUGGED, "Waiting for the camera"),
        (ConnectionState.RECONNECTED, "The camera is back"),
    ):
        camera.connection = Connection(state, f"the camera is {state.value}")
        until(qtbot, partial(told, words))
        assert page.advice.text == f"the camera is {state.value}"
        assert page.depth_view._stale is not state.delivering
    camera.connection = WELL_CONNECTED
    until(qtbot, lambda: strip.tracking.text() == "Tracking right hand")
    assert page.advice.text == ""
    assert application.store.state.phase is Phase.RUNNING
    assert not application.window.message_bar.isVisible()


def test_advice_is_shown_while_it_holds(qtbot: QtBot, start: Callable[..., Application]) -> None:
    camera = ReconnectingFake()
    application = start(
        "camera:42", FakeBackend(make_hand(), sources={"camera:42": lambda: camera})
    )
    page = application.window.pages.track
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    camera.connection = Connection(advice=("It hangs on USB 2.", "Something is too near."))
    until(qtbot, lambda: page.advice.text == "•  It hangs on USB 2.\n•  Something is too near.")
    assert page.advice.geometry().right() < page.width()
    camera.connection = WELL_CONNECTED
    until(qtbot, lambda: page.advice.text == "")


def test_size_rate_and_preset_are_chosen_and_remembered(
    qtbot: QtBot, start: Callable[..., Application], settings: Settings
) -> None:
    wanted = "camera:42,640x480@90,high-accuracy"
    backend = FakeBackend(make_hand(), sources={"live": live, wanted: live})
    attach(backend, D435, SLOW)
    application = start("live", backend)
    until(qtbot, lambda: len(application.controllers.cameras.found.state.choices) == 2)
    dialog = dialog_of(application)
    assert [dialog.table.item(0, column).text() for column in range(4)] == [
        "Intel RealSense D435", "42", "3.2", "5.16.0.1",
    ]  # fmt: skip
    assert str(dialog.choice) == "camera:42,848x480@30"
    assert "17 cm" in dialog.hint.text()
    dialog.size_box.setCurrentIndex(items(dialog.size_box).index("640 × 480"))
    assert items(dialog.rate_box) == ["30 fps", "60 fps", "90 fps"]
    dialog.rate_box.setCurrentIndex(2)
    dialog.preset_box.setCurrentIndex(items(dialog.preset_box).index("High Accuracy"))
    dialog.open_button.click()
    until(qtbot, lambda: wanted in backend.opened)
    until(
        qtbot,
        lambda: wanted in [c.spec for c in application.controllers.cameras.found.state.choices],
    )
    assert settings.text("camera_42") == wanted
    again = dialog_of(application)
    assert str(again.choice) == wanted
    again.reject()


def test_the_list_follows_what_is_plugged_in(
    qtbot: QtBot, start: Callable[..., Application]
) -> None:
    backend = FakeBackend(make_hand(), sources={"live": live})
    application = start("live", backend)
    cameras = application.controllers.cameras
    until(qtbot, lambda: bool(cameras.found.state.why_none))
    dialog = dialog_of(application)
    assert dialog.hint.text() == "No camera is plugged in"
    assert not dialog.open_button.isEnabled()
    attach(backend, SLOW)
    cameras.refresh()
    until(qtbot, lambda: dialog.table.rowCount() == 1)
    assert "USB 2" in dialog.hint.text()
    assert "5.16.0.1" in dialog.hint.text()
    assert not dialog.preset_box.isHidden()
    attach(backend, SLOW, D435)
    cameras.refresh()
    until(qtbot, lambda: dialog.table.rowCount() == 2)
    assert dialog.chosen == SLOW
    attach(backend)
    cameras.refresh()
    until(qtbot, lambda: dialog.table.rowCount() == 0)
    assert dialog.choice is None


def test_a_camera_that_is_plugged_in_is_offered_by_itself(
    qtbot: QtBot, start: Callable[..., Application]
) -> None:
    backend = FakeBackend(make_hand(), sources={"live": live, "camera:42": live})
    application = start("live", backend)
    cameras, bar = application.controllers.cameras, application.window.message_bar
    until(qtbot, lambda: bool(cameras.found.state.why_none))
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    attach(backend, D435)
    for _ in range(REFRESH_TICKS):
        cameras.tick()
    until(qtbot, lambda: "was plugged in" in bar.text)
    assert bar.level is Level.INFO
    bar._again.click()
    until(qtbot, lambda: application.store.state.session.spec == "camera:42")
    assert bar.text == ""


@pytest.mark.parametrize("watched", [False, True])
def test_nobody_looks_where_that_can_change_nothing(
    qtbot: QtBot, start: Callable[..., Application], watched: bool
) -> None:
    backend = FakeBackend(make_hand(), sources={"live": live, "camera:42": live})
    backend.cameras_possible = watched
    application = start("camera:42" if watched else "live", backend)
    cameras = application.controllers.cameras
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    until(qtbot, lambda: bool(cameras.found.state.why_none))
    attach(backend, D435)
    for _ in range(2 * REFRESH_TICKS):
        cameras.tick()
    qtbot.wait(50)
    assert cameras.found.state.choices == ()


def test_a_mode_that_is_no_longer_offered_is_forgotten(
    qtbot: QtBot, start: Callable[..., Application], settings: Settings
) -> None:
    settings.set_text("camera_43", "camera:43,848x480@90,hand")
    settings.set_text("camera_42", "camera:42,nonsense@")
    backend = FakeBackend(make_hand(), sources={"live": live})
    attach(backend, SLOW, D435)
    application = start("live", backend)
    cameras = application.controllers.cameras
    until(qtbot, lambda: len(cameras.found.state.choices) == 2)
    assert [choice.spec for choice in cameras.found.state.choices] == [
        "camera:43,,hand",
        "camera:42",
    ]


def test_without_the_sdk_everything_else_is_there(
    qtbot: QtBot, start: Callable[..., Application], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ImportError("No module named 'pyrealsense2'")

    monkeypatch.setattr(f"{realsense_sdk.__name__}.importlib.import_module", missing)
    found = EngineBackend(Options()).cameras()
    assert (found.choices, found.possible) == ((), False)
    assert "none for macOS" in found.why_none
    backend = FakeBackend(make_hand(), sources={"live": live})
    backend.why_no_camera, backend.cameras_possible = found.why_none, False
    application = start("live", backend)
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    assert "macOS" in dialog_of(application).hint.text()
