"""What tests of the window have in common."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.actions.commands import Command
from app.application import Application
from app.state.window_state import Phase
from app.views.dock import LazyDock
from app.views.scene_renderer import SceneRenderer
from tests.fakes import FakeSource

WAIT_MS = 20_000
Start = Callable[..., Application]
V = TypeVar("V", bound=QWidget)


class IdleRenderer(SceneRenderer):
    """Draws nothing and starts no process, for tests that are not about pictures."""

    def start(self) -> None:
        """Nothing to start."""


def write_folder(path: Path, frames: int = 6, unit_mm: float = 0.5) -> Path:
    """A folder recording: a tilted plane that comes nearer from frame to frame."""
    path.mkdir()
    camera = {"name": "test camera", "width": 64, "height": 48, "fx": 60.0, "fy": 60.0}
    camera |= {"cx": 31.5, "cy": 23.5, "depth_unit_mm": unit_mm, "fps": 30.0}
    (path / "camera.json").write_text(json.dumps(camera))
    for index in range(frames):
        depth = np.linspace(600, 700, 64)[None].repeat(48, axis=0) - 10 * index
        Image.fromarray((depth / unit_mm).astype(np.uint16)).save(path / f"{index:06d}.png")
    return path


def live() -> FakeSource:
    return FakeSource(frame_count=None, live=True, gate=_Paced())


class _Paced(threading.Event):
    """A gate that opens a hundred times a second, like a fast camera."""

    def wait(self, timeout: float | None = None) -> bool:
        time.sleep(0.01)
        return True


def opened(dock: LazyDock[V], qtbot: QtBot) -> V:
    """The view of a panel that is shown from now on."""
    dock.toggleViewAction().trigger()
    until(qtbot, lambda: dock.view is not None)
    assert dock.view is not None
    return dock.view


def menu_of(action: QAction) -> QMenu:
    """The menu that opens from an action."""
    menu: object = action.menu()
    assert isinstance(menu, QMenu)
    return menu


def until(qtbot: QtBot, condition: Callable[[], bool]) -> None:
    qtbot.waitUntil(condition, timeout=WAIT_MS)


def running(qtbot: QtBot, start: Start) -> Application:
    """A window of ``start``, once it shows its source."""
    application = start()
    until(qtbot, lambda: application.store.state.phase is Phase.RUNNING)
    return application


def trigger(application: Application, command: Command) -> None:
    application.window.actions_by_command[command].trigger()


def drop(application: Application, path: Path) -> None:
    window, data = application.window, QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    place = window.rect().center()
    entering = QDragEnterEvent(place, Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(window, entering)
    assert entering.isAccepted()
    dropping = QDropEvent(QPointF(place), Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(window, dropping)
