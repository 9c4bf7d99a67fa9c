"""Plays a walk through keyframes in real time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from engine.camera import FloatArray
from engine.latent.walk import WalkKind, walk_through

SEGMENT_S: Final = 1.2
"""From one keyframe to the next."""
SEGMENT_FRAMES: Final = 120


class WalkPlayer:
    """The walk's latent at each moment, in a circle. For one thread."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._walk: FloatArray = np.zeros((0, 0), np.float32)
        self._begun_s = 0.0

    def start(self, keyframes: Sequence[FloatArray], kind: WalkKind) -> None:
        """Begin at the first keyframe.

        Raises:
            InvalidInputError: if there are fewer than two.
        """
        self._walk = walk_through(keyframes, SEGMENT_FRAMES, kind, closed=True)
        self._begun_s = self._clock()

    def now(self) -> tuple[FloatArray, float]:
        """The latent [29] of this moment, and its place in keyframes from the first."""
        steps = (self._clock() - self._begun_s) / SEGMENT_S * (SEGMENT_FRAMES - 1)
        index = int(steps) % len(self._walk)
        return self._walk[index], index / (SEGMENT_FRAMES - 1)
