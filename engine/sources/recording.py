"""What all recordings have in common: frames in any order, and one after another."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera
from engine.errors import FrameError, SourceError
from engine.sources.base import Timestamps, early_end
from engine.types import Frame


class Recording(ABC):
    """A ``SeekableSource`` made of a way to load single frames.

    ``read`` ends with a ``notice`` at the first frame that cannot be read; ``frame_at`` goes on
    around it. One thread reads; any thread may close.

    Args:
        name: for people.
        camera: what the frames were taken with.
        timeline_ms: when each frame was taken, [frame_count], ms since the first.
        notice: what the user should know about the whole recording.
    """

    live = False

    def __init__(
        self, name: str, camera: Camera, timeline_ms: NDArray[np.float64], notice: str = ""
    ) -> None:
        self.name = name
        self.camera = camera
        # Kept rising, whatever a damaged recording says.
        self.timeline_ms = np.maximum.accumulate(np.nan_to_num(timeline_ms))
        self.timeline_ms.setflags(write=False)
        self.frame_count: int = len(timeline_ms)
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._own_notice = notice
        self._early_end = ""
        self._start()

    @property
    def ended(self) -> bool:
        return self._ended or self._closed.is_set()

    @property
    def notice(self) -> str | None:
        return "; ".join(filter(None, (self._own_notice, self._early_end))) or None

    def read(self, timeout_ms: float = 1000.0) -> Frame | None:
        """Return the next frame, None at the end; frames are there at once, so it never waits."""
        if self.ended:
            return None
        try:
            frame = self.frame_at(self._next)
        except FrameError as error:
            self._early_end = early_end(self.name, self._next, self.frame_count, str(error))
            self._ended = True
            return None
        self._next += 1
        self._ended = self._next == self.frame_count
        return self._timestamps.repaired(frame)

    def frame_at(self, index: int) -> Frame:
        """Return frame ``index``, the same each time, stamped as it was recorded.

        Raises:
            FrameError: if this frame is damaged; others may be whole.
            SourceError: if there is no such frame, or the recording is closed or gone.
        """
        if not 0 <= index < self.frame_count:
            raise SourceError(f"{self.name} has no frame {index}, only 0 to {self.frame_count - 1}")
        with self._lock:
            if self._closed.is_set():
                raise SourceError(f"{self.name} was closed")
            return self._load(index)

    def rewind(self) -> None:
        """Start again from frame 0.

        Raises:
            SourceError: if the source was closed.
        """
        if self._closed.is_set():
            raise SourceError(f"{self.name} was closed")
        self._start()

    def close(self) -> None:
        self._closed.set()
        with self._lock:
            self._release()

    def _start(self) -> None:
        self._next, self._ended, self._early_end = 0, False, ""
        self._timestamps = Timestamps(self.camera.fps)

    @abstractmethod
    def _load(self, index: int) -> Frame:
        """Load an existing frame; raises as ``frame_at``. The lock is held."""

    @abstractmethod
    def _release(self) -> None:
        """Let go of the files; may be called more than once. The lock is held."""
