"""What a recording of a hand should hold: poses, poses between them, views, distances, sides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np

from engine.camera import FloatArray
from engine.capture.look import HandLook, pose_gap
from engine.skeleton import Handedness
from engine.types import frozen

LIKE: Final = 0.42
"""Gap of two poses (``pose_gap``) up to which they are alike: a finger's joints are 4 cm off."""


class GoalKind(Enum):
    """What a goal is about; the value is for people."""

    POSE = "Poses"
    SAMPLE = "Poses between"
    VIEW = "Views"
    DISTANCE = "Distances"
    SIDE = "Hands"


Range = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Goal:
    """Something to show for ``frames`` frames.

    ``key`` names it in files; ``prompt`` asks for it; ``pose`` [21, 3] as ``HandLook.pose``;
    ``ghost_mm`` [21, 3] a right hand that shows it, mm, camera frame. A look fulfils it if
    everything that is given agrees: the pose (``any_pose``: does not matter), the ranges of
    ``facing_deg``, ``pointing_deg`` and ``range_mm``, and the ``side``.
    """

    key: str
    kind: GoalKind
    prompt: str
    pose: FloatArray
    ghost_mm: FloatArray
    frames: int = 15
    any_pose: bool = True
    facing_deg: Range = (0.0, 180.0)
    pointing_deg: Range = (0.0, 180.0)
    range_mm: Range = (0.0, np.inf)
    side: Handedness | None = None

    def is_shown(self, look: HandLook) -> bool:
        """Whether ``look`` fulfils it."""
        if self.side not in (None, look.side):
            return False
        within = (
            (look.facing_deg, self.facing_deg),
            (look.pointing_deg, self.pointing_deg),
            (look.range_mm, self.range_mm),
        )
        if not all(low <= value <= high for value, (low, high) in within):
            return False
        return self.any_pose or pose_gap(look.pose, self.pose) <= LIKE


def ghost_joints_mm(goal: Goal, side: Handedness) -> FloatArray:
    """The joints [21, 3] of a hand that fulfils ``goal``, mm, camera frame; of ``goal.side`` or
    else of ``side``."""
    if (goal.side or side) is Handedness.RIGHT:
        return goal.ghost_mm
    return frozen(goal.ghost_mm * np.array([-1.0, 1.0, 1.0], np.float32))
