"""The pose sampler: limits, reproducibility, coupling, self-collision; named gestures."""

from __future__ import annotations

import numpy as np
import pytest

from engine.simulation.angles import ANGLE_INDEX, LOWER_RAD, UPPER_RAD
from engine.simulation.collision import (
    ALLOWED_PENETRATION_MM,
    capsule_pairs,
    capsules_of,
    closest_points,
)
from engine.simulation.gestures import (
    FREQUENT,
    GESTURES,
    gesture_angles,
    gesture_weights,
)
from engine.simulation.model import HandModel
from engine.simulation.sampler import PoseSampler
from engine.skeleton import FINGER_JOINTS

COUNT = 4096


@pytest.fixture(scope="module")
def model() -> HandModel:
    return HandModel.load()


@pytest.fixture(scope="module")
def sampler(model: HandModel) -> PoseSampler:
    return PoseSampler(model)


@pytest.fixture(scope="module")
def poses(sampler: PoseSampler) -> np.ndarray:
    return sampler.sample_batch(np.random.default_rng(5), COUNT)


def joints_of(model: HandModel, angles: np.ndarray) -> np.ndarray:
    """Joints [21, 3] in mm, hand frame, of the average hand."""
    return model.pose_joints(angles, np.zeros(model.n_shape), np.eye(3), np.zeros(3))


def test_samples_lie_within_the_limits(poses: np.ndarray) -> None:
    assert poses.shape == (COUNT, 24)
    assert poses.dtype == np.float32
    assert (poses >= LOWER_RAD).all()
    assert (poses <= UPPER_RAD).all()


def test_every_angle_moves(poses: np.ndarray) -> None:
    assert (np.rad2deg(poses.std(axis=0)) > 2.0).all()


def test_the_same_seed_gives_the_same_poses(sampler: PoseSampler, poses: np.ndarray) -> None:
    again = sampler.sample_batch(np.random.default_rng(5), COUNT)
    other = sampler.sample_batch(np.random.default_rng(6), COUNT)
    np.testing.assert_array_equal(poses, again)
    assert not np.array_equal(poses, other)


def test_single_samples_are_those_of_a_batch(sampler: PoseSampler, poses: np.ndarray) -> None:
    rng = np.random.default_rng(5)
    np.testing.assert_array_equal([sampler.sample(rng) for _ in range(20)], poses[:20])


def test_accepted_samples_do_not_penetrate_themselves(
    sampler: PoseSampler, poses: np.ndarray
) -> None:
    depths = np.array([sampler.penetration_mm(pose) for pose in poses])
    assert depths.max() <= ALLOWED_PENETRATION_MM
    # Fingers do touch: a sampler that keeps away from contact would miss fists and pinches.
    assert (depths > 0.0).mean() > 0.1


def test_penetration_sees_a_thumb_pushed_through_the_index_finger(
    sampler: PoseSampler, model: HandModel
) -> None:
    fist = gesture_angles("fist_thumb_over")
    open_hand = gesture_angles("spread")
    through = fist.copy()
    through[ANGLE_INDEX["thumb_cmc_abduction"]] = 0.0
    assert sampler.penetration_mm(through) > ALLOWED_PENETRATION_MM
    assert sampler.penetration_mm(open_hand) < 0.0
    parted = sampler.separated(through)
    assert sampler.penetration_mm(parted) < sampler.penetration_mm(through)


def test_neighbouring_fingers_bend_together(poses: np.ndarray) -> None:
    fingers = poses[:, ANGLE_INDEX["index_mcp_flexion"] :].reshape(-1, 4, 4)
    for part in (0, 2):
        for first in range(3):
            pair = np.corrcoef(fingers[:, first, part], fingers[:, first + 1, part])[0, 1]
            assert 0.35 < pair < 0.85


def test_finger_tips_follow_their_middle_joints(poses: np.ndarray) -> None:
    fingers = poses[:, ANGLE_INDEX["index_mcp_flexion"] :].reshape(-1, 4, 4)
    slope, _ = np.polyfit(fingers[..., 2].ravel(), fingers[..., 3].ravel(), 1)
    assert 0.45 < slope < 0.7


def test_bent_fingers_spread_less(poses: np.ndarray) -> None:
    fingers = poses[:, ANGLE_INDEX["index_mcp_flexion"] :].reshape(-1, 4, 4)
    bent = np.rad2deg(fingers[..., 0]) > 60.0
    straight = np.abs(np.rad2deg(fingers[..., 0])) < 15.0
    assert fingers[..., 1][bent].std() < 0.6 * fingers[..., 1][straight].std()


def test_gestures_lie_within_the_limits_and_nearly_free_of_collisions(
    sampler: PoseSampler,
) -> None:
    for name in GESTURES:
        angles = gesture_angles(name)
        assert (angles >= LOWER_RAD - 1e-6).all(), name
        assert (angles <= UPPER_RAD + 1e-6).all(), name
        assert sampler.penetration_mm(sampler.separated(angles)) <= ALLOWED_PENETRATION_MM, name


def test_frequent_gestures_are_gestures_and_all_have_a_weight() -> None:
    assert set(FREQUENT) <= set(GESTURES)
    assert gesture_weights().sum() == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("name", "finger"),
    [
        ("ok", "index"),
        ("pinch_index", "index"),
        ("pinch_middle", "middle"),
        ("pinch_ring", "ring"),
        ("pinch_little", "little"),
    ],
)
def test_a_pinch_brings_the_thumb_to_its_finger(model: HandModel, name: str, finger: str) -> None:
    joints = joints_of(model, gesture_angles(name))
    thumb = joints[FINGER_JOINTS["thumb"][3]]
    assert np.linalg.norm(thumb - joints[FINGER_JOINTS[finger][3]]) < 14.0


def test_a_fist_is_shorter_than_an_open_hand(model: HandModel) -> None:
    tips = [FINGER_JOINTS[finger][3] for finger in ("index", "middle", "ring", "little")]
    fist = joints_of(model, gesture_angles("fist_thumb_over"))[tips]
    spread = joints_of(model, gesture_angles("spread"))[tips]
    assert (np.linalg.norm(fist, axis=1) < 0.55 * np.linalg.norm(spread, axis=1)).all()


def test_capsules_follow_the_hand(model: HandModel) -> None:
    ends, radii, bones = capsules_of(np.asarray(model.joints, np.float64))
    doubled = capsules_of(2.0 * np.asarray(model.joints, np.float64))
    np.testing.assert_allclose(doubled[0], 2.0 * ends, atol=1e-4)
    np.testing.assert_allclose(doubled[1], 2.0 * radii)
    np.testing.assert_array_equal(doubled[2], bones)
    pairs = {(int(a), int(b)) for a, b in capsule_pairs()}
    assert all(bones[a] != bones[b] for a, b in pairs)


def test_segment_distance_agrees_with_a_fine_search() -> None:
    rng = np.random.default_rng(0)
    grid = np.linspace(0.0, 1.0, 401)[:, None]
    for _ in range(50):
        p, q = rng.uniform(-50.0, 50.0, (2, 2, 3))
        along_p, along_q = p[0] + grid * (p[1] - p[0]), q[0] + grid * (q[1] - q[0])
        searched = np.linalg.norm(along_p[:, None] - along_q[None], axis=-1).min()
        s, t, distance = closest_points(p, q)
        assert distance == pytest.approx(searched, abs=0.3)
        reached = np.linalg.norm(p[0] + s * (p[1] - p[0]) - q[0] - t * (q[1] - q[0]))
        assert distance == pytest.approx(reached, abs=1e-6)
