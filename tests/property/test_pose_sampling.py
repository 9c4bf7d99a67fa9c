"""Whatever the seed: poses within the limits, free of collisions; movement without jumps."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.simulation.angles import LOWER_RAD, UPPER_RAD
from engine.simulation.collision import ALLOWED_PENETRATION_MM
from engine.simulation.model import HandModel
from engine.simulation.motion import HandMotion
from engine.simulation.orientation import rotation_from_view, sample_orientations
from engine.simulation.sampler import PoseSampler

MODEL = HandModel.load()
SAMPLER = PoseSampler(MODEL)
SEEDS = st.integers(0, 2**32 - 1)
ANGLES_DEG = st.floats(-360.0, 360.0)


@given(seed=SEEDS, count=st.integers(0, 64))
@settings(max_examples=40, deadline=None)
def test_sampled_poses_are_possible(seed: int, count: int) -> None:
    poses = SAMPLER.sample_batch(np.random.default_rng(seed), count)
    assert poses.shape == (count, 24)
    assert ((poses >= LOWER_RAD) & (poses <= UPPER_RAD)).all()
    assert all(SAMPLER.penetration_mm(pose) <= ALLOWED_PENETRATION_MM for pose in poses)


@given(seed=SEEDS)
@settings(max_examples=40, deadline=None)
def test_separation_keeps_the_limits_and_never_worsens_much(seed: int) -> None:
    rng = np.random.default_rng(seed)
    pose = rng.uniform(LOWER_RAD, UPPER_RAD).astype(np.float32)
    parted = SAMPLER.separated(pose)
    assert (parted >= LOWER_RAD - 1e-6).all()
    assert (parted <= UPPER_RAD + 1e-6).all()
    before = SAMPLER.penetration_mm(pose)
    if before <= ALLOWED_PENETRATION_MM - 0.1:
        np.testing.assert_array_equal(parted, pose)


@given(roll=ANGLES_DEG, tilt=ANGLES_DEG, yaw=ANGLES_DEG)
@settings(max_examples=50, deadline=None)
def test_views_are_rotations(roll: float, tilt: float, yaw: float) -> None:
    R = rotation_from_view(np.array([[roll, tilt, yaw]]))[0]
    np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(R) > 0.0


@given(seed=SEEDS, t=st.floats(0.0, 1e5))
@settings(max_examples=25, deadline=None)
def test_movement_is_continuous_everywhere(seed: int, t: float) -> None:
    motion = HandMotion(seed % 7, MODEL)
    step_s = 1e-3
    before, after = motion.at(t), motion.at(t + step_s)
    assert np.abs(after.angles - before.angles).max() < 12.0 * step_s
    turned = before.R_camera_from_hand.T @ after.R_camera_from_hand
    assert np.arccos(np.clip((np.trace(turned) - 1.0) / 2.0, -1.0, 1.0)) < 8.0 * step_s
    assert np.abs(after.t_camera_from_hand - before.t_camera_from_hand).max() < 500.0 * step_s


@given(seed=SEEDS)
@settings(max_examples=20, deadline=None)
def test_orientations_depend_on_the_generator_alone(seed: int) -> None:
    one, other = (sample_orientations(np.random.default_rng(seed), 3) for _ in range(2))
    np.testing.assert_array_equal(one, other)
