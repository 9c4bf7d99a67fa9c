"""Hours of a camera in minutes: does what the program holds grow?"""

from __future__ import annotations

import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from engine.mailbox import BoundedQueue, Overflow
from engine.measure.history import PoseHistory
from engine.recording.recorder import Recorder
from engine.run.runner import Runner
from engine.stream.address import Address
from engine.stream.output import StreamKind
from engine.stream.streamer import Streamer
from engine.tracking.pipeline import Pipeline
from engine.tracking.track import TrackState
from engine.types import FrameResult
from tests.reliability.hurried_camera import FPS, HurriedCamera
from tests.reliability.usage import Growth, Usage

SETTLED_SHARE: Final = 0.2
"""Of the time, after which what is held is noted for the first time."""
RECORD_EVERY: Final = 18_000
"""Frames (ten minutes of the camera) after which a short recording is made and taken away."""
MAX_GROWTH_MB: Final = 40.0


@dataclass(frozen=True, slots=True)
class Endured:
    """``frames`` in ``minutes`` of real time; recordings made meanwhile; whether the
    process has grown; ``trouble`` as reported, empty if there was none."""

    frames: int
    minutes: float
    recordings: int
    growth: Growth
    trouble: str

    @property
    def hours(self) -> float:
        """Of a camera of 30 frames a second."""
        return self.frames / FPS / 3600.0

    @property
    def kept(self) -> bool:
        """Whether nothing grew or broke."""
        return self.frames > 0 and not self.trouble and not self.growth

    def text(self) -> str:
        """The figures in lines."""
        hours = f"{self.frames} frames, {self.hours:.2f} hours of a camera"
        lines = [
            f"{hours}, in {self.minutes:.1f} minutes; {self.recordings} recordings meanwhile",
            self.growth.text(),
        ]
        return "\n".join([*lines, self.trouble] if self.trouble else lines)


def endure(minutes: float, seed: int) -> Endured:
    """Track, stream, keep a history and record now and then for ``minutes`` of real time."""
    camera = HurriedCamera(seed)
    runner: Runner[TrackState] = Runner(camera, Pipeline.load())
    results: BoundedQueue[FrameResult] = BoundedQueue(64, Overflow.BLOCK)
    recordings, settled = 0, Usage.now()
    with closing(Streamer()) as streamer, tempfile.TemporaryDirectory(prefix="hours-") as folder:
        streamer.switch_on(StreamKind.WEBSOCKET, Address("127.0.0.1", 0))
        streamer.follow(runner)
        runner.listen(results)
        reader = threading.Thread(target=_keep_history, args=(results,), daemon=True)
        reader.start()
        runner.start()
        began_s, noted = time.monotonic(), False
        try:
            while (spent := (time.monotonic() - began_s) / 60.0) < minutes:
                time.sleep(0.1)
                if runner.snapshot().frames_in > recordings * RECORD_EVERY:
                    _record(Path(folder) / f"{recordings}.db3", camera, runner)
                    recordings += 1
                if not noted and spent >= SETTLED_SHARE * minutes:
                    settled, noted = Usage.now(), True
            snapshot, end = runner.snapshot(), Usage.now()
        finally:
            results.close()
            runner.stop()
            reader.join()
        growth = Growth(settled, end, MAX_GROWTH_MB)
        trouble = snapshot.error or streamer.snapshot().failure
    return Endured(snapshot.frames_in, spent, recordings, growth, trouble)


def _keep_history(results: BoundedQueue[FrameResult]) -> None:
    history = PoseHistory()
    while (result := results.take(timeout_s=None)) is not None:
        history.add(result)
        for hand in result.hands:
            if not np.isfinite(hand.pose.joints_mm).all():
                raise ValueError(f"frame {result.frame.index} has joints that are no numbers")


def _record(
    path: Path, camera: HurriedCamera, runner: Runner[TrackState], frames: int = 60
) -> None:
    recorder = Recorder(path, camera.camera, runner)
    deadline_s = time.monotonic() + 10.0
    while recorder.snapshot().frames < frames and time.monotonic() < deadline_s:
        time.sleep(0.02)
    ended = recorder.stop()
    if ended.error or not ended.frames:
        raise RuntimeError(f"a recording failed: {ended}")
    path.unlink()
