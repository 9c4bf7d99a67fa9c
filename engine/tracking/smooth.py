"""Temporal smoothing of joints with the One Euro filter (Casiez, Roussel and Vogel, CHI 2012).

Twice: once for where the hand is, once for where each joint is in it. The mean of 21 joints hardly
trembles, so it can follow at once; a single joint trembles, most of all along the line of sight,
and its speed is not believed until it exceeds what trembling alone looks like. Against one filter
a joint, a moving hand comes less late and a still one is calmer (``docs/accuracy.md``, motion).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np

from engine.camera import FloatArray
from engine.types import frozen


@dataclass(frozen=True, slots=True)
class OneEuro:
    """``cutoff_hz`` at rest: lower is calmer; ``speed_gain`` in 1/mm: how fast the cut-off rises
    with the speed in mm/s, higher lags less; ``speed_cutoff_hz`` smooths that speed.
    ``rest_mm_s`` is no speed yet; ``depth_share`` how much speed along the line of sight counts.
    """

    cutoff_hz: float
    speed_gain: float
    speed_cutoff_hz: float
    rest_mm_s: float = 0.0
    depth_share: float = 1.0


@dataclass(frozen=True, slots=True)
class SmoothConfig:
    """Filters of the ``hand``'s place and of the ``joints``' places in it."""

    hand: OneEuro
    joints: OneEuro


class Smoothing(Enum):
    """How strongly joints are smoothed, at the price of how late they come; measured in
    ``docs/accuracy.md`` (``python -m training benchmark motion``) and by ``python -m tests.bench
    --smoothing``."""

    OFF = "off"
    LIGHT = "light"
    NORMAL = "normal"
    STRONG = "strong"


SMOOTHING: Final[dict[Smoothing, SmoothConfig | None]] = {
    Smoothing.OFF: None,
    Smoothing.LIGHT: SmoothConfig(OneEuro(3.0, 0.1, 5.0), OneEuro(4.0, 0.2, 4.0, 40.0, 0.5)),
    Smoothing.NORMAL: SmoothConfig(OneEuro(1.5, 0.06, 3.0), OneEuro(2.0, 0.08, 3.0, 40.0, 0.4)),
    Smoothing.STRONG: SmoothConfig(OneEuro(1.0, 0.06, 2.0), OneEuro(0.5, 0.08, 1.0, 40.0, 0.3)),
}
"""The filter of each level; None leaves joints as estimated."""


@dataclass(frozen=True, slots=True, eq=False)
class FilterState:
    """The filter's memory: where the hand is [3] and its joints in it [21, 3] in mm, the
    velocities of both in mm/s, and when."""

    hand_mm: FloatArray
    hand_mm_s: FloatArray
    offsets_mm: FloatArray
    offsets_mm_s: FloatArray
    timestamp_ms: float

    @classmethod
    def start(cls, joints_mm: FloatArray, timestamp_ms: float) -> FilterState:
        """Begin at rest at ``joints_mm`` [21, 3]."""
        hand = joints_mm.mean(axis=0)
        offsets = joints_mm - hand
        at_rest = frozen(np.zeros_like(hand)), frozen(np.zeros_like(offsets))
        return cls(frozen(hand), at_rest[0], frozen(offsets), at_rest[1], timestamp_ms)

    @property
    def joints_mm(self) -> FloatArray:
        """The smoothed joints [21, 3], mm, camera frame."""
        return frozen(self.hand_mm + self.offsets_mm)


def smooth(
    state: FilterState, joints_mm: FloatArray, timestamp_ms: float, config: SmoothConfig
) -> FilterState:
    """The state after a new observation [21, 3]; its ``joints_mm`` are the smoothed joints.

    A time that does not advance, or a gap over half a second, starts the filter anew.
    """
    dt = (timestamp_ms - state.timestamp_ms) / 1000.0
    if not 0.0 < dt < 0.5:
        return FilterState.start(joints_mm, timestamp_ms)
    hand = joints_mm.mean(axis=0)
    sight = hand / max(float(np.linalg.norm(hand)), 1.0)
    place = _step(state.hand_mm, state.hand_mm_s, hand, dt, sight, config.hand)
    offsets = _step(
        state.offsets_mm, state.offsets_mm_s, joints_mm - hand, dt, sight, config.joints
    )
    return FilterState(*place, *offsets, timestamp_ms)


def _step(
    before: FloatArray,
    velocity: FloatArray,
    seen: FloatArray,
    dt: float,
    sight: FloatArray,
    config: OneEuro,
) -> tuple[FloatArray, FloatArray]:
    """Filtered points [..., 3] and their velocities; ``sight`` [3] is the line of sight.

    One cut-off a point, from its speed, so that its three coordinates stay together.
    """
    share = _blend(config.speed_cutoff_hz, dt)
    velocity = velocity + share * ((seen - before) / dt - velocity)
    along = (velocity @ sight)[..., None] * sight
    relevant = velocity - (1.0 - config.depth_share) * along
    speed = np.linalg.norm(relevant, axis=-1, keepdims=True)
    cutoff = config.cutoff_hz + config.speed_gain * np.maximum(speed - config.rest_mm_s, 0.0)
    return frozen(before + _blend(cutoff, dt) * (seen - before)), frozen(velocity)


def _blend(cutoff_hz: FloatArray | float, dt: float) -> FloatArray:
    r = 2.0 * np.pi * np.asarray(cutoff_hz, np.float32) * dt
    return (r / (r + 1.0)).astype(np.float32)
