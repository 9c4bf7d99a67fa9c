"""The implicit hand: the skin of ``training.benchmark.anatomy``'s hand as blended round cones.

A cone runs between two points, each carried by a bone, and is ``wide`` times as broad across as it
is thick. Cones of one group (palm with forearm, or a finger) melt into one another, fingers melt
into the palm, but not into other fingers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.simulation.kinematics import BONE_COUNT, forward_kinematics, posed_joints
from engine.skeleton import JOINT_COUNT, Handedness
from training.benchmark.anatomy import (
    AVERAGE,
    FINGERS,
    GIRTH,
    TIP_INSIDE_MM,
    Person,
    Skeleton,
    skeleton_of,
)

FloatArray = NDArray[np.float64]

FOREARM_BONE, PALM_BONE = 0, 1
PALM_GROUP: Final = 0
"""Group of palm and forearm; the thumb is 1, the fingers are 2 to 5."""
ELBOW_MM: Final = np.array([0.0, -255.0, 0.0])
_PALMAR: Final = np.array([0.0, 0.0, 1.0])


class Cone(NamedTuple):
    """A tapered capsule: ends ``a`` and ``b`` [3] (rest pose, mm) on bones ``bone_a, bone_b`` with
    radii ``ra, rb``; ``wide`` times as broad along ``across`` [3]; of ``group``."""

    a: FloatArray
    b: FloatArray
    ra: float
    rb: float
    bone_a: int
    bone_b: int
    group: int
    wide: float
    across: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class ImplicitSurface:
    """Posed cones in the camera frame: ``ends`` [N, 2, 3], ``radii`` [N, 2], ``wide`` [N],
    ``across`` [N, 3], ``group`` [N], ``bone`` [N] (that of the far end)."""

    ends: FloatArray
    radii: FloatArray
    wide: FloatArray
    across: FloatArray
    group: NDArray[np.int64]
    bone: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class PosedHand:
    """A hand in space: ``joints_mm`` [21, 3] and ``elbow_mm`` [3], camera frame, its surface, and
    whose it is and what it was posed with: ``angles`` [24] rad, ``R_camera_from_hand`` [3, 3]."""

    joints_mm: NDArray[np.float32]
    elbow_mm: FloatArray
    surface: ImplicitSurface
    handedness: Handedness
    owner: Hand
    angles: FloatArray
    R_camera_from_hand: FloatArray


class Hand:
    """One person's hand. Immutable."""

    def __init__(self, person: Person = AVERAGE) -> None:
        self.skeleton = skeleton_of(person)
        self.elbow_radius_mm = 33.0 * person.size * person.thickness
        self._elbow = ELBOW_MM * person.size
        cones = [*_palm(self.skeleton, person), *_forearm(person), *_thumb(self.skeleton, person)]
        for number in range(1, 5):
            cones += _finger(self.skeleton, person, number)
        self._ends = np.array([[cone.a, cone.b] for cone in cones])
        self._bones = np.array([[cone.bone_a, cone.bone_b] for cone in cones])
        self._radii = np.array([[cone.ra, cone.rb] for cone in cones])
        self._wide = np.array([cone.wide for cone in cones])
        self._across = np.array([cone.across for cone in cones])
        self._group = np.array([cone.group for cone in cones], np.int64)

    def pose(
        self,
        angles: NDArray[np.floating],
        R_camera_from_hand: NDArray[np.floating],
        centre_mm: NDArray[np.floating],
        handedness: Handedness = Handedness.RIGHT,
    ) -> PosedHand:
        """The hand with ``angles`` [24] (rad), its mean joint at ``centre_mm`` [3]."""
        rest = self.skeleton.joints
        bone_R, bone_t = np.empty((BONE_COUNT, 3, 3)), np.empty((BONE_COUNT, 3))
        axes = self.skeleton.axes
        forward_kinematics(np.asarray(angles, np.float64), rest, axes, bone_R, bone_t)
        joints = np.empty((JOINT_COUNT, 3))
        posed_joints(rest, bone_R, bone_t, joints)
        ends = np.einsum("neij,nej->nei", bone_R[self._bones], self._ends) + bone_t[self._bones]
        across = np.einsum("nij,nj->ni", bone_R[self._bones[:, 1]], self._across)
        elbow = bone_R[FOREARM_BONE] @ self._elbow + bone_t[FOREARM_BONE]
        mirror = np.array([-1.0 if handedness is Handedness.LEFT else 1.0, 1.0, 1.0])
        turn = np.asarray(R_camera_from_hand, np.float64).T
        shift = np.asarray(centre_mm, np.float64) - (mirror * joints).mean(axis=0) @ turn
        surface = ImplicitSurface(
            ends=(mirror * ends) @ turn + shift,
            radii=self._radii,
            wide=self._wide,
            across=(mirror * across) @ turn,
            group=self._group,
            bone=self._bones[:, 1],
        )
        placed = ((mirror * joints) @ turn + shift).astype(np.float32)
        at = (mirror * elbow) @ turn + shift
        posed_with = self, np.array(angles, np.float64), turn.T
        return PosedHand(placed, at, surface, handedness, *posed_with)


