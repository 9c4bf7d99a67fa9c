"""Orientations of the hand before the camera."""

from __future__ import annotations

import numpy as np

from engine.simulation.orientation import VIEWS, rotation_from_view, sample_orientations

UP_IN_IMAGE = np.array([0.0, -1.0, 0.0])
TO_CAMERA = np.array([0.0, 0.0, -1.0])
RIGHT_IN_IMAGE = np.array([1.0, 0.0, 0.0])


def view(roll: float, tilt: float, yaw: float) -> np.ndarray:
    return rotation_from_view(np.array([[roll, tilt, yaw]]))[0]


def test_orientations_are_proper_rotations() -> None:
    R = sample_orientations(np.random.default_rng(0), 2000)
    np.testing.assert_allclose(
        R @ R.transpose(0, 2, 1), np.broadcast_to(np.eye(3), R.shape), atol=1e-9
    )
    np.testing.assert_allclose(np.linalg.det(R), 1.0, atol=1e-9)


def test_the_same_seed_gives_the_same_orientations() -> None:
    first = sample_orientations(np.random.default_rng(3), 50)
    again = sample_orientations(np.random.default_rng(3), 50)
    np.testing.assert_array_equal(first, again)


def test_directions_of_the_views() -> None:
    shown = view(0.0, 0.0, 0.0)
    np.testing.assert_allclose(shown[:, 1], UP_IN_IMAGE, atol=1e-12)
    np.testing.assert_allclose(shown[:, 2], TO_CAMERA, atol=1e-12)
    np.testing.assert_allclose(shown[:, 0], RIGHT_IN_IMAGE, atol=1e-12)
    np.testing.assert_allclose(view(0.0, 0.0, 180.0)[:, 2], -TO_CAMERA, atol=1e-12)
    np.testing.assert_allclose(view(0.0, 90.0, 0.0)[:, 1], TO_CAMERA, atol=1e-12)
    np.testing.assert_allclose(view(90.0, 0.0, 0.0)[:, 1], RIGHT_IN_IMAGE, atol=1e-12)


def test_palm_and_back_are_seen_most_but_nothing_never() -> None:
    R = sample_orientations(np.random.default_rng(1), 20_000)
    facing = R[:, :, 2] @ TO_CAMERA
    up = R[:, :, 1] @ UP_IN_IMAGE
    at_camera = R[:, :, 1] @ TO_CAMERA
    assert (facing > 0.7).mean() > 0.25
    assert (facing < -0.7).mean() > 0.2
    assert (up > 0.7).mean() > 0.45
    assert 0.02 < (at_camera > 0.9).mean() < 0.2
    # Rotations no view favours: fingers down, palm and back.
    for sign in (1.0, -1.0):
        assert ((up < -0.6) & (sign * facing > 0.3)).mean() > 0.005


def test_the_weights_leave_room_for_uniform_rotations() -> None:
    total = sum(v.weight for v in VIEWS.values())
    assert 0.8 < total < 0.99
