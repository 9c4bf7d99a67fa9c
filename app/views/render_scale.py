"""When the 3D view draws at full size, and when smaller to keep up."""

from __future__ import annotations

from collections import deque
from typing import Final

QUICK_SCALE: Final = 0.6
"""Of both sides; a software renderer's time goes with the number of pixels."""
SETTLE_S: Final = 0.15
"""After so long without a change the picture is drawn at full size."""
REMEMBERED: Final = 5
SHARE: Final = 0.3
"""How much the newest interval counts in their average."""


def point_size(height_px: float, scale: float) -> float:
    """Pixels of a point in a picture so high: so few that the skeleton shows between the points,
    also once a small picture is enlarged."""
    size = 2.0 if height_px < 900.0 * scale else 3.0
    return size if scale == 1.0 else size - 1.0


class RenderScale:
    """Compares how often the scene changes with how long a full picture takes. GUI thread only.

    Sizes other than the full one are drawn only while something moves faster than full pictures
    can follow, so a fast graphics card never draws them. Times are in seconds.
    """

    def __init__(self) -> None:
        self._changed_s = float("-inf")
        self._interval_s = SETTLE_S
        self._full_s: deque[float] = deque(maxlen=REMEMBERED)

    def changed(self, now_s: float) -> None:
        """The scene changed."""
        interval = min(now_s - self._changed_s, SETTLE_S)
        self._interval_s += SHARE * (interval - self._interval_s)
        self._changed_s = now_s

    def drawn(self, seconds: float, scale: float) -> None:
        """A picture at ``scale`` took so long."""
        if scale == 1.0:
            self._full_s.append(seconds)

    def scale(self, now_s: float) -> float:
        """The scale at which to draw now."""
        # The first picture of a size took longer, as a window was opened for it.
        known = len(self._full_s) > 1
        interactive = known and self._interval_s < min(self._full_s) and not self.settled(now_s)
        return QUICK_SCALE if interactive else 1.0

    def settled(self, now_s: float) -> bool:
        """Whether nothing has moved for a moment."""
        return now_s - self._changed_s >= SETTLE_S
