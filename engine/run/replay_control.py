"""What a recording shows next: the user's requests on one side, the playing thread on the other."""

from __future__ import annotations

from dataclasses import dataclass, replace

from engine.errors import InvalidInputError
from engine.run.control import RunControl
from engine.run.state import RunState
from engine.timing import Clock


@dataclass(frozen=True, slots=True)
class FrameRequest:
    """One frame to show.

    ``asked`` by a seek or step, so at once, rather than when it is due; ``since_s`` when that was.
    ``direction`` is where to look on if the frame cannot be read, ``turn_back`` the frame from
    which to look the other way if there is none there.
    """

    index: int
    asked: bool = False
    since_s: float = 0.0
    direction: int = 1
    turn_back: int | None = None


@dataclass(frozen=True, slots=True)
class PlayRange:
    """The frames that are repeated, both ends included.

    Raises:
        InvalidInputError: if it is empty or begins before frame 0.
    """

    first: int
    last: int

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.last:
            raise InvalidInputError(f"frames {self.first} to {self.last} are no range")


class ReplayControl(RunControl):
    """Adds to the state machine where a recording stands. Any thread may call any method.

    There is room for one request: a newer one replaces it (steps add up), so however fast a slider
    is drawn, at most one frame is asked for besides the one being made. Seeks and steps beyond the
    ends go to the end frames.
    """

    def __init__(self, *, frame_count: int, period_ms: float, clock: Clock) -> None:
        super().__init__(clock)
        self._last_frame = frame_count - 1
        self._period_ms = period_ms
        self._position: int | None = None
        self._pending: FrameRequest | None = None
        self._repeat = False
        self._range: PlayRange | None = None

    # -- requests ------------------------------------------------------------------------------

    def seek(self, index: int) -> None:
        """Show frame ``index`` next; a running replay goes on from there."""
        with self._changed:
            if self._open():
                index = self._clamped(index)
                self._ask(FrameRequest(index, direction=1, turn_back=index - 1))
                self._move(RunState.PAUSED, RunState.ENDED)

    def step(self, frames: int) -> None:
        """Pause and show the frame so many frames further (negative: back)."""
        with self._changed:
            if not self._open():
                return
            self._move(RunState.PAUSED, RunState.RUNNING, RunState.ENDED)
            from_ = self._position if self._pending is None else self._pending.index
            wanted = self._clamped((-1 if from_ is None else from_) + frames)
            if wanted != from_:
                self._ask(FrameRequest(wanted, direction=1 if frames > 0 else -1))

    def refresh(self) -> None:
        """Show the present frame anew, unless another one is asked for anyway."""
        with self._changed:
            if self._open() and self._pending is None and self._position is not None:
                self._ask(FrameRequest(self._position, turn_back=self._position - 1))

    def step_once(self) -> None:
        """Pause and show the next frame."""
        self.step(1)

    def resume(self) -> None:
        """PAUSED, ENDED -> RUNNING; at the end, from the beginning."""
        with self._changed:
            at_end = self._pending is None and self._position == self._last_frame
            self._pacer.forget()
            if self._move(RunState.RUNNING, RunState.PAUSED, RunState.ENDED) and at_end:
                self._ask(FrameRequest(self._first()))

    def go_on(self) -> None:
        """PAUSED -> RUNNING; at the end, it ends there."""
        with self._changed:
            self._pacer.forget()
            self._move(RunState.RUNNING, RunState.PAUSED)

    def restart(self) -> None:
        """Show the first frame; ENDED -> RUNNING."""
        with self._changed:
            if self._open():
                self._ask(FrameRequest(0))
                self._move(RunState.RUNNING, RunState.ENDED)

    def set_speed(self, speed: float) -> None:
        """Play at ``speed`` times the recorded pace; infinity is as fast as possible.

        Raises:
            InvalidInputError: if it is not positive.
        """
        if not speed > 0:
            raise InvalidInputError(f"speed must be positive, not {speed}")
        with self._changed:
            self._pacer.speed = speed
            self._changed.notify_all()

    def set_repeat(self, repeat: bool) -> None:
        """Whether playing goes on at the beginning of the range after its end."""
        with self._changed:
            self._repeat = repeat

    def set_range(self, chosen: PlayRange | None) -> None:
        """The frames to repeat; None for all. What lies beyond the end is cut off."""
        with self._changed:
            self._range = chosen and PlayRange(
                self._clamped(chosen.first), self._clamped(chosen.last)
            )

    # -- the playing thread --------------------------------------------------------------------

    def next_request(self) -> FrameRequest | None:
        """Wait for the next frame to show; None when the run has just ended or is over."""
        with self._changed:
            while not self.over:
                if self._pending is not None:
                    request, self._pending = self._pending, None
                    return request
                if self._state is RunState.RUNNING:
                    following = self._following()
                    if following is not None:
                        return FrameRequest(following)
                    self._move(RunState.ENDED, RunState.RUNNING)
                    return None
                self._changed.wait()
            return None

    def wait_due(self, request: FrameRequest, stamp_ms: float) -> float | None:
        """Wait until the result may be shown; the moment it was due, or None to drop it."""
        with self._changed:
            if request.asked:
                self._pacer.forget()
                self._pacer.delay_s(stamp_ms)  # the next frame is due after this one
                return None if self.over else request.since_s
            if self._position is not None and request.index <= self._position:
                self._pacer.follow_on(stamp_ms, self._period_ms)
            while self._state is RunState.RUNNING and self._pending is None:
                delay_s = self._pacer.delay_s(stamp_ms)
                if delay_s <= 0:
                    return self._clock() + delay_s
                self._changed.wait(delay_s)
            self._pacer.forget()
            return None

    def shown(self, request: FrameRequest) -> None:
        """The requested frame's result is out."""
        with self._changed:
            self._position = request.index

    def unreadable(self, request: FrameRequest) -> None:
        """The frame cannot be read: go on to the next one in its direction."""
        with self._changed:
            if not request.asked:
                self._position = request.index
                return
            following = replace(request, index=request.index + request.direction)
            if not 0 <= following.index <= self._last_frame:
                if request.turn_back is None or request.turn_back < 0:
                    return
                following = replace(request, index=request.turn_back, direction=-1, turn_back=None)
            self._pending = self._pending or following

    # -- inside, with the lock held --------------------------------------------------------------

    def _open(self) -> bool:
        return self._state.active or self._state is RunState.ENDED

    def _clamped(self, index: int) -> int:
        return min(max(index, 0), self._last_frame)

    def _first(self) -> int:
        return self._range.first if self._repeat and self._range is not None else 0

    def _following(self) -> int | None:
        """The frame after the one shown; None at the end of a recording that is not repeated."""
        if self._position is None:
            return self._first()
        ends = {self._last_frame}
        if self._repeat and self._range is not None:
            ends.add(self._range.last)
        if self._position not in ends:
            return self._position + 1
        return self._first() if self._repeat else None

    def _ask(self, request: FrameRequest) -> None:
        self._pending = replace(request, asked=True, since_s=self._clock())
        self._changed.notify_all()
