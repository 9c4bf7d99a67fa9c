"""Dragging a joint: it gets there, little else moves, what is locked stays."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import InvalidInputError
from engine.latent.inverse_kinematics import (
    COORDINATE_COUNT,
    Solution,
    coordinates_of,
    latent_of,
    move_joint,
)
from engine.latent.sampling import RandomHands
from engine.latent.space import CODE, LatentSpace, euler_deg, root_mm
from engine.tracking.generate import PoseDecoder


def dragged(
    latent: np.ndarray,
    joint: int,
    way_mm: np.ndarray,
    decoder: PoseDecoder,
    space: LatentSpace,
    locked: np.ndarray | None = None,
) -> Solution:
    """Move a joint along ``way_mm`` in 8 steps, as a mouse does."""
    start = decoder(latent).joints_mm[joint]
    for step in range(1, 9):
        found = move_joint(latent, joint, start + way_mm * step / 8, decoder, space, locked=locked)
        latent = found.latent
    return found


@pytest.mark.parametrize("joint", [0, 4, 8, 11, 20])
def test_a_dragged_joint_gets_there_and_the_others_stay_near(
    joint: int, decoder: PoseDecoder, space: LatentSpace, hands: RandomHands
) -> None:
    rng = np.random.default_rng(joint)
    for number in range(3):
        latent = hands.latent(1, number)
        way = rng.standard_normal(3)
        way *= 25.0 / np.linalg.norm(way)
        before = decoder(latent).joints_mm
        found = dragged(latent, joint, way, decoder, space)
        target = before[joint] + way
        assert np.linalg.norm(decoder(found.latent).joints_mm[joint] - target) < 1.0
        assert found.miss_mm < 1.0
        others = np.delete(found.joints_mm - before, joint, axis=0)
        assert np.linalg.norm(others, axis=-1).mean() < 15.0
        assert np.abs(space.coordinates(found.latent)).max() < 4.0


def test_a_fingertip_moves_its_finger_most(decoder: PoseDecoder, space: LatentSpace) -> None:
    before = decoder(space.neutral()).joints_mm
    found = dragged(space.neutral(), 8, np.array([0.0, 0.0, -20.0]), decoder, space)
    moved = np.linalg.norm(found.joints_mm - before, axis=-1)
    assert moved[8] == pytest.approx(20.0, abs=1.0)
    assert moved[[0, 1, 13, 17, 20]].max() < 10.0


def test_what_is_locked_stays(decoder: PoseDecoder, space: LatentSpace) -> None:
    start = space.neutral()
    locked = np.zeros(COORDINATE_COUNT, bool)
    locked[[0, 5]] = True
    locked[20:26] = True
    found = dragged(start, 12, np.array([10.0, 15.0, -15.0]), decoder, space, locked)
    coordinates = space.coordinates(found.latent)
    np.testing.assert_allclose(coordinates[[0, 5]], 0.0, atol=1e-4)
    np.testing.assert_allclose(euler_deg(found.latent), euler_deg(start), atol=1e-3)
    np.testing.assert_allclose(root_mm(found.latent), root_mm(start), atol=1e-3)
    assert np.abs(np.delete(coordinates, [0, 5])).max() > 0.1
    assert found.miss_mm < 15.0


def test_with_all_but_the_root_locked_the_hand_is_carried(
    decoder: PoseDecoder, space: LatentSpace
) -> None:
    locked = np.ones(COORDINATE_COUNT, bool)
    locked[23:] = False
    before = decoder(space.neutral()).joints_mm
    found = dragged(space.neutral(), 4, np.array([12.0, 0.0, 0.0]), decoder, space, locked)
    moved = found.joints_mm - before
    np.testing.assert_allclose(moved, np.broadcast_to(moved[4], moved.shape), atol=0.1)
    assert moved[4, 0] > 3.0
    np.testing.assert_allclose(found.latent[CODE], space.neutral()[CODE], atol=1e-5)


def test_with_everything_locked_nothing_happens(decoder: PoseDecoder, space: LatentSpace) -> None:
    everything = np.ones(COORDINATE_COUNT, bool)
    start = space.neutral()
    found = move_joint(start, 4, (0.0, 0.0, 0.0), decoder, space, locked=everything)
    np.testing.assert_array_equal(found.latent, start)


def test_where_no_hand_reaches_it_stays_a_likely_hand(
    decoder: PoseDecoder, space: LatentSpace
) -> None:
    locked = np.zeros(COORDINATE_COUNT, bool)
    locked[20:] = True
    latent = space.neutral()
    for _ in range(20):
        found = move_joint(latent, 8, (0.0, -2000.0, 500.0), decoder, space, locked=locked)
        latent = found.latent
    assert np.isfinite(found.joints_mm).all() and found.miss_mm > 1000.0
    assert np.abs(space.coordinates(latent)).max() <= 3.5 + 1e-3


def test_coordinates_are_what_they_set(space: LatentSpace, hands: RandomHands) -> None:
    latent = hands.latent(4)
    again = latent_of(coordinates_of(latent, space), latent, space)
    np.testing.assert_allclose(again, latent, atol=1e-4)


@pytest.mark.parametrize(
    ("joint", "target", "locked"),
    [
        (21, (0.0, 0.0, 0.0), None),
        (-1, (0.0, 0.0, 0.0), None),
        (0, (0.0, 0.0), None),
        (0, (0.0, 0.0, np.nan), None),
        (0, (0.0, 0.0, 0.0), np.zeros(29, bool)),
    ],
)
def test_what_cannot_be_dragged_is_refused(
    joint: int,
    target: tuple[float, ...],
    locked: np.ndarray | None,
    decoder: PoseDecoder,
    space: LatentSpace,
) -> None:
    with pytest.raises(InvalidInputError):
        move_joint(space.neutral(), joint, target, decoder, space, locked=locked)
