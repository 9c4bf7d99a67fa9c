"""The 3D view: drawn in a process of its own, or plainly where that fails."""

from __future__ import annotations

from collections.abc import Iterator
from multiprocessing.connection import Connection

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from pytestqt.qtbot import QtBot

from app.state.scene import scene_from_result
from app.views.orbit import Orbit
from app.views.scene_process import DrawingLibrary, serve
from app.views.scene_renderer import ScenePicture, SceneRenderer
from app.views.scene_view import BACKGROUND, SceneView
from tests.fakes import make_result
from tests.scenes import result_at

FIRST_PICTURE_MS = 60_000


@pytest.fixture(scope="module")
def renderer() -> Iterator[SceneRenderer]:
    renderer = SceneRenderer()
    renderer.start()
    yield renderer
    renderer.close()


@pytest.fixture
def view(qtbot: QtBot, renderer: SceneRenderer) -> SceneView:
    renderer.pictures.take()
    view = SceneView(renderer)
    qtbot.addWidget(view)
    view.resize(400, 320)
    view.show()
    return view


def picture_of(qtbot: QtBot, view: SceneView) -> NDArray[np.uint8]:
    """Wait for the picture that shows the view's present orbit and result."""

    def drawn() -> bool:
        view.refresh()
        picture = view.picture
        return (
            picture is not None
            and picture.request.style.scale == 1.0
            and picture.request.orbit == view.orbit
            and picture.request.result is view._result
        )

    qtbot.waitUntil(drawn, timeout=FIRST_PICTURE_MS)
    assert view.picture is not None
    return view.picture.pixels


def test_opengl_draws_turns_zooms_and_resets(qtbot: QtBot, view: SceneView) -> None:
    view.set_result(result_at())
    first = picture_of(qtbot, view)
    assert len(np.unique(first.reshape(-1, 4), axis=0)) > 50
    middle = view.rect().center()
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=middle)
    _drag(view, middle, middle + QPoint(90, 25), Qt.MouseButton.LeftButton)
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=middle + QPoint(90, 25))
    turned = picture_of(qtbot, view)
    assert np.mean(np.any(first != turned, axis=-1)) > 0.02
    _wheel(view, 240)
    zoomed = picture_of(qtbot, view)
    assert np.mean(np.any(zoomed != turned, axis=-1)) > 0.02
    qtbot.mousePress(view, Qt.MouseButton.RightButton, pos=middle)
    _drag(view, middle, middle + QPoint(40, 0), Qt.MouseButton.RightButton)
    qtbot.mouseRelease(view, Qt.MouseButton.RightButton, pos=middle + QPoint(40, 0))
    moved = picture_of(qtbot, view)
    assert np.mean(np.any(moved != zoomed, axis=-1)) > 0.02
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton, pos=middle)
    assert view.orbit == Orbit()
    assert np.array_equal(picture_of(qtbot, view), first)


def test_what_moves_faster_than_opengl_draws_is_smaller_until_it_rests(
    qtbot: QtBot, view: SceneView
) -> None:
    view.set_result(result_at())
    full = picture_of(qtbot, view).shape

    def drawn_smaller() -> bool:
        for _ in range(20):
            view.set_result(result_at())
            view.refresh()
            qtbot.wait(1)
        return view.picture is not None and view.picture.request.style.scale < 1.0

    qtbot.waitUntil(drawn_smaller, timeout=FIRST_PICTURE_MS)
    assert view.picture is not None
    assert view.picture.pixels.shape[0] < full[0]
    assert picture_of(qtbot, view).shape == full


def test_a_resized_view_gets_a_picture_of_its_size(qtbot: QtBot, view: SceneView) -> None:
    view.set_result(result_at())
    picture_of(qtbot, view)
    view.resize(520, 300)

    def fits() -> bool:
        view.refresh()
        return view.picture is not None and view.picture.pixels.shape[:2] == (300, 520)

    qtbot.waitUntil(fits, timeout=FIRST_PICTURE_MS)
    assert view.picture is not None
    assert len(np.unique(view.picture.pixels.reshape(-1, 4), axis=0)) > 50


def test_nothing_is_drawn_while_nothing_changes(qtbot: QtBot, view: SceneView) -> None:
    view.set_result(result_at())
    picture_of(qtbot, view)
    shown = view.picture
    for _ in range(20):
        view.refresh()
        qtbot.wait(10)
    assert view.picture is shown


def test_the_skeleton_goes_when_the_hand_goes(qtbot: QtBot, view: SceneView) -> None:
    view.set_result(result_at())
    with_hand = picture_of(qtbot, view)
    view.set_result(make_result(result_at().frame))
    without = picture_of(qtbot, view)
    assert np.mean(np.any(with_hand != without, axis=-1)) > 0.01


# -- without OpenGL --------------------------------------------------------------------------


class BrokenRenderer(SceneRenderer):
    failure = "no graphics context could be opened"


