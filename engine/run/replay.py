"""Plays a recording: any frame in either direction, at any speed, the same each time."""

from __future__ import annotations

import time
from typing import Final, Generic, TypeVar

from engine.errors import FrameError, SourceError
from engine.mailbox import Mailbox
from engine.run.replay_control import FrameRequest, PlayRange, ReplayControl
from engine.run.replay_results import ReplayResults
from engine.run.runner import Step
from engine.run.state import RunnerSnapshot
from engine.run.threaded_run import ThreadedRun
from engine.sources.base import SeekableSource
from engine.timing import Clock
from engine.tracking.config import DEFAULT_TRACKING, TrackingSettings
from engine.types import FrameResult

State = TypeVar("State")

FAST: Final = float("inf")
"""The speed "as fast as possible"."""


class Replay(ThreadedRun[SeekableSource, ReplayControl], Generic[State]):
    """Runs one recording through one pipeline. Any thread may call any public method.

    One thread reads, processes and publishes, as what comes next is not known before it is asked
    for; there is no queue, and at most one request waits. What is shown for a frame is defined in
    ``ReplayResults``. Frames that cannot be read are passed over; the snapshot's notice says so.

    Args:
        source: the recording.
        pipeline: what turns frames into results.
        tracking: how, until ``update_tracking`` says otherwise.
        speed: how many times the recorded pace; ``FAST`` is as fast as possible.
        repeat: play again and again.
        clock: monotonic seconds.
    """

    def __init__(
        self,
        source: SeekableSource,
        pipeline: Step[State],
        *,
        tracking: TrackingSettings = DEFAULT_TRACKING,
        speed: float = 1.0,
        repeat: bool = False,
        clock: Clock = time.monotonic,
    ) -> None:
        control = ReplayControl(
            frame_count=source.frame_count, period_ms=1000.0 / source.camera.fps, clock=clock
        )
        control.set_speed(speed)
        control.set_repeat(repeat)
        super().__init__(source, control, clock, {"replay": self._run})
        self._pipeline = pipeline
        self._results = ReplayResults(source, pipeline, self._statistics, tracking)
        self._settings: Mailbox[TrackingSettings] = Mailbox()
        self._notice = ""

    # -- where to ----------------------------------------------------------------------------

    def go_on(self) -> None:
        """Go on from where a seek has led; a replay that has led to the end ends there."""
        self._control.go_on()

    def seek(self, index: int) -> None:
        """Show frame ``index``, or the end frame beyond which it lies; go on from there if running.

        A newer seek replaces one that is still waiting.
        """
        self._control.seek(index)

    def step(self, frames: int) -> None:
        """Pause and go so many frames further (negative: back)."""
        self._control.step(frames)

    def set_speed(self, speed: float) -> None:
        """Play at ``speed`` times the recorded pace.

        Raises:
            InvalidInputError: if it is not positive.
        """
        self._control.set_speed(speed)

    def set_repeat(self, repeat: bool) -> None:
        """Whether to play the range, or everything if there is none, again and again."""
        self._control.set_repeat(repeat)

    def set_range(self, chosen: PlayRange | None) -> None:
        """The frames to repeat; None for all."""
        self._control.set_range(chosen)

    def update_tracking(self, tracking: TrackingSettings) -> None:
        """Track so; the frame shown is made anew."""
        self._settings.put(tracking)
        self._control.refresh()

    def snapshot(self) -> RunnerSnapshot:
        """The state and figures of this moment. Latency counts from when a result was due."""
        return self._statistics.snapshot(
            self._control,
            "; ".join(filter(None, (self._notice, self._source.notice))),
            dropped=0,
            connection=self._connection(),
        )

    # -- replay thread -----------------------------------------------------------------------

    def _run(self) -> None:
        self._guard_source(self._play_until_over, "playing the recording")

    def _play_until_over(self) -> None:
        self._pipeline.prepare(self._source.camera)
        bad = 0
        while not self._control.over:
            request = self._control.next_request()
            if request is None:
                continue
            tracking = self._settings.take()
            if tracking is not None:
                self._results.update_tracking(tracking)
            try:
                result = self._results.at(
                    request.index, lambda: self._control.over, playing=not request.asked
                )
            except FrameError as error:
                bad += 1
                self._pass_over(request, error, bad)
                continue
            bad = 0
            if result is not None:
                self._show(request, result)

    def _show(self, request: FrameRequest, result: FrameResult) -> None:
        due_s = self._control.wait_due(request, result.frame.timestamp_ms)
        if due_s is None:
            return
        self._control.shown(request)
        self._depth_monitor.check(result.frame)
        self._publish(result, due_s)

    def _pass_over(self, request: FrameRequest, error: FrameError, in_a_row: int) -> None:
        if in_a_row > self._source.frame_count:
            raise SourceError(f"{self._source.name} cannot be read any more: {error}") from error
        if not self._notice:
            self._notice = f"{self._source.name}: {error}; such frames are left out"
        self._control.unreadable(request)
