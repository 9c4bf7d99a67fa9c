"""The result of any frame of a recording, the same however one gets to it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from engine.errors import FrameError
from engine.run.runner import Step
from engine.run.statistics import RunStatistics
from engine.sources.base import SeekableSource, repaired_stamp, restamped
from engine.tracking.config import DEFAULT_TRACKING, TrackingSettings
from engine.types import Frame, FrameResult

State = TypeVar("State")

BLOCK_FRAMES: Final = 16
"""Frames that share one beginning of tracking. It bounds what a seek has to process."""
WARM_UP_FRAMES: Final = 7
"""Frames before a block that only prepare its tracking: with seven, joints are within 1.6 mm of
those of a run from the recording's first frame, on average, and tremble hardly more; with three
1.5 times as much (measured with blocks of eight)."""
STORED_RESULTS: Final = 64
STORED_BYTES: Final = 16 << 20
"""Of images: 13 results of 640x480 pixels; a block's are stored in any case."""


@dataclass(frozen=True, slots=True)
class _TrackingMemory(Generic[State]):
    """What tracking remembers after some frame: the pipeline's state and the last stamp in ms."""

    state: State
    last_ms: float | None = None


@dataclass(frozen=True, slots=True)
class _StoredResult(Generic[State]):
    """A frame's result, its block's memory after it, and the next block's if that has begun."""

    result: FrameResult
    memory: _TrackingMemory[State]
    ahead: _TrackingMemory[State] | None


def block_start(index: int) -> int:
    """The first frame of the block in which frame ``index`` lies."""
    return index - index % BLOCK_FRAMES


def anchor(index: int) -> int:
    """The frame with which tracking begins for frame ``index``."""
    return max(0, block_start(index) - WARM_UP_FRAMES)


class ReplayResults(Generic[State]):
    """Results by frame number. One thread uses it, the one that owns source and pipeline.

    The result of frame k is *defined* as that of a run which begins without memory at
    ``anchor(k)`` and takes every readable frame up to k. So it depends on the recording and the
    tracking settings alone, and any frame is at most ``BLOCK_FRAMES +
    WARM_UP_FRAMES`` steps away.
    The newest results and states are stored, bounded in number and bytes; the store changes how
    fast a result is there, never what it is.

    While a recording plays, the last frames of a block also begin the next block's memory, so that
    every frame is read once and no frame takes more than two steps.
    """

    def __init__(
        self,
        source: SeekableSource,
        pipeline: Step[State],
        statistics: RunStatistics,
        tracking: TrackingSettings = DEFAULT_TRACKING,
        capacity: int = STORED_RESULTS,
        max_bytes: int = STORED_BYTES,
    ) -> None:
        self._source = source
        self._pipeline = pipeline
        self._statistics = statistics
        self._tracking = tracking
        self._capacity = max(capacity, BLOCK_FRAMES)
        self._max_bytes, self._bytes = max_bytes, 0
        self._entries: OrderedDict[int, _StoredResult[State]] = OrderedDict()

    def at(
        self,
        index: int,
        given_up: Callable[[], bool] = lambda: False,
        *,
        playing: bool = True,
    ) -> FrameResult | None:
        """The result of frame ``index``; None if ``given_up`` says on the way that nobody waits.

        ``playing`` prepares for the next block too, which a seek has no time for.

        Raises:
            FrameError: if this frame cannot be read; others may be whole.
            SourceError: if there is no such frame, or the recording is closed or gone.
        """
        stored = self._entries.get(index)
        if stored is not None:
            self._entries.move_to_end(index)
            return stored.result
        wanted = self._read(index)
        done, memory, ahead = self._nearest(index)
        for number in range(done + 1, index):
            if given_up():
                return None
            try:
                frame = self._read(number)
            except FrameError:
                continue
            memory, ahead = self._advance(frame, memory, ahead, block_start(index), playing)
        self._advance(wanted, memory, ahead, block_start(index), playing)
        return self._entries[index].result

    def update_tracking(self, tracking: TrackingSettings) -> None:
        """Make every result anew, tracked so."""
        self._tracking = tracking
        self._entries.clear()
        self._bytes = 0

    def _read(self, index: int) -> Frame:
        frame = self._source.frame_at(index)
        self._statistics.note_frame()
        return frame

    def _nearest(
        self, index: int
    ) -> tuple[int, _TrackingMemory[State], _TrackingMemory[State] | None]:
        """The last frame before ``index`` after which the memories are known, and the memories."""
        for number in range(index - 1, anchor(index) - 1, -1):
            entry = self._entries.get(number)
            if entry is None:
                continue
            if block_start(number) == block_start(index):
                return number, entry.memory, entry.ahead
            if entry.ahead is not None:
                return number, entry.ahead, None
        return anchor(index) - 1, self._fresh(), None

    def _advance(
        self,
        frame: Frame,
        memory: _TrackingMemory[State],
        ahead: _TrackingMemory[State] | None,
        start: int,
        playing: bool,
    ) -> tuple[_TrackingMemory[State], _TrackingMemory[State] | None]:
        """Take the memory of the block at ``start`` over ``frame``, the next one's too if begun."""
        result, memory = self._step(frame, memory)
        if frame.index < start:
            return memory, None
        # Begun exactly at its anchor or not at all; without it, that block is warmed up later.
        if playing and frame.index == anchor(start + BLOCK_FRAMES):
            ahead = self._fresh()
        if ahead is not None:
            _, ahead = self._step(frame, ahead)
        self._store(frame.index, _StoredResult(result, memory, ahead))
        return memory, ahead

    def _step(
        self, frame: Frame, memory: _TrackingMemory[State]
    ) -> tuple[FrameResult, _TrackingMemory[State]]:
        stamp_ms = repaired_stamp(frame.timestamp_ms, memory.last_ms, frame.camera.fps)
        result, state = self._pipeline.step(
            restamped(frame, stamp_ms), memory.state, self._tracking
        )
        self._statistics.stages.add(result.stage_ms)
        return result, _TrackingMemory(state, stamp_ms)

    def _fresh(self) -> _TrackingMemory[State]:
        return _TrackingMemory(self._pipeline.initial_state())

    def _store(self, index: int, entry: _StoredResult[State]) -> None:
        before = self._entries.pop(index, None)
        self._bytes += _image_bytes(entry.result.frame)
        self._bytes -= 0 if before is None else _image_bytes(before.result.frame)
        self._entries[index] = entry
        while len(self._entries) > BLOCK_FRAMES and (
            len(self._entries) > self._capacity or self._bytes > self._max_bytes
        ):
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= _image_bytes(oldest.result.frame)


def _image_bytes(frame: Frame) -> int:
    """What a frame's images take at most: colour may not be decoded yet, or be read from a file."""
    if frame.colour is None:
        return frame.depth_mm.nbytes
    return frame.depth_mm.nbytes + 3 * frame.colour.camera.width * frame.colour.camera.height
