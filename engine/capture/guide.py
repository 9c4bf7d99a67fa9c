"""Which goal is asked for next, and how much has been shown: a pure step, as in tracking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine.capture.goals import Goal, GoalKind
from engine.capture.look import HandLook

SURE_MM: Final = 18.0
"""Frames with a larger mean expected error show nothing."""
PATIENCE_MS: Final = 12_000.0
"""A goal that is not shown for so long comes later."""


@dataclass(frozen=True, slots=True)
class CaptureState:
    """What is remembered from frame to frame.

    ``counts`` frames in which each goal was shown; ``current`` the goal that is asked for, None
    when all is shown, since ``asked_ms``; ``postponed`` how often each was put off; ``shown``
    whether the last frame showed the current one.
    """

    counts: tuple[int, ...]
    postponed: tuple[int, ...]
    current: int | None
    asked_ms: float | None = None
    shown: bool = False


def first_state(goals: Sequence[Goal]) -> CaptureState:
    """Nothing is shown yet."""
    none = (0,) * len(goals)
    return CaptureState(none, none, _next(goals, none, none))


def step(
    goals: Sequence[Goal], state: CaptureState, looks: Sequence[HandLook], timestamp_ms: float
) -> CaptureState:
    """After a frame that shows hands that look like ``looks``."""
    sure = [look for look in looks if look.expected_error_mm <= SURE_MM]
    hits = [any(goal.is_shown(look) for look in sure) for goal in goals]
    counts = tuple(n + hit for n, hit in zip(state.counts, hits, strict=True))
    shown = state.current is not None and hits[state.current]
    asked_ms = timestamp_ms if state.asked_ms is None else state.asked_ms
    after = replace(state, counts=counts, asked_ms=asked_ms, shown=shown)
    if after.current is None:
        return after
    if is_filled(goals[after.current], counts[after.current]):
        return _ask(goals, after, timestamp_ms)
    # A recording that starts again has earlier stamps.
    waited = timestamp_ms - asked_ms
    return postpone(goals, after, timestamp_ms) if not 0.0 <= waited <= PATIENCE_MS else after


def postpone(goals: Sequence[Goal], state: CaptureState, timestamp_ms: float) -> CaptureState:
    """Ask for the current goal later."""
    if state.current is None:
        return state
    put_off = tuple(n + (k == state.current) for k, n in enumerate(state.postponed))
    return _ask(goals, replace(state, postponed=put_off), timestamp_ms)


def is_filled(goal: Goal, count: int) -> bool:
    """Whether ``count`` frames are enough for ``goal``."""
    return count >= goal.frames


def coverage(goals: Sequence[Goal], state: CaptureState) -> dict[GoalKind, float]:
    """The share [0, 1] of each kind of goal that is shown."""
    shares: dict[GoalKind, list[float]] = {}
    for goal, count in zip(goals, state.counts, strict=True):
        shares.setdefault(goal.kind, []).append(min(count / goal.frames, 1.0))
    return {kind: sum(values) / len(values) for kind, values in shares.items()}


def _ask(goals: Sequence[Goal], state: CaptureState, timestamp_ms: float) -> CaptureState:
    current = _next(goals, state.counts, state.postponed)
    return replace(state, current=current, asked_ms=timestamp_ms, shown=False)


def _next(goals: Sequence[Goal], counts: Sequence[int], postponed: Sequence[int]) -> int | None:
    """The first goal that is not filled, of those that were put off least."""
    left = [k for k, goal in enumerate(goals) if not is_filled(goal, counts[k])]
    return min(left, key=lambda k: postponed[k], default=None)
