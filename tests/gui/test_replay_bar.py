"""Seeking, stepping and repeating with real widgets."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractSlider, QAbstractSpinBox, QApplication
from pytestqt.qtbot import QtBot

from app.actions.commands import Command
from app.actions.menu_specs import NOT_A_RECORDING, RECORDING_ONLY
from app.application import Application
from app.state.window_state import Level, Marks, Phase
from app.style.theme import LIGHT
from app.views.timeline import Timeline, grouped
from engine.run.replay import FAST
from tests.windows import trigger, until, write_folder

Start = Callable[..., Application]


@pytest.fixture
def paused(qtbot: QtBot, start: Start, tmp_path: Path) -> Application:
    """A window that shows frame 0 of 40, paused."""
    application = start(str(write_folder(tmp_path / "hand", frames=40)))
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    application.window.activateWindow()
    application.controllers.playback.toggle_pause()
    at(qtbot, application, 0, seek=True)
    return application


def at(qtbot: QtBot, application: Application, index: int, *, seek: bool = False) -> None:
    """Wait until frame ``index`` is shown, going there first if wanted."""
    if seek:
        application.controllers.playback.seek(index)
    window = application.window
    until(qtbot, lambda: window.status_strip.frames.text == str(index))
    assert window.replay_bar.timeline.value() == index


def picture(application: Application) -> np.ndarray:
    """The depth view's pixels without the mark of the pointer."""
    image = (
        application.window.pages.track.depth_view.grab()
        .toImage()
        .convertToFormat(QImage.Format.Format_RGB32)
    )
    pixels = np.frombuffer(image.constBits(), np.uint8)
    return pixels.reshape(image.height(), image.width(), 4)[..., :3].copy()


def test_the_bar_is_there_for_recordings_only(qtbot: QtBot, start: Start, tmp_path: Path) -> None:
    application = start("live")
    window, bar = application.window, application.window.replay_bar
    until(qtbot, lambda: application.store.state.session is not None)
    assert not bar.isVisible()
    for command in (*RECORDING_ONLY, Command.STEP, Command.RESTART):
        action = window.actions_by_command[command]
        assert not action.isEnabled()
        assert action.toolTip().endswith(NOT_A_RECORDING)
    application.controllers.source.open(str(write_folder(tmp_path / "hand")))
    until(qtbot, bar.isVisible)
    assert window.actions_by_command[Command.STEP_BACK].isEnabled()
    assert window.actions_by_command[Command.STEP_BACK].toolTip().endswith("(Left or ,)")
    application.controllers.source.open("live")
    until(qtbot, lambda: not bar.isVisible())


def test_keys_go_to_frames(qtbot: QtBot, paused: Application) -> None:
    plain, shift = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
    for key, modifier, reached in (
        (Qt.Key.Key_Right, plain, 6),
        (Qt.Key.Key_Period, plain, 6),
        (Qt.Key.Key_Left, plain, 4),
        (Qt.Key.Key_Comma, plain, 4),
        (Qt.Key.Key_Home, plain, 0),
        (Qt.Key.Key_End, plain, 39),
        (Qt.Key.Key_Right, shift, 35),
        (Qt.Key.Key_Left, shift, 0),
    ):
        at(qtbot, paused, 5, seek=True)
        qtbot.keyClick(paused.window, key, modifier)
        at(qtbot, paused, reached)
        assert paused.store.state.phase is Phase.PAUSED


def test_a_step_pauses_what_plays(qtbot: QtBot, paused: Application) -> None:
    paused.controllers.playback.set_speed(0.1)
    qtbot.keyClick(paused.window, Qt.Key.Key_Space)
    until(qtbot, lambda: paused.store.state.phase is Phase.RUNNING)
    qtbot.keyClick(paused.window, Qt.Key.Key_Right)
    assert paused.store.state.phase is Phase.PAUSED


