"""How strongly joints are smoothed: the levels and their filters' settings.

Apart from the filters (``engine.tracking.smooth``), whose compiled loops the window must not wait
for.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np

from engine.camera import FloatArray


@dataclass(frozen=True, slots=True)
class OneEuro:
    """``cutoff_hz`` at rest where the expected error is 7 mm, less by its square where it is
    larger: lower is calmer. ``speed_gain``: how fast the cut-off rises with the speed, in Hz for
    1 mm/s or 1 rad/s, higher lags less; ``speed_cutoff_hz`` smooths that speed; ``rest`` in the
    same units is no speed yet. ``settle``: cut-off of the second pole, as a multiple of the first.
    """

    cutoff_hz: float
    speed_gain: float
    speed_cutoff_hz: float
    rest: float = 0.0
    settle: float = 5.0


@dataclass(frozen=True, slots=True)
class SmoothConfig:
    """Filters of the hand's ``place``, its ``turn`` and its ``shape``. In the shape's speeds a
    finger of 7 mm of expected error counts as it is, others by the inverse square."""

    place: OneEuro
    turn: OneEuro
    shape: OneEuro

    def settings(self) -> FloatArray:
        """What the compiled filter takes: [3, 5], a row a part."""
        parts = (self.place, self.turn, self.shape)
        rows = [(p.cutoff_hz, p.speed_gain, p.speed_cutoff_hz, p.rest, p.settle) for p in parts]
        return np.array(rows, np.float32)


class Smoothing(Enum):
    """How strongly joints are smoothed, at the price of how late they come; measured in
    ``docs/accuracy.md`` (``python -m training benchmark motion``) and by ``python -m tests.bench
    --smoothing``."""

    OFF = "off"
    LIGHT = "light"
    NORMAL = "normal"
    STRONG = "strong"


SMOOTHING: Final[dict[Smoothing, SmoothConfig | None]] = {
    Smoothing.OFF: None,
    Smoothing.LIGHT: SmoothConfig(
        OneEuro(8.0, 0.02, 1.5),
        OneEuro(11.0, 1.3, 13.0, 0.0, 1.0),
        OneEuro(0.16, 0.055, 12.0, 27.0),
    ),
    Smoothing.NORMAL: SmoothConfig(
        OneEuro(4.7, 0.023, 1.2), OneEuro(8.4, 1.4, 14.0, 0.0, 0.9), OneEuro(0.09, 0.04, 8.5, 11.0)
    ),
    Smoothing.STRONG: SmoothConfig(
        OneEuro(3.7, 0.033, 1.2), OneEuro(3.1, 11.0, 2.5, 0.0, 0.33), OneEuro(0.06, 0.03, 4.3, 4.0)
    ),
}
"""The filter of each level; None leaves joints as estimated."""
