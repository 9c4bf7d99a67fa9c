"""Panels and what remembers them, keys, hints, about, log, settings as a file, accessibility."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QApplication,
    QLabel,
    QLineEdit,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.application import Application
from app.commands import Command
from app.desk import RIGHT
from app.event_log import CAPACITY, EventLog
from app.help import HINTS_SEEN
from app.settings import Settings
from app.settings_file import read_settings
from app.theme import DARK, LIGHT, ThemeChoice
from app.views.hint_bar import HINTS
from app.views.shortcuts_box import ShortcutsBox
from app.window_state import Level, Phase
from engine.config import Tuning
from engine.errors import InvalidInputError
from engine.smooth import Smoothing
from tests.fakes import make_hand
from tests.fakes_app import FakeEngine
from tests.windows import trigger, until

Start = Callable[..., Application]


def running(qtbot: QtBot, start: Start) -> Application:
    application = start()
    until(qtbot, lambda: application.controller.state.phase is Phase.RUNNING)
    return application


# -- panels ------------------------------------------------------------------------------------


def test_every_panel_is_shown_and_hidden_by_its_key(qtbot: QtBot, start: Start) -> None:
    application = running(qtbot, start)
    window = application.window
    window.activateWindow()
    keys = {dock.toggleViewAction().shortcut().toString() for dock in window.desk.docks}
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
        return saved and not application.window.desk.waiting

    until(qtbot, remembered)
    crashed = path.read_bytes()
    later = Settings.at(tmp_path / "later.ini")
    (tmp_path / "later.ini").write_bytes(crashed)
    later._store.sync()
    again = Application(QApplication.instance(), FakeEngine(make_hand()), later)  # type: ignore[arg-type]
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


def test_hands_and_smoothing_are_changed_while_the_run_goes_on_and_remembered(
    qtbot: QtBot, start: Start, settings: Settings
) -> None:
    application = running(qtbot, start)
    engine = application._engine
    trigger(application, Command.TWO_HANDS)
    trigger(application, Command.SMOOTH_STRONG)
    wanted = Tuning(2, Smoothing.STRONG)
    assert application.controller.state.tuning == wanted == settings.tuning
    assert isinstance(engine, FakeEngine) and engine.tuning == wanted
    session = application.controller.state.session
    assert session is not None
    until(qtbot, lambda: session.run._pipeline.tuning == wanted)  # type: ignore[attr-defined]
    application.controller.open("live")
    until(qtbot, lambda: application.controller.state.session is not session)
    again = application.controller.state.session
    assert again is not None and again.run._pipeline.tuning == wanted  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", [Command.SHOW_UNCERTAINTY, Command.MIRROR])
def test_what_is_drawn_changes_with_its_switch(
    qtbot: QtBot, start: Start, command: Command
) -> None:
    application = running(qtbot, start)
    view = application.window.pages.track.depth_view
    until(qtbot, lambda: view.placement() is not None)
    application.controller.playback.toggle_pause()
    until(qtbot, lambda: application.controller.state.phase is Phase.PAUSED)
    before = view.grab().toImage()
    trigger(application, command)
    assert view.grab().toImage() != before
    trigger(application, command)
    assert view.grab().toImage() == before


# -- help --------------------------------------------------------------------------------------


def test_the_overview_has_every_key_there_is(qtbot: QtBot, start: Start) -> None:
    application = running(qtbot, start)
    trigger(application, Command.SHORTCUTS)
    box = application.help.keys
    assert isinstance(box, ShortcutsBox) and box.isVisible()
    shown = " ".join(keys for _, keys in box.shown())
    native = [key.toString() for a in application.window.actions() for key in a.shortcuts()] + [
        "P",
        "V",
        "D",
        "Ctrl+L",
    ]
    assert len(native) > 50
    missing = [key for key in native if key not in shown]
    assert missing == []
    box.search.setText("plot")
    assert {text for text, _ in box.shown()} == {"Plot", "Move and zoom a paused plot"}
    box.search.setText("nothing at all")
    assert box.shown() == ()


def test_no_key_means_two_things_and_every_action_stands_in_a_menu(start: Start) -> None:
    application = start()
    window = application.window
    docks = [dock.toggleViewAction() for dock in window.desk.docks]
    actions = [*window.actions_by_command.values(), *docks]
    keys = [key.toString() for action in actions for key in action.shortcuts()]
    assert len(keys) == len(set(keys))
    in_menus = set(menu_texts(window.menuBar()))
    assert [a.text() for a in window.actions_by_command.values() if a.text() not in in_menus] == []
    assert all(action.toolTip() for action in actions)


def menu_texts(bar: QWidget) -> list[str]:
    found: list[str] = []
    for action in bar.actions():
        menu = action.menu()
        found += menu_texts(menu) if menu is not None else [action.text()]  # type: ignore[arg-type]
    return found


def test_hints_are_shown_until_they_are_put_away(
    qtbot: QtBot, start: Start, settings: Settings
) -> None:
    application = running(qtbot, start)
    bar = application.window.hint_bar
    assert bar.isVisible() and bar.text == HINTS[0]
    for hint in HINTS[1:]:
        bar.further.click()
        assert bar.text == hint
    bar.further.click()
    assert not bar.isVisible() and settings.flag(HINTS_SEEN, False)
    second = start()
    assert not second.window.hint_bar.isVisible()
    trigger(second, Command.HINTS)
    assert second.window.hint_bar.isVisible()
    second.window.hint_bar.close_button.click()
    assert not second.window.hint_bar.isVisible()


def test_about_says_what_it_runs_on_and_can_be_copied(qtbot: QtBot, start: Start) -> None:
    application = running(qtbot, start)
    trigger(application, Command.ABOUT)
    about = application.help.about
    assert about is not None and about.isVisible() and not about.copy.isEnabled()
    until(qtbot, lambda: bool(about.facts))
    about.copy.click()
    assert QGuiApplication.clipboard().text() == "Python: 3\nDevice: CPU, fake"
    assert {"Device", "CPU, fake"} <= {label.text() for label in about.findChildren(QLabel)}


# -- log ---------------------------------------------------------------------------------------


def test_the_log_tells_what_happened(qtbot: QtBot, start: Start) -> None:
    application = running(qtbot, start)
    application.window.panels.log_dock.toggleViewAction().trigger()
    view = application.window.panels.log_dock.view
    trigger(application, Command.TWO_HANDS)
    application.controller.playback.toggle_pause()
    until(qtbot, lambda: application.controller.state.phase is Phase.PAUSED)
    application.window.show_message("the <cable> is loose", Level.WARNING)
    until(qtbot, lambda: "Following: right" in view.text.toPlainText())
    wanted = ["Opening live", "Showing fake", "up to two hands", "the <cable> is loose"]
    until(qtbot, lambda: "warning: the <cable> is loose" in view.text.toPlainText())
    text = view.text.toPlainText()
    places = [text.index(words) for words in wanted]
    assert places == sorted(places)
    view.copy.click()
    assert "the <cable> is loose" in QGuiApplication.clipboard().text()
    view.clear.click()
    assert view.text.toPlainText().strip() == ""


def test_the_log_is_bounded_and_counts_what_repeats() -> None:
    log = EventLog(lambda: datetime(2026, 3, 4, 5, 6, 7).astimezone())
    for _ in range(3):
        log.add("again")
    assert log.text == "05:06:07  again (3 times)"
    for k in range(CAPACITY + 10):
        log.add(f"event {k}", Level.ERROR)
    assert len(log.events) == CAPACITY and log.forgotten == 11
    assert log.text.startswith("(11 earlier events are forgotten)\n05:06:07  error: event 10\n")
    log.clear()
    assert log.events == () and log.text == ""


def test_an_error_nobody_expects_is_told_in_the_window(qtbot: QtBot, start: Start) -> None:
    application = running(qtbot, start)
    application.tell_error(ZeroDivisionError("oops"))
    assert "ZeroDivisionError: oops" in application.window.message_bar.text
    assert "oops" in application.window.panels.log.text


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
    application.help.export_settings(path)
    assert str(path) in application.window.message_bar.text
    assert "only/here" not in path.read_text()
    trigger(application, Command.THEME_DARK)
    trigger(application, Command.SMOOTH_STRONG)
    trigger(application, Command.MIRROR)
    trigger(application, Command.RESET_LAYOUT)
    application.help.import_settings(path)
    assert qapp.palette().window().color().name() == LIGHT.window
    assert application.window.actions_by_command[Command.THEME_LIGHT].isChecked()
    assert application.controller.state.tuning.smoothing is Smoothing.OFF
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
    application.help.import_settings(path)
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
    application.help.import_settings(path)
    assert settings.tuning.smoothing is Smoothing.LIGHT
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
    assert application.controller.state.tuning == Tuning()
    assert not application.window.panels.scene.isHidden()
    second = running(qtbot, start)
    qtbot.wait(50)
    assert "defaults" not in second.window.message_bar.text


# -- for everyone ------------------------------------------------------------------------------


def test_whatever_can_be_used_has_a_name_for_screen_readers(qtbot: QtBot, start: Start) -> None:
    application = running(qtbot, start)
    for dock in application.window.desk.docks[1:]:
        dock.toggleViewAction().trigger()
    trigger(application, Command.SHORTCUTS)
    trigger(application, Command.ABOUT)
    kinds = (QAbstractButton, QAbstractSlider, QLineEdit, QSpinBox)
    windows = (application.window, application.help.keys, application.help.about)
    nameless = [
        f"{type(widget).__name__} in {type(widget.parent()).__name__}"
        for window in windows
        if window is not None
        for kind in kinds
        for widget in window.findChildren(kind)
        if not own_words(widget) and not widget.objectName().startswith("qt_")
    ]
    assert nameless == []


def own_words(widget: QWidget) -> str:
    text = widget.text() if isinstance(widget, QAbstractButton) else ""
    inside = type(widget).__name__ in ("QScrollBar", "QLineEdit") and isinstance(
        widget.parent(), QSpinBox | QWidget
    )
    part_of_another = inside and widget.objectName().startswith("qt_")
    scroll = type(widget).__name__ == "QScrollBar"
    return widget.accessibleName() or text or ("part" if part_of_another or scroll else "")


def test_buttons_say_what_they_do_under_the_pointer(qtbot: QtBot, start: Start) -> None:
    application = running(qtbot, start)
    for dock in application.window.desk.docks[1:]:
        dock.toggleViewAction().trigger()
    silent = [
        button.accessibleName() or button.text()
        for button in application.window.findChildren(QAbstractButton)
        if button.isVisible()
        and not button.toolTip()
        and not button.text()
        and not button.objectName().startswith("qt_")
    ]
    assert silent == []
