"""What a health number means: how well a latent explains what the camera sees."""

from __future__ import annotations

import math
from enum import Enum
from typing import Final

RELIABLE: Final = 0.75
LOST: Final = 0.5


class Health(Enum):
    """What a health number means; the value says it in words."""

    RELIABLE = "Reliable"
    UNCERTAIN = "Uncertain"
    LOST = "Lost"
    UNKNOWN = "No health"


def health_of(number: float | None) -> Health:
    """The meaning of a health number in [0, 1]; None is not known."""
    if number is None or not math.isfinite(number):
        return Health.UNKNOWN
    if number >= RELIABLE:
        return Health.RELIABLE
    return Health.UNCERTAIN if number >= LOST else Health.LOST
