"""A crop seen anew is the crop that would have been cut from the frame: exact geometry."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.camera import Camera
from engine.simulation.model import HandModel
from engine.simulation.scene import Scene, SceneHand, render
from engine.skeleton import Handedness
from engine.tracking.crop import cut_crop, rotation_towards
from engine.tracking.crop_coordinates import CROP_SIZE, CUBE_MM, camera_to_uvd, uvd_to_camera
from engine.types import HandCrop
from training.crops.augment import NONE, AugmentConfig, view
from training.crops.crop_dataset import Sample, sample_of
from training.crops.domain_sampler import NOTHING

CAMERA = Camera(640, 480, 600.0, 600.0, 319.5, 239.5)
HALF_MM = CUBE_MM / 2
CENTRE = np.array([60.0, -40.0, 480.0])


class Drawn:
    """Stands in for a random generator: gives the centre's shift, the roll and the size."""

    def __init__(self, shift: tuple[float, ...], roll_rad: float, size: float) -> None:
        self._normal = iter([np.array(shift), np.log(size)])
        self._roll_deg = np.rad2deg(roll_rad)

    def normal(self, *args: object) -> object:
        return next(self._normal)

    def uniform(self, *args: object) -> float:
        return float(self._roll_deg)


@cache
def frame() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A rendered hand: depth and joints in mm."""
    model = HandModel.load()
    angles, shape = np.zeros(24, np.float32), np.zeros(model.n_shape, np.float32)
    R = np.diag([1.0, -1.0, -1.0]).astype(np.float32)
    joints = model.pose_joints(angles, shape, R, np.zeros(3, np.float32))
    t = (CENTRE - joints.mean(axis=0)).astype(np.float32)
    posed = model.pose(angles, shape, R, t)
    hand = SceneHand(model, angles, shape, R, t, Handedness.RIGHT, posed)
    return render(Scene((hand,), *NOTHING), CAMERA).depth_mm, posed.joints_mm


@cache
def first_crop() -> HandCrop:
    return cut_crop(frame()[0], CAMERA, CENTRE)


@cache
def sample() -> Sample:
    return sample_of(first_crop(), frame()[1])


def in_first_crop(crop: HandCrop) -> NDArray[np.bool_]:
    """Which pixels show what the first crop shows too: a view cannot know what that left out."""
    line = (np.arange(CROP_SIZE) + 0.5) * 2 / CROP_SIZE - 1
    v, u = np.meshgrid(line, line, indexing="ij")
    points = uvd_to_camera(crop, np.stack([u, v, crop.image], axis=-1))
    return np.abs(camera_to_uvd(first_crop(), points)).max(axis=-1) < 0.98


small = st.floats(-25.0, 25.0, width=32)


@settings(max_examples=20, deadline=None)
@given(st.tuples(small, small, small), st.floats(-np.pi, np.pi), st.floats(0.85, 1.2))
def test_a_new_view_is_what_the_frame_shows(
    shift: tuple[float, ...], roll_rad: float, size: float
) -> None:
    config = AugmentConfig(roll_deg=180.0, shift_mm=1.0, scale=0.1)
    seen = view(sample(), config, Drawn(shift, roll_rad, size))  # type: ignore[arg-type]
    # The same cube in the frame's camera: the first crop's axis is turned back.
    R = rotation_towards(CENTRE).astype(np.float64)
    distance = float(np.linalg.norm(CENTRE))
    inside = np.array([0.0, 0.0, distance]) + shift
    turned = rotation_towards(inside, roll_rad) @ R
    depth, joints = frame()
    direct = cut_crop(depth, CAMERA, R.T @ inside, cube_mm=CUBE_MM * size)
    # Cutting towards a centre leaves the roll open: it is what the two rotations differ by.
    spin = turned @ direct.R_crop_from_camera.T
    roll = float(np.arctan2(spin[1, 0], spin[0, 0]))
    direct = cut_crop(depth, CAMERA, R.T @ inside, cube_mm=CUBE_MM * size, roll_rad=roll)
    np.testing.assert_allclose(direct.R_crop_from_camera, turned, atol=1e-5)

    shown = (direct.image < 0.999) & in_first_crop(direct)
    both = (seen.sample.image < 0.999) & shown
    gap_mm = np.abs(seen.sample.image - direct.image)[both] * HALF_MM * size
    assert both.sum() > 0.95 * shown.sum()
    assert both.sum() > 0.95 * (seen.sample.image < 0.999).sum()
    assert np.median(gap_mm) < 0.8
    assert np.mean(gap_mm < 5.0) > 0.97

    truth = sample_of(direct, joints).points[:21] / size
    np.testing.assert_allclose(seen.sample.points[:21], truth, atol=0.01)
    assert seen.sample.perspective == pytest.approx(HALF_MM * size / direct.distance_mm, rel=1e-5)
    np.testing.assert_allclose(
        seen.sample.points[:21], sample().points[:21] @ seen.turn.T + seen.shift, atol=1e-3
    )
    assert np.linalg.det(seen.turn.astype(np.float64)) == pytest.approx(size**-3, rel=1e-4)


def test_no_augmentation_changes_nothing() -> None:
    seen = view(sample(), NONE, np.random.default_rng(0))
    assert seen.sample is sample()
    np.testing.assert_array_equal(seen.turn, np.eye(3))
    np.testing.assert_array_equal(seen.shift, 0.0)


def test_what_is_not_marked_stays_so() -> None:
    seen = view(sample(), AugmentConfig(), np.random.default_rng(0))
    assert np.isnan(seen.sample.points[21]).all()
    assert np.isfinite(seen.sample.points[:21]).all()


def test_damage_touches_depth_and_never_leaves_the_cube() -> None:
    plain = AugmentConfig(roll_deg=10.0, shift_mm=1.0, scale=0.01)
    hurt = AugmentConfig(roll_deg=10.0, shift_mm=1.0, scale=0.01, noise=0.02, hole=1.0)
    clean = view(sample(), plain, np.random.default_rng(3)).sample
    damaged = view(sample(), hurt, np.random.default_rng(3)).sample
    np.testing.assert_array_equal(clean.points, damaged.points)
    shown, left = clean.image < 0.999, damaged.image < 0.999
    assert left.sum() < shown.sum()
    assert not (left & ~shown).any()
    assert np.abs(damaged.image).max() <= 1.0
    change = (damaged.image - clean.image)[left]
    assert 0.01 < change.std() < 0.04
