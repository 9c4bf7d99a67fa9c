"""Records the live source, and says how that ended. No widgets."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from app.control.tasks import TaskRunner
from app.state.formats import format_duration, format_size
from app.state.messages import MessageCenter
from app.state.session import Session
from app.state.settings_store import SettingsStore
from app.state.store import Event, StateStore
from app.state.window_state import Level, WindowState
from engine.camera import Camera
from engine.recording.record import DB3_SUFFIX
from engine.recording.recorder import Recorder, RecordingSnapshot, RecordingState, Tappable

Begin = Callable[[Path, Camera, Tappable], Recorder]


class RecordingController:
    """Begins and ends recordings, one at a time, of the source that is shown. GUI thread only.

    Opening another source ends the recording of the one before, as does the source's own end.
    ``progressed`` carries how far it is, and None once there is none.
    """

    def __init__(
        self,
        store: StateStore[WindowState],
        tasks: TaskRunner,
        settings: SettingsStore,
        messages: MessageCenter,
        *,
        begin: Begin = Recorder,
    ) -> None:
        self.progressed: Event[RecordingSnapshot | None] = Event()
        self._store = store
        self._tasks = tasks
        self._settings = settings
        self._messages = messages
        self._begin = begin
        self._recorder: Recorder | None = None
        self._beginning = False
        self._closed = False

    @property
    def active(self) -> bool:
        """Whether something is recorded, or is about to be."""
        return self._beginning or self._recorder is not None

    @property
    def path(self) -> Path | None:
        """What is being written; None while nothing is."""
        return None if self._recorder is None else self._recorder.snapshot().path

    def toggle(self) -> None:
        """Begin, or end; does nothing while a recording begins."""
        if self._recorder is not None:
            self._recorder.finish()
        elif not self._beginning and not self._store.state.recording_blocker:
            self._start()

    def set_folder(self, folder: Path) -> None:
        """Where new recordings go, also after the next start."""
        self._settings.recordings_folder = folder
        self._store.update(replace(self._store.state, recordings_folder=folder))

    def set_format(self, *, as_folder: bool) -> None:
        """Record folders of images, or ``.db3`` files, also after the next start."""
        self._settings.record_as_folder = as_folder
        self._store.update(replace(self._store.state, record_as_folder=as_folder))

    def tick(self) -> None:
        """Show how far it is, and once how it ended."""
        if self._recorder is None:
            return
        shown = self._recorder.snapshot()
        if shown.state.active:
            self.progressed.emit(shown)
            return
        self._recorder = None
        self.progressed.emit(None)
        self._report_end(shown)

    def close(self) -> None:
        """End the recording and wait some seconds until it is written."""
        self._closed = True
        if self._recorder is not None:
            self._recorder.stop()
            self._recorder = None

    # -- inside ------------------------------------------------------------------------------

    def _start(self) -> None:
        session = self._store.state.session
        if session is None or session.tap is None:
            return
        folder, tap = self._settings.recordings_folder, session.tap
        path = new_path(folder, session, as_folder=self._settings.record_as_folder)
        self._beginning = True

        def work() -> Recorder:
            with suppress(OSError):  # reported when a recording begins in it
                folder.mkdir(parents=True, exist_ok=True)
            return self._begin(path, session.camera, tap)

        self._tasks.submit(work, self._started, self._not_started, discard=_end)

    def _started(self, recorder: Recorder) -> None:
        self._beginning = False
        if self._closed:
            recorder.stop()
            return
        self._recorder = recorder
        self.tick()

    def _not_started(self, text: str) -> None:
        self._beginning = False
        self.progressed.emit(None)
        self._messages.post(f"Nothing is recorded: {text}", Level.ERROR)

    def _report_end(self, ended: RecordingSnapshot) -> None:
        if ended.frames:
            self._settings.add_recent(str(ended.path))
            self._store.update(replace(self._store.state, recent=self._settings.recent))
        if ended.state is RecordingState.FAILED:
            kept = f" The {ended.frames} frames before can be played." if ended.frames else ""
            self._messages.post(f"Recording stopped: {ended.error}.{kept}", Level.ERROR)
        elif not ended.frames:
            self._messages.post("Nothing was recorded: no frame came.", Level.WARNING)
        else:
            text = (
                f"Recorded {format_duration(ended.elapsed_s)}, {ended.frames} frames, "
                f"{format_size(ended.size_bytes)}: {ended.path}"
            )
            if ended.dropped:
                text += f". The disk was too slow for {ended.dropped} more frames; they are lost."
            self._messages.post(text, Level.WARNING if ended.dropped else Level.INFO)


def _end(recorder: Recorder) -> None:
    recorder.stop()


def new_path(folder: Path, session: Session, *, as_folder: bool) -> Path:
    """A name that says what is recorded and when, and that is not taken."""
    source = re.sub(r"[^A-Za-z0-9]+", "-", session.name).strip("-") or "recording"
    stem = f"{source}_{time.strftime('%Y-%m-%d_%H-%M-%S')}"
    suffix = "" if as_folder else DB3_SUFFIX
    path, number = folder / f"{stem}{suffix}", 2
    while path.exists():
        path, number = folder / f"{stem}_{number}{suffix}", number + 1
    return path
