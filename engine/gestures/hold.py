"""Which gesture a hand holds: begins once it is seen for some frames, ends once it is not.

Pure functions; the memory is a frozen value, as that of tracking is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class HoldConfig:
    """``enter``: least score of a gesture to be seen; ``leave``: below this the held one is not
    seen any more; ``hold``: frames in succession until a gesture begins; ``release``: frames
    without the held one until it ends.

    Counted in frames, as the patience of tracking is: with no more than a seek in a recording
    warms up, a frame has the same gesture however one gets to it.
    """

    enter: float = 0.5
    leave: float = 0.3
    hold: int = 3
    release: int = 3


HOLD: Final = HoldConfig()


@dataclass(frozen=True, slots=True)
class GestureState:
    """``name`` of the gesture that is held, None for none, and ``since_ms`` when; ``away`` frames
    since it was last seen; ``coming`` is seen instead, for ``coming_frames`` frames."""

    name: str | None = None
    since_ms: float = 0.0
    away: int = 0
    coming: str | None = None
    coming_frames: int = 0


NO_GESTURE: Final = GestureState()


def first(
    scores: Mapping[str, float], timestamp_ms: float, config: HoldConfig = HOLD
) -> GestureState:
    """The state after a hand's first frame, which counts at once: nothing speaks against it."""
    return GestureState(_seen(scores, None, config), timestamp_ms)


def step(
    state: GestureState,
    scores: Mapping[str, float],
    timestamp_ms: float,
    config: HoldConfig = HOLD,
) -> GestureState:
    """The state after a further frame in which gestures fit with ``scores`` in [0, 1]; the first
    of equal ones counts."""
    seen = _seen(scores, state.name, config)
    if seen == state.name:
        return replace(state, away=0, coming=None, coming_frames=0)
    frames = state.coming_frames + 1 if seen is not None and seen == state.coming else 1
    if seen is not None and frames >= config.hold:
        return GestureState(seen, timestamp_ms)
    away = state.away + 1
    coming_frames = 0 if seen is None else frames
    if state.name is not None and away >= config.release:
        return GestureState(None, timestamp_ms, 0, seen, coming_frames)
    return replace(state, away=away, coming=seen, coming_frames=coming_frames)


def _seen(scores: Mapping[str, float], held: str | None, config: HoldConfig) -> str | None:
    """The best gesture of a frame; the one that is held is given up less easily."""
    best = max(scores, key=scores.__getitem__, default=None)
    if best is not None and scores[best] >= config.enter:
        return best
    kept = held is not None and scores.get(held, 0.0) >= config.leave
    return held if kept else None
