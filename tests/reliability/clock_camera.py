"""A live camera whose frames carry the time at which they were taken."""

from __future__ import annotations

import time
from typing import Final

import numpy as np

from engine.camera import Camera
from engine.types import Frame
from tests.live_camera import LiveCamera

CAMERA: Final = Camera(320, 240, 240.0, 240.0, 159.5, 119.5, fps=30.0, name="Test camera")
_PICTURES: Final = 8


class ClockCamera(LiveCamera):
    """A live ``DepthSource`` of noisy walls at ``fps`` frames a second.

    A frame's stamp is ``time.monotonic()`` in ms, which is the same clock for all processes, so
    that whoever reads a recording knows when its last frame was taken. One thread reads.
    """

    name = CAMERA.name

    def __init__(self, camera: Camera = CAMERA) -> None:
        super().__init__()
        self.camera = camera
        self._index = 0
        random = np.random.default_rng(1)
        size = (_PICTURES, camera.height, camera.width)
        self._pictures = random.integers(500, 540, size).astype(np.float32)
        self._due_s = time.monotonic()

    def read(self, timeout_ms: float = 1000.0) -> Frame | None:
        """Wait for the next frame."""
        if self._closed:
            return None
        self._due_s += 1.0 / self.camera.fps
        time.sleep(max(0.0, self._due_s - time.monotonic()))
        index, self._index = self._index, self._index + 1
        depth = self._pictures[index % _PICTURES]
        return Frame(depth, 1000.0 * time.monotonic(), index, self.camera)
