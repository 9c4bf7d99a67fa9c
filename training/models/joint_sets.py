"""Which points of a hand are learned: the program's joints, or those that a data set marks.

The data sets mark other points than our joints, so the paper's networks are trained on a set with
the set's own points, as its authors did: no joint is left out or put where it may not be.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from engine.errors import InvalidInputError
from engine.skeleton import BONES, JOINT_COUNT
from training.datasets.formats import ICVL, NYU, DatasetFormat
from training.models.palm import PALM
from training.models.rig import POINT_COUNT


@dataclass(frozen=True, slots=True)
class JointSet:
    """``joints`` points are learned of the ``points`` that a crop file holds; the mean of ``root``
    is where the hand is; errors are means over the ``evaluated`` ones; ``bones`` are drawn."""

    name: str
    joints: int
    points: int
    root: tuple[int, ...]
    evaluated: tuple[int, ...]
    bones: tuple[tuple[int, int], ...]


def _native(form: DatasetFormat, palm: int, digits: tuple[tuple[int, ...], ...]) -> JointSet:
    count = len(form.native_joints)
    bones = tuple(bone for digit in digits for bone in pairwise((palm, *digit)))
    return JointSet(form.name, count, count, (palm,), form.evaluated, bones)


HAND: Final = JointSet("hand", JOINT_COUNT, POINT_COUNT, PALM, tuple(range(JOINT_COUNT)), BONES)
"""The program's 21 joints; the last point of a crop file is the forearm's."""
JOINT_SETS: Final = {
    joint_set.name: joint_set
    for joint_set in (
        HAND,
        _native(NYU, 32, tuple(tuple(range(6 * k + 5, 6 * k - 1, -1)) for k in range(5))),
        _native(ICVL, 0, tuple((3 * k + 1, 3 * k + 2, 3 * k + 3) for k in range(5))),
    )
}
"""By name. The root of NYU and ICVL is the palm's point, as in the authors' code."""


def joint_set(name: str) -> JointSet:
    """The set of joints called ``name``.

    Raises:
        InvalidInputError: if there is none.
    """
    if name not in JOINT_SETS:
        raise InvalidInputError(f"joints must be {', '.join(JOINT_SETS)}, not {name!r}")
    return JOINT_SETS[name]
