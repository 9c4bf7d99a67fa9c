"""Hours of a camera in minutes: does what the program holds grow?"""

from __future__ import annotations

import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from engine.mailbox import BoundedQueue, Overflow
from engine.measure.history import PoseHistory
from engine.recording.recorder import Recorder
from engine.run.runner import Runner
from engine.sources.synthetic import SyntheticCamera
from engine.stream.address import Address
from engine.stream.output import StreamKind
from engine.stream.streamer import Streamer
from engine.tracking.pipeline import Pipeline
from engine.tracking.track import TrackState
from engine.types import Frame, FrameResult
from tests.reliability.usage import Usage

FPS: Final = 30.0
SETTLED_SHARE: Final = 0.2
"""Of the time, after which what is held is noted for the first time."""
RECORD_EVERY: Final = 18_000
RECORDED: Final = 60
"""Every ten minutes of the camera's a recording of so many frames is made and taken away."""
MAX_GROWTH_MB: Final = 40.0
_REMEMBERED: Final = 90


@dataclass(frozen=True, slots=True)
class Endured:
    """``frames`` in ``minutes`` of real time; recordings made meanwhile; what the process held
    when it had settled and at the end; ``trouble`` as told, empty if there was none."""

    frames: int
    minutes: float
    recordings: int
    settled: Usage
    end: Usage
    trouble: str

    @property
    def hours(self) -> float:
        """Of a camera of 30 frames a second."""
        return self.frames / FPS / 3600.0

    @property
    def kept(self) -> bool:
        """Whether nothing grew or broke."""
        grew = self.settled.grew(self.end, MAX_GROWTH_MB)
        return self.frames > 0 and not self.trouble and not grew

    def text(self) -> str:
        """The figures in lines."""
        hours = f"{self.frames} frames, {self.hours:.2f} hours of a camera"
        lines = [
            f"{hours}, in {self.minutes:.1f} minutes; {self.recordings} recordings meanwhile",
            self.settled.text(self.end),
        ]
        return "\n".join([*lines, self.trouble] if self.trouble else lines)


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
        trouble = snapshot.error or streamer.snapshot().failure
    return Endured(snapshot.frames_in, spent, recordings, settled, end, trouble)


def _keep_history(results: BoundedQueue[FrameResult]) -> None:
    history = PoseHistory()
    while (result := results.take(timeout_s=None)) is not None:
        history.add(result)
        for hand in result.hands:
            if not np.isfinite(hand.pose.joints_mm).all():
                raise ValueError(f"frame {result.frame.index} has joints that are no numbers")


def _record(path: Path, camera: HurriedCamera, runner: Runner[TrackState]) -> None:
    recorder = Recorder(path, camera.camera, runner)
    deadline_s = time.monotonic() + 10.0
    while recorder.snapshot().frames < RECORDED and time.monotonic() < deadline_s:
        time.sleep(0.02)
    told = recorder.stop()
    if told.error or not told.frames:
        raise RuntimeError(f"a recording failed: {told}")
    path.unlink()
