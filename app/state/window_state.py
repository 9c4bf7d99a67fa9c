"""What the window shows, apart from the pictures: one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Final

from app.state.session import ReplaySession, Session
from engine.pictures.view import PictureView
from engine.run.replay import FAST
from engine.run.replay_control import PlayRange
from engine.sources.base import WELL_CONNECTED, Connection
from engine.tracking.config import TrackingSettings

SPEEDS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, FAST)
"""Times the recorded pace; the last is as fast as possible."""
NO_SOURCE: Final = "open a camera first"
NOT_LIVE: Final = "only from a camera; a recording is copied with 'main.py convert'"


class Phase(Enum):
    """What the window shows.

    ::

        EMPTY --open--> RUNNING <--pause--> PAUSED
                        RUNNING, PAUSED --end of recording--> ENDED --restart--> RUNNING
                        any --error of the source--> FAILED --open--> RUNNING

    Opening another source leaves the phase as it is until the new one is there.
    """

    EMPTY = "empty"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"
    FAILED = "failed"


class Level(Enum):
    """How grave a message is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Marks:
    """The frames between which a recording is repeated; None is its beginning or end."""

    first: int | None = None
    last: int | None = None

    def __bool__(self) -> bool:
        return self.first is not None or self.last is not None


@dataclass(frozen=True, slots=True)
class WindowState:
    """Everything the window's titles, buttons and panels depend on.

    ``opening`` names what is being opened, empty if nothing is; ``speed``, ``repeat`` and
    ``marks`` say how a recording is played; ``tracking`` how hands are followed; ``connection``
    how the camera is connected, with advice. ``recent`` are the recordings and folders opened
    lately, the newest first; new recordings go to ``recordings_folder``, as folders of images if
    ``record_as_folder``. ``view`` says which pictures are shown.
    """

    phase: Phase = Phase.EMPTY
    session: Session | None = None
    opening: str = ""
    speed: float = 1.0
    repeat: bool = True
    marks: Marks = Marks()
    tracking: TrackingSettings = field(default_factory=TrackingSettings)
    connection: Connection = WELL_CONNECTED
    recent: tuple[str, ...] = ()
    recordings_folder: Path = field(default_factory=Path)
    record_as_folder: bool = False
    view: PictureView = PictureView.DEPTH

    @property
    def can_pause(self) -> bool:
        """Whether the pause button does something."""
        return self.phase in (Phase.RUNNING, Phase.PAUSED, Phase.ENDED)

    @property
    def is_replay(self) -> bool:
        """Whether there is a beginning to return to."""
        return self.session is not None and not self.session.live

    @property
    def can_step(self) -> bool:
        """Whether there is a next frame to step to."""
        return self.can_seek or (self.phase is Phase.PAUSED and self.is_replay)

    @property
    def replay(self) -> ReplaySession | None:
        """What only a recording has."""
        return None if self.session is None else self.session.replay

    @property
    def can_seek(self) -> bool:
        """Whether any frame can be gone to."""
        return self.replay is not None and self.can_pause

    @property
    def marked(self) -> PlayRange | None:
        """The frames between the marks, all where there are none; None without a recording."""
        if self.replay is None:
            return None
        last, end = self.replay.last_frame, self.marks.last
        return PlayRange(self.marks.first or 0, last if end is None else min(end, last))

    @property
    def recording_blocker(self) -> str:
        """Why nothing can be recorded now; empty if it can."""
        if self.session is None or self.phase not in (Phase.RUNNING, Phase.PAUSED):
            return NO_SOURCE
        return "" if self.session.tap is not None else NOT_LIVE

    @property
    def detail(self) -> str:
        """The present source's figures in one line."""
        session = self.session
        if session is None:
            return ""
        camera = session.camera
        parts = [f"opening {short_name(self.opening)}…"] if self.opening else []
        parts += [camera.name] if camera.name != session.name else []
        parts += [f"{camera.width} × {camera.height}", f"{camera.fps:.0f} fps"]
        if session.frame_count is not None:
            parts.append(f"{session.frame_count} frames")
        if session.profile:
            parts.append(f"profile {session.profile}")
        return "  ·  ".join(parts)


def short_name(spec: str) -> str:
    """A source without the folders it lies in."""
    return Path(spec).name or spec
