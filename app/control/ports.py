"""What the controller needs of the window, of threads and of the settings, as protocols."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from app.state.session import CamerasFound, Run
from app.state.window_state import Level, WindowState
from engine.recording.recorder import RecordingSnapshot
from engine.tracking.config import TrackingSettings
from engine.types import FrameResult

T = TypeVar("T")


class View(Protocol):
    """What the controller tells the window."""

    def show_state(self, state: WindowState) -> None:
        """Titles, buttons and panels for ``state``."""
        ...

    def show_message(self, text: str, level: Level, retry: str | None = None) -> None:
        """A sentence for the user; ``retry`` is a source that can be tried again."""
        ...

    def clear_message(self) -> None:
        """Take the sentence away."""
        ...

    def show_result(self, result: FrameResult) -> None:
        """A new result."""
        ...

    def show_cameras(self, found: CamerasFound) -> None:
        """The attached cameras, or why there are none."""
        ...

    def show_recording(self, shown: RecordingSnapshot | None) -> None:
        """How far the recording is; None when there is none."""
        ...

    def clear_results(self, depth_range_mm: tuple[float, float] | None = None) -> None:
        """Another source is shown from now on, in this range of depths if it is known."""
        ...


class TaskRunner(Protocol):
    """Carries slow calls out of the GUI thread and their outcomes back (``app.bridge``)."""

    def attach(self, run: Run | None) -> None:
        """Poll this run from now on."""
        ...

    def submit(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[str], None],
        discard: Callable[[T], None] | None = None,
    ) -> None:
        """Do ``work`` elsewhere, then call ``done`` or ``failed`` here."""
        ...


class Memory(Protocol):
    """The part of the settings the controller uses (``app.settings``)."""

    @property
    def recordings_folder(self) -> Path:
        """Where recordings go."""
        ...

    @property
    def record_as_folder(self) -> bool:
        """A folder of pictures rather than a ``.db3``."""
        ...

    @property
    def tracking(self) -> TrackingSettings:
        """How hands are followed."""
        ...

    @tracking.setter
    def tracking(self, tracking: TrackingSettings) -> None: ...

    def add_recent(self, spec: str) -> None:
        """Remember a recording or folder."""
        ...

    def remove_recent(self, spec: str) -> None:
        """Forget one."""
        ...

    def text(self, name: str) -> str:
        """A text by its name, empty if there is none."""
        ...

    def set_text(self, name: str, text: str) -> None:
        """Remember a text."""
        ...
