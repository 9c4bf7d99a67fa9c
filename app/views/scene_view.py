"""The 3D view: OpenGL's pictures, turned with the mouse; a plain drawing where there are none."""

from __future__ import annotations

import math
import time
from typing import Final

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.state.overlays import Overlays
from app.state.scene import EMPTY_SCENE, Scene, follow_target, scene_from_result
from app.views.orbit import Orbit
from app.views.overlay import draw_pill, pill_size
from app.views.render_scale import RenderScale, point_size
from app.views.scene_painter import paint_axes, paint_scene
from app.views.scene_process import PictureStyle
from app.views.scene_renderer import ScenePicture, SceneRenderer, SceneRequest
from engine.camera import FloatArray
from engine.types import FrameResult

BACKGROUND: Final = QColor(22, 24, 30)
GRID: Final = QColor(104, 110, 128)
HINT: Final = QColor(150, 156, 172)
HELP_TEXT: Final = "Drag to turn  ·  wheel zooms  ·  right drag moves  ·  double click resets"
HOME_TARGET_MM: Final[FloatArray] = np.array([0.0, 0.0, 450.0], dtype=np.float32)
MAX_PICTURE_PX: Final = 900_000
"""Larger views show an enlarged picture: a software renderer's time grows with its pixels."""
RESIZE_SETTLE_MS: Final = 160


