"""What each level of smoothing calms and delays, on a made-up hand."""

from __future__ import annotations

import numpy as np

from engine.skeleton import JOINT_COUNT
from engine.smooth import SMOOTHING, FilterState, Smoothing, smooth

NOISE_MM = 2.0
FRAMES = 600
SETTLED = 60
SPEED_MM_S = 300.0


def smoothing_table() -> str:
    """Jitter of a still hand as a share of its noise, and how late a moving one is shown."""
    lines = [f"{'':8}{'fps':>5}{'jitter':>8}{'lag ms':>8}"]
    for level in Smoothing:
        for fps in (30.0, 90.0):
            jitter, lag_ms = jitter_of(level, fps), lag_ms_of(level, fps)
            lines.append(f"{level.value:8}{fps:5.0f}{jitter:8.2f}{lag_ms:8.1f}")
    return "\n".join(lines)


def jitter_of(level: Smoothing, fps: float) -> float:
    """Spread of a still hand's joints, as a share of the noise of 2 mm a coordinate put on it."""
    return float(_errors(level, fps, 0.0).std(axis=0).mean() / NOISE_MM)


def lag_ms_of(level: Smoothing, fps: float, speed_mm_s: float = SPEED_MM_S) -> float:
    """How far behind the joints of a steadily moving hand are, in ms of its motion."""
    return float(-_errors(level, fps, speed_mm_s)[..., 0].mean() / speed_mm_s * 1000.0)


def _errors(level: Smoothing, fps: float, speed_mm_s: float) -> np.ndarray:
    """Smoothed minus true joints [frames, 21, 3] of a hand that moves along x."""
    rng, config = np.random.default_rng(0), SMOOTHING[level]
    true = np.zeros((FRAMES, JOINT_COUNT, 3), np.float32)
    true[..., 0] = (speed_mm_s * np.arange(FRAMES) / fps)[:, None]
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
