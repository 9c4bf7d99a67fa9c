"""The whole window: sources, playing, messages, what is remembered."""

from __future__ import annotations

import multiprocessing
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.actions.commands import Command
from app.actions.table import ACTIONS
from app.application import Application
from app.bridge import Bridge
from app.settings import Settings
from app.state.session import SourceChoice
from app.state.window_state import Level, Phase
from app.style.theme import DARK, LIGHT, ThemeChoice
from engine.errors import CameraError
from engine.run.state import RunState
from tests.fakes import FakeSource, make_hand
from tests.fakes_app import FakeBackend
from tests.windows import drop, live, menu_of, trigger, until, write_folder


def test_a_folder_is_opened_and_shown(
    qtbot: QtBot, start: Callable[..., Application], tmp_path: Path, settings: Settings
) -> None:
    folder = write_folder(tmp_path / "hand")
    application = start(str(folder))
    until(qtbot, lambda: application.window.status_strip.frames.text != "–")
    window = application.window
    assert window.windowTitle() == "hand – Crossing Hands"
    assert window.status_strip.tracking.text() == "Tracking right hand"
    assert 520 < window.pages.track.depth_view.depth_range_mm[0] < 600
    assert settings.recent == (str(folder),)


def test_a_bad_file_is_told_while_the_former_source_goes_on(
    qtbot: QtBot, start: Callable[..., Application], tmp_path: Path
) -> None:
    application = start()
    until(qtbot, lambda: application.window.status_strip.frames.text != "–")
    bad = tmp_path / "notes.txt"
    bad.write_text("hello")
    drop(application, bad)
    bar = application.window.message_bar
    until(qtbot, bar.isVisible)
    assert "notes.txt" in bar.text
    assert bar.level is Level.ERROR
    assert application.store.state.phase is Phase.RUNNING
    shown = int(application.window.status_strip.frames.text)
    until(qtbot, lambda: int(application.window.status_strip.frames.text) > shown + 3)
    bar.clear()
    assert not bar.isVisible()


def test_a_dropped_folder_replaces_the_source(
    qtbot: QtBot, start: Callable[..., Application], tmp_path: Path
) -> None:
    application = start()
    until(qtbot, lambda: application.store.state.session is not None)
    drop(application, write_folder(tmp_path / "dropped"))
    until(qtbot, lambda: application.window.windowTitle() == "dropped – Crossing Hands")
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    assert "64 × 48" in application.store.state.detail


def test_recent_recordings_are_opened_from_the_menu(
    qtbot: QtBot, start: Callable[..., Application], tmp_path: Path, settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    write_folder(tmp_path / "first")
    application = start("first")
    window = application.window
    until(qtbot, lambda: window.windowTitle().startswith("first"))
    application.controllers.source.open(str(write_folder(tmp_path / "second")))
    until(qtbot, lambda: window.windowTitle().startswith("second"))
    assert settings.recent == (str(tmp_path / "second"), str(tmp_path / "first"))
    monkeypatch.chdir("/")
    menu = recent_menu(application)
    assert [action.text() for action in menu.actions()] == ["second", "first"]
    menu.actions()[1].trigger()
    until(qtbot, lambda: window.windowTitle().startswith("first"))
    shutil.rmtree(tmp_path / "second")
    recent_menu(application).actions()[1].trigger()
    until(qtbot, window.message_bar.isVisible)
    assert "no such file" in window.message_bar.text
    assert settings.recent == (str(tmp_path / "first"),)


def recent_menu(application: Application) -> QMenu:
    """File > Open recent, as it is when it opens."""
    file_menu = menu_of(application.window.menuBar().actions()[0])
    menu = menu_of(next(a for a in file_menu.actions() if "recent" in a.text()))
    menu.aboutToShow.emit()
    return menu


def test_space_pauses_and_right_steps(
    qtbot: QtBot, start: Callable[..., Application], tmp_path: Path
) -> None:
    application = start(str(write_folder(tmp_path / "hand")))
    window = application.window
    until(qtbot, lambda: window.status_strip.frames.text != "–")
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_Space)
    until(qtbot, lambda: application.store.state.phase is Phase.PAUSED)
    assert window.status_strip.tracking.text() == "Paused"
    session = application.store.state.session
    assert session is not None
    qtbot.wait(60)
    before = session.run.snapshot().frames_out
    qtbot.wait(60)
    assert session.run.snapshot().frames_out == before
    trigger(application, Command.RESTART)
    until(qtbot, lambda: window.status_strip.frames.text == "0")
    qtbot.keyClick(window, Qt.Key.Key_Right)
    until(qtbot, lambda: window.status_strip.frames.text == "1")
    qtbot.keyClick(window, Qt.Key.Key_Space)
    until(qtbot, lambda: session.run.snapshot().state is RunState.RUNNING)