def test_speed_repeat_and_marks_by_keys(qtbot: QtBot, paused: Application) -> None:
    window, state = paused.window, lambda: paused.store.state
    qtbot.keyClick(window, Qt.Key.Key_Minus)
    assert (state().speed, window.replay_bar.speed.text()) == (0.5, "0.5 ×")
    for _ in range(9):
        qtbot.keyClick(window, Qt.Key.Key_Equal)
    assert (state().speed, window.replay_bar.speed.text()) == (FAST, "Fastest")
    qtbot.keyClick(window, Qt.Key.Key_0)
    assert state().speed == 1.0
    qtbot.keyClick(window, Qt.Key.Key_L)
    assert not state().repeat
    at(qtbot, paused, 10, seek=True)
    qtbot.keyClick(window, Qt.Key.Key_I)
    at(qtbot, paused, 12, seek=True)
    qtbot.keyClick(window, Qt.Key.Key_O)
    assert state().marks == Marks(10, 12)
    assert state().repeat, "marks are for repeating"
    assert window.actions_by_command[Command.LOOP].isChecked()
    shown = []
    paused.bridge.result_ready.connect(lambda result: shown.append(result.frame.index))
    qtbot.keyClick(window, Qt.Key.Key_Space)
    until(qtbot, lambda: len(shown) > 8)
    assert set(shown) == {10, 11, 12}
    qtbot.keyClick(window, Qt.Key.Key_X)
    until(qtbot, lambda: 15 in shown)
    assert not state().marks


def test_a_mark_that_would_turn_the_range_round_replaces_the_other(
    qtbot: QtBot, paused: Application
) -> None:
    at(qtbot, paused, 20, seek=True)
    trigger(paused, Command.MARK_OUT)
    at(qtbot, paused, 30, seek=True)
    trigger(paused, Command.MARK_IN)
    assert paused.store.state.marks == Marks(30, None)
    at(qtbot, paused, 7, seek=True)
    trigger(paused, Command.MARK_OUT)
    assert paused.store.state.marks == Marks(None, 7)


def test_a_number_can_be_typed(qtbot: QtBot, paused: Application) -> None:
    bar = paused.window.replay_bar
    QTest.keyClick(paused.window, Qt.Key.Key_G)
    until(qtbot, bar.number.hasFocus)
    QTest.keyClicks(bar.number, "30")
    QTest.keyClick(bar.number, Qt.Key.Key_Return)
    at(qtbot, paused, 30)
    assert bar.number.value() == 30
    assert not bar.number.hasFocus()
    assert paused.store.state.phase is Phase.PAUSED


def test_the_slider_is_drawn_along_and_playing_goes_on_when_let_go(
    qtbot: QtBot, paused: Application
) -> None:
    paused.controllers.playback.set_speed(0.1)
    paused.controllers.playback.toggle_pause()
    line = paused.window.replay_bar.timeline
    left, place = Qt.MouseButton.LeftButton, lambda index: QPoint(round(line.place_of(index)), 14)
    QTest.mousePress(line, left, pos=place(10))
    at(qtbot, paused, 10)
    QTest.mouseMove(line, place(25))
    at(qtbot, paused, 25)
    assert f"frame 25  ·  {grouped(25 * 1000 / 30)} ms" == line.text
    session = paused.store.state.session
    assert session is not None
    assert session.run.snapshot().state.value == "paused"
    QTest.mouseRelease(line, left, pos=place(25))
    until(qtbot, lambda: int(paused.window.status_strip.frames.text) > 25)
    assert paused.store.state.phase is Phase.RUNNING


def test_a_frame_looks_the_same_however_one_gets_there(qtbot: QtBot, paused: Application) -> None:
    at(qtbot, paused, 21, seek=True)
    first = picture(paused)
    at(qtbot, paused, 3, seek=True)
    assert not np.array_equal(picture(paused), first)
    at(qtbot, paused, 22, seek=True)
    qtbot.keyClick(paused.window, Qt.Key.Key_Left)
    at(qtbot, paused, 21)
    np.testing.assert_array_equal(picture(paused), first)
    at(qtbot, paused, 20, seek=True)
    paused.controllers.playback.set_speed(0.5)
    trigger(paused, Command.PAUSE)
    until(qtbot, lambda: int(paused.window.status_strip.frames.text) >= 21)
    trigger(paused, Command.PAUSE)
    at(qtbot, paused, 21, seek=True)
    np.testing.assert_array_equal(picture(paused), first)


