"""Projection and conventions of the camera model."""

from __future__ import annotations

import numpy as np
import pytest

from engine.camera import Camera
from engine.errors import InvalidInputError

CAMERA = Camera(640, 480, 476.0, 470.0, 313.7, 242.8)


def test_a_point_right_of_below_and_before_the_camera_lands_right_below_the_centre() -> None:
    u, v = CAMERA.project(np.array([100.0, 50.0, 500.0]))
    assert u == pytest.approx(313.7 + 476.0 * 0.2)
    assert v == pytest.approx(242.8 + 470.0 * 0.1)


def test_unprojection_inverts_projection() -> None:
    points = np.random.default_rng(0).uniform([-300, -300, 200], [300, 300, 1000], (50, 3))
    back = CAMERA.unproject(CAMERA.project(points), points[:, 2])
    np.testing.assert_allclose(back, points, atol=0.01)


def test_a_resized_image_shows_a_point_at_the_same_place() -> None:
    half = CAMERA.resized(320, 240)
    full_uv = CAMERA.project(np.array([30.0, -40.0, 400.0]))
    half_uv = half.project(np.array([30.0, -40.0, 400.0]))
    np.testing.assert_allclose((half_uv + 0.5) * 2 - 0.5, full_uv, atol=1e-3)


@pytest.mark.parametrize("field", ["width", "fx", "depth_unit_mm", "fps"])
@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf"), 1e-305, 1e30, 10**400])
def test_unusable_intrinsics_are_named(field: str, value: float) -> None:
    values = {"width": 640, "height": 480, "fx": 400.0, "fy": 400.0, "cx": 320.0, "cy": 240.0}
    with pytest.raises(InvalidInputError, match=field):
        Camera(**{**values, field: value})  # type: ignore[arg-type]
