"""Distortion against the SDK's own formulas, and images as a pinhole camera would see them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.camera import Camera
from engine.distortion import Distortion, distortion_of
from engine.sources import open_source
from engine.sources.lens import Lens, Rectifier
from engine.types import Frame
from tests import sdk_recordings

COEFFS = (0.12, -0.05, 0.004, 0.003, 0.02)
PLANE_MM = 500.0


def seen_by_the_sdk(model: str, coeffs: list[float], rays: NDArray[np.float64]) -> np.ndarray:
    """Where the SDK says that rays are seen, in units of the focal length."""
    sdk = pytest.importorskip("pyrealsense2", reason="the RealSense SDK is not installed")
    lens = sdk.intrinsics()
    lens.width, lens.height, lens.fx, lens.fy, lens.ppx, lens.ppy = 640, 480, 1.0, 1.0, 0.0, 0.0
    lens.model, lens.coeffs = getattr(sdk.distortion, model), coeffs
    return np.array([sdk.rs2_project_point_to_pixel(lens, [x, y, 1.0]) for x, y in rays])


@pytest.mark.parametrize(
    ("model", "coeffs"),
    [
        ("brown_conrady", COEFFS),
        ("modified_brown_conrady", COEFFS),
        ("ftheta", (0.9, 0.0, 0.0, 0.0, 0.0)),
        ("kannala_brandt4", (0.05, 0.01, -0.02, 0.003, 0.0)),
    ],
)
def test_rays_are_bent_as_the_sdk_bends_them(model: str, coeffs: tuple[float, ...]) -> None:
    rays = np.random.default_rng(0).uniform(-0.6, 0.6, (40, 2))
    distortion = distortion_of(f"distortion.{model}", coeffs)
    assert distortion is not None
    found = np.stack(distortion.apply(rays[:, 0], rays[:, 1]), axis=-1)
    np.testing.assert_allclose(found, seen_by_the_sdk(model, list(coeffs), rays), atol=1e-6)


def test_the_inverse_model_leads_from_the_image_to_the_rays() -> None:
    places = np.random.default_rng(0).uniform(-0.6, 0.6, (40, 2))
    x, y = places.T
    k1, k2, p1, p2, k3 = COEFFS
    r2 = x * x + y * y
    f = 1 + k1 * r2 + k2 * r2**2 + k3 * r2**3
    ray_x = x * f + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    ray_y = y * f + 2 * p2 * x * y + p1 * (r2 + 2 * y * y)
    distortion = distortion_of("Inverse Brown Conrady", COEFFS)
    assert distortion is not None
    np.testing.assert_allclose(np.stack(distortion.apply(ray_x, ray_y), axis=-1), places, atol=1e-6)


def test_ros_names_are_those_of_the_same_models() -> None:
    rays = np.random.default_rng(1).uniform(-0.5, 0.5, (2, 40))
    pairs = [
        ("plumb_bob", COEFFS, "Brown Conrady", COEFFS),
        ("plumb_bob", COEFFS[:4], "Brown Conrady", (*COEFFS[:4], 0.0)),
        ("rational_polynomial", (*COEFFS, 0.0, 0.0, 0.0), "Brown Conrady", COEFFS),
        ("equidistant", (0.1, 0.02, 0.0, 0.0), "Kannala Brandt4", (0.1, 0.02, 0.0, 0.0, 0.0)),
    ]
    for name, numbers, other, others in pairs:
        one, two = distortion_of(name, numbers), distortion_of(other, others)
        assert one is not None
        assert two is not None
        np.testing.assert_allclose(one.apply(*rays), two.apply(*rays))
    # Dividing by 1 + k4 r2 is what the rational model is about.
    divided = distortion_of("rational_polynomial", (0.0, 0.0, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0))
    assert divided is not None
    np.testing.assert_allclose(divided.apply(np.array([0.6]), np.array([0.0]))[0], 0.6 / 1.18)


def drawn(distortion: Distortion, lens: Lens) -> NDArray[np.uint16]:
    """What a lens sees of points on a grid in a plane: a number for each, at its pixel."""
    image = np.zeros((lens.height, lens.width), np.uint16)
    for number, (x, y) in enumerate(grid(), start=1):
        u, v = distortion.apply(np.array([x]), np.array([y]))
        column, row = round(u[0] * lens.fx + lens.cx), round(v[0] * lens.fy + lens.cy)
        image[row - 1 : row + 2, column - 1 : column + 2] = number
    return image


def grid() -> list[tuple[float, float]]:
    return [(0.1 * i, 0.1 * j) for i in range(-4, 5) for j in range(-3, 4)]


@pytest.mark.parametrize("model", ["plumb_bob", "inverse_brown_conrady", "modified_brown_conrady"])
def test_points_lie_where_the_pinhole_camera_says(model: str) -> None:
    lens = Lens(320, 240, 230.0, 232.0, 157.3, 121.8, model, COEFFS)
    distortion = distortion_of(model, COEFFS)
    assert distortion is not None
    rectifier = Rectifier(lens)
    assert rectifier.shape == (240, 320)
    assert rectifier.notice == ""
    seen = rectifier(drawn(distortion, lens))
    camera = rectifier.lens.camera(0.001, 30.0, "test")
    assert seen.shape == (camera.height, camera.width)
    for number, (x, y) in enumerate(grid(), start=1):
        rows, columns = np.nonzero(seen == number)
        middle = np.array([columns.mean(), rows.mean()])
        ray = np.array([x, y, 1.0]) * PLANE_MM
        np.testing.assert_allclose(middle, camera.project(ray), atol=1.0)
    # Whoever ignores the lens is off by more than two pixels at the grid's corner.
    corner = np.array([[0.4], [0.3]])
    assert np.linalg.norm(np.array(distortion.apply(*corner)) - corner) * lens.fx > 2.0


def test_a_lens_without_distortion_leaves_images_as_they_are() -> None:
    image = np.arange(12, dtype=np.uint16).reshape(3, 4)
    for model, coeffs in (("", ()), ("None", (0.1,)), ("plumb_bob", (0.0,) * 5), ("odd", (0.0,))):
        rectifier = Rectifier(Lens(4, 3, 5.0, 5.0, 1.5, 1.0, model, coeffs))
        assert rectifier(image) is image
        assert rectifier.lens == Lens(4, 3, 5.0, 5.0, 1.5, 1.0)
        assert rectifier.notice == ""


def test_a_fisheye_keeps_what_fits_and_says_so() -> None:
    lens = Lens(400, 400, 140.0, 140.0, 199.5, 199.5, "equidistant", (0.01, 0.0, 0.0, 0.0))
    rectifier = Rectifier(lens)
    assert (rectifier.lens.width, rectifier.lens.height) == (600, 600)
    assert "widest rays" in rectifier.notice
    seen = rectifier(np.ones((400, 400), np.float32))
    assert seen.all()


@pytest.mark.parametrize(
    ("model", "coeffs", "words"),
    [
        ("omnidirectional", (0.15, 0.05, 0.0, 0.0, 0.0), r"model is not known.* 500 mm.* mm off"),
        ("plumb_bob", (float("nan"), 0.1), r"cannot be used.*not known"),
        ("plumb_bob", (1e30, 0.1), "numbers"),
        ("plumb_bob", (-99.0,), "numbers"),
        ("ftheta", (7.0,), "angle is impossible"),
        ("rational_polynomial", (*COEFFS, 0, 0, 0, 0, 0, 0, 0, 0.1), "cannot be used"),
    ],
)
def test_what_cannot_be_undone_is_told(model: str, coeffs: tuple[float, ...], words: str) -> None:
    rectifier = Rectifier(Lens(640, 480, 500.0, 500.0, 320.0, 240.0, model, coeffs))
    image = np.ones((480, 640), np.uint16)
    assert rectifier(image) is image
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(rectifier.notice)
    assert "\n" not in rectifier.notice


def test_recordings_of_the_sdk_bring_their_lens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sdk = pytest.importorskip("pyrealsense2", reason="the RealSense SDK is not installed")
    plain = sdk_recordings.sdk_stream

    def distorted(sdk: Any, camera: Camera) -> Any:
        stream = plain(sdk, camera)
        lens = stream.intrinsics
        lens.model, lens.coeffs = sdk.distortion.brown_conrady, [-0.2, 0.0, 0.0, 0.0, 0.0]
        stream.intrinsics = lens
        return stream

    monkeypatch.setattr(sdk_recordings, "sdk_stream", distorted)
    camera = Camera(64, 48, 60.0, 60.0, 31.5, 23.5)
    image = np.full((48, 64), 700.0, np.float32)
    distortion = distortion_of("Brown Conrady", (-0.2,))
    assert distortion is not None
    u, v = distortion.apply(np.array([0.4]), np.array([0.3]))
    column, row = round(u[0] * 60.0 + 31.5), round(v[0] * 60.0 + 23.5)
    image[row, column] = 500.0
    frames = [Frame(image, 33.0 * k, k, camera) for k in range(3)]
    sdk_recordings.record_with_sdk(sdk, tmp_path / "a.db3", frames, camera)
    source = open_source(str(tmp_path / "a.db3"))
    frame = source.read()
    source.close()
    assert frame is not None
    assert source.camera.width > 64  # a barrel shows more than its pinhole camera
    rows, columns = np.nonzero(frame.depth_mm == 500.0)
    expected = source.camera.project(np.array([0.4, 0.3, 1.0]) * 500.0)
    np.testing.assert_allclose([columns.mean(), rows.mean()], expected, atol=1.0)


def test_how_far_pixels_were_moved_is_told() -> None:
    bent = Rectifier(Lens(160, 120, 130.0, 130.0, 79.5, 59.5, "plumb_bob", (0.2, 0, 0, 0, 0)))
    camera = bent.lens.pinhole(1.0, 30.0, "bent")
    # The corner is 0.76 focal lengths from the axis: 0.2 * 0.76^3 of 130 pixels, within the image.
    assert 5.0 < camera.lens_shift_px < 12.0
    straight = Rectifier(Lens(160, 120, 130.0, 130.0, 79.5, 59.5)).lens.pinhole(1.0, 30.0, "a")
    assert straight.lens_shift_px == 0.0
    assert camera.resized(320, 240).lens_shift_px == 2.0 * camera.lens_shift_px
