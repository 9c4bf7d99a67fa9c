"""A live camera that costs nothing: synthetic frames made beforehand, shown to and fro."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

from engine.sources.synthetic import SyntheticCamera
from engine.types import Frame
from tests.live_camera import LiveCamera

REMEMBERED_S: Final = 2.0


class MemoryCamera(LiveCamera):
    """A live ``DepthSource`` at any rate; one thread reads, ``close`` may be called from any.

    As with a camera, frames that nobody waits for are lost.
    """

    def __init__(self, seed: int, fps: float) -> None:
        super().__init__()
        made = SyntheticCamera(seed=seed, fps=fps)
        frames = [made.read() for _ in range(round(REMEMBERED_S * fps))]
        there = [frame for frame in frames if frame is not None]
        self._frames = there + there[-2:0:-1]  # to and fro, so that the hand never leaps
        self.name, self.camera = f"{made.name} at {fps:g} fps, live", made.camera
        self._period_s = 1.0 / fps
        self._began_s = time.monotonic()
        self._next = 0

    def read(self, timeout_ms: float = 1000.0) -> Frame | None:
        """Wait for the next frame."""
        if self._closed:
            return None
        age_s = time.monotonic() - self._began_s
        index = max(self._next, int(age_s / self._period_s))
        self._next = index + 1
        time.sleep(max(index * self._period_s - age_s, 0.0))
        frame = self._frames[index % len(self._frames)]
        return replace(frame, timestamp_ms=1000.0 * index * self._period_s, index=index)
