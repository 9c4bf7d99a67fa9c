"""Hands whose bones have the lengths that a profile knows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.cli.profiles import profile_lines
from engine.errors import InvalidInputError, ModelError
from engine.profile_store import StoredProfile
from engine.profiles import read_profile, write_profile
from engine.simulation.angles import ANGLE_COUNT
from engine.simulation.model import HandModel
from engine.skeleton import BONES, Handedness
from engine.sources.synthetic import SyntheticCamera
from engine.tracking.bones import ANOTHERS, BoneLengths, SeenBones, bone_lengths
from engine.tracking.config import TrackingSettings
from engine.tracking.estimate import Precision
from engine.tracking.pipeline import Pipeline
from engine.tracking.smoothing import Smoothing
from engine.types import HandPose, TrackedHand
from tests.profile_folders import draft, whole_profile

RNG = np.random.default_rng(7)


def hands(count: int) -> np.ndarray:
    """Joints [count, 21, 3] of one person's hand in several poses."""
    model = HandModel.load()
    shape, place = np.zeros(model.n_shape, np.float32), np.array([0, 0, 500], np.float32)
    angles = RNG.uniform(0.0, 0.6, (count, ANGLE_COUNT)).astype(np.float32)
    turn = np.eye(3, dtype=np.float32)
    return np.stack([model.pose_joints(each, shape, turn, place) for each in angles])


def pose(joints: np.ndarray, sigma_mm: float = 8.0) -> HandPose:
    return HandPose(joints, np.full(21, sigma_mm, np.float32), 0.9, Handedness.RIGHT)


def lengths(hand: TrackedHand) -> np.ndarray:
    return bone_lengths(hand.joints_mm)


def test_joints_come_nearer_to_the_truth() -> None:
    true = hands(40)
    person = BoneLengths(bone_lengths(true).mean(axis=0))
    seen = (true + RNG.normal(0.0, 5.0, true.shape)).astype(np.float32)
    fitted = np.stack([person.fitted(pose(each)).joints_mm for each in seen])
    before, after = (np.linalg.norm(each - true, axis=-1).mean() for each in (seen, fitted))
    assert after < 0.9 * before
    np.testing.assert_allclose(bone_lengths(fitted), np.tile(person.mm, (40, 1)), rtol=0.02)


def test_the_surer_joint_stays() -> None:
    joints = hands(1)[0]
    sigma = np.full(21, 1.0, np.float32)
    sigma[8] = 10.0  # the tip of the index finger
    longer = bone_lengths(joints)
    longer[BONES.index((7, 8))] += 5.0
    given = replace(pose(joints), sigma_mm=sigma)
    moved = np.linalg.norm(BoneLengths(longer).fitted(given).joints_mm - joints, axis=-1)
    assert moved[8] == pytest.approx(5.0, abs=0.2)
    assert np.delete(moved, 8).max() < 0.2


def test_another_persons_hand_is_left_as_it_is() -> None:
    joints = hands(1)[0]
    person = BoneLengths(bone_lengths(joints) / (0.95 - ANOTHERS))
    np.testing.assert_array_equal(person.fitted(pose(joints)).joints_mm, joints)


@pytest.mark.parametrize("given", [np.ones(19), np.zeros(20), np.full(20, np.nan)])
def test_lengths_that_are_none_are_refused(given: np.ndarray) -> None:
    with pytest.raises(InvalidInputError, match="20 positive"):
        BoneLengths(given)


def test_a_followed_hand_has_the_bones_of_the_profile(tmp_path: Path) -> None:
    whole_profile(tmp_path)
    mean = bone_lengths(hands(1)[0])
    known = tuple(round(float(x), 1) for x in mean * RNG.uniform(0.95, 1.05, 20))
    write_profile(tmp_path, draft(bone_lengths_mm=known))
    assert read_profile(tmp_path).bone_lengths_mm == known
    listed = profile_lines(StoredProfile(tmp_path, read_profile(tmp_path)))
    assert f"{sum(known[8:12]):.0f} mm along" in listed[-1]
    pipeline = Pipeline.load(directory=tmp_path, precision=Precision.F16)
    state, seen = pipeline.initial_state(), list[np.ndarray]()
    camera = SyntheticCamera(seed=1)
    for _ in range(6):
        frame = camera.read()
        assert frame is not None
        result, state = pipeline.step(frame, state, TrackingSettings(smoothing=Smoothing.OFF))
        seen += [lengths(hand) for hand in result.hands]
    camera.close()
    assert len(seen) >= 4
    np.testing.assert_allclose(np.stack(seen), np.tile(known, (len(seen), 1)), rtol=0.03)


