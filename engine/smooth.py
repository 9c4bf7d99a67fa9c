"""Temporal smoothing of joints with the One Euro filter (Casiez, Roussel and Vogel, CHI 2012)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np

from engine.camera import FloatArray
from engine.types import frozen


@dataclass(frozen=True, slots=True)
class SmoothConfig:
    """``cutoff_hz`` at rest: lower is calmer; ``speed_gain`` in 1/mm: how fast the cut-off rises
    with a joint's speed in mm/s, higher lags less; ``speed_cutoff_hz`` smooths that speed.
    """

    cutoff_hz: float = 2.0
    speed_gain: float = 0.04
    speed_cutoff_hz: float = 3.0


class Smoothing(Enum):
    """How calm joints are made, at the price of how late they come.

    At 30 frames a second a still hand trembles 0.74 (light), 0.56 (normal) and 0.35 (strong) times
    as much as estimated, and a hand at 300 mm/s is shown 4, 9 and 17 ms late; at 90 a second
    0.60, 0.41 and 0.24 times and 3, 7 and 12 ms (``python -m tests.bench --smoothing``).
    """

    OFF = "off"
    LIGHT = "light"
    NORMAL = "normal"
    STRONG = "strong"


SMOOTHING: Final[dict[Smoothing, SmoothConfig | None]] = {
    Smoothing.OFF: None,
    Smoothing.LIGHT: SmoothConfig(cutoff_hz=4.0, speed_gain=0.1, speed_cutoff_hz=5.0),
    Smoothing.NORMAL: SmoothConfig(),
    Smoothing.STRONG: SmoothConfig(cutoff_hz=0.6, speed_gain=0.02, speed_cutoff_hz=1.0),
}
"""The filter of each level; None leaves joints as estimated."""


@dataclass(frozen=True, slots=True, eq=False)
class FilterState:
    """The filter's memory: filtered joints [21, 3] in mm, their velocity in mm/s, and when."""

    joints_mm: FloatArray
    velocity_mm_s: FloatArray
    timestamp_ms: float

    @classmethod
    def start(cls, joints_mm: FloatArray, timestamp_ms: float) -> FilterState:
        """Begin at rest at ``joints_mm`` [21, 3]."""
        return cls(frozen(joints_mm), frozen(np.zeros_like(joints_mm)), timestamp_ms)


def _blend(cutoff_hz: FloatArray | float, dt: float) -> FloatArray:
    r = 2.0 * np.pi * np.asarray(cutoff_hz, np.float32) * dt
    return (r / (r + 1.0)).astype(np.float32)


def smooth(
    state: FilterState, joints_mm: FloatArray, timestamp_ms: float, config: SmoothConfig
) -> FilterState:
    """The state after a new observation [21, 3]; its ``joints_mm`` are the smoothed joints.

    One cut-off a joint, from the joint's speed, so that its three coordinates stay together. A
    time that does not advance, or a gap over half a second, starts the filter anew.
    """
    dt = (timestamp_ms - state.timestamp_ms) / 1000.0
    if not 0.0 < dt < 0.5:
        return FilterState.start(joints_mm, timestamp_ms)
    observed = (joints_mm - state.joints_mm) / dt
    keep = _blend(config.speed_cutoff_hz, dt)
    velocity = state.velocity_mm_s + keep * (observed - state.velocity_mm_s)
    speed = np.linalg.norm(velocity, axis=-1, keepdims=True)
    weight = _blend(config.cutoff_hz + config.speed_gain * speed, dt)
    joints = state.joints_mm + weight * (joints_mm - state.joints_mm)
    return FilterState(frozen(joints), frozen(velocity), timestamp_ms)
