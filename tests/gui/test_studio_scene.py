"""The studio's hand in the 3D view: joints are dragged, the rest turns the view."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.actions.commands import Command
from app.studio.state import EditSource
from engine.skeleton import FINGER_JOINTS
from tests.studio_window import Enter, page, seen_hand
from tests.windows import trigger, until

INDEX_TIP = FINGER_JOINTS["index"][3]


def test_a_joint_is_dragged_in_the_3d_view(qtbot: QtBot, enter: Enter) -> None:
    application = enter()
    view, grip = application.window.scene_view, page(application).joint_handles
    before, orbit = grip.pixels()[INDEX_TIP], view.orbit
    place = QPointF(*before[:2])
    _mouse(view, QEvent.Type.MouseMove, place, Qt.MouseButton.NoButton)
    _mouse(view, QEvent.Type.MouseButtonPress, place)
    assert grip.active_joint == INDEX_TIP
    _mouse(view, QEvent.Type.MouseMove, place + QPointF(24, -16))
    assert page(application).banner.edit_source is EditSource.JOINT
    until(
        qtbot,
        lambda: np.allclose(grip.pixels()[INDEX_TIP][:2], before[:2] + np.array([24, -16]), atol=2),
    )
    _mouse(view, QEvent.Type.MouseButtonRelease, place + QPointF(24, -16))
    assert grip.active_joint is None
    assert view.orbit == orbit
    corner = QPointF(4, 4)
    _mouse(view, QEvent.Type.MouseButtonPress, corner)
    _mouse(view, QEvent.Type.MouseMove, corner + QPointF(30, 0))
    _mouse(view, QEvent.Type.MouseButtonRelease, corner + QPointF(30, 0))
    assert view.orbit != orbit
    trigger(application, Command.LATENT_UNDO)
    assert not application.window.actions_by_command[Command.LATENT_UNDO].isEnabled()


def test_the_tracker_gets_its_3d_view_back(qtbot: QtBot, enter: Enter) -> None:
    application = enter(seen_hand())
    view = application.window.scene_view
    assert view._scene is not None
    trigger(application, Command.PAGE_TRACK)
    assert view._scene is None
    assert page(application).joint_handles.isHidden()


def _mouse(
    widget: QWidget,
    kind: QEvent.Type,
    place: QPointF,
    button: Qt.MouseButton = Qt.MouseButton.LeftButton,
) -> None:
    held = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseButtonRelease else button
    event = QMouseEvent(kind, place, place, button, held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, event)
