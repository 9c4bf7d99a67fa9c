"""The One Euro filter: steady at rest, quick in motion, started anew after gaps."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from engine.tracking.smooth import SMOOTHING, FilterState, SmoothConfig, Smoothing, smooth
from tests.bench.smoothing import FINGER, HAND, jitter_of, lag_ms_of

NORMAL = SMOOTHING[Smoothing.NORMAL]
assert NORMAL is not None
CONFIG: SmoothConfig = NORMAL
STEP_MS = 1000.0 / 30.0


def test_noise_of_a_still_hand_is_reduced() -> None:
    rng = np.random.default_rng(0)
    still = np.full((21, 3), 400.0, np.float32)
    state = FilterState.start(still, 0.0)
    raw, filtered = [], []
    for k in range(1, 200):
        noisy = still + rng.normal(0, 2.0, (21, 3)).astype(np.float32)
        state = smooth(state, noisy, k * STEP_MS, CONFIG)
        raw.append(noisy - still)
        filtered.append(state.joints_mm - still)
    assert np.std(filtered[20:]) < 0.65 * np.std(raw[20:])


def test_a_fast_hand_is_followed_within_a_frame() -> None:
    state = FilterState.start(np.zeros((21, 3), np.float32), 0.0)
    speed_mm = 20.0
    for k in range(1, 40):
        observed = np.full((21, 3), k * speed_mm, np.float32)
        state = smooth(state, observed, k * STEP_MS, CONFIG)
    assert np.abs(observed - state.joints_mm).max() < speed_mm


def test_a_gap_or_a_clock_that_stands_still_starts_anew() -> None:
    state = FilterState.start(np.zeros((21, 3), np.float32), 1000.0)
    far = np.full((21, 3), 100.0, np.float32)
    for when in (1000.0, 900.0, 2000.0):
        np.testing.assert_array_equal(smooth(state, far, when, CONFIG).joints_mm, far)


@pytest.mark.parametrize("fps", [30.0, 90.0])
def test_each_level_is_calmer_than_the_one_before_and_none_is_late(fps: float) -> None:
    assert tuple(SMOOTHING) == tuple(Smoothing)
    jitter = [jitter_of(level, fps) for level in Smoothing]
    assert jitter[0] > 0.98 and abs(lag_ms_of(Smoothing.OFF, fps)) < 0.1
    assert all(after < 0.85 * before for before, after in pairwise(jitter))
    fingers = [lag_ms_of(level, fps, FINGER) for level in Smoothing]
    assert all(after > before for before, after in pairwise(fingers))
    assert fingers[-1] < 16.0
    assert max(lag_ms_of(level, fps, HAND) for level in Smoothing) < 9.0


def test_trembling_in_depth_is_not_taken_for_motion() -> None:
    """Along the line of sight joints tremble most: more of it must be calmed, not less."""
    rng = np.random.default_rng(0)
    still = np.full((21, 3), (0.0, 0.0, 450.0), np.float32)

    def left_of(axis: int) -> float:
        state, shown = FilterState.start(still, 0.0), []
        for k in range(1, 300):
            seen = still.copy()
            seen[:, axis] += rng.normal(0.0, 4.0, 21).astype(np.float32)
            state = smooth(state, seen, k * STEP_MS, CONFIG)
            shown.append(state.joints_mm[:, axis])
        return float(np.std(shown[20:])) / 4.0

    assert left_of(2) < 0.9 * left_of(0)


def test_a_hand_that_moves_takes_its_still_fingers_along() -> None:
    """Where the hand is and where a finger is in it are filtered apart: no joint trails."""
    shape = np.random.default_rng(1).normal(0.0, 40.0, (21, 3)).astype(np.float32)
    state = FilterState.start(shape, 0.0)
    for k in range(1, 40):
        moved = shape + np.array([8.0 * k, 0.0, 0.0], np.float32)
        state = smooth(state, moved, k * STEP_MS, CONFIG)
    behind = (moved - state.joints_mm)[:, 0]
    assert np.ptp(behind) < 0.01
    assert 0.0 < behind.mean() < 8.0
