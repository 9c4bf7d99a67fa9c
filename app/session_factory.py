"""Makes the run that suits a source, and what the window knows of both."""

from __future__ import annotations

from typing import Final, TypeVar

import numpy as np

from app.state.session import ReplaySession, Run, Session
from engine.errors import FrameError
from engine.pictures.palette import depth_range_mm
from engine.recording.recorder import Tappable
from engine.run.replay import Replay
from engine.run.runner import Runner, Step
from engine.sources.base import ColourSwitch, DepthSource, SeekableSource
from engine.sources.reconnecting_camera import ReconnectingCamera
from engine.tracking.config import DEFAULT_TRACKING, TrackingSettings

State = TypeVar("State")

RANGE_FRAMES: Final = 9


def make_session(
    source: DepthSource,
    pipeline: Step[State],
    spec: str,
    tracking: TrackingSettings = DEFAULT_TRACKING,
) -> Session:
    """The run that suits ``source``: a ``Replay`` where frames can be had in any order."""
    serial = ""
    if isinstance(source, ReconnectingCamera):
        spec, serial = str(source.choice), source.choice.serial
    recording: ReplaySession | None = None
    tap: Tappable | None = None
    run: Run
    if isinstance(source, SeekableSource):
        run = replay = Replay(source, pipeline, tracking=tracking)
        recording = ReplaySession(replay, source.timeline_ms, shown_range_mm(source))
    else:
        run = tap = Runner(source, pipeline, tracking=tracking, pace=True)
    return Session(
        run=run,
        spec=spec,
        name=source.name,
        camera=source.camera,
        live=source.live,
        frame_count=source.frame_count,
        replay=recording,
        tap=tap,
        camera_serial=serial,
        colour=source if isinstance(source, ColourSwitch) else None,
    )


def shown_range_mm(source: SeekableSource) -> tuple[float, float] | None:
    """The nearest and farthest depth in some frames of a recording, without outliers.

    With one range for the whole recording a frame is shown in the same colours each time.
    """
    ranges = []
    for index in np.linspace(0, source.frame_count - 1, RANGE_FRAMES, dtype=int):
        try:
            found = depth_range_mm(source.frame_at(int(index)).depth_mm)
        except FrameError:
            continue
        if found is not None:
            ranges.append(found)
    if not ranges:
        return None
    near, far = zip(*ranges, strict=True)
    return min(near), max(far)
