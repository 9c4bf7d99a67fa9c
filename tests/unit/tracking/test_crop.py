"""The metric crop: geometry, depth scale, mirroring, borders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.camera import Camera
from engine.errors import InvalidInputError
from engine.tracking.crop import cut_crop, rotation_towards
from engine.tracking.crop_coordinates import CROP_SIZE, camera_to_uvd, uvd_to_camera
from engine.tracking.crop_kernel import OUTSIDE

CAMERA = Camera(640, 480, 476.0, 476.0, 313.7, 242.8)


any_cube = given(
    centre=st.tuples(st.floats(-300, 300), st.floats(-200, 200), st.floats(150, 1200)).map(
        np.array
    ),
    view=st.fixed_dictionaries({"roll_rad": st.floats(-3.1, 3.1), "mirrored": st.booleans()}),
)


def plane(depth_mm: float) -> np.ndarray:
    return np.full((CAMERA.height, CAMERA.width), depth_mm, np.float32)


def test_depth_is_linear_in_mm_around_the_centre() -> None:
    for offset in (-100.0, 0.0, 60.0):
        crop = cut_crop(plane(600.0 + offset), CAMERA, np.array([0.0, 0.0, 600.0]), cube_mm=270.0)
        assert crop.image[64, 64] == pytest.approx(offset / 135.0, abs=1e-3)


def test_nothing_measured_and_beyond_the_cube_are_background_and_before_it_is_the_front() -> None:
    centre = np.array([0.0, 0.0, 600.0])
    assert (cut_crop(plane(0.0), CAMERA, centre).image == 1.0).all()
    assert (cut_crop(plane(900.0), CAMERA, centre).image == 1.0).all()
    assert (cut_crop(plane(300.0), CAMERA, centre).image == -1.0).all()


def test_what_is_measured_between_two_surfaces_is_left_out() -> None:
    depth = plane(700.0)
    depth[:, :300] = 560.0
    depth[:, 300:304] = (590.0, 620.0, 650.0, 680.0)  # flying pixels behind the nearer surface
    row = cut_crop(depth, CAMERA, np.array([0.0, 0.0, 600.0])).image[64]
    kept = row[row < 1.0] * 135.0 + 600.0
    assert set(np.round(kept).tolist()) == {560.0, 700.0}
    raw = cut_crop(depth, CAMERA, np.array([0.0, 0.0, 600.0]), clean_edges=False).image[64]
    assert len(set(np.round(raw * 135.0 + 600.0).tolist())) >= 4


def test_a_slanted_surface_is_kept() -> None:
    columns = np.arange(CAMERA.width, dtype=np.float32)
    depth = np.tile(600.0 + (columns - 320.0) * np.float32(0.8), (CAMERA.height, 1))
    crop = cut_crop(depth, CAMERA, np.array([8.0, 0.0, 606.0]))
    assert (crop.image < 1.0).all()


@settings(deadline=None, max_examples=60)
@any_cube
def test_crop_coordinates_and_camera_points_are_inverse(centre: np.ndarray, view: Any) -> None:
    crop = cut_crop(plane(500.0), CAMERA, centre, **view)
    points = centre + np.random.default_rng(0).uniform(-70, 70, (21, 3))
    np.testing.assert_allclose(uvd_to_camera(crop, camera_to_uvd(crop, points)), points, atol=0.05)
    np.testing.assert_allclose(camera_to_uvd(crop, centre), 0.0, atol=1e-4)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("roll", [0.0, 0.7])
@pytest.mark.parametrize("distance", [160.0, 600.0])
def test_a_spot_appears_where_its_coordinates_say(
    mirrored: bool, roll: float, distance: float
) -> None:
    centre = np.array([0.2, -0.1, 1.0]) * distance
    spot = centre + np.array([25.0, 40.0, -10.0])
    depth = plane(0.0)
    u, v = (int(round(float(x))) for x in CAMERA.project(spot))
    depth[v - 8 : v + 9, u - 8 : u + 9] = spot[2]
    crop = cut_crop(depth, CAMERA, centre, mirrored=mirrored, roll_rad=roll)
    expected = camera_to_uvd(crop, spot)
    rows, columns = np.nonzero(crop.image < 1.0)
    found_u = (columns.mean() + 0.5) * 2 / CROP_SIZE - 1
    found_v = (rows.mean() + 0.5) * 2 / CROP_SIZE - 1
    assert (found_u, found_v) == pytest.approx((expected[0], expected[1]), abs=0.02)
    assert crop.image[rows[0], columns[0]] == pytest.approx(expected[2], abs=0.05)


def test_mirroring_flips_the_image_left_to_right() -> None:
    depth = np.random.default_rng(0).uniform(500, 700, (480, 640)).astype(np.float32)
    centre = np.array([10.0, 20.0, 600.0])
    plain = cut_crop(depth, CAMERA, centre)
    flipped = cut_crop(depth, CAMERA, centre, mirrored=True)
    np.testing.assert_array_equal(flipped.image, plain.image[:, ::-1])


def test_the_virtual_camera_is_a_proper_rotation() -> None:
    R = rotation_towards(np.array([200.0, -150.0, 400.0]), 0.5)
    np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-6)
    assert np.linalg.det(R) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("centre", [[0, 0, 0], [0, 0, -500], [0, 0, float("nan")]])
def test_a_centre_that_cannot_be_seen_is_refused(centre: list[float]) -> None:
    with pytest.raises(InvalidInputError, match="in front of the camera"):
        cut_crop(plane(500.0), CAMERA, np.array(centre))


@settings(deadline=None, max_examples=40)
@any_cube
def test_what_lies_beyond_the_image_is_marked_and_nothing_else(
    centre: np.ndarray, view: Any
) -> None:
    crop = cut_crop(plane(0.0), CAMERA, centre, **view)
    steps = (np.arange(CROP_SIZE) + 0.5) * 2 / CROP_SIZE - 1
    v, u = np.meshgrid(steps, steps, indexing="ij")
    points = uvd_to_camera(crop, np.stack([u, v, np.zeros_like(u)], axis=-1))
    seen = CAMERA.project(points)
    outermost = np.array([CAMERA.width, CAMERA.height]) - 0.5
    off = np.maximum(-0.5 - seen, seen - outermost).max(axis=-1)
    off[points[..., 2] < 1.0] = np.inf
    sure = np.abs(off) > 0.05  # at the border itself rounding decides
    np.testing.assert_array_equal(
        crop.image[sure], np.where(off[sure] > 0, np.float32(OUTSIDE), np.float32(1.0))
    )


def test_a_tiny_image_and_a_crop_beyond_its_border_do_no_harm() -> None:
    tiny = Camera(16, 16, 15.0, 15.0, 7.5, 7.5)
    crop = cut_crop(np.full((16, 16), 400.0, np.float32), tiny, np.array([0.0, 0.0, 400.0]))
    assert crop.image[64, 64] == pytest.approx(0.0, abs=1e-3)
    away = cut_crop(plane(500.0), CAMERA, np.array([900.0, 0.0, 500.0]))
    assert (away.image == OUTSIDE).all()