def test_repeat_plays_a_recording_again(
    qtbot: QtBot, start: Callable[..., Application], tmp_path: Path
) -> None:
    application = start(str(write_folder(tmp_path / "hand", frames=3)))
    until(qtbot, lambda: application.store.state.session is not None)
    session = application.store.state.session
    assert session is not None
    until(qtbot, lambda: session.run.snapshot().frames_out > 7)
    trigger(application, Command.LOOP)
    until(qtbot, lambda: application.store.state.phase is Phase.ENDED)
    assert application.window.status_strip.tracking.text() == "End of recording"


def test_a_lost_camera_is_told_and_can_be_tried_again(
    qtbot: QtBot, start: Callable[..., Application]
) -> None:
    broken = FakeSource(live=True, fail_at=3, error=CameraError("The camera was unplugged"))
    backend = FakeBackend(make_hand(), sources={"camera": lambda: broken})
    application = start("camera", backend)
    until(qtbot, application.window.message_bar.isVisible)
    assert application.window.message_bar.text == "The camera was unplugged"
    backend.sources["camera"] = live
    application.window.message_bar.retry_requested.emit("camera")
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    assert not application.window.message_bar.isVisible()


def test_the_first_words_tell_how_to_begin(
    qtbot: QtBot, start: Callable[..., Application], tmp_path: Path
) -> None:
    application = start(str(tmp_path / "missing.bag"))
    until(qtbot, application.window.message_bar.isVisible)
    empty = application.window.pages.track.empty_state
    assert empty.isVisible()
    assert empty.title == "Show a hand to a depth camera"


def test_attached_cameras_are_offered(qtbot: QtBot, start: Callable[..., Application]) -> None:
    backend = FakeBackend(make_hand(), sources={"live": live, "camera:9": live})
    backend.attached = (SourceChoice("camera:9", "D405 9"),)
    application = start("live", backend)
    menu = application.window.chooser.menu()
    until(qtbot, lambda: any(action.text() == "D405 9" for action in menu.actions()))
    until(qtbot, lambda: application.store.state.session is not None)
    next(action for action in menu.actions() if action.text() == "D405 9").trigger()
    until(qtbot, lambda: backend.opened == ["live", "camera:9"])


def test_switches_and_theme_are_remembered(
    qtbot: QtBot, start: Callable[..., Application], settings: Settings, qapp: QApplication
) -> None:
    application = start()
    trigger(application, Command.SHOW_BOX)
    trigger(application, Command.THEME_LIGHT)
    assert qapp.palette().window().color().name() == LIGHT.window
    application.window.close()
    assert settings.flag(Command.SHOW_BOX.name, True) is False
    assert settings.theme is ThemeChoice.LIGHT
    trigger(application, Command.THEME_DARK)
    assert qapp.palette().window().color().name() == DARK.window