def _palm(skeleton: Skeleton, person: Person) -> list[Cone]:
    """Metacarpals, the pads below the fingers, the balls of thumb and little finger, the web."""
    joints, size, thickness = skeleton.joints, person.size, person.thickness
    side = np.array([1.0, 0.0, 0.0])
    cones: list[Cone] = []

    def add(a: FloatArray, b: FloatArray, ra: float, rb: float, bones: tuple[int, int]) -> None:
        thick = size * thickness
        cones.append(Cone(a, b, ra * thick, rb * thick, *bones, PALM_GROUP, 1.0, side))

    both = (PALM_BONE, PALM_BONE)
    for first, base, ra, rb in (
        (5, (12, 22, 1.5), 12.5, 11.2),
        (9, (1, 24, 1), 12.8, 11.4),
        (13, (-10, 23, 2), 12.4, 10.8),
        (17, (-18, 20, 4), 11.8, 9.8),
    ):
        place = np.array(base) * (size * person.breadth, size, size)
        add(place, joints[first] + size * np.array([0.0, -2.0, 1.0]), ra, rb, both)
    pad, hollow = size * np.array([0.0, -6.0, 3.5]), size * np.array([0.0, -48.0, 3.0])
    for first, ra, rb in ((5, 10.8, 10.8), (9, 10.8, 10.2), (13, 10.2, 9.2)):
        add(joints[first] + pad, joints[first + 4] + pad, ra, rb, both)
        near, beside = joints[first : first + 2], joints[first + 4 : first + 6]
        carried = (2 + 3 * (first // 4), 5 + 3 * (first // 4))
        a, b = (n[0] + 0.36 * (n[1] - n[0]) + size * _PALMAR for n in (near, beside))
        add(a, b, 7.0 * person.girth, 6.5 * person.girth, carried)
    add(joints[9] + hollow, joints[9] + pad, 12.0, 11.0, both)
    heel = size * np.array([-20.0 * person.breadth, 14.0, 8.0])
    add(heel, joints[17] + size * np.array([2.0, -14.0, 5.0]), 12.5, 9.5, both)
    cmc, mcp = joints[1], joints[2]
    add(cmc + size * np.array([-3.0, 0.0, 3.0]), mcp, 14.5, 10.8, (PALM_BONE, 2))
    belly = cmc + 0.45 * (mcp - cmc)
    inside = size * np.array([11.0 * person.breadth, 34.0, 9.0])
    add(inside, belly + size * np.array([-6.0, 0.0, 3.0]), 12.0, 13.0, (PALM_BONE, 2))
    edge = joints[5] + size * np.array([-4.0, -26.0, 4.0])
    add(edge, cmc + 0.72 * (mcp - cmc), 7.5, 6.5, (PALM_BONE, 2))
    return cones


def _forearm(person: Person) -> list[Cone]:
    size, thick, side = person.size, person.size * person.thickness, np.array([1.0, 0.0, 0.0])
    points = [np.array([0.0, y, z]) * size for y, z in ((20, 3), (-22, 0), (-95, 0), (-250, 0))]
    radii = [r * thick for r in (17.5, 17.5, 23.0, 33.0)]
    wide = [1.5 * person.breadth, 1.4 * person.breadth, 1.25 * person.breadth]
    bones = ((PALM_BONE, FOREARM_BONE), (FOREARM_BONE,) * 2, (FOREARM_BONE,) * 2)
    return [
        Cone(points[k], points[k + 1], radii[k], radii[k + 1], *bones[k], PALM_GROUP, wide[k], side)
        for k in range(3)
    ]


def _digit(
    skeleton: Skeleton,
    digit: int,
    radii: tuple[float, float, float, float],
    wide: tuple[float, float, float],
    palmar: FloatArray,
) -> list[Cone]:
    """Three cones along a digit's segments; ``radii`` at its joints, ``palmar`` [3] unit."""
    joints = skeleton.joints[1 + 4 * digit : 5 + 4 * digit]
    way = (joints[3] - joints[2]) / np.linalg.norm(joints[3] - joints[2])
    across = np.cross(way, palmar)
    across /= np.linalg.norm(across)
    # The last cone ends where its round end touches the skin beyond the tip.
    end = joints[3] + (TIP_INSIDE_MM - radii[3]) * way
    points = np.stack([*joints[:3], end]) + np.array([0.6, 0.8, 0.8, 0.4])[:, None] * palmar
    group, bone = 1 + digit, 2 + 3 * digit
    return [
        Cone(points[k], points[k + 1], radii[k], radii[k + 1], *carried, group, wide[k], across)
        for k, carried in enumerate(((bone, bone), (bone + 1, bone + 1), (bone + 2, bone + 2)))
    ]


def _finger(skeleton: Skeleton, person: Person, number: int) -> list[Cone]:
    thick = person.size * person.girth * GIRTH[FINGERS[number - 1]]
    palmar = np.cross(skeleton.axes[8 + 4 * (number - 1)], [0.0, 1.0, 0.0])
    radii = (10.2 * thick, 8.7 * thick, 7.6 * thick, 6.2 * thick)
    cones = _digit(skeleton, number, radii, (1.06, 1.08, 1.16), palmar)
    # A waist between the joints, as proximal segments have.
    first = cones[0]
    middle = 0.5 * (first.a + first.b) + 0.8 * thick * palmar
    waist = 8.5 * thick
    upper = first._replace(a=middle, ra=waist)
    return [first._replace(b=middle, rb=waist), upper, *cones[1:]]


def _thumb(skeleton: Skeleton, person: Person) -> list[Cone]:
    thick = person.size * person.girth
    pad = -skeleton.axes[6]
    radii = (13.0 * thick, 10.2 * thick, 9.6 * thick, 6.8 * thick)
    cones = _digit(skeleton, 0, radii, (1.0, 1.06, 1.2), pad)
    return cones[1:]
