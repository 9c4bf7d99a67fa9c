"""Temporal smoothing of joints: One Euro filters (Casiez, Roussel and Vogel, CHI 2012) of the
second order on where a hand is, how it is turned and what shape it has.

What was foreseen of the hand is laid on what was seen as a rigid body, each joint counting as much
as the network is sure of it. Place and turn go on with their velocity between frames, so they are
hardly late. The shape is what is left. It trembles most and changes slowly but for short times, so
it is believed little until a finger as a whole is seen to move faster than its expected errors
look like. Against filters of each joint in the camera's frame a still hand is calmer and a moving
one comes less late (``docs/accuracy.md``, motion).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from engine.camera import FloatArray
from engine.skeleton import JOINT_COUNT
from engine.tracking.smooth_kernel import filtered
from engine.tracking.smoothing import SMOOTHING, SmoothConfig, Smoothing
from engine.types import frozen

LONGEST_GAP_S: Final = 0.5
"""After a longer one the filter starts anew."""


@dataclass(frozen=True, slots=True, eq=False)
class FilterState:
    """The filter's memory.

    ``joints_mm`` [21, 3] are the smoothed joints, mm, camera frame, and ``timestamp_ms`` when they
    were seen. ``place_mm`` [3] is where the hand is believed to be, ``shape_mm`` [21, 3] its joints
    about that place, ``shown_mm`` the same after the second pole and ``shape_mm_s`` how fast they
    are seen to change; ``motions`` [3, 2, 3] are of place (mm) and turn (rad): foreseen velocity,
    velocity seen, and how far behind them what is shown is.
    """

    joints_mm: FloatArray
    timestamp_ms: float
    place_mm: FloatArray
    shape_mm: FloatArray
    shown_mm: FloatArray
    shape_mm_s: FloatArray
    motions: FloatArray

    @classmethod
    def start(cls, joints_mm: FloatArray, timestamp_ms: float) -> FilterState:
        """Begin at rest at ``joints_mm`` [21, 3]."""
        place = joints_mm.mean(axis=0)
        shape = frozen(joints_mm - place)
        speeds, motions = frozen(np.zeros_like(shape)), frozen(np.zeros((3, 2, 3)))
        return cls(frozen(joints_mm), timestamp_ms, frozen(place), shape, shape, speeds, motions)


def smooth(
    state: FilterState,
    joints_mm: FloatArray,
    sigma_mm: FloatArray,
    timestamp_ms: float,
    config: SmoothConfig,
) -> FilterState:
    """The state after a new observation [21, 3] with expected errors ``sigma_mm`` [21]; its
    ``joints_mm`` are the smoothed joints.

    A time that does not advance, a gap over half a second or a leap starts the filter anew.
    """
    dt = (timestamp_ms - state.timestamp_ms) / 1000.0
    if not 0.0 < dt < LONGEST_GAP_S:
        return FilterState.start(joints_mm, timestamp_ms)
    memory = (state.place_mm, state.shape_mm, state.shown_mm, state.shape_mm_s, state.motions)
    leapt, *after, shown = filtered(joints_mm, sigma_mm, dt, *memory, config.settings())
    if leapt:
        return FilterState.start(joints_mm, timestamp_ms)
    return FilterState(frozen(shown), timestamp_ms, *(frozen(each) for each in after))


def compile_smoothing() -> None:
    """Compile the loops, which the first frames would otherwise wait for."""
    hand = frozen(np.eye(JOINT_COUNT, 3))
    config = SMOOTHING[Smoothing.NORMAL]
    assert config is not None
    smooth(FilterState.start(hand, 0.0), hand, frozen(np.ones(JOINT_COUNT)), 1.0, config)
