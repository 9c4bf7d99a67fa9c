"""The shape of a hand in numbers that neither its size, its side nor its turn changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.skeleton import FINGER_JOINTS, TIPS, WRIST, Handedness

_FINGERS: Final = np.array([(WRIST, *joints) for joints in list(FINGER_JOINTS.values())[1:]])
"""[4, 5]: wrist and joints of index, middle, ring and little finger."""
_THUMB: Final = list(FINGER_JOINTS["thumb"])
_INDEX_MCP, _MIDDLE_MCP, _LITTLE_MCP = (
    FINGER_JOINTS[finger][0] for finger in ("index", "middle", "little")
)
_CURLED_RAD: Final = np.radians(235.0)
"""Sum of a finger's three bends in a fist."""
_MIN_LENGTH: Final = 1e-9


@dataclass(frozen=True, slots=True)
class HandShape:
    """``curl``: how far index, middle, ring and little finger are rolled in, 0 straight, 1 as in a
    fist; ``touch``: distance of the tips of thumb and index finger in palm lengths;
    ``thumb_away``: that of the thumb's tip from the row of knuckles; ``thumb_bent``: by how much
    the thumb's tip is nearer to its base than its bones are long, as a share of their length.
    """

    curl: tuple[float, ...]
    touch: float
    thumb_away: float
    thumb_bent: float


def hand_shape(joints_mm: NDArray[np.floating], side: Handedness) -> HandShape:
    """The shape of joints [21, 3], mm, in any frame; joints that are NaN give NaN."""
    joints = np.asarray(joints_mm, np.float64)
    palm = max(_length(joints[_MIDDLE_MCP] - joints[WRIST]), _MIN_LENGTH)
    tip = joints[TIPS[0]]
    thumb = joints[_THUMB]
    bones = float(np.linalg.norm(np.diff(thumb, axis=0), axis=-1).sum())
    return HandShape(
        tuple((_bends_rad(joints, side).sum(axis=1) / _CURLED_RAD).tolist()),
        _length(joints[TIPS[1]] - tip) / palm,
        _from_segment(tip, joints[_INDEX_MCP], joints[_LITTLE_MCP]) / palm,
        1.0 - _length(tip - thumb[0]) / max(bones, _MIN_LENGTH),
    )


def _bends_rad(joints: NDArray[np.float64], side: Handedness) -> NDArray[np.float64]:
    """How far each finger is bent at its three joints [4, 3], in the plane that stands on the
    palm: towards the palm positive.

    With a sign, what joints are off cancels out in the sum; of angles without one it adds up.
    """
    along = joints[_MIDDLE_MCP] - joints[WRIST]
    across = joints[_INDEX_MCP] - joints[_LITTLE_MCP]
    if side is Handedness.LEFT:
        across = -across
    y = along / max(_length(along), _MIN_LENGTH)
    x = across - (across @ y) * y
    x /= max(_length(x), _MIN_LENGTH)
    z = np.cross(x, y)  # out of a right hand's palm; of a left one's, as x is turned round
    bones = np.diff(joints[_FINGERS], axis=1)
    lift = np.arctan2(bones @ z, bones @ y)
    turns = np.diff(lift, axis=1)
    return np.asarray((turns + np.pi) % (2.0 * np.pi) - np.pi)


def _from_segment(
    point: NDArray[np.float64], start: NDArray[np.float64], end: NDArray[np.float64]
) -> float:
    """Distance of ``point`` [3] from the straight way between ``start`` and ``end`` [3]."""
    along = end - start
    share = float((point - start) @ along) / max(float(along @ along), _MIN_LENGTH)
    return _length(point - start - min(max(share, 0.0), 1.0) * along)


def _length(vector: NDArray[np.float64]) -> float:
    return float(np.sqrt(vector @ vector))
