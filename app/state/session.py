"""An opened source and the run that reads it, as far as the window uses them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera
from engine.mailbox import BoundedQueue, Mailbox
from engine.recording.recorder import Tappable
from engine.run.replay_control import PlayRange
from engine.run.state import RunnerSnapshot
from engine.sources.base import ColourSwitch
from engine.tracking.config import TrackingSettings
from engine.types import FrameResult

if TYPE_CHECKING:
    from engine.sources.realsense_devices import CameraInfo


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


@dataclass(frozen=True, slots=True, eq=False)
class ReplaySession:
    """What only a recording has: a run that goes to any frame, when each frame was taken
    ([frame_count] ms since the first), and the depths it shows (nearest and farthest, mm).
    """

    run: ReplayRun
    timeline_ms: NDArray[np.float64]
    depth_range_mm: tuple[float, float] | None

    @property
    def last_frame(self) -> int:
        """The number of the last frame."""
        return len(self.timeline_ms) - 1


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """An opened source with the run that reads it; ``spec`` is what opens it again.

    ``colour`` switches a camera's colour on and off, None where it is always there or never;
    ``replay`` is None where there is no going back: cameras, real and synthetic. ``tap`` is
    where their frames can be had for a recording, None for recordings. ``camera_serial`` is that
    of a live camera, empty for other sources; ``profile`` whose networks are used, empty for the
    shipped ones or those of ``--models``, and ``profile_problem`` why not the chosen one's.
    """

    run: Run
    spec: str
    name: str
    camera: Camera
    live: bool
    frame_count: int | None
    replay: ReplaySession | None = None
    tap: Tappable | None = None
    camera_serial: str = ""
    profile: str = ""
    profile_problem: str = ""
    colour: ColourSwitch | None = None


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """A source that can be chosen without a file dialogue; ``camera`` is what is known of it."""

    spec: str
    label: str
    camera: CameraInfo | None = None


@dataclass(frozen=True, slots=True)
class CamerasFound:
    """The attached cameras; if there are none, ``why_none`` says why, and ``possible`` whether
    there can be any at all on this computer.
    """

    choices: tuple[SourceChoice, ...] = ()
    why_none: str = ""
    possible: bool = True
