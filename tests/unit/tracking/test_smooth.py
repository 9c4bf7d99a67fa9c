"""Smoothing: steady at rest, quick in motion, started anew after gaps and leaps."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from engine.camera import FloatArray
from engine.skeleton import FINGER_JOINTS
from engine.tracking.smooth import FilterState, smooth
from engine.tracking.smooth_kernel import LEAP_MM, fitted, rotation, rotation_vector
from engine.tracking.smoothing import SMOOTHING, SmoothConfig, Smoothing
from tests.bench.smoothing import EXPECTED_MM, FINGER, HAND, jitter_of, lag_ms_of, still_hand

NORMAL = SMOOTHING[Smoothing.NORMAL]
assert NORMAL is not None
CONFIG: SmoothConfig = NORMAL
STEP_MS = 1000.0 / 30.0
STILL = still_hand()
LEVELS = [config for config in SMOOTHING.values() if config is not None]


def shown(
    seen_at: Callable[[int], FloatArray],
    frames: int,
    config: SmoothConfig = CONFIG,
    sigma_mm: FloatArray = EXPECTED_MM,
) -> FloatArray:
    """Smoothed joints [frames, 21, 3] of what is seen in each frame."""
    state = FilterState.start(seen_at(0), 0.0)
    joints = [state.joints_mm]
    for k in range(1, frames):
        state = smooth(state, seen_at(k), sigma_mm, k * STEP_MS, config)
        joints.append(state.joints_mm)
    return np.stack(joints)


def bends(joints: FloatArray) -> float:
    return float(np.diff(joints, 2, axis=0).std())


@pytest.mark.parametrize("fps", [30.0, 90.0])
def test_each_level_is_calmer_than_the_one_before_and_none_is_late(fps: float) -> None:
    assert tuple(SMOOTHING) == tuple(Smoothing)
    jitter = [jitter_of(level, fps) for level in Smoothing]
    assert jitter[0] == pytest.approx(1.0) and abs(lag_ms_of(Smoothing.OFF, fps)) < 0.5
    assert all(after < 0.85 * before for before, after in pairwise(jitter))
    assert jitter[2] < 0.25
    fingers = [lag_ms_of(level, fps, FINGER) for level in Smoothing]
    assert all(after > before for before, after in pairwise(fingers))
    assert fingers[-1] < 33.0
    assert max(lag_ms_of(level, fps, HAND) for level in Smoothing) < 12.0


def test_a_steady_movement_is_shown_without_delay() -> None:
    """Place and turn go on with their velocity, so only changes of it come late."""
    middle = STILL.mean(axis=0)

    def seen(k: int) -> FloatArray:
        turn = Rotation.from_euler("yz", (1.5 * k, 1.0 * k), degrees=True).as_matrix()
        moved = (STILL - middle) @ turn.T + middle + np.array([8.0 * k, 0.0, 2.0 * k])
        return moved.astype(np.float32)

    late = np.linalg.norm(shown(seen, 40)[-1] - seen(39), axis=-1)
    step = np.linalg.norm(seen(39) - seen(38), axis=-1)
    assert (late < 0.5 * step).all()


def test_a_still_finger_goes_along_with_a_hand_that_moves_and_turns() -> None:
    """A rigid movement changes no distance between joints, however it is filtered."""
    rng = np.random.default_rng(1)
    place = np.cumsum(np.cumsum(rng.normal(0.0, 1.0, (60, 3)), axis=0), axis=0)
    turns = Rotation.from_rotvec(np.cumsum(rng.normal(0.0, 0.05, (60, 3)), axis=0)).as_matrix()
    middle = STILL.mean(axis=0)
    moved = (STILL - middle) @ turns.transpose(0, 2, 1) + middle + place[:, None]
    seen = moved.astype(np.float32)
    for joints in shown(seen.__getitem__, 60):
        apart = np.linalg.norm(joints[:, None] - joints[None], axis=-1)
        true = np.linalg.norm(STILL[:, None] - STILL[None], axis=-1)
        np.testing.assert_allclose(apart, true, atol=0.05)


def test_a_joint_that_the_network_is_unsure_of_is_believed_less() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0.0, 3.0, (200, 21, 3)).astype(np.float32)
    unsure = EXPECTED_MM.copy()
    tip = FINGER_JOINTS["index"][-1]
    unsure[list(FINGER_JOINTS["index"])] = 15.0
    calm = shown(lambda k: STILL + noise[k], 200, sigma_mm=unsure)
    usual = shown(lambda k: STILL + noise[k], 200)
    assert bends(calm[20:, tip]) < 0.8 * bends(usual[20:, tip])


def test_a_finger_follows_once_all_of_it_is_seen_to_move() -> None:
    """Joints of a finger that move alike are believed sooner than one that trembles as much."""
    finger, tip = list(FINGER_JOINTS["index"])[1:], FINGER_JOINTS["index"][-1]

    def moved(joints: list[int], k: int) -> FloatArray:
        seen = STILL.copy()
        seen[joints, 0] += 15.0 * (k >= 20)
        return seen

    together = shown(lambda k: moved(finger, k), 23)[-1, tip, 0] - STILL[tip, 0]
    alone = shown(lambda k: moved([tip], k), 23)[-1, tip, 0] - STILL[tip, 0]
    assert together > 1.1 * alone


def test_a_gap_or_a_clock_that_stands_still_starts_anew() -> None:
    state = FilterState.start(STILL, 1000.0)
    far = STILL + np.float32(20.0)
    for when in (1000.0, 900.0, 2000.0):
        after = smooth(state, far, EXPECTED_MM, when, CONFIG)
        np.testing.assert_array_equal(after.joints_mm, far)
        assert not after.motions.any()


@pytest.mark.parametrize("config", LEVELS)
def test_a_leap_is_shown_at_once_and_does_not_fling_the_hand_on(config: SmoothConfig) -> None:
    leap = np.array([1.2 * LEAP_MM, 0.0, 0.0], np.float32)
    joints = shown(lambda k: STILL + leap * (k >= 5), 12, config)
    np.testing.assert_allclose(joints[5:], np.tile(STILL + leap, (7, 1, 1)), atol=0.01)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), level=st.sampled_from(LEVELS), scale=st.floats(0.1, 60.0))
def test_whatever_is_seen_what_is_shown_is_near_and_comes_to_rest_there(
    seed: int, level: SmoothConfig, scale: float
) -> None:
    rng = np.random.default_rng(seed)
    shaken = STILL + rng.normal(0.0, scale, (30, 21, 3)).astype(np.float32)
    sigma = rng.uniform(0.5, 40.0, 21).astype(np.float32)
    joints = shown(lambda k: shaken[k] if k < 30 else STILL, 400, level, sigma)
    assert np.isfinite(joints).all()
    assert np.linalg.norm(joints - STILL, axis=-1).max() < 12.0 * scale + 1.0
    last, before = joints[-1], joints[-60]
    assert np.abs(last - STILL).max() <= np.abs(before - STILL).max() + 0.05
    middle = np.abs((last - STILL).mean(axis=0)).max()
    assert middle < 0.3 * scale + 0.05


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_smoothing_does_not_depend_on_where_the_camera_looks(seed: int) -> None:
    """A hand seen by a camera that is turned and stands elsewhere is smoothed alike."""
    rng = np.random.default_rng(seed)
    R = Rotation.random(random_state=seed).as_matrix()
    shift = rng.normal(0.0, 300.0, 3)
    walk = np.cumsum(rng.normal(0.0, 4.0, (25, 1, 3)), axis=0) + rng.normal(0.0, 3.0, (25, 21, 3))
    seen = (STILL + walk).astype(np.float32)
    other = (seen @ R.T + shift).astype(np.float32)
    here, there = shown(seen.__getitem__, 25), shown(other.__getitem__, 25)
    np.testing.assert_allclose(here @ R.T + shift, there, atol=0.05)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-0.8, 0.8), min_size=3, max_size=3))
def test_a_rigid_movement_is_found(vector: list[float]) -> None:
    turn = Rotation.from_rotvec(np.array(vector) / np.sqrt(3.0))
    shape = (STILL - STILL.mean(axis=0)).astype(np.float64)
    moved = np.array([30.0, -10.0, 460.0])
    R, found = fitted(shape, turn.apply(shape) + moved, np.ones(21))
    np.testing.assert_allclose(rotation_vector(R), turn.as_rotvec(), atol=0.02)
    np.testing.assert_allclose(rotation(rotation_vector(R)), R, atol=1e-6)
    np.testing.assert_allclose(found, moved, atol=3.0)
