"""Own gestures: recorded from what the camera sees, remembered in a file. No widgets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from app.backend import Backend
from app.control.tasks import TaskRunner
from app.control.tracking import TrackingController
from app.state.gesture_state import GestureShown
from app.state.messages import MessageCenter
from app.state.store import Event
from app.state.window_state import Level
from engine.errors import InvalidInputError
from engine.gestures.own import NO_GESTURES, OwnGestures, checked_name
from engine.types import FrameResult

if TYPE_CHECKING:
    from engine.camera import FloatArray

EXAMPLES: Final = 20
APART_MS: Final = 90.0
"""Examples are taken over some seconds, so that they differ as the hand does."""


class GestureController:
    """One gesture is recorded at a time. GUI thread only.

    ``file`` holds the gestures; where it cannot be read, it is left as it is, and no gesture can be
    recorded. ``changed`` carries what is to be shown.
    """

    def __init__(
        self,
        tracking: TrackingController,
        backend: Backend,
        tasks: TaskRunner,
        messages: MessageCenter,
        file: Path,
    ) -> None:
        self.changed: Event[GestureShown] = Event()
        self._tracking, self._backend = tracking, backend
        self._tasks, self._messages = tasks, messages
        self._file = file
        self._own: OwnGestures = NO_GESTURES
        self._blocker = ""
        self._name = ""
        self._examples: list[FloatArray] = []
        self._last_ms = 0.0
        self._writing = self._unwritten = False

    def load(self) -> None:
        """Read the file, if there is one."""
        if not self._file.exists():
            return
        self._tasks.submit(
            lambda: self._backend.read_gestures(self._file), self._use, self._not_read
        )

    def toggle(self, name: str) -> None:
        """Record the gesture ``name``, or give up the one that is recorded."""
        if self._name:
            self._name = ""
            self._show()
            return
        try:
            self._name = checked_name(name) if not self._blocker else ""
        except InvalidInputError as error:
            self._messages.post(f"{error}.", Level.WARNING)
        self._examples, self._last_ms = [], float("-inf")
        self._show()

    def remove(self, name: str) -> None:
        """Forget a gesture."""
        if not self._blocker:
            self._change(lambda: self._own.without(name))

    def on_result(self, result: FrameResult) -> None:
        """A new result: an example while a gesture is recorded."""
        if not self._name or not result.hands:
            return
        stamp_ms = result.frame.timestamp_ms
        latent = max(result.hands, key=lambda hand: hand.confidence).latent
        # A recording that repeats goes back in time.
        if latent is None or 0.0 <= stamp_ms - self._last_ms < APART_MS:
            return
        self._last_ms = stamp_ms
        self._examples.append(latent)
        if len(self._examples) >= EXAMPLES:
            name, self._name = self._name, ""
            self._change(lambda: self._own.with_gesture(name, self._examples))
        self._show()

    def shown(self) -> GestureShown:
        """What is to be shown now."""
        own = tuple((each.name, len(each.codes)) for each in self._own.gestures)
        return GestureShown(own, self._name, len(self._examples), EXAMPLES, self._blocker)

    # -- inside ------------------------------------------------------------------------------

    def _change(self, change: Callable[[], OwnGestures]) -> None:
        try:
            changed = change()
        except InvalidInputError as error:
            self._messages.post(f"{error}.", Level.WARNING)
            return
        self._use(changed)
        self._unwritten = True
        self._write()

    def _use(self, own: OwnGestures) -> None:
        self._own = own
        self._tracking.set_gestures(own)
        self._show()

    def _not_read(self, text: str) -> None:
        self._blocker = text
        self._messages.post(f"Own gestures cannot be used: {text}", Level.WARNING)
        self._show()

    def _write(self) -> None:
        """Write what was changed; one file at a time."""
        if self._writing or not self._unwritten:
            return
        self._writing, self._unwritten = True, False
        own = self._own

        def ended() -> None:
            self._writing = False
            self._write()

        def failed(text: str) -> None:
            self._messages.post(f"Own gestures are not kept: {text}", Level.ERROR)
            ended()

        self._tasks.submit(
            lambda: self._backend.write_gestures(self._file, own), lambda _: ended(), failed
        )

    def _show(self) -> None:
        self.changed.emit(self.shown())
