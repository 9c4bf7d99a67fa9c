"""Commands for a recording of the live source, and what it has to say. No widgets."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from app.control.ports import Memory, TaskRunner, View
from app.state.session import Session
from app.state.window_state import Level, Phase, WindowState
from engine.camera import Camera
from engine.recording.record import DB3_SUFFIX
from engine.recording.recorder import Recorder, RecordingSnapshot, RecordingState, Tappable

NO_SOURCE: Final = "open a camera first"
NOT_LIVE: Final = "only from a camera; a recording is copied with 'main.py convert'"
Begin = Callable[[Path, Camera, Tappable], Recorder]


class RecordDesk(Protocol):
    """Where the window's state is kept (``app.control.source``)."""

    @property
    def state(self) -> WindowState:
        """The state the view was told last."""
        ...


class RecordingController:
    """Begins and ends recordings, one at a time, of the source that is shown. GUI thread only.

    Opening another source ends the recording of the one before, as does the source's own end.
    """

    def __init__(
        self,
        desk: RecordDesk,
        tasks: TaskRunner,
        view: View,
        memory: Memory,
        *,
        begin: Begin = Recorder,
    ) -> None:
        self._desk = desk
        self._tasks = tasks
        self._view = view
        self._memory = memory
        self._begin = begin
        self._recorder: Recorder | None = None
        self._beginning = False
        self._closed = False

    @property
    def active(self) -> bool:
        """Whether something is recorded, or is about to be."""
        return self._beginning or self._recorder is not None

    def toggle(self) -> None:
        """Begin, or end; does nothing while a recording begins."""
        if self._recorder is not None:
            self._recorder.finish()
        elif not self._beginning and not recording_blocker(self._desk.state):
            self._start()

    def poll(self) -> None:
        """Tell the view how far it is, and once how it ended."""
        if self._recorder is None:
            return
        shown = self._recorder.snapshot()
        if shown.state.active:
            self._view.show_recording(shown)
            return
        self._recorder = None
        self._view.show_recording(None)
        self._tell_end(shown)

    def close(self) -> None:
        """End the recording and wait some seconds until it is written."""
        self._closed = True
        if self._recorder is not None:
            self._recorder.stop()
            self._recorder = None

    # -- inside ------------------------------------------------------------------------------

    def _start(self) -> None:
        session = self._desk.state.session
        if session is None or session.tap is None:
            return
        folder, tap = self._memory.recordings_folder, session.tap
        path = new_path(folder, session, as_folder=self._memory.record_as_folder)
        self._beginning = True

        def work() -> Recorder:
            with suppress(OSError):  # told of when the recording is begun in it
                folder.mkdir(parents=True, exist_ok=True)
            return self._begin(path, session.camera, tap)

        self._tasks.submit(work, self._started, self._not_started, discard=_end)

    def _started(self, recorder: Recorder) -> None:
        self._beginning = False
        if self._closed:
            recorder.stop()
            return
        self._recorder = recorder
        self.poll()

    def _not_started(self, text: str) -> None:
        self._beginning = False
        self._view.show_recording(None)
        self._view.show_message(f"Nothing is recorded: {text}", Level.ERROR)

    def _tell_end(self, ended: RecordingSnapshot) -> None:
        if ended.frames:
            self._memory.add_recent(str(ended.path))
        if ended.state is RecordingState.FAILED:
            kept = f" The {ended.frames} frames before can be played." if ended.frames else ""
            self._view.show_message(f"Recording stopped: {ended.error}.{kept}", Level.ERROR)
        elif not ended.frames:
            self._view.show_message("Nothing was recorded: no frame came.", Level.WARNING)
        else:
            text = (
                f"Recorded {format_duration(ended.elapsed_s)}, {ended.frames} frames, "
                f"{format_size(ended.size_bytes)}: {ended.path}"
            )
            if ended.dropped:
                text += f". The disk was too slow for {ended.dropped} more frames; they are lost."
            self._view.show_message(text, Level.WARNING if ended.dropped else Level.INFO)


def _end(recorder: Recorder) -> None:
    recorder.stop()


def recording_blocker(state: WindowState) -> str:
    """Why nothing can be recorded now; empty if it can."""
    if state.session is None or state.phase not in (Phase.RUNNING, Phase.PAUSED):
        return NO_SOURCE
    return "" if state.session.tap is not None else NOT_LIVE


def new_path(folder: Path, session: Session, *, as_folder: bool) -> Path:
    """A name that says what is recorded and when, and that is not taken."""
    source = re.sub(r"[^A-Za-z0-9]+", "-", session.name).strip("-") or "recording"
    stem = f"{source}_{time.strftime('%Y-%m-%d_%H-%M-%S')}"
    suffix = "" if as_folder else DB3_SUFFIX
    path, number = folder / f"{stem}{suffix}", 2
    while path.exists():
        path, number = folder / f"{stem}_{number}{suffix}", number + 1
    return path


def format_duration(seconds: float) -> str:
    """Minutes and seconds."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"


def format_size(size_bytes: int) -> str:
    """Megabytes, or gigabytes from one on."""
    if size_bytes >= 1e9:
        return f"{size_bytes / 1e9:.2f} GB"
    return f"{size_bytes / 1e6:.1f} MB"
