"""Threads of a run: a capture thread reads frames, an inference thread turns them to results.

Live sources: the newest frame wins and drops are counted. Replays: every frame is processed once
and in order; a full queue holds the capture thread back.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final, Generic, Protocol, TypeVar

from engine.camera import Camera
from engine.mailbox import BoundedQueue, Overflow
from engine.run.broadcaster import Broadcaster
from engine.run.state import RunnerSnapshot, RunState
from engine.run.stream_control import StreamControl
from engine.run.threaded_run import ThreadedRun
from engine.sources.base import DepthSource
from engine.timing import Clock
from engine.tracking.config import DEFAULT_TRACKING, TrackingSettings
from engine.types import Frame, FrameResult

State = TypeVar("State")

READ_TIMEOUT_MS: Final = 100.0
LIVE_S: Final = 1.0 / 30.0
"""A camera's frames of so long may wait: at 90 a second a short delay, as of the window's paints,
loses none, and none comes later than at 30."""
READ_AHEAD_FRAMES: Final = 4


class Step(Protocol[State]):
    """The part of a pipeline that a runner needs: a pure step and its first state.

    Only the thread that processes frames calls it.
    """

    def prepare(self, camera: Camera) -> None:
        """Do beforehand what the first frame of ``camera`` would otherwise wait for."""
        ...

    def initial_state(self) -> State:
        """The state before the first frame."""
        ...

    def step(
        self, frame: Frame, state: State, settings: TrackingSettings
    ) -> tuple[FrameResult, State]:
        """The result of ``frame`` and the state for the next one."""
        ...


@dataclass(frozen=True, slots=True)
class _Item:
    """What the capture thread has to say, in order: a frame, the end, or an error.

    ``epoch`` tells which ``restart`` it belongs to, ``lap`` changes whenever the source rewinds.
    """

    content: Frame | Exception | None
    epoch: int
    lap: int
    read_s: float


class Runner(ThreadedRun[DepthSource, StreamControl], Generic[State]):
    """Runs one source through one pipeline. Any thread may call any public method.

    One thread reads, another one processes. While a live source is paused its frames are read and
    forgotten, so that it stays fresh.

    Args:
        source: where frames come from.
        pipeline: what turns frames into results.
        tracking: how, until ``update_tracking`` says otherwise.
        pace: replay at the speed of the timestamps rather than as fast as possible.
        loop: start a replay again when it ends.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        source: DepthSource,
        pipeline: Step[State],
        *,
        tracking: TrackingSettings = DEFAULT_TRACKING,
        pace: bool = False,
        loop: bool = False,
        clock: Clock = time.monotonic,
    ) -> None:
        control = StreamControl(live=source.live, pace=pace, clock=clock)
        super().__init__(
            source, control, clock, {"capture": self._capture, "inference": self._infer}
        )
        self._pipeline = pipeline
        self._tracking = tracking
        self._live = source.live
        self._loop = loop and not source.live
        self._clock = clock
        self._frames: BoundedQueue[_Item] = (
            BoundedQueue(max(1, round(LIVE_S * source.camera.fps)), Overflow.DROP_OLDEST)
            if source.live
            else BoundedQueue(READ_AHEAD_FRAMES, Overflow.BLOCK)
        )
        self._taps: Broadcaster[Frame] = Broadcaster()

    def update_tracking(self, tracking: TrackingSettings) -> None:
        """Track so from the next frame on."""
        self._tracking = tracking

    def tap_frames(self, capacity: int) -> BoundedQueue[Frame]:
        """A queue that gets every frame that is read from now on, also during a pause.

        The run never waits for it: where they do not fit, the oldest is dropped and counted.
        It is closed when the source has ended or the run is over; close it to unsubscribe.
        """
        queue: BoundedQueue[Frame] = BoundedQueue(capacity, Overflow.DROP_OLDEST)
        self._taps.add(queue)
        return queue

    def snapshot(self) -> RunnerSnapshot:
        """The state and figures of this moment."""
        return self._statistics.snapshot(
            self._control,
            self._source.notice or "",
            dropped=self._frames.dropped,
            connection=self._connection(),
        )

    # -- capture thread ----------------------------------------------------------------------

    def _capture(self) -> None:
        self._guard_source(self._read_until_over, "reading the source")

    def _read_until_over(self) -> None:
        epoch = lap = frames_in_lap = 0
        while not self._control.over:
            if epoch != self._control.epoch:
                epoch, lap, frames_in_lap = self._control.epoch, lap + 1, 0
                self._source.rewind()
            content = self._read()
            if isinstance(content, Frame):
                frames_in_lap += 1
                self._hand_over(_Item(content, epoch, lap, self._clock()))
            elif content is None and not self._source.ended:
                continue
            elif content is None and self._loop and frames_in_lap:
                lap, frames_in_lap = lap + 1, 0
                self._source.rewind()
            else:
                self._taps.end()
                self._frames.put(_Item(content, epoch, lap, self._clock()))
                self._control.wait_epoch_past(epoch)

    def _read(self) -> Frame | Exception | None:
        """Read once; an error is passed on in order, so that the frames before it still count."""
        try:
            return self._source.read(READ_TIMEOUT_MS)
        except Exception as error:  # noqa: BLE001 - part of the thread's top
            return error

    def _hand_over(self, item: _Item) -> None:
        self._statistics.note_frame()
        if isinstance(item.content, Frame):
            self._depth_monitor.check(item.content)
            self._taps.put(item.content)
        if not (self._live and self._control.state is RunState.PAUSED):
            self._frames.put(item)

    # -- inference thread --------------------------------------------------------------------

    def _infer(self) -> None:
        self._guard(self._step_until_over, "processing a frame")

    def _step_until_over(self) -> None:
        self._pipeline.prepare(self._source.camera)
        state, lap = self._pipeline.initial_state(), 0
        while (item := self._frames.take(timeout_s=None)) is not None:
            frame = item.content
            if not isinstance(frame, Frame):
                self._end(item.epoch, frame)
                continue
            due_s = self._control.wait_until_due(item.epoch, item.read_s, frame.timestamp_ms)
            if due_s is None:
                continue
            if item.lap != lap:
                state, lap = self._pipeline.initial_state(), item.lap
            result, state = self._pipeline.step(frame, state, self._tracking)
            self._statistics.stages.add(result.stage_ms)
            self._publish(result, due_s)

    def _end(self, epoch: int, error: Exception | None) -> None:
        if error is not None:
            self._fail("reading the source", error)
        else:
            self._control.end(epoch)

    def _close_queues(self) -> None:
        self._frames.close()
        self._taps.close()
        super()._close_queues()
