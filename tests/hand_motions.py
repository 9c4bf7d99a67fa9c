"""Hands that open and close, and a pipeline that shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from engine.simulation.joints import JOINTS_FROM_PIVOTS, PIVOTS_FROM_JOINTS
from engine.skeleton import FINGER_JOINTS, Handedness
from engine.tracking.config import DEFAULT_TRACKING, TrackingSettings
from engine.types import Frame, FrameResult, TrackedHand
from tests.fakes import FakePipeline, make_hand, make_result

RIGHT, LEFT = Handedness
Show = Callable[[int], tuple[TrackedHand, ...]]


def bent_hand(
    degrees: float, side: Handedness = RIGHT, centre_mm: tuple[float, float, float] = (0, 0, 450)
) -> TrackedHand:
    """A hand with its back to the camera, each finger joint but the thumb's bent by so much."""
    hand = make_hand(0 if side is RIGHT else 1, handedness=side, centre_mm=centre_mm)
    pivots = PIVOTS_FROM_JOINTS @ hand.pose.joints_mm
    for finger, chain in FINGER_JOINTS.items():
        if finger == "thumb":
            continue
        bent, place = 0.0, pivots[chain[0]].astype(np.float64)
        for after in chain[1:]:
            bent += np.radians(degrees)
            place = place + 28.0 * np.array([0.0, -np.cos(bent), np.sin(bent)])
            pivots[after] = place
    if side is LEFT:
        pivots[:, 0] = 2.0 * centre_mm[0] - pivots[:, 0]
    joints = JOINTS_FROM_PIVOTS @ pivots
    sigma = np.linspace(4.0, 16.0, 21, dtype=np.float32)
    return replace(hand, pose=replace(hand.pose, joints_mm=joints, sigma_mm=sigma))


def waving(index: int) -> tuple[TrackedHand, ...]:
    """What ``MovingPipeline`` shows by itself: a right hand with gaps, a left hand at times."""
    bent = 35.0 + 35.0 * np.sin(index / 9.0)
    right = bent_hand(bent, centre_mm=(70.0, 0.0, 450.0 + 20.0 * np.sin(index / 23.0)))
    left = bent_hand(70.0 - bent, LEFT, (-90.0, 0.0, 480.0))
    seen = (right,) if index % 70 < 58 else ()
    return (*seen, left) if index % 150 > 60 else seen


class MovingPipeline(FakePipeline):
    """Shows in frame k the hands that ``show(k)`` gives."""

    def __init__(self, show: Show = waving) -> None:
        super().__init__()
        self._show = show

    def step(
        self, frame: Frame, state: int, settings: TrackingSettings = DEFAULT_TRACKING
    ) -> tuple[FrameResult, int]:
        super().step(frame, state, settings)
        return make_result(frame, *self._show(frame.index)), state + 1
