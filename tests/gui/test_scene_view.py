from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from pytestqt.qtbot import QtBot

from app.views.orbit import Orbit
from app.views.scene import floor_grid, followed, hand_cloud, scene_from_result
from app.views.scene_renderer import SceneRenderer
from app.views.scene_view import GROUND, SceneView
from app.views.skeleton_mesh import mesh_colours, mesh_triangles, mesh_vertices
from engine.camera import Camera
from engine.types import Frame, FrameResult
from tests.fakes import make_hand, make_result

CAMERA = Camera(width=320, height=240, fx=300.0, fy=300.0, cx=159.5, cy=119.5)
FIRST_PICTURE_MS = 60_000


def result_at(centre_mm: tuple[float, float, float] = (0.0, 0.0, 450.0)) -> FrameResult:
    depth = np.full((240, 320), 1500.0, dtype=np.float32)
    depth[60:180, 100:220] = centre_mm[2] + 20.0
    return make_result(Frame(depth, 0.0, 0, CAMERA), make_hand(centre_mm=centre_mm))


# -- arrays ----------------------------------------------------------------------------------


def test_the_cloud_holds_the_measured_points_of_the_cube() -> None:
    result = result_at()
    points, colours = hand_cloud(result.frame, result.hands[0])
    assert points.shape == colours.shape
    assert len(points) > 1000
    assert np.all(np.abs(points - (0.0, 0.0, 450.0)) <= 135.0 + 1e-3)
    assert np.allclose(points[:, 2], 470.0)


@pytest.mark.parametrize("centre", [(900.0, 0.0, 450.0), (0.0, 0.0, 30.0), (-150.0, 90.0, 400.0)])
def test_a_hand_at_the_images_edge_has_a_cloud(centre: tuple[float, float, float]) -> None:
    points, _ = hand_cloud(result_at().frame, make_hand(centre_mm=centre))
    assert points.ndim == 2


def test_rods_join_their_joints_and_triangles_face_outwards() -> None:
    joints = make_hand().pose.joints_mm
    vertices, normals = mesh_vertices(joints)
    triangles = mesh_triangles()
    assert len(vertices) == len(normals) == len(mesh_colours())
    assert triangles.max() == len(vertices) - 1
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    facing = np.einsum("ij,ij->i", np.cross(b - a, c - a), normals[triangles].mean(axis=1))
    assert np.all(facing > -1e-6)
    assert np.mean(facing > 1e-6) > 0.85


def test_no_turn_shows_what_the_depth_camera_sees() -> None:
    transform = Orbit(0.0, 0.0, 450.0).extrinsic(np.array([0.0, 0.0, 450.0], dtype=np.float32))
    assert np.allclose(transform, np.eye(4))


def test_the_orbit_keeps_its_target_in_the_middle() -> None:
    target = np.array([30.0, -20.0, 500.0], dtype=np.float32)
    orbit = Orbit().turned(120, -40).zoomed(3)
    seen = orbit.extrinsic(target) @ np.array([*target, 1.0])
    assert np.allclose(seen[:3], (0.0, 0.0, orbit.distance_mm), atol=1e-4)


def test_near_things_follow_the_pointer() -> None:
    target = np.array([0.0, 0.0, 500.0], dtype=np.float32)
    near = np.array([0.0, 0.0, 450.0, 1.0])
    still = Orbit(0.0, 0.0, 400.0)
    assert (still.turned(20, 0).extrinsic(target) @ near)[0] > 0
    assert (still.turned(0, 20).extrinsic(target) @ near)[1] > 0


def test_the_target_eases_after_a_moving_hand_and_jumps_to_another() -> None:
    first = followed(None, result_at(), 0.0)
    assert first is not None
    moved = followed(first, result_at((60.0, 0.0, 450.0)), 33.0)
    assert moved is not None
    assert 0.0 < moved[0] - first[0] < 30.0
    other = followed(first, result_at((600.0, 0.0, 450.0)), 33.0)
    assert other is not None
    assert other[0] - first[0] == pytest.approx(600.0, abs=1.0)
    assert followed(first, make_result(result_at().frame), 33.0) is first


def test_the_floor_does_not_move_with_the_hand() -> None:
    here, _ = floor_grid(np.array([0.0, 0.0, 450.0], dtype=np.float32))
    there, _ = floor_grid(np.array([13.0, 0.0, 462.0], dtype=np.float32))
    assert set(np.round(here[..., 0].ravel() % 50.0, 3)) == {0.0}
    assert set(np.round(there[..., 0].ravel() % 50.0, 3)) == {0.0}


# -- pictures --------------------------------------------------------------------------------


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
            and picture.request.orbit == view.orbit
            and picture.request.result is view._result
        )

    qtbot.waitUntil(drawn, timeout=FIRST_PICTURE_MS)
    assert view.picture is not None
    return view.picture.pixels


def test_open3d_draws_turns_zooms_and_resets(qtbot: QtBot, view: SceneView) -> None:
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


# -- without Open3D --------------------------------------------------------------------------


class BrokenRenderer(SceneRenderer):
    failure = "no graphics context could be opened"  # type: ignore[assignment]


def test_a_plain_drawing_stands_in_for_open3d(qtbot: QtBot) -> None:
    view = SceneView(BrokenRenderer())
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show()
    view.set_result(result_at())
    view.refresh()
    assert view.failure == BrokenRenderer.failure
    first = _grabbed(view)
    ground = np.array([GROUND.blue(), GROUND.green(), GROUND.red()])
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


def test_a_renderer_never_started_closes() -> None:
    SceneRenderer().close()


def test_scene_of_an_empty_result_is_empty() -> None:
    scene = scene_from_result(make_result(result_at().frame))
    assert scene.skeletons == ()
    assert len(scene.points) == 0


def _die(connection: object) -> None:
    raise SystemExit(3)


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
