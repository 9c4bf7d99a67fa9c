"""Recordings as unlabelled crops, through the same detection, tracking and crop as live."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, Generic, TypeVar

from engine.errors import InvalidInputError, SourceError
from engine.run.runner import Step
from engine.sources import open_source
from engine.sources.base import DepthSource
from engine.tracking.config import DEFAULT_TRACKING
from engine.types import Frame, HandCrop

State = TypeVar("State")

READ_TIMEOUT_MS: Final = 500.0
STALL_S: Final = 10.0


class RecordedCrops(Generic[State]):
    """The crops of every hand followed in a ``.bag``, a ``.db3`` or a folder, in order.

    Iterating reads the recording from its first frame; ``frames``, ``frames_with_hand``, ``crops``
    and ``notice`` (why it stopped early, or what there is to say about it) tell what the last
    iteration saw. A recording that stops early is an error once its good frames were given, unless
    ``allow_partial``. ``pipeline`` is an ``engine.tracking.pipeline.Pipeline``. Used by one thread.
    """

    def __init__(
        self, path: Path | str, pipeline: Step[State], *, allow_partial: bool = False
    ) -> None:
        self.path = str(path)
        self.frames = self.frames_with_hand = self.crops = 0
        self.notice = ""
        self._pipeline, self._allow_partial = pipeline, allow_partial

    def __iter__(self) -> Iterator[HandCrop]:
        """Crops as the estimator was shown them, left hands mirrored.

        Raises:
            SourceError: if it cannot be read, stops early or holds no frame.
            InvalidInputError: if it names a camera rather than a recording.
        """
        if not Path(self.path).exists():
            raise InvalidInputError(f"{self.path}: no such recording")
        self.frames = self.frames_with_hand = self.crops = 0
        self.notice = ""
        with closing(open_source(self.path)) as source:
            self._pipeline.prepare(source.camera)
            state = self._pipeline.initial_state()
            for frame in _frames(source):
                result, state = self._pipeline.step(frame, state, DEFAULT_TRACKING)
                self.frames += 1
                self.frames_with_hand += bool(result.hands)
                self.crops += len(result.hands)
                yield from (hand.crop for hand in result.hands)
            self.notice = source.notice or ""
            expected = source.frame_count or 0
        if self.frames < expected and not self._allow_partial:
            raise SourceError(self.notice)
        if not self.frames:
            raise SourceError(self.notice or f"{self.path} has no frames")

    def summary(self) -> str:
        """What the last iteration saw, for people."""
        text = f"{self.path}: {self.frames_with_hand} of {self.frames} frames had a hand"
        return f"{text}; {self.notice}" if self.notice else text


def _frames(source: DepthSource) -> Iterator[Frame]:
    last_s = time.monotonic()
    while True:
        frame = source.read(READ_TIMEOUT_MS)
        if frame is not None:
            yield frame
            last_s = time.monotonic()
        elif source.ended:
            return
        elif time.monotonic() - last_s > STALL_S:
            raise SourceError(f"{source.name} delivered no frame for {STALL_S:.0f} s")
