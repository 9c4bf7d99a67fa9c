"""Records a running source: a bounded queue of frames in, a file or folder out, losses counted."""

from __future__ import annotations

import math
import shutil
import threading
import time
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final, Protocol

from engine.camera import Camera
from engine.errors import CrossingHandsError, ExportError
from engine.mailbox import BoundedQueue
from engine.recording.record import FrameWriter, open_writer
from engine.sources.base import Timestamps
from engine.timing import Clock
from engine.types import Frame

QUEUE_S: Final = 0.5
QUEUE_BYTES: Final = 128 << 20
"""So much may wait for a slow disk. A killed program loses it, and what came since a flush, which
together with the time of a flush shall be less than a second."""
MIN_FRAMES: Final = 3
FLUSH_S: Final = 0.2
RESERVE_BYTES: Final = 64 << 20
"""Recording ends while so much of the disk is free, as other programs need some too."""
STOP_TIMEOUT_S: Final = 5.0


class RecordingState(Enum):
    """Where a recording stands.

    ::

        RECORDING --finish, or the source ends--> FINISHING --> FINISHED
        RECORDING, FINISHING --the disk is full or fails--> FAILED
    """

    RECORDING = "recording"
    FINISHING = "finishing"
    FINISHED = "finished"
    FAILED = "failed"

    @property
    def active(self) -> bool:
        """Whether something is still being written."""
        return self in (RecordingState.RECORDING, RecordingState.FINISHING)


@dataclass(frozen=True, slots=True)
class RecordingSnapshot:
    """A recording at one moment.

    ``frames`` were written, ``dropped`` did not fit into the queue before a slow disk;
    ``elapsed_s`` since the start, ``size_bytes`` about how large it is. ``error`` is a sentence
    for the user, empty unless it failed; what was written before can be played.
    """

    state: RecordingState
    path: Path
    error: str
    frames: int
    dropped: int
    size_bytes: int
    elapsed_s: float


class Tappable(Protocol):
    """A run whose frames can be had (``engine.run.runner.Runner``); any thread may ask."""

    def tap_frames(self, capacity: int) -> BoundedQueue[Frame]:
        """Every frame from now on; where they do not fit, the oldest is dropped and counted."""
        ...


class Recorder:
    """Writes what a run reads. Any thread may call any method.

    One thread of its own encodes and writes, so the run never waits. A disk that is too slow costs
    frames, which are counted; a disk that is full ends the recording with an error and a file that
    plays. Stamps are put right as everywhere (``engine.sources.base.Timestamps``).

    Args:
        path: a new ``.db3``, or a folder.
        camera: what the frames are taken with.
        run: where they come from.
        clock: monotonic seconds.

    Raises:
        ExportError: if ``path`` cannot be written.
    """

    def __init__(
        self, path: Path, camera: Camera, run: Tappable, *, clock: Clock = time.monotonic
    ) -> None:
        _check_free_space(path.parent)
        self._path = path
        self._clock = clock
        self._writer: FrameWriter = open_writer(path, camera)
        self._timestamps = Timestamps(camera.fps)
        self._lock = threading.Lock()
        self._state = RecordingState.RECORDING
        self._error = ""
        self._start_s = clock()
        self._end_s: float | None = None
        self._frames = run.tap_frames(queue_frames(camera))
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Record nothing more; what waits is written soon after. Twice is fine."""
        self._frames.close()
        self._note_end()

    def stop(self, timeout_s: float = STOP_TIMEOUT_S) -> RecordingSnapshot:
        """Finish and wait until everything is written; a disk that hangs is left behind."""
        self.finish()
        self._thread.join(timeout_s)
        return self.snapshot()

    def snapshot(self) -> RecordingSnapshot:
        """Everything at this moment."""
        with self._lock:
            end_s = self._clock() if self._end_s is None else self._end_s
            return RecordingSnapshot(
                state=self._state,
                path=self._path,
                error=self._error,
                frames=self._writer.written,
                dropped=self._frames.dropped,
                size_bytes=self._writer.size_bytes,
                elapsed_s=end_s - self._start_s,
            )

    # -- recorder thread ---------------------------------------------------------------------

    def _run(self) -> None:
        error = ""
        try:
            try:
                self._write_until_closed()
            finally:
                self._frames.close()
                self._writer.close()
        except CrossingHandsError as failure:
            error = str(failure)
        except Exception as failure:  # noqa: BLE001 - the top of a thread: recorded and shown
            error = f"recording {self._path} failed: {type(failure).__name__}: {failure}"
        self._note_end()
        with self._lock:
            self._error = error
            self._state = RecordingState.FAILED if error else RecordingState.FINISHED

    def _write_until_closed(self) -> None:
        flushed_s = -math.inf  # the first frame is kept at once
        while True:
            frame = self._frames.take(FLUSH_S)
            if frame is not None:
                self._writer.write(self._timestamps.repaired(frame))
            elif self._frames.closed:
                return
            if self._writer.written and self._clock() - flushed_s >= FLUSH_S:
                self._writer.flush()
                _check_free_space(self._path.parent)
                flushed_s = self._clock()

    def _note_end(self) -> None:
        with self._lock:
            if self._state is RecordingState.RECORDING:
                self._state, self._end_s = RecordingState.FINISHING, self._clock()


def queue_frames(camera: Camera) -> int:
    """How many frames of ``camera`` may wait for the disk."""
    fit = QUEUE_BYTES // (4 * camera.width * camera.height)
    return max(min(math.ceil(QUEUE_S * camera.fps), fit), MIN_FRAMES)


def _check_free_space(folder: Path) -> None:
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return  # writing will tell what is wrong
    if free < RESERVE_BYTES:
        raise ExportError(
            f"the disk of {folder.absolute()} is full: only {free / 1e6:.0f} MB are left"
        )
