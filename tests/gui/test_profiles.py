"""Profiles in the window: listed, used, remembered for a camera, and back to the shipped ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMenu, QMessageBox
from pytestqt.qtbot import QtBot

from app.actions.commands import Command
from app.application import Application
from app.control.profiles import PROFILES_KEY
from app.network_folders import NetworkFolders
from app.settings import Settings
from app.state.window_state import Phase
from engine.profile_store import StoredProfile
from engine.tracking.pipeline import Pipeline
from tests.fakes import make_hand
from tests.fakes_app import FakeBackend
from tests.profile_folders import decoder_profile, whole_profile
from tests.windows import live, menu_of, trigger, until, write_folder


@pytest.fixture
def backend(tmp_path: Path) -> FakeBackend:
    backend = FakeBackend(make_hand(), sources={"live": live})
    backend.serials = {"live": "42"}
    anna = tmp_path / "Anna"
    problem = "a file of it is damaged: its hash differs"
    backend.stored = (
        StoredProfile(anna, decoder_profile(anna, "Anna")),
        StoredProfile(tmp_path / "Bad", None, problem),
    )
    return backend


def networks_menu(application: Application) -> QMenu:
    hands = next(a for a in application.window.menuBar().actions() if a.text() == "&Hands")
    networks = next(a for a in menu_of(hands).actions() if a.text() == "&Networks")
    menu = menu_of(networks)
    menu.aboutToShow.emit()
    return menu


def listed(qtbot: QtBot, application: Application) -> None:
    application.controllers.profiles.refresh()
    until(qtbot, lambda: bool(application.controllers.profiles.store.state.stored))


def test_a_profile_is_used_and_remembered_for_its_camera(
    qtbot: QtBot, start: Callable[..., Application], backend: FakeBackend, settings: Settings
) -> None:
    application = start("live", backend)
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    listed(qtbot, application)
    actions = networks_menu(application).actions()
    assert [a.text() for a in actions] == ["Shipped networks", "Anna", "Bad – cannot be used"]
    assert [a.isChecked() for a in actions] == [True, False, False]
    assert [a.isEnabled() for a in actions] == [True, True, False]
    actions[1].trigger()
    until(qtbot, lambda: application.store.state.session.profile == "Anna")
    assert "profile Anna" in application.store.state.detail
    assert json.loads(settings.text(PROFILES_KEY)) == {"42": "Anna"}
    assert not application.controllers.profiles.use("Bad")
    assert "hash differs" in application.window.message_bar.text
    loaded: list[str] = []
    application.controllers.profiles.loaded.connect(loaded.append)
    networks_menu(application).actions()[0].trigger()
    until(qtbot, lambda: application.store.state.session.profile == "")
    assert loaded == [""]
    assert json.loads(settings.text(PROFILES_KEY)) == {}


def test_the_next_start_has_it_again_or_says_why_not(
    qtbot: QtBot, start: Callable[..., Application], backend: FakeBackend, settings: Settings
) -> None:
    settings.set_text(PROFILES_KEY, json.dumps({"42": "Anna", "7": "Gone", "8": 3}))
    application = start("live", backend)
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    assert application.store.state.session.profile == "Anna"
    backend.serials["live"] = "7"
    application.controllers.source.reopen()
    until(qtbot, lambda: application.store.state.session.camera_serial == "7")
    assert application.store.state.session.profile == ""
    until(qtbot, lambda: "no profile 'Gone'" in application.window.message_bar.text)


@pytest.mark.parametrize("text", ["[", "[1]", "3", "null"])
def test_damaged_settings_are_no_obstacle(
    qtbot: QtBot,
    start: Callable[..., Application],
    backend: FakeBackend,
    settings: Settings,
    text: str,
) -> None:
    settings.set_text(PROFILES_KEY, text)
    application = start("live", backend)
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    assert backend.chosen == {}


def test_a_recording_goes_on_where_it_was_and_remembers_nothing(
    qtbot: QtBot,
    start: Callable[..., Application],
    backend: FakeBackend,
    settings: Settings,
    tmp_path: Path,
) -> None:
    folder = str(write_folder(tmp_path / "take", 30))
    application = start(folder, backend)
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    listed(qtbot, application)
    application.controllers.playback.to_end()
    until(qtbot, lambda: application.controllers.playback.shown == 29)
    first = application.store.state.session
    application.controllers.profiles.use("Anna")
    until(qtbot, lambda: application.store.state.session is not first)
    assert application.store.state.session.profile == "Anna"
    until(qtbot, lambda: application.controllers.playback.shown == 29)
    assert settings.text(PROFILES_KEY) == ""


def test_the_dialog_lists_adds_and_removes(
    qtbot: QtBot,
    start: Callable[..., Application],
    backend: FakeBackend,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    application = start("live", backend)
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    trigger(application, Command.PROFILES)
    dialog = application.window.profiles.dialog
    until(qtbot, lambda: dialog.table.rowCount() == 3)
    assert dialog.table.item(0, 0).text() == "Shipped networks  (in use)"
    assert not dialog.use_button.isEnabled()
    dialog.table.selectRow(1)
    assert dialog.use_button.isEnabled() and dialog.report_button.isEnabled()
    assert "jitter of still hands: 2.4 mm before, 1.8 mm after (better)" in dialog.details.text()
    dialog.table.selectRow(2)
    assert not dialog.use_button.isEnabled()
    assert "hash differs" in dialog.details.text()

    decoder_profile(tmp_path / "Clara", "Clara")
    chosen = iter([str(tmp_path / "Clara"), str(tmp_path)])
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: next(chosen))
    dialog.add_button.click()
    until(qtbot, lambda: dialog.table.rowCount() == 4)
    dialog.add_button.click()
    until(qtbot, lambda: "is no profile" in application.window.message_bar.text)

    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    dialog.table.selectRow(2)
    dialog.remove_button.click()
    until(qtbot, lambda: dialog.table.rowCount() == 3)
    dialog.table.selectRow(1)
    dialog.use_button.click()
    until(qtbot, lambda: dialog.table.item(1, 0).text() == "Anna  (in use)")
    dialog.reject()


def test_real_networks_by_camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[Path | None] = []

    def load(*, directory: Path | None, **_: object) -> object:
        loaded.append(directory)
        return object()

    monkeypatch.setattr(Pipeline, "load", load)
    monkeypatch.setattr("engine.tracking.self_check.require_sound", lambda _: None)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    anna = tmp_path / "crossing-hands" / "profiles" / "Anna"
    whole_profile(anna, "Anna")
    folders = NetworkFolders(None)
    folders.remember({"42": "Anna", "7": "Gone"})
    found = folders.load("42", "CPU")
    assert (found.directory, found.profile, found.problem) == (anna, "Anna", "")
    missing = folders.load("7", "CPU")
    assert (missing.directory, missing.profile) == (None, "")
    assert "no profile 'Gone'" in missing.problem and "shipped" in missing.problem
    assert folders.used is None
    (anna / "calibration.json").write_text("{}")
    damaged = folders.load("42", "CPU")
    assert damaged.profile == "" and "calibration.json is damaged" in damaged.problem
    folders.choose("42", "")
    assert folders.load("42", "CPU").problem == ""

    given = NetworkFolders(anna)
    given.remember({"42": "Other"})
    assert given.load("42", "CPU").directory == anna
    given.choose("42", "")
    assert given.load("42", "CPU").directory is None
    assert given.load("", "CPU").directory == anna