def test_a_plain_drawing_stands_in_for_opengl(qtbot: QtBot) -> None:
    view = SceneView(BrokenRenderer())
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show()
    view.set_result(result_at())
    view.refresh()
    assert view.failure == BrokenRenderer.failure
    first = _grabbed(view)
    ground = np.array([BACKGROUND.blue(), BACKGROUND.green(), BACKGROUND.red()])
    assert np.mean(np.any(first[60:, 60:, :3] != ground, axis=-1)) > 0.05
    view._set_orbit(view.orbit.turned(80, 0))
    view.refresh()
    assert np.mean(np.any(_grabbed(view) != first, axis=-1)) > 0.02


def test_a_renderer_that_dies_says_so(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.views.scene_renderer.serve", _die)
    renderer = SceneRenderer()
    view = SceneView(renderer)
    qtbot.addWidget(view)
    view.show()
    renderer.start()
    view.set_result(result_at())

    def failed() -> bool:
        view.refresh()
        return view.failure is not None

    qtbot.waitUntil(failed, timeout=FIRST_PICTURE_MS)
    assert "unexpectedly" in (view.failure or "")
    renderer.close()


def test_the_process_ends_while_nobody_looks_and_comes_again(qtbot: QtBot) -> None:
    renderer = SceneRenderer(hidden_s=0.2)
    view = SceneView(renderer)
    qtbot.addWidget(view)
    view.resize(300, 240)
    renderer.start()
    view.refresh()
    assert not renderer.drawing  # nothing was asked for: the view is hidden
    view.show()
    view.set_result(result_at())
    first = picture_of(qtbot, view)
    assert renderer.drawing
    renderer.set_shown(False)
    qtbot.waitUntil(lambda: not renderer.drawing, timeout=FIRST_PICTURE_MS)
    renderer.set_shown(True)
    view._set_orbit(view.orbit.turned(60, 0))
    assert np.any(picture_of(qtbot, view) != first)
    assert view.failure is None
    renderer.close()
    assert not renderer.drawing


def test_open3d_draws_what_is_shown_once_it_is_asked_to(
    qtbot: QtBot, renderer: SceneRenderer, view: SceneView
) -> None:
    view.set_result(result_at())
    pictures = [picture_of(qtbot, view)]
    process = renderer._process
    for library in (DrawingLibrary.OPEN3D, DrawingLibrary.OPENGL):
        shown = view.picture
        renderer.set_library(library)

        def drawn_anew(before: ScenePicture | None = shown) -> bool:
            view.refresh()
            return view.picture is not before

        qtbot.waitUntil(drawn_anew, timeout=FIRST_PICTURE_MS)
        pictures.append(picture_of(qtbot, view))
        assert renderer.library is library
        assert renderer._process is not process
        process = renderer._process
    opengl, open3d, again = pictures
    assert 0.0 < np.abs(opengl.astype(int) - open3d).mean() < 12.0
    assert np.array_equal(opengl, again)
    assert renderer.refusals.take() is None


def test_opengl_draws_where_open3d_fails(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.views.scene_renderer.serve", _die_with_open3d)
    renderer = SceneRenderer()
    view = SceneView(renderer)
    qtbot.addWidget(view)
    view.show()
    renderer.set_library(DrawingLibrary.OPEN3D)
    renderer.start()
    view.set_result(result_at())
    assert len(np.unique(picture_of(qtbot, view).reshape(-1, 4), axis=0)) > 50
    assert renderer.library is DrawingLibrary.OPENGL
    assert "unexpectedly" in (renderer.refusals.take() or "")
    assert view.failure is None
    renderer.close()


def test_a_renderer_never_started_closes() -> None:
    SceneRenderer().close()


def test_scene_of_an_empty_result_is_empty() -> None:
    scene = scene_from_result(make_result(result_at().frame))
    assert scene.skeletons == ()
    assert len(scene.points) == 0


def _die(connection: object, library: DrawingLibrary) -> None:
    raise SystemExit(3)


def _die_with_open3d(connection: Connection, library: DrawingLibrary) -> None:
    if library is DrawingLibrary.OPEN3D:
        raise SystemExit(3)
    serve(connection, library)


def _drag(view: SceneView, start: QPoint, end: QPoint, button: Qt.MouseButton) -> None:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    for k in range(1, 6):
        place = QPointF(start) + QPointF(end - start) * k / 5
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            place,
            view.mapToGlobal(place),
            Qt.MouseButton.NoButton,
            button,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(view, event)


def _wheel(view: SceneView, angle: int) -> None:
    from PySide6.QtWidgets import QApplication

    place = QPointF(view.rect().center())
    event = QWheelEvent(
        place,
        view.mapToGlobal(place),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def _grabbed(view: SceneView) -> NDArray[np.uint8]:
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    data = np.frombuffer(image.constBits(), dtype=np.uint8)
    return data.reshape(image.height(), image.bytesPerLine() // 4, 4)[:, : image.width()].copy()
