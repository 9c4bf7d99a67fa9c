"""Walks from hand to hand through the latent space, straight and along arcs."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import InvalidInputError
from engine.latent.sampling import RandomHands
from engine.latent.space import CODE, LatentSpace, euler_deg, with_euler_deg
from engine.latent.walk import WalkKind, walk, walk_through
from engine.skeleton import BONES
from engine.tracking.generate import PoseDecoder


def test_bones_keep_their_length_on_the_way(decoder: PoseDecoder, hands: RandomHands) -> None:
    """A hand that shrank on the way, as joints blended straight would, is no hand."""
    for kind in WalkKind:
        way = walk(hands.latent(1), hands.latent(2), 25, kind)
        joints = np.stack([hand.joints_mm for hand in decoder.many(way)])
        bones = [np.linalg.norm(joints[:, c] - joints[:, p], axis=-1) for p, c in BONES]
        length = np.stack(bones).mean(axis=0)
        assert length.min() > 0.9 * min(length[0], length[-1])
        assert length.max() < 1.1 * max(length[0], length[-1])
        steps = np.linalg.norm(np.diff(joints, axis=0), axis=-1).max(axis=1)
        assert steps.max() < 40.0


def test_a_spherical_walk_keeps_to_hands_as_pronounced(space: LatentSpace) -> None:
    a, b = space.neutral(), space.neutral()
    a[CODE], b[CODE] = np.eye(20)[0] * 3, np.eye(20)[1] * 3
    straight = np.linalg.norm(walk(a, b, 3, WalkKind.LINEAR)[1, CODE])
    arc = np.linalg.norm(walk(a, b, 3, WalkKind.SPHERICAL)[1, CODE])
    assert straight == pytest.approx(3 / np.sqrt(2), abs=1e-4)
    assert arc == pytest.approx(3.0, abs=1e-4)


@pytest.mark.parametrize("code", [np.zeros(20), -np.eye(20)[0] * 2, np.eye(20)[0] * 2])
def test_where_there_is_no_arc_the_walk_is_straight(code: np.ndarray, space: LatentSpace) -> None:
    a, b = space.neutral(), space.neutral()
    a[CODE], b[CODE] = np.eye(20)[0], code
    arc, line = (walk(a, b, 7, kind) for kind in (WalkKind.SPHERICAL, WalkKind.LINEAR))
    np.testing.assert_allclose(arc, line, atol=1e-3)


def test_a_turn_takes_the_short_way(space: LatentSpace) -> None:
    a = with_euler_deg(space.neutral(), (170, 0, 0))
    b = with_euler_deg(space.neutral(), (-170, 0, 0))
    assert abs(euler_deg(walk(a, b, 3)[1])[0]) == pytest.approx(180.0, abs=0.1)


def test_what_is_no_walk_is_refused(space: LatentSpace) -> None:
    hand = space.neutral()
    for frames in (1, 0, -3, 10**9):
        with pytest.raises(InvalidInputError, match="frames"):
            walk(hand, hand, frames)
    with pytest.raises(InvalidInputError, match="2 keyframes, not 1"):
        walk_through([hand], 5)
    for bad in (np.zeros(28), np.full(29, np.nan), np.zeros(29)):
        with pytest.raises(InvalidInputError):
            walk(hand, bad, 5)
