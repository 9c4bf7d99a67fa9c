"""Joints in the 3D view that can be taken with the mouse."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.views.orbit import focal_px
from app.views.overlay import draw_pill, pill_size
from app.views.scene_view import SceneView
from engine.camera import FloatArray
from engine.skeleton import JOINT_NAMES
from engine.types import frozen

NEAR_PX: Final = 15.0
"""A pointer as near as this takes the joint."""
RING: Final = QColor(255, 255, 255)
NEAREST_MM: Final = 10.0
HINT: Final = "Drag a joint: the latent that puts it there is found"
HINT_COLOUR: Final = QColor(150, 156, 172)
HINT_MARGIN: Final = 70.0
"""Room for the axes beside the hint."""


class JointHandles(QWidget):
    """A transparent sheet over the 3D view that takes joints before the view is turned.

    A taken joint moves in the plane through it that faces the viewer. GUI thread only.
    """

    dragged = Signal(int, object)
    """The joint's number and where it is wanted: [3] mm, camera frame."""
    drag_finished = Signal()

    def __init__(self, view: SceneView) -> None:
        super().__init__(view)
        self._view = view
        self._joints: FloatArray | None = None
        self._over: int | None = None
        self._active: int | None = None
        self._offset = QPointF()
        self._depth_mm = 0.0
        self._used = False
        self._at = QPointF()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        view.installEventFilter(self)
        view.setMouseTracking(True)

    @property
    def active_joint(self) -> int | None:
        """The joint that is dragged."""
        return self._active

    def show_joints(self, joints_mm: FloatArray | None) -> None:
        """Let these joints [21, 3] (mm, camera frame) be taken; None: none."""
        self._joints = joints_mm
        if joints_mm is None:
            self._release()
        self.setVisible(joints_mm is not None)
        if self._over is not None:
            self.update()

    def pixels(self) -> NDArray[np.float64]:
        """Where the joints are seen: [21, 3], x and y in the view's pixels and depth in mm."""
        if self._joints is None:
            return np.zeros((0, 3))
        view = self._view
        transform = view.orbit.extrinsic(view.target_mm)
        seen = self._joints.astype(np.float64) @ transform[:3, :3].T + transform[:3, 3]
        depth = np.maximum(seen[:, 2:], NEAREST_MM)
        middle = (view.width() / 2.0, view.height() / 2.0)
        away = seen[:, :2] / depth * focal_px(view.height()) * self._eye()
        return np.concatenate([away + middle, depth], 1)

    def point_at(self, place: QPointF, depth_mm: float) -> FloatArray:
        """The point [3] (mm, camera frame) seen at ``place``, ``depth_mm`` from the viewer."""
        view = self._view
        scale = depth_mm / focal_px(view.height())
        x, y = self._eye() * (place.x() - view.width() / 2.0, place.y() - view.height() / 2.0)
        transform = view.orbit.extrinsic(view.target_mm)
        seen = np.array([x * scale, y * scale, depth_mm]) - transform[:3, 3]
        return frozen(seen @ transform[:3, :3])

    def _eye(self) -> NDArray[np.float64]:
        """Signs of x and y, as a mirrored view exchanges left and right."""
        return np.array([-1.0 if self._view.mirrored else 1.0, 1.0])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Take, drag and let go; all else is the view's."""
        if event.type() is QEvent.Type.Resize:
            self.resize(self._view.size())
        if self._joints is None or not isinstance(event, QMouseEvent):
            return False
        self._at = event.position()
        match event.type():
            case QEvent.Type.MouseButtonPress if event.button() is Qt.MouseButton.LeftButton:
                return self._take()
            case QEvent.Type.MouseButtonDblClick:
                return self._over is not None
            case QEvent.Type.MouseMove if self._active is not None:
                self._drag(self._active)
                return True
            case QEvent.Type.MouseMove:
                if not event.buttons():
                    self._hover(self._nearest())
            case QEvent.Type.MouseButtonRelease if self._active is not None:
                self._release()
                return True
            case _:
                pass
        return False

    def _nearest(self) -> int | None:
        pixels = self.pixels()
        away = np.hypot(pixels[:, 0] - self._at.x(), pixels[:, 1] - self._at.y())
        near = np.flatnonzero(away < NEAR_PX)
        # Of joints that lie one behind the other the foremost is meant.
        return int(near[np.argmin(pixels[near, 2])]) if len(near) else None

    def _hover(self, joint: int | None) -> None:
        if joint != self._over:
            self._over = joint
            if joint is None:
                self._view.unsetCursor()
            else:
                self._view.setCursor(Qt.CursorShape.PointingHandCursor)
            self.update()

    def _take(self) -> bool:
        joint = self._nearest()
        self._hover(joint)
        if joint is None:
            return False
        self._active = joint
        x, y, self._depth_mm = self.pixels()[joint]
        self._offset = QPointF(x, y) - self._at
        return True

    def _drag(self, joint: int) -> None:
        self._used = True
        self.dragged.emit(joint, self.point_at(self._at + self._offset, self._depth_mm))
        self.update()

    def _release(self) -> None:
        if self._active is not None:
            self._active = None
            self.drag_finished.emit()
        self._hover(None)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw a ring and the name of the joint under the pointer; a line to where it is wanted."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if not self._used:
                self._paint_hint(painter)
            if self._over is None or self._joints is None:
                return
            x, y, _ = self.pixels()[self._over]
            place = QPointF(x, y)
            painter.setPen(QPen(RING, 1.8))
            if self._active is not None:
                painter.drawLine(place, self._at + self._offset)
            painter.drawEllipse(place, 9.0, 9.0)
            words = JOINT_NAMES[self._over].replace("_", " ")
            draw_pill(painter, place + QPointF(14, -26), words, self.font(), RING)

    def _paint_hint(self, painter: QPainter) -> None:
        size = pill_size(HINT, self.font())
        if size.width() < self.width() - 2 * HINT_MARGIN:
            left = (self.width() - size.width()) / 2
            corner = QPointF(left, self.height() - size.height() - 12)
            draw_pill(painter, corner, HINT, self.font(), HINT_COLOUR)
