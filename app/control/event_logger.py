"""Notices what changes and writes it into the log. No widgets."""

from __future__ import annotations

from typing import Final

from app.state.event_log import EventLog
from app.state.messages import Message
from app.state.window_state import Level, Phase, WindowState, short_name
from engine.types import FrameResult

HANDS_EVERY_MS: Final = 1_000.0
"""Hands that flicker fill no log: of each second only the state at its end is written."""
_PHASES: Final = {
    Phase.RUNNING: "Running",
    Phase.PAUSED: "Paused",
    Phase.ENDED: "The recording has ended",
}


class EventLogger:
    """Compares each state and result with the one before. GUI thread only."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._before = WindowState()
        self._hands: tuple[str, ...] = ()
        self._hands_ms: float | None = None

    def on_state(self, state: WindowState) -> None:
        """The window shows ``state`` now."""
        before, self._before = self._before, state
        if state.opening and state.opening != before.opening:
            self._log.add(f"Opening {short_name(state.opening)}")
        if state.session is not before.session and state.session is not None:
            self._log.add(f"Showing {state.session.name}: {state.detail}")
            self._hands, self._hands_ms = (), None
        elif state.phase is not before.phase and state.phase in _PHASES:
            self._log.add(_PHASES[state.phase])
        if state.connection.text and state.connection.text != before.connection.text:
            self._log.add(state.connection.text)
        for advice in state.connection.advice:
            if advice not in before.connection.advice:
                self._log.add(advice, Level.WARNING)
        if state.tracking != before.tracking:
            hands = "one hand" if state.tracking.hands == 1 else "up to two hands"
            smoothing, side = state.tracking.smoothing.value, state.tracking.side.value
            self._log.add(f"Following {hands}, side: {side}, smoothing: {smoothing}")

    def on_result(self, result: FrameResult) -> None:
        """A new result."""
        hands = tuple(sorted(hand.pose.handedness.value for hand in result.hands))
        stamp = result.frame.timestamp_ms
        waited = self._hands_ms is None or abs(stamp - self._hands_ms) >= HANDS_EVERY_MS
        if hands == self._hands or not waited:
            return
        self._hands, self._hands_ms = hands, stamp
        words = " and ".join(hands)
        self._log.add(f"Following: {words}" if hands else "No hand in view")

    def on_message(self, message: Message) -> None:
        """A message was shown to the user."""
        self._log.add(message.text, message.level)
