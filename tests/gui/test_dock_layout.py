"""Panels and what remembers them, keys, hints, about, log, settings as a file, accessibility."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import (
    QApplication,
)
from pytestqt.qtbot import QtBot

from app.actions.commands import Command
from app.application import Application
from app.settings import Settings
from app.settings_file import read_settings
from app.state.window_state import Level, Phase
from app.style.theme import DARK, LIGHT, ThemeChoice
from app.views.scene_process import DrawingLibrary
from app.window.dock_layout import RIGHT
from engine.errors import InvalidInputError
from engine.tracking.config import SideChoice, TrackingSettings
from engine.tracking.smoothing import Smoothing
from tests.fakes import make_hand
from tests.fakes_app import FakeBackend
from tests.windows import Start, running, trigger, until

# -- panels ------------------------------------------------------------------------------------


def test_every_panel_is_shown_and_hidden_by_its_key(qtbot: QtBot, start: Start) -> None:
    application = running(qtbot, start)
    window = application.window
    window.activateWindow()
    keys = {dock.toggleViewAction().shortcut().toString() for dock in window.dock_layout.docks}
    assert keys >= {"D", "V", "P", "Ctrl+L"} and "" not in keys
    before = window.panels.plot.isHidden()
    qtbot.keyClick(window, Qt.Key.Key_P)
    assert window.panels.plot.isHidden() is not before
    qtbot.keyClick(window, Qt.Key.Key_D)
    assert window.panels.scene.isHidden()


def test_a_change_is_remembered_without_the_window_being_closed(
    qtbot: QtBot, start: Start, settings: Settings, tmp_path: Path
) -> None:
    application = running(qtbot, start)
    application.window.panels.plot.toggleViewAction().trigger()
    application.window.panels.scene.toggleViewAction().trigger()
    application.window.resize(1111, 717)
    trigger(application, Command.MIRROR)
    path = tmp_path / "settings.ini"

    def remembered() -> bool:
        saved = path.exists() and "MIRROR=true" in path.read_text()
        return saved and not application.window.dock_layout._timer.isActive()

    until(qtbot, remembered)
    crashed = path.read_bytes()
    later = Settings.at(tmp_path / "later.ini")
    (tmp_path / "later.ini").write_bytes(crashed)
    later._store.sync()
    again = Application(QApplication.instance(), FakeBackend(make_hand()), later)  # type: ignore[arg-type]
    qtbot.addWidget(again.window)
    assert not again.window.panels.plot.isHidden()
    assert again.window.panels.scene.isHidden()
    assert again.window.actions_by_command[Command.MIRROR].isChecked()
    assert again.window.scene_view.mirrored
    assert again.window.height() == 717
    again.close()


def test_reset_layout_puts_every_panel_back(qtbot: QtBot, start: Start) -> None:
    application = running(qtbot, start)
    window, panels = application.window, application.window.panels
    panels.plot.toggleViewAction().trigger()
    panels.scene.setFloating(True)
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, panels.scene)
    trigger(application, Command.RESET_LAYOUT)
    assert window.dockWidgetArea(panels.scene) is RIGHT
    assert not panels.scene.isFloating() and not panels.scene.isHidden()
    assert panels.plot.isHidden() and panels.measures.isHidden()
    assert panels.scene.width() == pytest.approx(0.44 * window.width(), abs=40)


# -- hands -------------------------------------------------------------------------------------


def test_hands_side_and_smoothing_are_changed_while_the_run_goes_on_and_remembered(
    qtbot: QtBot, start: Start, settings: Settings
) -> None:
    application = running(qtbot, start)
    backend = application._backend
    trigger(application, Command.TWO_HANDS)
    trigger(application, Command.SMOOTH_STRONG)
    trigger(application, Command.SIDE_LEFT)
    wanted = TrackingSettings(2, Smoothing.STRONG, SideChoice.LEFT)
    assert application.store.state.tracking == wanted == settings.tracking
    assert isinstance(backend, FakeBackend) and backend.tracking == wanted
    session = application.store.state.session
    assert session is not None
    until(qtbot, lambda: session.run._pipeline.tracking == wanted)  # type: ignore[attr-defined]
    application.controllers.source.open("live")
    until(qtbot, lambda: application.store.state.session is not session)
    again = application.store.state.session
    assert again is not None
    until(qtbot, lambda: again.run._pipeline.tracking == wanted)  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", [Command.SHOW_UNCERTAINTY, Command.MIRROR])
def test_what_is_drawn_changes_with_its_switch(
    qtbot: QtBot, start: Start, command: Command
) -> None:
    application = running(qtbot, start)
    view = application.window.pages.track.depth_view
    until(qtbot, lambda: view.placement() is not None)
    application.controllers.playback.toggle_pause()
    until(qtbot, lambda: application.store.state.phase is Phase.PAUSED)
    before = view.grab().toImage()
    trigger(application, command)
    assert view.grab().toImage() != before
    trigger(application, command)
    assert view.grab().toImage() == before


def test_open3d_is_asked_for_and_remembered(qtbot: QtBot, start: Start, settings: Settings) -> None:
    application = running(qtbot, start)
    assert application.renderer.library is DrawingLibrary.OPENGL
    trigger(application, Command.DRAW_WITH_OPEN3D)
    assert application.renderer.library is DrawingLibrary.OPEN3D
    again = running(qtbot, start)
    assert again.window.actions_by_command[Command.DRAW_WITH_OPEN3D].isChecked()
    assert again.renderer.library is DrawingLibrary.OPEN3D
    trigger(again, Command.DRAW_WITH_OPEN3D)
    assert again.renderer.library is DrawingLibrary.OPENGL
    assert not settings.flag(Command.DRAW_WITH_OPEN3D.name, True)


def test_without_open3d_the_action_tells_how_to_install_it_and_goes_back(
    qtbot: QtBot, start: Start, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "open3d", None)
    application = running(qtbot, start)
    action = application.window.actions_by_command[Command.DRAW_WITH_OPEN3D]
    trigger(application, Command.DRAW_WITH_OPEN3D)
    until(qtbot, lambda: not action.isChecked())
    told = application.window.message_bar
    assert "python -m pip install open3d" in told.text
    assert told.level is Level.WARNING
    assert application.renderer.library is DrawingLibrary.OPENGL
    assert not settings.flag(Command.DRAW_WITH_OPEN3D.name, True)


# -- settings ----------------------------------------------------------------------------------


def test_settings_go_to_a_file_and_are_used_at_once_elsewhere(
    qtbot: QtBot, start: Start, settings: Settings, tmp_path: Path, qapp: QApplication
) -> None:
    application = running(qtbot, start)
    trigger(application, Command.THEME_LIGHT)
    trigger(application, Command.SMOOTH_OFF)
    trigger(application, Command.MIRROR)
    application.window.panels.plot.toggleViewAction().trigger()
    settings.add_recent("/somewhere/only/here.bag")
    path = tmp_path / "mine.json"
    application.window.dock_layout.save()
    application.controllers.settings_transfer.export_to(path)
    assert str(path) in application.window.message_bar.text
    assert "only/here" not in path.read_text()
    trigger(application, Command.THEME_DARK)
    trigger(application, Command.SMOOTH_STRONG)
    trigger(application, Command.MIRROR)
    trigger(application, Command.RESET_LAYOUT)
    application.controllers.settings_transfer.import_from(path)
    assert qapp.palette().window().color().name() == LIGHT.window
    assert application.window.actions_by_command[Command.THEME_LIGHT].isChecked()
    assert application.store.state.tracking.smoothing is Smoothing.OFF
    assert application.window.scene_view.mirrored
    assert not application.window.panels.plot.isHidden()
    assert application.window.message_bar.level is Level.INFO
    trigger(application, Command.THEME_DARK)
    assert qapp.palette().window().color().name() == DARK.window


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "not JSON"),
        (b"\x00\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[1, 2]", "no settings file"),
        (b'{"program": "Another", "version": 1, "settings": {}}', "no settings file"),
        (b'{"program": "Crossing Hands", "version": 99, "settings": {}}', "newer version"),
        (b'{"program": "Crossing Hands", "version": 1, "settings": 3}', "no settings"),
        (b"x" * 1_000_001, "too large"),
        (None, "cannot read"),
    ],
)
def test_a_foreign_file_changes_nothing(
    qtbot: QtBot, start: Start, settings: Settings, tmp_path: Path, content: bytes | None, part: str
) -> None:
    application = start()
    path = tmp_path / "foreign.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InvalidInputError, match=part):
        read_settings(path)
    theme = settings.theme
    application.controllers.settings_transfer.import_from(path)
    assert part in application.window.message_bar.text
    assert application.window.message_bar.level is Level.ERROR
    assert settings.theme is theme


def test_of_a_file_with_some_nonsense_the_rest_is_used(
    qtbot: QtBot, start: Start, settings: Settings, tmp_path: Path
) -> None:
    application = start()
    path = tmp_path / "half.json"
    values = {
        "view/theme": "plaid",
        "flags/MIRROR": True,
        "flags/SHOW_BOX": "perhaps",
        "window/state": {"base64": "!!"},
        "somewhere/else": 1,
        "hands/smoothing": "light",
    }
    path.write_text(json.dumps({"program": "Crossing Hands", "version": 1, "settings": values}))
    application.controllers.settings_transfer.import_from(path)
    assert settings.tracking.smoothing is Smoothing.LIGHT
    assert settings.flag("MIRROR", False)
    assert settings.theme is ThemeChoice.SYSTEM
    told = application.window.message_bar.text
    for key in ("view/theme", "flags/SHOW_BOX", "window/state", "somewhere/else"):
        assert key in told
    assert "MIRROR" not in told


def test_broken_settings_are_told_once_and_replaced_by_defaults(
    qtbot: QtBot, start: Start, settings: Settings
) -> None:
    for key, value in (
        ("view/theme", "plaid"),
        ("hands/smoothing", 17),
        ("flags/LOOP", "perhaps"),
        ("window/geometry", "nonsense"),
    ):
        settings._store.setValue(key, value)
    settings.set_blob("state", QByteArray(b"\xff\x00garbage"))
    application = running(qtbot, start)
    until(qtbot, lambda: "defaults are used" in application.window.message_bar.text)
    for key in ("view/theme", "hands/smoothing", "flags/LOOP", "window/geometry"):
        assert key in application.window.message_bar.text
    assert application.store.state.tracking == TrackingSettings()
    assert not application.window.panels.scene.isHidden()
    second = running(qtbot, start)
    qtbot.wait(50)
    assert "defaults" not in second.window.message_bar.text