def test_broken_settings_do_not_keep_the_window_from_starting(
    qtbot: QtBot, start: Callable[..., Application], settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "settings.ini").write_bytes(
        b"[view]\ntheme=plaid\n[flags]\nSHOW_BOX=@Variant(garbage)\nLOOP=perhaps\n"
        b"[window]\ngeometry=@ByteArray(\\xff\\x00nonsense)\nstate=17\n"
        b"[sources]\nrecent=@Invalid()\n\x00\xff\xfe[[["
    )
    settings._store.sync()
    assert settings._store.value("view/theme") == "plaid"
    application = start()
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    assert application.window.actions_by_command[Command.LOOP].isChecked()
    assert application.window.width() > 400


def test_every_command_has_an_action_and_no_key_means_two_things(
    start: Callable[..., Application],
) -> None:
    application = start()
    actions = application.window.actions_by_command
    assert set(actions) == set(Command)
    keys = [key.toString() for action in actions.values() for key in action.shortcuts()]
    assert len(keys) == len(set(keys))
    assert all(spec.text for spec in ACTIONS)


def test_the_window_goes_on_while_a_source_takes_its_time_to_open(
    qtbot: QtBot, start: Callable[..., Application]
) -> None:
    gate = threading.Event()

    def slow() -> FakeSource:
        gate.wait(10.0)
        return live()

    backend = FakeBackend(make_hand(), sources={"live": live, "slow": slow})
    application = start("live", backend)
    window = application.window
    until(qtbot, lambda: window.status_strip.frames.text != "–")
    application.controllers.source.open("slow")
    shown = int(window.status_strip.frames.text)
    until(qtbot, lambda: int(window.status_strip.frames.text) > shown + 3)
    assert "opening slow" in application.store.state.detail
    gate.set()
    until(qtbot, lambda: not application.store.state.opening)


@pytest.mark.parametrize("moment", ["opening", "running", "paused", "failed"])
def test_closing_in_any_state_leaves_nothing_behind(
    qtbot: QtBot, start: Callable[..., Application], moment: str
) -> None:
    error = CameraError("gone") if moment == "failed" else None
    sources: list[FakeSource] = []

    def opened() -> FakeSource:
        source = live() if error is None else FakeSource(live=True, fail_at=0, error=error)
        sources.append(source)
        return source

    application = start("camera", FakeBackend(make_hand(), sources={"camera": opened}))
    if moment != "opening":
        wanted = Phase.FAILED if moment == "failed" else Phase.RUNNING
        until(qtbot, lambda: application.store.state.phase is wanted)
    if moment == "paused":
        application.controllers.playback.toggle_pause()
    application.window.close()
    application.close()
    application.close()
    assert all(source.closed for source in sources)
    names = {thread.name for thread in threading.enumerate()}
    assert not names & {"capture", "inference", "window-job", "scene-renderer"}


def test_closing_with_the_real_renderer_ends_its_process(
    qtbot: QtBot, qapp: QApplication, settings: Settings
) -> None:
    backend = FakeBackend(make_hand(), sources={"live": live})
    application = Application(qapp, backend, settings)
    application.start("live")
    qtbot.addWidget(application.window)
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    application.window.close()
    application.close()
    assert multiprocessing.active_children() == []


def test_a_bug_in_a_job_is_shown_and_not_swallowed(qtbot: QtBot) -> None:
    bridge = Bridge()
    told: list[str] = []

    def buggy() -> None:
        raise ZeroDivisionError("oops")

    bridge.submit(buggy, lambda _none: None, told.append)
    until(qtbot, lambda: bool(told))
    bridge.close()
    assert told == ["Something unexpected went wrong: ZeroDivisionError: oops"]


def test_what_a_job_brings_after_closing_is_thrown_away(qtbot: QtBot) -> None:
    bridge, gate = Bridge(), threading.Event()
    thrown: list[object] = []
    bridge.submit(
        lambda: gate.wait(5.0), lambda _outcome: pytest.fail("shown"), pytest.fail, thrown.append
    )
    threading.Timer(0.1, gate.set).start()
    bridge.close()
    assert thrown == [True]
