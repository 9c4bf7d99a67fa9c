"""The parts of a run that the window uses, as protocols."""

from __future__ import annotations

from typing import Protocol

from engine.mailbox import BoundedQueue, Mailbox
from engine.run.replay_control import PlayRange
from engine.run.state import RunnerSnapshot
from engine.tracking.config import TrackingSettings
from engine.types import FrameResult


class Run(Protocol):
    """The part of ``engine.run.runner.Runner`` and ``engine.run.replay.Replay`` the window uses."""

    @property
    def results(self) -> Mailbox[FrameResult]:
        """The newest result."""
        ...

    def listen(self, queue: BoundedQueue[FrameResult]) -> None:
        """Put every result into ``queue``, too."""
        ...

    def start(self) -> None:
        """Begin."""
        ...

    def pause(self) -> None:
        """Hold."""
        ...

    def resume(self) -> None:
        """Go on."""
        ...

    def step_once(self) -> None:
        """One frame of a paused replay."""
        ...

    def restart(self) -> None:
        """A replay's first frame again."""
        ...

    def update_tracking(self, tracking: TrackingSettings) -> None:
        """Follow so many hands and smooth them so from the next frame on."""
        ...

    def stop(self) -> None:
        """End for good; takes up to a second."""
        ...

    def snapshot(self) -> RunnerSnapshot:
        """State and figures."""
        ...


class ReplayRun(Run, Protocol):
    """What ``engine.run.replay.Replay`` can do besides."""

    def go_on(self) -> None:
        """Go on after a pause; at the end, not from the beginning."""
        ...

    def seek(self, index: int) -> None:
        """Show this frame, or the end frame beyond which it lies."""
        ...

    def step(self, frames: int) -> None:
        """Pause and go so many frames further."""
        ...

    def set_speed(self, speed: float) -> None:
        """Times the recorded pace."""
        ...

    def set_repeat(self, repeat: bool) -> None:
        """Play again and again, or to the end."""
        ...

    def set_range(self, chosen: PlayRange | None) -> None:
        """What to repeat; None for everything."""
        ...
