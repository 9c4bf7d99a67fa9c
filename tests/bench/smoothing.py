"""What each level of smoothing calms and delays, on a made-up hand."""

from __future__ import annotations

import numpy as np

from engine.skeleton import JOINT_COUNT
from engine.tracking.smooth import SMOOTHING, FilterState, Smoothing, smooth

NOISE_MM = 2.0
FRAMES = 600
SETTLED = 60
SPEED_MM_S = 300.0
HAND, FINGER = slice(None), slice(5, 9)
"""What moves: all joints, or those of the index finger."""


def smoothing_table() -> str:
    """Jitter of a still hand as a share of its noise, and how late a moving one is shown."""
    lines = [f"{'':8}{'fps':>5}{'jitter':>8}{'hand, ms late':>15}{'finger, ms late':>17}"]
    for level in Smoothing:
        for fps in (30.0, 90.0):
            hand, finger = (lag_ms_of(level, fps, what) for what in (HAND, FINGER))
            jitter = jitter_of(level, fps)
            lines.append(f"{level.value:8}{fps:5.0f}{jitter:8.2f}{hand:15.1f}{finger:17.1f}")
    return "\n".join(lines)


def jitter_of(level: Smoothing, fps: float) -> float:
    """Spread of a still hand's joints, as a share of the noise of 2 mm a coordinate put on it."""
    return float(_errors(level, fps, 0.0, HAND).std(axis=0).mean() / NOISE_MM)


def lag_ms_of(
    level: Smoothing, fps: float, moving: slice = HAND, speed_mm_s: float = SPEED_MM_S
) -> float:
    """How far behind steadily ``moving`` joints are, in ms of their motion."""
    errors = _errors(level, fps, speed_mm_s, moving)[:, moving, 0]
    return float(-errors.mean() / speed_mm_s * 1000.0)


def _errors(level: Smoothing, fps: float, speed_mm_s: float, moving: slice) -> np.ndarray:
    """Smoothed minus true joints [frames, 21, 3] of a hand whose ``moving`` joints go along x."""
    rng, config = np.random.default_rng(0), SMOOTHING[level]
    true = np.zeros((FRAMES, JOINT_COUNT, 3), np.float32)
    true[..., 2] = 400.0
    true[:, moving, 0] = (speed_mm_s * np.arange(FRAMES) / fps)[:, None]
    seen = true + rng.normal(0.0, NOISE_MM, true.shape).astype(np.float32)
    state = FilterState.start(seen[0], 0.0)
    shown = [seen[0]]
    for k in range(1, FRAMES):
        if config is None:
            state = FilterState.start(seen[k], k * 1000.0 / fps)
        else:
            state = smooth(state, seen[k], k * 1000.0 / fps, config)
        shown.append(state.joints_mm)
    return (np.stack(shown) - true)[SETTLED:]