def test_a_new_recording_has_no_marks_but_the_same_speed(
    qtbot: QtBot, paused: Application, tmp_path: Path
) -> None:
    trigger(paused, Command.MARK_IN)
    trigger(paused, Command.SLOWER)
    paused.controllers.source.open(str(write_folder(tmp_path / "other", frames=4)))
    bar = paused.window.replay_bar
    until(qtbot, lambda: bar.timeline.maximum() == 3)
    assert paused.store.state.marks == Marks()
    assert paused.store.state.speed == 0.5
    assert bar.count.text() == "of 3"


def test_the_end_is_told_and_playing_begins_anew(qtbot: QtBot, paused: Application) -> None:
    paused.controllers.playback.set_repeat(False)
    at(qtbot, paused, 38, seek=True)
    trigger(paused, Command.PAUSE)
    until(qtbot, lambda: paused.store.state.phase is Phase.ENDED)
    assert paused.window.status_strip.tracking.text() == "End of recording"
    assert paused.window.replay_bar.timeline.value() == 39
    qtbot.keyClick(paused.window, Qt.Key.Key_Left)
    at(qtbot, paused, 38)
    trigger(paused, Command.PAUSE)
    until(qtbot, lambda: paused.store.state.phase is Phase.ENDED)
    trigger(paused, Command.PAUSE)
    until(qtbot, lambda: 0 <= int(paused.window.status_strip.frames.text) < 30)
    assert paused.store.state.phase is Phase.RUNNING


def test_a_damaged_frame_is_told_and_passed_over(
    qtbot: QtBot, start: Start, tmp_path: Path
) -> None:
    folder = write_folder(tmp_path / "hand", frames=12)
    damaged = folder / "000005.png"
    damaged.write_bytes(damaged.read_bytes()[:60])
    application = start(str(folder))
    bar = application.window.message_bar
    until(qtbot, bar.isVisible)
    assert "000005.png" in bar.text
    assert bar.text.endswith("such frames are left out")
    assert bar.level is Level.WARNING
    application.controllers.playback.toggle_pause()
    at(qtbot, application, 4, seek=True)
    qtbot.keyClick(application.window, Qt.Key.Key_Right)
    at(qtbot, application, 6)


def test_a_folder_that_vanishes_is_told_and_can_be_tried_again(
    qtbot: QtBot, paused: Application, tmp_path: Path
) -> None:
    shutil.rmtree(tmp_path / "hand")
    paused.controllers.playback.seek(30)
    bar = paused.window.message_bar
    until(qtbot, lambda: paused.store.state.phase is Phase.FAILED)
    assert bar.text == f"{tmp_path / 'hand'} is gone: the folder was moved or removed"
    assert not paused.window.actions_by_command[Command.STEP].isEnabled()
    write_folder(tmp_path / "hand", frames=9)
    bar.retry_requested.emit(str(tmp_path / "hand"))
    until(qtbot, lambda: paused.store.state.phase is Phase.RUNNING)
    assert paused.window.replay_bar.timeline.maximum() == 8


def test_everything_has_a_name_and_a_tip(paused: Application) -> None:
    bar = paused.window.replay_bar
    kinds = (QAbstractButton, QAbstractSlider, QAbstractSpinBox)
    widgets = [w for kind in kinds for w in bar.findChildren(kind) if w.isVisible()]
    assert len(widgets) >= 10
    for widget in widgets:
        assert widget.accessibleName(), widget
        assert widget.toolTip() or isinstance(widget, Timeline), widget.accessibleName()
    assert "frame 0" in bar.timeline.accessibleDescription()
    spoken = QAccessible.queryAccessibleInterface(bar.timeline)
    assert spoken.role() is QAccessible.Role.Slider
    assert spoken.valueInterface().maximumValue() == 39


def test_both_themes_colour_the_slider(
    qtbot: QtBot, paused: Application, qapp: QApplication
) -> None:
    line = paused.window.replay_bar.timeline
    trigger(paused, Command.THEME_DARK)
    dark = line.grab().toImage()
    trigger(paused, Command.THEME_LIGHT)
    light = line.grab().toImage()
    spot = QPoint(round(line.place_of(0)), 13)
    assert light.pixelColor(spot).name() == LIGHT.accent
    assert dark.pixelColor(spot) != light.pixelColor(spot)
