"""What the panel of guided capture shows, as a frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.camera import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class CaptureShown:
    """How far a guided capture is.

    ``prompt`` asks for something; ``ghost_mm`` [21, 3] a hand that does it, mm, camera frame, None
    for none; ``filled`` the share of it that is shown; ``coverage`` that of each kind of goal, by
    its name; ``running`` whether a capture is under way; ``is_shown`` whether the hand does it now.
    """

    prompt: str = ""
    ghost_mm: FloatArray | None = None
    filled: float = 0.0
    coverage: dict[str, float] = field(default_factory=dict)
    running: bool = False
    is_shown: bool = False

    @property
    def total(self) -> float:
        """The mean coverage of all kinds."""
        return sum(self.coverage.values()) / len(self.coverage) if self.coverage else 0.0
