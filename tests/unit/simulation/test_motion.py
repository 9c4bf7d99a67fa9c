"""The synthetic hand's movement: smooth, reproducible, free to be asked at any time."""

from __future__ import annotations

import numpy as np
import pytest

from engine.simulation.angles import LOWER_RAD, UPPER_RAD
from engine.simulation.model import HandModel
from engine.simulation.motion import BOX_HIGH_MM, BOX_LOW_MM, HandMotion, HandState, minimum_jerk
from engine.simulation.sampler import PoseSampler

RATE_HZ = 60.0
SECONDS = 12.0


@pytest.fixture(scope="module")
def model() -> HandModel:
    return HandModel.load()


@pytest.fixture(scope="module")
def times() -> np.ndarray:
    return np.arange(0.0, SECONDS, 1.0 / RATE_HZ)


@pytest.fixture(scope="module")
def states(model: HandModel, times: np.ndarray) -> list[HandState]:
    motion = HandMotion(4, model)
    return [motion.at(float(t)) for t in times]


def test_any_moment_equals_the_same_moment_in_sequence(
    model: HandModel, times: np.ndarray, states: list[HandState]
) -> None:
    fresh = HandMotion(4, model)
    for n in np.random.default_rng(0).permutation(len(times))[:40]:
        state = fresh.at(float(times[n]))
        for mine, theirs in zip(state, states[n], strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_another_seed_moves_otherwise(model: HandModel, states: list[HandState]) -> None:
    other = HandMotion(5, model).at(0.0)
    assert not np.allclose(other.angles, states[0].angles)
    assert not np.allclose(other.t_camera_from_hand, states[0].t_camera_from_hand)


def test_the_hand_stays_in_its_box_and_limits(states: list[HandState]) -> None:
    places = np.stack([state.t_camera_from_hand for state in states])
    angles = np.stack([state.angles for state in states])
    assert (places >= BOX_LOW_MM).all()
    assert (places <= BOX_HIGH_MM).all()
    assert (angles >= LOWER_RAD).all()
    assert (angles <= UPPER_RAD).all()


def test_rotations_are_proper(states: list[HandState]) -> None:
    R = np.stack([state.R_camera_from_hand for state in states])
    np.testing.assert_allclose(
        R @ R.transpose(0, 2, 1), np.broadcast_to(np.eye(3), R.shape), atol=1e-9
    )
    np.testing.assert_allclose(np.linalg.det(R), 1.0, atol=1e-9)


def test_joints_move_no_faster_than_a_hand(model: HandModel, states: list[HandState]) -> None:
    shape = np.zeros(model.n_shape)
    joints = np.stack(
        [
            model.pose_joints(s.angles, shape, s.R_camera_from_hand, s.t_camera_from_hand)
            for s in states
        ]
    )
    speed_mm_s = np.linalg.norm(np.diff(joints, axis=0), axis=-1) * RATE_HZ
    assert speed_mm_s.max() < 2000.0
    # It never jumps between slots either: the change of speed within a frame is bounded.
    assert np.abs(np.diff(speed_mm_s, axis=0)).max() < 250.0


def test_gestures_change_and_are_held(states: list[HandState]) -> None:
    angles = np.stack([state.angles for state in states])
    change = np.abs(np.diff(angles, axis=0)).max(axis=1)
    assert (change < 1e-6).mean() > 0.2
    assert np.rad2deg(np.ptp(angles, axis=0)).max() > 40.0


def test_fingers_hardly_penetrate_on_the_way(model: HandModel, states: list[HandState]) -> None:
    sampler = PoseSampler(model)
    depths = [sampler.penetration_mm(state.angles) for state in states]
    assert max(depths) < 8.0
    assert np.mean(np.array(depths) > 4.5) < 0.02


def test_minimum_jerk_starts_and_ends_at_rest() -> None:
    assert minimum_jerk(0.0) == 0.0
    assert minimum_jerk(1.0) == 1.0
    assert minimum_jerk(0.5) == pytest.approx(0.5)
    assert minimum_jerk(0.01) < 1e-4
