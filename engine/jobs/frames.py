"""The frames of a source one after the other, and what a pipeline says of each."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterable
from typing import Final, TypeVar

from engine.errors import SourceError
from engine.run.runner import Step
from engine.sources.base import DepthSource, ReconnectingSource
from engine.timing import Clock, Pacer
from engine.tracking.config import TrackingSettings
from engine.types import Frame, FrameResult

State = TypeVar("State")

FRAME_TIMEOUT_S: Final = 10.0
"""How long a source that delivers nothing is waited for."""
READ_TIMEOUT_MS: Final = 500.0


def frames_of(
    source: DepthSource,
    limit_s: float | None = None,
    timeout_s: float = FRAME_TIMEOUT_S,
    clock: Clock = time.monotonic,
) -> Generator[Frame]:
    """The frames of ``source`` whose timestamps lie within ``limit_s`` of the first one's.

    Raises:
        SourceError: if none came for ``timeout_s``.
    """
    end_ms: float | None = None
    last_s = clock()
    while True:
        frame = source.read(READ_TIMEOUT_MS)
        if frame is not None:
            if end_ms is None:
                end_ms = math.inf if limit_s is None else frame.timestamp_ms + limit_s * 1000.0
            # Half a millisecond of tolerance: timestamps are often rounded.
            if frame.timestamp_ms >= end_ms - 0.5:
                return
            yield frame
            last_s = clock()
        elif source.ended:
            return
        elif clock() - last_s > timeout_s:
            raise SourceError(_stalled(source))


def _stalled(source: DepthSource) -> str:
    reason = source.connection.text if isinstance(source, ReconnectingSource) else ""
    cause = f": {reason}" if reason else ""
    return f"{source.name} delivered no frame for {FRAME_TIMEOUT_S:.0f} s{cause}"


def paced(frames: Iterable[Frame], clock: Clock = time.monotonic) -> Generator[Frame]:
    """The same, each when it is due by its timestamp."""
    pacer = Pacer(clock)
    for frame in frames:
        time.sleep(max(0.0, pacer.delay_s(frame.timestamp_ms)))
        yield frame


def results_of(
    frames: Iterable[Frame],
    pipeline: Step[State],
    settings: TrackingSettings,
    *,
    independent: bool = False,
) -> Generator[FrameResult]:
    """What ``pipeline`` says of each frame; ``independent``: of each alone, without tracking."""
    state = pipeline.initial_state()
    for frame in frames:
        if independent:
            state = pipeline.initial_state()
        result, state = pipeline.step(frame, state, settings)
        yield result