class SceneView(QWidget):
    """Skeletons and measured points of the newest result. GUI thread only.

    ``refresh`` is called by the window's one timer: it takes the newest picture and asks for
    another when something has changed.
    """

    picture_shown = Signal()
    """A new picture (or drawing) is on the screen."""

    def __init__(self, renderer: SceneRenderer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("3D view")
        self.setAccessibleDescription("The hand's skeleton and measured points; drag to turn")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(QSize(240, 180))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.renderer = renderer
        self._failure: str | None = None
        self._orbit = Orbit()
        self._target: FloatArray | None = None
        self._result: FrameResult | None = None
        self._scene: Scene | None = None
        self._scene_target: FloatArray | None = None
        self._picture: ScenePicture | None = None
        self._image: QImage | None = None
        self._drag_from: QPointF | None = None
        self._touched = False
        self._overlays = Overlays()
        self._changed = True
        self._blurred = False
        self._render_scale = RenderScale()
        self._settle = QTimer(self, singleShot=True, interval=RESIZE_SETTLE_MS)
        self._settle.timeout.connect(self._mark_changed)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Somewhat narrower than the depth view."""
        return QSize(560, 570)

    @property
    def orbit(self) -> Orbit:
        """Where the scene is looked at from."""
        return self._orbit

    @property
    def target_mm(self) -> FloatArray:
        """The point [3] (mm, camera frame) in the middle of the view."""
        target = self._target if self._scene is None else self._scene_target
        return HOME_TARGET_MM if target is None else target

    @property
    def picture(self) -> ScenePicture | None:
        """The renderer's newest picture; None before the first."""
        return self._picture

    @property
    def failure(self) -> str | None:
        """Why OpenGL does not draw; None while it does."""
        return self._failure

    def set_result(self, result: FrameResult | None) -> None:
        """Show ``result`` (None: an empty scene)."""
        before, self._result = self._result, result
        if result is None:
            self._target = None
        else:
            elapsed = result.frame.timestamp_ms - before.frame.timestamp_ms if before else 0.0
            self._target = follow_target(self._target, result, elapsed)
        self._mark_changed()

    def set_scene(self, scene: Scene | None, target_mm: FloatArray | None = None) -> None:
        """Show ``scene`` around ``target_mm`` [3] instead of the results; None: results again."""
        if scene is not None or self._scene is not None:
            self._scene, self._scene_target = scene, target_mm
            self._mark_changed()

    @property
    def mirrored(self) -> bool:
        """Whether left and right are exchanged for the eye."""
        return self._overlays.mirrored

    def show_overlays(self, overlays: Overlays) -> None:
        """Draw how unsure each joint is or not; mirror everything or not."""
        before, self._overlays = self._overlays, overlays
        if overlays.uncertainty is not before.uncertainty:
            self._mark_changed()
        self.update()

    def reset_view(self) -> None:
        """Back to the first viewpoint."""
        self._set_orbit(Orbit())

    def refresh(self) -> None:
        """Take the newest picture; ask for one if something changed and it can be seen."""
        self._notice_failure()
        picture = self.renderer.pictures.take()
        if picture is not None:
            self._take(picture)
        now_s = time.monotonic()
        if not self._changed and self._blurred and self._render_scale.settled(now_s):
            self._changed = True
        elif self._changed:
            self._render_scale.changed(now_s)
        if not self._changed or self._settle.isActive() or not self.isVisible():
            return
        self._changed = False
        if self._failure is not None:
            self.update()
            self.picture_shown.emit()
        else:
            self._ask(self._render_scale.scale(now_s))

    def _take(self, picture: ScenePicture) -> None:
        self._picture = picture
        self._render_scale.drawn(picture.draw_ms / 1000.0, picture.request.style.scale)
        height, width = picture.pixels.shape[:2]
        data = picture.pixels.data
        self._image = QImage(data, width, height, width * 4, QImage.Format.Format_RGB32)
        self.update()
        self.picture_shown.emit()

    def _notice_failure(self) -> None:
        if self._failure is None and self.renderer.failure is not None:
            self._failure = self.renderer.failure
            self._image = None
            self._changed = True

    def _ask(self, scale: float) -> None:
        """Ask for a picture of ``scale`` times the view's size."""
        self._blurred = scale < 1.0
        self.renderer.request(self._request(scale))

    def _request(self, scale: float) -> SceneRequest:
        ratio = self.devicePixelRatioF()
        width, height = self.width() * ratio, self.height() * ratio
        shrink = scale * min(1.0, math.sqrt(MAX_PICTURE_PX / max(width * height, 1.0)))
        style = PictureStyle(
            width=max(round(width * shrink), 16),
            height=max(round(height * shrink), 16),
            background=_rgb01(BACKGROUND),
            grid_colour=_rgb01(GRID),
            point_size=point_size(height * shrink, scale),
            scale=scale,
            halos=self._overlays.uncertainty,
        )
        return SceneRequest(self._result, self._scene, self._orbit, self.target_mm, style)

    def _mark_changed(self) -> None:
        self._changed = True

    def _set_orbit(self, orbit: Orbit) -> None:
        if orbit != self._orbit:
            self._orbit = orbit
            self._changed = True

    # -- mouse and keys ----------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Begin to turn or move."""
        self._drag_from = event.position()
        self._touched = True
        self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """End it."""
        if not event.buttons():
            self._drag_from = None
            self.unsetCursor()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Turn (left button) or move (right or middle button)."""
        if self._drag_from is None:
            return
        step = event.position() - self._drag_from
        if self._overlays.mirrored:
            step.setX(-step.x())
        self._drag_from = event.position()
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._set_orbit(self._orbit.turned(step.x(), step.y()))
        elif event.buttons() & (Qt.MouseButton.RightButton | Qt.MouseButton.MiddleButton):
            self._set_orbit(self._orbit.panned(step.x(), step.y(), self.height()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's
        """Back to the first viewpoint."""
        self.reset_view()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Nearer or further away."""
        self._touched = True
        self._set_orbit(self._orbit.zoomed(event.angleDelta().y() / 120.0))
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Ask for a picture of the new size once the size has settled."""
        if self._picture is None:
            self._mark_changed()
        else:
            self._settle.start()

    # -- painting ----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the picture (or the plain scene), the axes and the words."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), BACKGROUND)
            painter.save()
            if self._overlays.mirrored:
                painter.translate(self.width(), 0.0)
                painter.scale(-1.0, 1.0)
            self._paint_scene(painter)
            painter.restore()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint_axes(painter, self.height(), self._orbit, mirrored=self._overlays.mirrored)
            self._paint_text(painter)

    def _paint_scene(self, painter: QPainter) -> None:
        if self._failure is not None:
            scene = self._plain_scene()
            orbit, target = self._orbit, self.target_mm
            paint_scene(
                painter, self.rect(), scene, orbit, target, GRID, halos=self._overlays.uncertainty
            )
        elif self._image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(_covering(self._image.size(), self.rect()), self._image)

    def _plain_scene(self) -> Scene:
        if self._scene is not None:
            return self._scene
        return EMPTY_SCENE if self._result is None else scene_from_result(self._result)

    def _paint_text(self, painter: QPainter) -> None:
        if self._failure is not None:
            self._paint_line(painter, 12, f"Simple drawing, as OpenGL failed: {self._failure}")
        elif self._image is None:
            self._paint_line(painter, self.height() // 2, "Starting the 3D view…")
        elif not self._touched and pill_size(HELP_TEXT, self.font()).width() < self.width() - 16:
            self._paint_line(painter, 12, HELP_TEXT)

    def _paint_line(self, painter: QPainter, y: int, text: str) -> None:
        size = pill_size(text, self.font())
        corner = QPointF(QPoint(max(8, int((self.width() - size.width()) / 2)), y))
        draw_pill(painter, corner, text, self.font(), HINT)


def _covering(size: QSize, area: QRect) -> QRectF:
    """``size`` scaled to ``area``'s height and centred, so that the scene keeps its scale."""
    width = size.width() * area.height() / max(size.height(), 1)
    return QRectF(area.center().x() + 0.5 - width / 2, area.top(), width, area.height())


def _rgb01(colour: QColor) -> tuple[float, float, float]:
    return colour.redF(), colour.greenF(), colour.blueF()
