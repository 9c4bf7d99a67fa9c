"""The colour camera: hands in its image, against the SDK's own projection."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.camera import Camera
from engine.colour import ColourCamera, ColourImage
from engine.errors import FrameError, InvalidInputError
from engine.sources.lens import Lens
from tests import colour_recordings as made

POINTS_MM = np.array([[0.0, 0.0, 400.0], [80.0, -60.0, 500.0], [-90.0, 40.0, 350.0]])
MODELS = (
    "none", "brown_conrady", "modified_brown_conrady", "inverse_brown_conrady", "ftheta",
    "kannala_brandt4",
)  # fmt: skip


def camera(**changes: Any) -> ColourCamera:
    lens = made.COLOUR
    values = (lens.width, lens.height, lens.fx, lens.fy, lens.cx, lens.cy)
    turn, move = made.TURN.astype(np.float32), made.MOVE_MM.astype(np.float32)
    return ColourCamera(
        *values, **({"R_colour_from_depth": turn, "t_colour_from_depth_mm": move} | changes)
    )


@pytest.mark.parametrize("model", MODELS)
def test_points_lie_where_the_sdk_puts_them(model: str) -> None:
    sdk = pytest.importorskip("pyrealsense2")
    coeffs = {"none": (0.0,) * 5, "ftheta": (0.9, 0.0, 0.0, 0.0, 0.0)}.get(model, made.COEFFS)
    if model == "kannala_brandt4":
        coeffs = (*made.COEFFS[:4], 0.0)
    stream = made.colour_stream(sdk, getattr(sdk.distortion, model))
    stream.intrinsics.coeffs = list(coeffs)
    lens = stream.intrinsics
    lens.coeffs = list(coeffs)
    placed = made.extrinsics(sdk)
    expected = [
        sdk.rs2_project_point_to_pixel(
            lens, sdk.rs2_transform_point_to_point(placed, (point / 1000.0).tolist())
        )
        for point in POINTS_MM
    ]
    found = camera(model=str(lens.model), coeffs=tuple(coeffs)).project(POINTS_MM)
    np.testing.assert_allclose(found, expected, atol=0.01)


def test_without_a_place_it_sees_as_the_depth_camera_does() -> None:
    lens = Lens(64, 48, 60.5, 61.5, 31.25, 23.75)
    same = ColourCamera(64, 48, 60.5, 61.5, 31.25, 23.75)
    depth = Camera(lens.width, lens.height, lens.fx, lens.fy, lens.cx, lens.cy)
    np.testing.assert_allclose(same.project(POINTS_MM), depth.project(POINTS_MM), atol=1e-4)


def test_what_lies_behind_it_is_nowhere() -> None:
    assert np.isnan(camera().project(np.array([0.0, 0.0, -300.0]))).all()


def test_a_lens_of_an_unknown_model_is_said_and_left_out() -> None:
    odd = camera(model="fancy", coeffs=(0.1,))
    assert "fancy" in odd.notice
    np.testing.assert_allclose(odd.project(POINTS_MM), camera().project(POINTS_MM))


@pytest.mark.parametrize(
    "changes",
    [
        {"R_colour_from_depth": np.full((3, 3), np.nan, np.float32)},
        {"t_colour_from_depth_mm": np.zeros(2, np.float32)},
    ],
)
def test_an_impossible_place_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match="place of the colour camera"):
        camera(**changes)


def test_an_impossible_lens_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="fx"):
        ColourCamera(64, 48, 0.0, 60.0, 30.0, 20.0)


def test_an_image_is_read_only_and_of_its_cameras_size() -> None:
    pixels = ColourImage(camera(), lambda: made.colours(3)).pixels()
    assert not pixels.flags.writeable
    np.testing.assert_array_equal(pixels, made.colours(3))
    with pytest.raises(FrameError, match="colour image is 80x59"):
        ColourImage(camera(), lambda: made.colours(3)[1:]).pixels()
