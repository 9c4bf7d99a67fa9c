"""The window over recordings whose times were wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.application import Application
from app.state.window_state import Phase
from tests import ros_recordings as ros
from tests.sdk_bags import write_sdk_bag
from tests.sdk_files import SdkFile, stamps_ms
from tests.windows import until

FRAMES = 60


def paused_recording(path: Path) -> Path:
    """Bag times of a recorder that was paused before the first frame."""
    return write_sdk_bag(path / "a.bag", SdkFile(stamps_ms(FRAMES), [1266874889e3] * FRAMES))


def rounded_stamps(path: Path) -> Path:
    """Stamps of which some are 0.3 ms too early."""
    stamps = [float(int(1000.7 + 40.0 * k) - (k % 3 == 0) * 0.3) for k in range(FRAMES)]
    return write_sdk_bag(path / "a.bag", SdkFile(stamps))


def bad_stamps(path: Path) -> Path:
    stamps = stamps_ms(FRAMES)
    stamps[7], stamps[40] = 0.0, 1.6e12
    return write_sdk_bag(path / "a.bag", SdkFile(stamps))


def epoch_stamps(path: Path) -> Path:
    """Stamps since 1970 are rounded to a quarter of a microsecond."""
    return ros.write_ros(path / "a", ros.driver_messages(FRAMES), "mcap")


@pytest.mark.parametrize("write", [paused_recording, rounded_stamps, bad_stamps, epoch_stamps])
def test_the_slider_reaches_every_frame_and_steps_are_of_a_second(
    qtbot: QtBot, start: Callable[..., Application], tmp_path: Path,
    write: Callable[[Path], Path],
) -> None:  # fmt: skip
    application = start(str(write(tmp_path)))
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    window, playback = application.window, application.controllers.playback
    window.activateWindow()
    playback.toggle_pause()
    line = window.replay_bar.timeline
    places = [line.place_of(k) for k in range(FRAMES)]
    assert [line.frame_at(x) for x in places] == list(range(FRAMES))
    np.testing.assert_allclose(np.diff(places), np.diff(places)[0], rtol=0.05)
    for origin, key, reached in (
        (2, Qt.Key.Key_Right, 27), (33, Qt.Key.Key_Right, 58), (50, Qt.Key.Key_Left, 25),
        (45, Qt.Key.Key_Left, 20), (50, Qt.Key.Key_Right, FRAMES - 1),
    ):  # fmt: skip
        playback.seek(origin)
        wait_for(qtbot, application, origin)
        qtbot.keyClick(window, key, Qt.KeyboardModifier.ShiftModifier)
        wait_for(qtbot, application, reached)


def wait_for(qtbot: QtBot, application: Application, index: int) -> None:
    until(qtbot, lambda: application.window.status_strip.frames.text == str(index))
