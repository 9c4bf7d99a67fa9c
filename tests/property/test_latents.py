"""Latents as text and walks between them, for any latents."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.camera import FloatArray
from engine.latent.space import CODE, ROOT, rotation_of, with_rotation
from engine.latent.text import from_text, to_text
from engine.latent.walk import WalkKind, walk, walk_through

numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)
moderate = st.floats(-4.0, 4.0, width=32)
turns = st.integers(0, 10_000)


def turned(latent: FloatArray, seed: int) -> FloatArray:
    """``latent`` with a random rotation."""
    R = np.linalg.qr(np.random.default_rng(seed).standard_normal((3, 3)))[0]
    return with_rotation(latent, R * np.sign(np.linalg.det(R)))


latents = st.builds(turned, arrays(np.float32, 29, elements=moderate), turns)
wild_latents = st.builds(turned, arrays(np.float32, 29, elements=numbers), turns)


@settings(deadline=None, max_examples=50)
@given(wild_latents)
def test_text_keeps_every_bit(latent: FloatArray) -> None:
    again = from_text(to_text(latent))
    assert again.dtype == np.float32
    assert again.tobytes() == latent.tobytes()


@settings(deadline=None, max_examples=50)
@given(latents, latents, st.integers(2, 20), st.sampled_from(WalkKind))
def test_a_walk_is_of_whole_hands(
    a: FloatArray, b: FloatArray, frames: int, kind: WalkKind
) -> None:
    way = walk(a, b, frames, kind)
    assert way.shape == (frames, 29) and way.dtype == np.float32
    np.testing.assert_array_equal(way[0], a)
    np.testing.assert_array_equal(way[-1], b)
    # A rotation all the way, as both columns stay of length 1 and upright on each other.
    columns = way[:, 20:26].reshape(frames, 2, 3)
    np.testing.assert_allclose(
        columns @ columns.transpose(0, 2, 1), [np.eye(2)] * frames, atol=1e-4
    )
    # No code is more extreme than the ends', and the root stays between them.
    lengths = np.linalg.norm(way[:, CODE], axis=1)
    assert lengths.max() <= max(lengths[0], lengths[-1]) * (1 + 1e-4) + 1e-4
    assert (way[:, ROOT] <= np.maximum(a[ROOT], b[ROOT]) + 1e-4).all()
    assert (way[:, ROOT] >= np.minimum(a[ROOT], b[ROOT]) - 1e-4).all()


@settings(deadline=None, max_examples=50)
@given(latents, latents, st.sampled_from(WalkKind))
def test_a_walk_goes_at_an_even_pace_and_the_same_way_back(
    a: FloatArray, b: FloatArray, kind: WalkKind
) -> None:
    way, back = walk(a, b, 9, kind), walk(b, a, 9, kind)
    R = rotation_of(way)
    cosines = ((R[1:] * R[:-1]).sum(axis=(1, 2)) - 1) / 2
    steps = np.degrees(np.arccos(np.clip(cosines, -1, 1)))
    assert np.ptp(steps) < 0.5
    assert steps.sum() < 180.5
    if steps.sum() < 179.0:  # half a turn can go either way
        np.testing.assert_allclose(back[::-1], way, atol=2e-3)


@settings(deadline=None, max_examples=50)
@given(st.lists(latents, min_size=2, max_size=4), st.integers(2, 6), st.booleans())
def test_a_walk_through_keyframes_meets_each_once(
    keyframes: list[FloatArray], frames: int, closed: bool
) -> None:
    way = walk_through(keyframes, frames, WalkKind.SPHERICAL, closed=closed)
    ways = len(keyframes) if closed else len(keyframes) - 1
    assert len(way) == ways * (frames - 1) + (0 if closed else 1)
    met = way[:: frames - 1]
    np.testing.assert_array_equal(met, np.stack(keyframes))
