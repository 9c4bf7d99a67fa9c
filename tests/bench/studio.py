"""How many pictures a second the studio shows while a slider is dragged, in the real window."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app.application import Application, make_qt_application
from app.engine_backend import EngineBackend
from app.settings import Settings
from app.studio.views.page import StudioPage
from app.studio.views.slider_row import SliderRow
from app.studio.worker import LatentPicture
from app.window.pages import Page
from engine.errors import CrossingHandsError
from engine.tracking.config import Options

MOVE_MS = 8
"""A mouse tells where it is about 125 times a second."""
READY_S = 120.0
WARM_UP_S = 2.0


@dataclass(slots=True)
class Shown:
    """When pictures were shown, in seconds: ``hands`` (pose and depth), ``scenes`` (3D)."""

    hands: list[float] = field(default_factory=list)
    scenes: list[float] = field(default_factory=list)


def drag(source: str, seconds: float) -> str:
    """Open the window on ``source``, drag a slider to and fro; tells the rates in words.

    Raises:
        CrossingHandsError: if the studio does not start.
    """
    app = make_qt_application()
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.at(Path(folder) / "settings.ini")
        application = Application(app, EngineBackend(Options(source=source)), settings)
        try:
            application.window.resize(1320, 800)
            application.start(source, Page.STUDIO)
            page = _ready(application)
            return _told(_dragged(application, page, seconds))
        finally:
            application.window.close()
            application.close()


def _ready(application: Application) -> StudioPage:
    """The studio's page once its sliders and its first 3D picture are there."""
    view, pages = application.window.scene_view, application.window.pages

    def ready() -> bool:
        drawn = view.picture is not None and view.picture.request.scene is not None
        return drawn and pages.studio is not None

    if not _wait(ready, READY_S) or pages.studio is None:
        raise CrossingHandsError("the studio did not start")
    return pages.studio


def _wait(done: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        QApplication.processEvents()
        time.sleep(0.001)
    return done()


def _dragged(application: Application, page: StudioPage, seconds: float) -> Shown:
    row = next(r for r in page.sliders.findChildren(SliderRow) if r.isVisible())
    shown = Shown()
    show_picture = page.show_picture

    def counted(picture: LatentPicture) -> None:
        shown.hands.append(time.perf_counter())
        show_picture(picture)

    page.show_picture = counted
    application.window.scene_view.picture_shown.connect(
        lambda: shown.scenes.append(time.perf_counter())
    )
    groove: QRect = row._groove().toRect()
    begun = time.perf_counter()
    _mouse(row, QEvent.Type.MouseButtonPress, groove.center())

    def move() -> None:
        share = 0.5 + 0.45 * np.sin(2.0 * (time.perf_counter() - begun))
        x = groove.left() + round(share * groove.width())
        _mouse(row, QEvent.Type.MouseMove, QPoint(x, groove.center().y()))

    timer = QTimer(interval=MOVE_MS, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(move)
    timer.start()
    loop_end = QTimer(singleShot=True, interval=round((WARM_UP_S + seconds) * 1000))
    loop_end.timeout.connect(QApplication.exit)
    loop_end.start()
    QApplication.exec()
    timer.stop()
    _mouse(row, QEvent.Type.MouseButtonRelease, groove.center())
    return shown


def _mouse(row: SliderRow, kind: QEvent.Type, place: QPoint) -> None:
    left = Qt.MouseButton.LeftButton
    at, across = QPointF(place), QPointF(row.mapToGlobal(place))
    event = QMouseEvent(kind, at, across, left, left, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(row, event)


def _told(shown: Shown) -> str:
    rows = [
        f"| {name} | {_rate(times):.0f} | {_gaps(times, 50):.1f} | {_gaps(times, 99):.1f} |"
        for name, times in (("pose and depth", shown.hands), ("3D view", shown.scenes))
    ]
    head = ["| while dragging | pictures/s | median gap ms | p99 ms |", "|---|---|---|---|"]
    return "\n".join([*head, *rows])


def _late(times: list[float]) -> np.ndarray:
    moments = np.array(times)
    return moments[moments > moments[0] + WARM_UP_S]


def _rate(times: list[float]) -> float:
    late = _late(times)
    return float((len(late) - 1) / (late[-1] - late[0]))


def _gaps(times: list[float], percentile: float) -> float:
    return float(np.percentile(np.diff(_late(times)), percentile) * 1000.0)
