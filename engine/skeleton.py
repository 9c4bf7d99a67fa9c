"""The 21 joints (MediaPipe order) and the bones between them; used by every package."""

from __future__ import annotations

from enum import Enum
from typing import Final

FINGERS: Final = ("thumb", "index", "middle", "ring", "little")

JOINT_NAMES: Final[tuple[str, ...]] = (
    "wrist",
    *("thumb_cmc", "thumb_mcp", "thumb_ip", "thumb_tip"),
    *(f"{finger}_{part}" for finger in FINGERS[1:] for part in ("mcp", "pip", "dip", "tip")),
)
JOINT_COUNT: Final = len(JOINT_NAMES)

WRIST: Final = 0
FINGER_JOINTS: Final[dict[str, tuple[int, int, int, int]]] = {
    finger: (1 + 4 * i, 2 + 4 * i, 3 + 4 * i, 4 + 4 * i) for i, finger in enumerate(FINGERS)
}
"""Joint indices of each finger from its base to its tip."""

TIPS: Final = tuple(joints[3] for joints in FINGER_JOINTS.values())

PARENTS: Final[tuple[int, ...]] = (
    -1,
    *(0 if k == 0 else joints[k - 1] for joints in FINGER_JOINTS.values() for k in range(4)),
)
"""Parent of each joint; the wrist is the root (-1)."""

BONES: Final[tuple[tuple[int, int], ...]] = tuple(
    (parent, child) for child, parent in enumerate(PARENTS) if parent >= 0
)
"""The 20 bones as (parent, child) joint indices."""


class Handedness(Enum):
    """Which of the person's hands it is (not the side of the image)."""

    RIGHT = "right"
    LEFT = "left"

    @property
    def other(self) -> Handedness:
        """The opposite side."""
        return Handedness.LEFT if self is Handedness.RIGHT else Handedness.RIGHT
