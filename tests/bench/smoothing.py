"""What each level of smoothing calms and delays, on a made-up hand."""

from __future__ import annotations

import numpy as np

from engine.camera import FloatArray
from engine.simulation.angles import ANGLE_COUNT
from engine.simulation.model import HandModel
from engine.skeleton import JOINT_COUNT
from engine.tracking.smooth import FilterState, smooth
from engine.tracking.smoothing import SMOOTHING, Smoothing

NOISE_MM = 2.0
EXPECTED_MM = np.full(JOINT_COUNT, 7.0, np.float32)
"""Expected errors: of joints neither clear nor doubtful."""
FRAMES = 600
SETTLED = 60
SPEED_MM_S = 300.0
STROKE_S = 1.0
HAND, FINGER = slice(None), slice(6, 9)
"""What moves: all joints, or those of the index finger beyond its knuckle."""


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
    """Acceleration of a still hand's joints, as a share of that of the noise put on it: 2 mm a
    coordinate."""
    true, seen, shown = _shown(level, fps, 0.0, HAND)
    bends = (np.diff(joints - true, 2, axis=0).std() for joints in (shown, seen))
    return float(next(bends) / next(bends))


def lag_ms_of(
    level: Smoothing, fps: float, moving: slice = HAND, speed_mm_s: float = SPEED_MM_S
) -> float:
    """How far behind ``moving`` joints that go to and fro are, in ms of their motion."""
    true, _, shown = _shown(level, fps, speed_mm_s, moving)
    speeds = np.gradient(true[:, moving, 0], axis=0) * fps
    behind = (true - shown)[:, moving, 0]
    return float((behind * speeds).sum() / (speeds**2).sum() * 1000.0)


def still_hand() -> FloatArray:
    """Joints [21, 3] of a half closed hand, mm, camera frame."""
    model = HandModel.load()
    angles, shape = np.full(ANGLE_COUNT, 0.3, np.float32), np.zeros(model.n_shape, np.float32)
    place = np.array([0.0, 0.0, 450.0], np.float32)
    return model.pose_joints(angles, shape, np.eye(3, dtype=np.float32), place)


def _shown(
    level: Smoothing, fps: float, speed_mm_s: float, moving: slice
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """True, seen and smoothed joints [frames, 21, 3] of a hand whose ``moving`` joints go to and
    fro along x, at ``speed_mm_s`` at most."""
    rng, config = np.random.default_rng(0), SMOOTHING[level]
    turns = 2.0 * np.pi * np.arange(FRAMES) / fps / STROKE_S
    true = np.repeat(still_hand()[None], FRAMES, axis=0)
    true[:, moving, 0] += (speed_mm_s * STROKE_S / (2.0 * np.pi) * np.sin(turns))[:, None]
    seen = true + rng.normal(0.0, NOISE_MM, true.shape).astype(np.float32)
    state = FilterState.start(seen[0], 0.0)
    shown = [seen[0]]
    for k in range(1, FRAMES):
        if config is None:
            state = FilterState.start(seen[k], k * 1000.0 / fps)
        else:
            state = smooth(state, seen[k], EXPECTED_MM, k * 1000.0 / fps, config)
        shown.append(state.joints_mm)
    return true[SETTLED:], seen[SETTLED:], np.stack(shown)[SETTLED:]
