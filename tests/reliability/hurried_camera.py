"""A camera that gives its frames as fast as they are taken: hours of one pass in minutes."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import Final

from engine.sources.synthetic import SyntheticCamera
from engine.types import Frame

FPS: Final = 30.0
_REMEMBERED: Final = 90


class HurriedCamera:
    """Synthetic frames made beforehand, to and fro, as fast as they are taken.

    Their stamps are those of a camera of 30 frames a second. One thread reads.
    """

    live: Final = False
    frame_count: Final = None
    notice: Final = None
    name: Final = "hours of a synthetic camera"

    def __init__(self, seed: int) -> None:
        made = SyntheticCamera(seed=seed, fps=FPS)
        with closing(made):
            frames = [made.read() for _ in range(_REMEMBERED)]
        there = [frame for frame in frames if frame is not None]
        self._frames = there + there[-2:0:-1]  # the hand never leaps
        self.camera = made.camera
        self._index = 0
        self.ended = False

    def read(self, timeout_ms: float = 1000.0) -> Frame | None:
        """The next frame at once."""
        if self.ended:
            return None
        index, self._index = self._index, self._index + 1
        frame = self._frames[index % len(self._frames)]
        return replace(frame, timestamp_ms=1000.0 * index / FPS, index=index)

    def rewind(self) -> None:
        """Begin again."""
        self._index = 0

    def close(self) -> None:
        """End the stream."""
        self.ended = True
