"""Pictures of the 3D view: what is drawn stands where the view's camera sees it, in its colour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from app.state.scene import EMPTY_SCENE, Scene
from app.views.orbit import Orbit, focal_px
from app.views.scene_canvas import SceneCanvas
from app.views.scene_process import PictureRequest, PictureStyle
from engine.pictures.palette import JOINT_RGB
from tests.hand_motions import bent_hand

WIDTH, HEIGHT = 200, 120
TARGET_MM = np.array([0.0, 0.0, 450.0], np.float32)
BACKGROUND = (0.0, 0.0, 0.0)
STYLE = PictureStyle(WIDTH, HEIGHT, BACKGROUND, BACKGROUND, point_size=3.0)
REQUEST = PictureRequest(EMPTY_SCENE, Orbit(0.0, 0.0).extrinsic(TARGET_MM), TARGET_MM, STYLE)


@pytest.fixture(scope="module")
def canvas() -> Iterator[SceneCanvas]:
    canvas = SceneCanvas()
    yield canvas
    canvas.close()


def drawn(canvas: SceneCanvas, request: PictureRequest) -> NDArray[np.uint8]:
    """Pixels [H, W, 3], RGB."""
    pixels = np.frombuffer(bytes(canvas.picture(request)), np.uint8)
    return pixels.reshape(request.style.height, request.style.width, 4)[..., [2, 1, 0]]


def seen_at(point_mm: NDArray[np.floating], T_view_from_camera: NDArray[np.float64]) -> list[int]:
    """Row and column of a point."""
    x, y, z = T_view_from_camera[:3, :3] @ point_mm + T_view_from_camera[:3, 3]
    focal = focal_px(HEIGHT)
    return [int(y / z * focal + HEIGHT / 2), int(x / z * focal + WIDTH / 2)]


@pytest.mark.parametrize("yaw", [0.0, -0.7, 1.2])
def test_a_point_is_where_the_view_sees_it_and_of_its_colour(
    canvas: SceneCanvas, yaw: float
) -> None:
    place, colour = np.array([[45.0, -30.0, 430.0]], np.float32), np.array([[1.0, 0.5, 0.0]])
    view = Orbit(yaw, 0.3).extrinsic(TARGET_MM)
    scene = Scene((), place, colour.astype(np.float32))
    picture = drawn(canvas, replace(REQUEST, scene=scene, T_view_from_camera=view))
    row, column = seen_at(place[0], view)
    assert np.abs(picture[row, column].astype(int) - [255, 128, 0]).max() <= 2
    lit = np.argwhere(picture.any(axis=-1))
    assert np.abs(lit - [row, column]).max() <= 3


def test_a_skeleton_shows_its_joints_and_the_nearer_thing_hides_the_farther(
    canvas: SceneCanvas,
) -> None:
    joints = bent_hand(0.0).joints_mm
    joints = joints + TARGET_MM - joints.mean(axis=0)
    alone = drawn(canvas, replace(REQUEST, scene=replace(EMPTY_SCENE, skeletons=(joints,))))
    row, column = seen_at(joints[8], REQUEST.T_view_from_camera)
    shade, full = alone[row, column].astype(float), np.array(JOINT_RGB[8], float)
    assert shade.sum() > 0.4 * full.sum()
    np.testing.assert_allclose(shade / shade.sum(), full / full.sum(), atol=0.03)
    before = joints[8:9] - np.array([[0.0, 0.0, 40.0]], np.float32)
    behind = joints[8:9] + np.array([[0.0, 0.0, 40.0]], np.float32)
    for points, hidden in ((before, True), (behind, False)):
        blue = np.array([[0.0, 0.0, 1.0]], np.float32)
        scene = Scene((joints,), points, blue)
        picture = drawn(canvas, replace(REQUEST, scene=scene))
        spot = tuple(seen_at(points[0], REQUEST.T_view_from_camera))
        assert bool(picture[spot][2] > 250 and picture[spot][0] < 5) is hidden


def test_every_size_and_scale_has_its_own_picture(canvas: SceneCanvas) -> None:
    blue = (0.2, 0.4, 0.6)
    lit = replace(STYLE, background=blue, grid_colour=blue)
    for style in (lit, replace(lit, width=90, height=70), replace(lit, scale=0.6), lit):
        picture = drawn(canvas, replace(REQUEST, style=style))
        assert np.unique(picture.reshape(-1, 3), axis=0).tolist() == [[51, 102, 153]]
