"""Pictures: the skeleton lands on the right pixels, and odd frames do not break them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.camera import Camera
from engine.errors import ExportError
from engine.pictures.draw import draw_result, save_picture
from engine.pictures.palette import FINGER_RGB, NO_DATA_RGB
from engine.types import Frame
from tests.fakes import make_frame, make_hand, make_result

VGA = Camera(width=640, height=480, fx=480.0, fy=480.0, cx=319.5, cy=239.5)


def test_joints_are_drawn_where_they_project() -> None:
    hand = make_hand()
    picture = np.asarray(draw_result(make_result(make_frame(0, camera=VGA), hand)))
    assert picture.shape == (480, 640, 3)
    u, v = np.rint(VGA.project(hand.pose.joints_mm[8])).astype(int)
    np.testing.assert_allclose(picture[v, u], FINGER_RGB["index"], atol=3)


@pytest.mark.parametrize("size", [(16, 16), (1280, 720), (641, 3)])
def test_any_size_and_any_depth(size: tuple[int, int]) -> None:
    camera = Camera(*size, 50.0, 50.0, size[0] / 2, size[1] / 2)
    for depth in (0.0, 1.0, 65_535.0, 1e9):
        result = make_result(make_frame(0, camera=camera, depth_mm=depth), make_hand())
        assert draw_result(result).width >= min(640, size[0])


def test_no_data_has_its_own_colour() -> None:
    depth = np.full((480, 640), 500.0, dtype=np.float32)
    depth[:, :320] = 0.0
    picture = np.asarray(draw_result(make_result(Frame(depth, 0.0, 0, VGA))))
    assert (picture[240, 100] == NO_DATA_RGB).all()
    assert (picture[240, 500] != NO_DATA_RGB).any()


@pytest.mark.parametrize("centre_mm", [(0.0, 0.0, -300.0), (0.0, 0.0, 0.0), (1e7, 1e7, 1.0)])
def test_a_hand_outside_the_view_is_left_out(centre_mm: tuple[float, float, float]) -> None:
    frame = make_frame(0, camera=VGA)
    drawn = draw_result(make_result(frame, make_hand(centre_mm=centre_mm)))
    assert drawn.size == (640, 480)


def test_unwritable_pictures_are_one_clear_error(tmp_path: Path) -> None:
    result = make_result(make_frame(0))
    for path in (tmp_path, tmp_path / "picture.nonsense"):
        with pytest.raises(ExportError, match="cannot write"):
            save_picture(result, path)
