"""The studio with real widgets on fake networks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.actions.commands import Command
from app.application import Application
from app.studio.axes import Axis, Group
from app.studio.health import Health
from app.studio.state import EditSource
from app.studio.views.pictures import (
    DIFFERENCE_TITLE,
    GENERATED_TITLE,
    OBSERVED_TITLE,
    RECONSTRUCTED_TITLE,
)
from app.style.theme import LIGHT, ThemeChoice
from app.window.pages import Page
from engine.errors import ModelError
from tests.fakes import make_hand
from tests.fakes_latent import FakeModels
from tests.studio_window import Enter, drag, page, row, seen_hand, studio
from tests.windows import trigger, until


def test_pages_are_changed_by_button_and_key(qtbot: QtBot, enter: Enter) -> None:
    application = enter()
    window = application.window
    assert window.pages.page is Page.STUDIO
    assert window.actions_by_command[Command.LATENT_RANDOM].isEnabled()
    trigger(application, Command.PAGE_TRACK)
    assert window.pages.page is Page.TRACK
    assert not window.actions_by_command[Command.LATENT_RANDOM].isEnabled()
    window.activateWindow()
    QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert window.pages.page is Page.STUDIO
    assert window.actions_by_command[Command.PAGE_STUDIO].isChecked()


def test_the_program_starts_on_the_page_it_is_told(
    qtbot: QtBot, start: Callable[..., Application]
) -> None:
    application = start("live")
    assert application.studio is None
    application.start("live", Page.STUDIO)
    until(qtbot, lambda: studio(application).picture is not None)
    assert application.window.pages.page is Page.STUDIO


def test_a_dragged_slider_moves_hand_and_pictures(qtbot: QtBot, enter: Enter) -> None:
    application = enter()
    before = studio(application).picture
    assert page(application).pictures.titles == (GENERATED_TITLE,)
    drag(row(application), 0.0, 0.5, 1.0, 1.5)
    until(qtbot, lambda: studio(application).picture is not before)
    assert row(application).shown == pytest.approx(1.5, abs=0.05)
    until(qtbot, lambda: abs(studio(application).picture.latent[0] - 1.5) < 0.05)
    trigger(application, Command.LATENT_UNDO)
    assert row(application).shown == pytest.approx(0.0)
    assert not application.window.actions_by_command[Command.LATENT_UNDO].isEnabled()
    trigger(application, Command.LATENT_REDO)
    assert row(application).text == "+1.5"


def test_a_slider_obeys_keys_locks_and_double_clicks(qtbot: QtBot, enter: Enter) -> None:
    application = enter()
    slider = row(application)
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert slider.shown == pytest.approx(0.1)
    QTest.keyClick(slider, Qt.Key.Key_PageUp)
    assert slider.shown == pytest.approx(0.6)
    QTest.keyClick(slider, Qt.Key.Key_0)
    assert slider.shown == pytest.approx(0.0)
    QTest.keyClick(slider, Qt.Key.Key_L)
    assert slider.locked
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPointF(10, 12).toPoint())
    assert not slider.locked
    QTest.keyClick(slider, Qt.Key.Key_End)
    assert slider.text == "+3.0"
    place = QPointF(slider._x(3.0), slider.height() / 2).toPoint()
    QTest.mouseDClick(slider, Qt.MouseButton.LeftButton, pos=place)
    assert slider.text == "+0.0"


def test_the_numbers_themselves_are_folded_away_at_first(enter: Enter) -> None:
    application = enter()
    raw = page(application).sliders.groups[Group.RAW]
    assert raw.folded
    raw.fold(False)
    drag(row(application, Axis(Group.RAW, 4)), 0.0, 2.0)
    assert row(application, Axis(Group.DIRECTION, 4)).shown == pytest.approx(2.0, abs=0.05)


def test_the_live_hand_is_followed_compared_and_frozen(qtbot: QtBot, enter: Enter) -> None:
    application = enter(seen_hand())
    shown = page(application)
    until(qtbot, lambda: len(shown.pictures.titles) == 3)
    assert shown.pictures.titles == (OBSERVED_TITLE, RECONSTRUCTED_TITLE, DIFFERENCE_TITLE)
    assert shown.banner.edit_source is EditSource.CAMERA
    assert row(application).shown == pytest.approx(0.5)
    assert shown.pictures.health.health is not Health.UNKNOWN
    drag(row(application), 0.5, 2.0)
    assert shown.banner.edit_source is EditSource.USER
    assert not application.window.actions_by_command[Command.LATENT_FOLLOW].isChecked()
    trigger(application, Command.LATENT_FOLLOW)
    until(qtbot, lambda: abs(row(application).shown - 0.5) < 0.01)


def test_a_tracker_without_latents_says_so(qtbot: QtBot, enter: Enter) -> None:
    application = enter(make_hand())
    until(qtbot, lambda: "no latent" in studio(application).store.state.follow_blocker)
    trigger(application, Command.LATENT_FOLLOW)
    assert "reads no latent" in application.window.message_bar.text
    assert not application.window.actions_by_command[Command.LATENT_FOLLOW].isChecked()


def test_without_a_generator_the_skeleton_is_edited(qtbot: QtBot, enter: Enter) -> None:
    application = enter(models=FakeModels(no_depth="Only the skeleton is drawn"))
    drag(row(application), 0.0, 1.0)
    until(qtbot, lambda: abs(studio(application).picture.latent[0] - 1.0) < 0.05)
    assert studio(application).picture.depth is None
    assert page(application).pictures.grab().toImage() != QImage()


def test_networks_that_are_missing_are_told_in_words(qtbot: QtBot, enter: Enter) -> None:
    application = enter(models=ModelError("latent_space.json is missing: reinstall the program"))
    trouble = page(application).loading_notice
    until(qtbot, lambda: "latent_space.json is missing" in trouble.text)
    assert trouble.isVisible()
    assert not application.window.actions_by_command[Command.LATENT_RANDOM].isEnabled()
    trigger(application, Command.PAGE_TRACK)
    assert application.window.pages.track.isVisible()


def test_random_hands_have_seeds(qtbot: QtBot, enter: Enter) -> None:
    application = enter()
    trigger(application, Command.LATENT_RANDOM)
    seed = page(application).bar.seed
    assert seed.value() == 1
    expected = FakeModels().random(1)
    until(qtbot, lambda: np.allclose(studio(application).document.latent, expected))
    seed.setFocus()
    seed.setValue(42)
    QTest.keyClick(seed, Qt.Key.Key_Return)
    expected = FakeModels().random(42)
    until(qtbot, lambda: np.allclose(studio(application).document.latent, expected))


def test_the_numbers_go_through_the_clipboard(qtbot: QtBot, enter: Enter) -> None:
    application = enter()
    drag(row(application), 0.0, 1.0)
    trigger(application, Command.LATENT_COPY)
    text = QGuiApplication.clipboard().text()
    assert len(text.split(",")) == 29
    trigger(application, Command.LATENT_RESET)
    trigger(application, Command.LATENT_PASTE)
    assert row(application).text == "+1.0"
    QGuiApplication.clipboard().setText("1,2,3")
    trigger(application, Command.LATENT_PASTE)
    assert "29 numbers" in application.window.message_bar.text
    assert row(application).text == "+1.0"


def test_keyframes_are_added_played_and_removed(qtbot: QtBot, enter: Enter) -> None:
    application = enter()
    actions, thumbnails = application.window.actions_by_command, page(application).keyframes
    assert not actions[Command.KEYFRAME_PLAY].isEnabled()
    for value in (-1.0, 1.0):
        drag(row(application), row(application).shown, value)
        trigger(application, Command.KEYFRAME_ADD)
    line = thumbnails.thumbnails
    assert line.count == 2
    trigger(application, Command.WALK_SPHERICAL)
    trigger(application, Command.KEYFRAME_PLAY)
    assert studio(application).store.state.playing
    values = set()
    until(qtbot, lambda: values.add(row(application).text) or len(values) > 4)
    trigger(application, Command.KEYFRAME_PLAY)
    assert not studio(application).store.state.playing
    QTest.mouseClick(line, Qt.MouseButton.LeftButton, pos=line.area_of(0).center().toPoint())
    assert row(application).text == "−1.0"
    QTest.keyClick(line, Qt.Key.Key_Delete)
    assert line.count == 1
    QTest.mouseClick(line, Qt.MouseButton.LeftButton, pos=line._cross_of(0).center().toPoint())
    assert line.count == 0
    assert studio(application).document.keyframes == ()


def test_another_theme_dresses_the_studio(qtbot: QtBot, enter: Enter) -> None:
    application = enter(seen_hand())
    dark = page(application).sliders.grab().toImage().pixelColor(4, 4).lightness()
    application.set_theme(ThemeChoice.LIGHT)
    QApplication.processEvents()
    assert row(application)._theme is LIGHT
    assert page(application).sliders.grab().toImage().pixelColor(4, 4).lightness() > dark + 100
