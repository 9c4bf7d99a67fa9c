"""The synthetic camera in colour: what is lit and what is what."""

from __future__ import annotations

import numpy as np

from engine.camera import Camera
from engine.simulation.render import Part
from engine.simulation.shading import SKIN_RGB, WALL_RGB, shaded
from engine.sources.synthetic import SyntheticCamera

CAMERA = Camera(64, 48, 60.0, 60.0, 31.5, 23.5)


def plane(normal: tuple[float, float, float]) -> np.ndarray:
    """Depth [48, 64] of a plane through (0, 0, 500)."""
    x = (np.arange(64) - CAMERA.cx) / CAMERA.fx
    y = (np.arange(48) - CAMERA.cy) / CAMERA.fy
    towards = x[None] * normal[0] + y[:, None] * normal[1] + normal[2]
    return (500.0 * normal[2] / towards).astype(np.float32)


def test_a_plane_is_lit_alike_everywhere_and_by_its_turn() -> None:
    labels = np.full((48, 64), Part.WALL, np.uint8)
    facing = shaded(plane((0.0, 0.0, -1.0)), labels, CAMERA)
    assert np.ptp(facing.reshape(-1, 3), axis=0).max() <= 1
    upwards = shaded(plane((0.0, -0.6, -0.8)), labels, CAMERA)
    downwards = shaded(plane((0.0, 0.6, -0.8)), labels, CAMERA)
    assert upwards[24, 32].max() > facing[24, 32].max() > downwards[24, 32].max()
    assert (upwards[24, 32] <= WALL_RGB).all()


def test_edges_of_things_are_not_painted() -> None:
    depth, labels = plane((0.0, 0.0, -1.0)), np.full((48, 64), Part.WALL, np.uint8)
    depth[10:30, 10:30], labels[10:30, 10:30] = 400.0, Part.FOREARM
    pixels = shaded(depth, labels, CAMERA).astype(float)
    skin = pixels[10:30, 10:30].reshape(-1, 3)
    assert np.ptp(skin, axis=0).max() <= 1
    share = skin[0] / SKIN_RGB
    np.testing.assert_allclose(share, share[0], atol=0.01)


def test_the_synthetic_camera_has_colour_that_fits_its_depth() -> None:
    camera = SyntheticCamera(seed=3)
    first = camera.read()
    assert first is not None
    assert first.colour is None
    camera.rewind()
    camera.show_colour(True)
    frame = camera.read()
    assert frame is not None
    assert frame.colour is not None
    pixels = frame.colour.pixels().astype(float)
    shown = camera.labels(0)
    hand = (shown >= Part.FOREARM) & (shown <= Part.LAST_BONE)
    tone = pixels[hand] / np.array(SKIN_RGB)
    np.testing.assert_allclose(tone.std(axis=1), 0.0, atol=0.01)
    truth = camera.truth(0).joints_mm
    np.testing.assert_allclose(
        frame.colour.camera.project(truth), camera.camera.project(truth), atol=1e-3
    )