def test_networks_without_a_profile_know_no_bones(tmp_path: Path) -> None:
    assert BoneLengths.of_profile(None) is None
    assert BoneLengths.of_profile(tmp_path) is None
    whole_profile(tmp_path)
    assert BoneLengths.of_profile(tmp_path) is None


@pytest.mark.parametrize("wrong", [[40.0], ["x"] * 20, [0.0] * 20, "long", None, [1e9] * 20])
def test_a_profile_of_impossible_bones_is_refused(tmp_path: Path, wrong: object) -> None:
    whole_profile(tmp_path)
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"bone_lengths_mm": wrong}))
    for read in (BoneLengths.of_profile, read_profile):
        with pytest.raises(ModelError, match="damaged"):
            read(tmp_path)


def test_a_profile_of_before_bones_were_known_is_read(tmp_path: Path) -> None:
    whole_profile(tmp_path)
    path = tmp_path / "profile.json"
    fields = json.loads(path.read_text())
    del fields["bone_lengths_mm"]
    path.write_text(json.dumps(fields))
    assert read_profile(tmp_path).bone_lengths_mm == ()


def test_bones_seen_over_many_frames_are_nearer_to_the_truth() -> None:
    true = hands(60)
    noisy = (true + RNG.normal(0.0, 5.0, true.shape)).astype(np.float32)
    seen = SeenBones.of(pose(noisy[0]))
    for joints in noisy[1:]:
        seen = seen.including(pose(joints))
    person = bone_lengths(true).mean(axis=0)
    single = np.abs(bone_lengths(noisy) - person).mean()
    # What is left: noise makes a short bone look longer, in every frame.
    assert np.abs(seen.mm - person).mean() < 0.5 * single
    fitted = seen.fitted(pose(noisy[-1])).joints_mm
    assert (
        np.linalg.norm(fitted - true[-1], axis=-1).mean()
        < np.linalg.norm(noisy[-1] - true[-1], axis=-1).mean()
    )


def test_a_doubtful_bone_counts_little_and_old_frames_are_forgotten() -> None:
    short, long = hands(1)[0], 1.2 * hands(1)[0]
    doubtful = SeenBones.of(pose(short)).including(pose(long, sigma_mm=80.0))
    np.testing.assert_allclose(doubtful.mm, bone_lengths(short), rtol=0.005)
    seen = SeenBones.of(pose(short))
    for _ in range(3000):
        seen = seen.including(pose(long))
    np.testing.assert_allclose(seen.mm, bone_lengths(long), rtol=0.002)


def test_one_pose_stays_as_it_is() -> None:
    given = pose(hands(1)[0])
    np.testing.assert_allclose(
        SeenBones.of(given).fitted(given).joints_mm, given.joints_mm, atol=1e-3
    )


@pytest.mark.parametrize(("smoothing", "steady"), [(Smoothing.OFF, False), (Smoothing.LIGHT, True)])
def test_a_followed_hands_bones_are_steady_unless_smoothing_is_off(
    smoothing: Smoothing, steady: bool
) -> None:
    pipeline = Pipeline.load(precision=Precision.F16)
    state, seen = pipeline.initial_state(), list[np.ndarray]()
    camera = SyntheticCamera(seed=1)
    for _ in range(24):
        frame = camera.read()
        assert frame is not None
        result, state = pipeline.step(frame, state, TrackingSettings(smoothing=smoothing))
        seen += [lengths(hand) for hand in result.hands]
    camera.close()
    late = np.stack(seen[12:])
    spread = float((late.std(axis=0) / late.mean(axis=0)).mean())
    assert (spread < 0.015) == steady, spread
