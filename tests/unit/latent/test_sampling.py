"""Random hands: the same for the same seed, and hands that could be."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.errors import InvalidInputError
from engine.latent.sampling import CodeSource, Collision, RandomHands
from engine.latent.space import LatentSpace, rotation_of
from engine.simulation.angles import LOWER_RAD, UPPER_RAD
from engine.simulation.collision import ALLOWED_PENETRATION_MM
from engine.simulation.model import HandModel
from engine.simulation.sampler import PoseSampler
from engine.skeleton import JOINT_COUNT
from engine.tracking.generate import PoseDecoder
from training.crossing.metrics import plausible_bones
from training.crossing.pose_vae_stage import held_out_poses

COUNT = 200


@pytest.mark.parametrize("codes", CodeSource)
def test_random_hands_are_plausible(
    codes: CodeSource, decoder: PoseDecoder, space: LatentSpace
) -> None:
    """99% with bones of human proportions, angles in their limits and fingers apart.

    Of 1,000 hands 100.0% of the population's and 99.7% of the prior's were.
    """
    drawn = np.stack(list(RandomHands(decoder, space, codes=codes).latents(0, COUNT)))
    hands = decoder.many(drawn)
    joints = np.stack([hand.joints_mm for hand in hands])
    good = plausible_bones(torch.from_numpy(joints), held_out_poses()[:, :JOINT_COUNT]).numpy()
    sampler, collision = PoseSampler(HandModel.load()), Collision(HandModel.load())
    for k, hand in enumerate(hands):
        good[k] &= (hand.angles >= LOWER_RAD - 1e-3).all()
        good[k] &= (hand.angles <= UPPER_RAD + 1e-3).all()
        for depth_mm in (sampler.penetration_mm(hand.angles), collision.penetration_mm(hand)):
            good[k] &= depth_mm <= ALLOWED_PENETRATION_MM + 0.01
    assert good.mean() > 0.985
    # In the middle of the cube, and wholly inside it.
    assert np.abs(joints.mean(axis=1)).max() < 0.2
    assert np.abs(joints).max() < 135.0


def test_without_rejection_fingers_would_meet(decoder: PoseDecoder, space: LatentSpace) -> None:
    """So what the test above asks for is not given by the decoder alone."""
    latents = np.repeat(space.neutral()[None], 200, axis=0)
    latents[:, :20] = space.code(np.random.default_rng(0).standard_normal((200, 20)))
    collision = Collision(HandModel.load())
    depths = [collision.penetration_mm(hand) for hand in decoder.many(latents)]
    assert 0.02 < np.mean(np.array(depths) > ALLOWED_PENETRATION_MM) < 0.25


def test_the_same_seed_gives_the_same_hands(
    hands: RandomHands, decoder: PoseDecoder, space: LatentSpace
) -> None:
    first = list(hands.latents(5, 4))
    again = [RandomHands(decoder, space).latent(5, number) for number in (3, 0, 2, 1)]
    for number, latent in zip((3, 0, 2, 1), again, strict=True):
        np.testing.assert_array_equal(latent, first[number])
    assert not np.array_equal(hands.latent(6), first[0])
    assert len({latent.tobytes() for latent in first}) == 4


def test_hands_are_seen_from_everywhere(hands: RandomHands) -> None:
    ways = rotation_of(np.stack(list(hands.latents(0, 200))))[:, 2, 2]
    assert (ways < -0.5).mean() > 0.15  # palm to the camera
    assert (ways > 0.5).mean() > 0.15  # back to the camera


def test_a_negative_seed_is_refused(hands: RandomHands) -> None:
    with pytest.raises(InvalidInputError, match="seed must not be negative"):
        hands.latent(-1)


def test_crossed_fingers_are_seen_as_such(decoder: PoseDecoder, space: LatentSpace) -> None:
    """A hand whose thumb goes through the palm, by its angles alone."""
    from dataclasses import replace

    collision = Collision(HandModel.load())
    hand = decoder(space.neutral())
    assert collision.penetration_mm(hand) < ALLOWED_PENETRATION_MM
    angles = hand.angles.copy()
    angles[2:8] = UPPER_RAD[2:8]
    angles[8:24:4] = UPPER_RAD[8:24:4]
    angles[10:24:4] = UPPER_RAD[10:24:4]
    assert collision.penetration_mm(replace(hand, angles=angles)) > ALLOWED_PENETRATION_MM
