"""Own gestures as the panel shows them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GestureShown:
    """``own`` gestures with how many examples each has; ``recording`` the name of the one that is
    recorded, empty if none is, with ``done`` of ``total`` examples; ``blocker`` is a sentence why
    none can be recorded, empty if they can."""

    own: tuple[tuple[str, int], ...] = ()
    recording: str = ""
    done: int = 0
    total: int = 0
    blocker: str = ""
