"""Panels and what remembers them, keys, hints, about, log, settings as a file, accessibility."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QLabel,
    QLineEdit,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.actions.commands import Command
from app.settings import HINTS_SEEN, Settings
from app.state.event_log import CAPACITY, EventLog
from app.state.window_state import Level, Phase
from app.views.hint_bar import HINTS
from app.views.shortcuts_dialog import ShortcutsDialog
from tests.windows import Start, running, trigger, until

# -- help --------------------------------------------------------------------------------------


def test_the_overview_has_every_key_there_is(qtbot: QtBot, start: Start) -> None:
    application = running(qtbot, start)
    trigger(application, Command.SHORTCUTS)
    box = application.window.dialogs.shortcuts
    assert isinstance(box, ShortcutsDialog) and box.isVisible()
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
    docks = [dock.toggleViewAction() for dock in window.dock_layout.docks]
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
    about = application.window.dialogs.about
    assert about is not None and about.isVisible() and not about.copy.isEnabled()
    until(qtbot, lambda: bool(about.details))
    about.copy.click()
    assert QGuiApplication.clipboard().text() == "Python: 3\nDevice: CPU, fake"
    assert {"Device", "CPU, fake"} <= {label.text() for label in about.findChildren(QLabel)}


# -- log ---------------------------------------------------------------------------------------


def test_the_log_tells_what_happened(qtbot: QtBot, start: Start) -> None:
    application = running(qtbot, start)
    application.window.panels.log.toggleViewAction().trigger()
    view = application.window.panels.log.view
    trigger(application, Command.TWO_HANDS)
    # A run that is paused before its first result follows nothing.
    until(qtbot, lambda: "Following: right" in view.text.toPlainText())
    application.controllers.playback.toggle_pause()
    until(qtbot, lambda: application.store.state.phase is Phase.PAUSED)
    application.messages.post("the <cable> is loose", Level.WARNING)
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
    application.report_error(ZeroDivisionError("oops"))
    assert "ZeroDivisionError: oops" in application.window.message_bar.text
    assert "oops" in application.log.text


# -- for everyone ------------------------------------------------------------------------------


def test_whatever_can_be_used_has_a_name_for_screen_readers(qtbot: QtBot, start: Start) -> None:
    application = running(qtbot, start)
    for dock in application.window.dock_layout.docks[1:]:
        dock.toggleViewAction().trigger()
    trigger(application, Command.SHORTCUTS)
    trigger(application, Command.ABOUT)
    kinds = (QAbstractButton, QAbstractSlider, QLineEdit, QSpinBox)
    windows = (
        application.window,
        application.window.dialogs.shortcuts,
        application.window.dialogs.about,
    )
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
    for dock in application.window.dock_layout.docks[1:]:
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
