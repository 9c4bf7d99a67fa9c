"""A hand from published measures: bones, joints and thickness of an adult, and how people differ.

It shares neither mesh nor shape statistics with the hand that networks are trained on, only the
names and signs of the angles (``engine.simulation.angles``), so that poses can be given to it.

Sources, means of women and men in mm: bone lengths, their spreads and the soft tissue of the tips
from Buryanov and Kotiuk, Proportions of Hand Segments, Int. J. Morphol. 28(3), 2010; length and
breadth of hands, thickness of hand, fingers and thumb from Pheasant and Haslegrave, Bodyspace, 3rd
ed., 2006 (British adults). Where soft tissue lies on the bones is drawn after anatomical atlases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.simulation.angles import ANGLE_COUNT
from engine.skeleton import JOINT_COUNT

FloatArray = NDArray[np.float64]

BONES_MM: Final = {
    "thumb": (46.2, 31.6, 21.7),
    "index": (68.1, 39.8, 22.4, 15.8),
    "middle": (64.6, 44.6, 26.3, 17.4),
    "ring": (58.0, 41.4, 25.7, 17.3),
    "little": (53.7, 32.7, 18.1, 16.0),
}
"""Metacarpal, proximal, middle (not the thumb) and distal bone."""
BONE_SPREAD: Final = 0.055
"""Spread of a bone's length as a share of it, beyond that of the hand's size."""
PULP_MM: Final = {"thumb": 5.7, "index": 3.8, "middle": 4.0, "ring": 4.0, "little": 3.7}
"""Soft tissue beyond the last bone."""
TIP_INSIDE_MM: Final = 2.0
"""The joint called tip lies this far inside the skin."""
HAND_SPREAD: Final = 0.06
"""Spread of the hand's size: 182 mm +- 11 from the wrist's crease to the middle finger's tip."""

_BASES_MM: Final = {
    "index": (13.0, 22.0, 0.5),
    "middle": (0.0, 25.0, 0.0),
    "ring": (-10.5, 24.0, 1.0),
    "little": (-19.0, 21.0, 3.0),
}
"""Bases of the metacarpals of a hand with the wrist's middle at the origin."""
_SPLAY_DEG: Final = {"index": 8.0, "middle": 0.0, "ring": -7.5, "little": -15.0}
"""How the metacarpals fan out, towards the thumb."""
_ARCH_DEG: Final = {"index": 2.5, "middle": 0.0, "ring": 1.0, "little": 3.5}
"""How the metacarpals dip towards the palm: the arch across the knuckles."""
_FAN_DEG: Final = {"index": 2.0, "middle": 0.0, "ring": -2.0, "little": -4.0}
"""Where the straight fingers point at zero abduction."""
_CONVERGE_DEG: Final = {"index": 6.0, "middle": 1.0, "ring": -5.0, "little": -11.0}
"""How the axes of flexion are turned: flexed fingers point to the base of the thumb."""
_THUMB_BASE_MM: Final = np.array([20.0, 17.0, 6.0])
_THUMB_WAYS: Final = (
    np.array([0.60, 0.75, 0.26]),
    np.array([0.55, 0.81, 0.20]),
    np.array([0.55, 0.81, 0.20]),
)
_THUMB_PAD: Final = np.array([-0.66, 0.38, 0.62])
"""Where the pad of the thumb faces at zero angles."""

FINGERS: Final = ("index", "middle", "ring", "little")
GIRTH: Final = {"index": 1.0, "middle": 1.03, "ring": 0.97, "little": 0.86}
"""Girth of the fingers relative to the index finger's."""


def _unit(vector: FloatArray) -> FloatArray:
    return vector / np.linalg.norm(vector)


def _in_plane(degrees: float, dip: float = 0.0) -> FloatArray:
    """The unit vector along +y turned towards the thumb (+x) and dipped towards the palm (+z)."""
    turn, fall = np.deg2rad([degrees, dip])
    return np.array([np.sin(turn) * np.cos(fall), np.cos(turn) * np.cos(fall), np.sin(fall)])


@dataclass(frozen=True, slots=True)
class Person:
    """How one person's hand differs from the mean: factors of ``size`` (everything), ``girth``
    (fingers), ``breadth`` (palm and forearm), ``thickness`` (palm and forearm), ``bones``
    [5, 4] and ``splay`` (between the metacarpals)."""

    size: float
    girth: float
    breadth: float
    thickness: float
    bones: FloatArray
    splay: float


AVERAGE: Final = Person(1.0, 1.0, 1.0, 1.0, np.ones((5, 4)), 1.0)


def draw_person(rng: np.random.Generator) -> Person:
    """A random adult."""
    return Person(
        size=float(np.exp(rng.normal(0.0, HAND_SPREAD))),
        girth=float(np.exp(rng.normal(0.0, 0.07))),
        breadth=float(np.exp(rng.normal(0.0, 0.05))),
        thickness=float(np.exp(rng.normal(0.0, 0.08))),
        bones=np.exp(rng.normal(0.0, BONE_SPREAD, (5, 4))),
        splay=float(np.exp(rng.normal(0.0, 0.12))),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Skeleton:
    """Rest pose of a right hand, all angles zero: ``joints`` [21, 3] mm, hand frame of
    ``engine.simulation.angles``; ``axes`` [24, 3] unit axes of the angles."""

    joints: FloatArray
    axes: FloatArray


def skeleton_of(person: Person = AVERAGE) -> Skeleton:
    """The bones of ``person``."""
    joints, axes = np.zeros((JOINT_COUNT, 3)), np.zeros((ANGLE_COUNT, 3))
    axes[0], axes[1] = (-1.0, 0.0, 0.0), (0.0, 0.0, 1.0)
    _thumb(joints, axes, person)
    for number, finger in enumerate(FINGERS, start=1):
        metacarpal, *phalanges = BONES_MM[finger] * person.bones[number]
        base = np.array(_BASES_MM[finger]) * (person.breadth, 1.0, 1.0)
        at = base + metacarpal * _in_plane(person.splay * _SPLAY_DEG[finger], _ARCH_DEG[finger])
        way, first = _in_plane(_FAN_DEG[finger]), 1 + 4 * number
        phalanges[-1] += PULP_MM[finger] - TIP_INSIDE_MM
        joints[first] = at
        joints[first + 1 : first + 4] = at + np.cumsum(phalanges)[:, None] * way
        turn = np.deg2rad(_CONVERGE_DEG[finger])
        across = np.array([np.cos(turn), 0.0, np.sin(turn)])
        flexion = _unit(across - (across @ way) * way)
        angle = 8 + 4 * (number - 1)
        axes[angle] = axes[angle + 2] = axes[angle + 3] = flexion
        axes[angle + 1] = np.cross(way, flexion)
    joints *= person.size
    return Skeleton(_middle_along_y(joints), axes)


def _thumb(joints: FloatArray, axes: FloatArray, person: Person) -> None:
    """The thumb: it bends towards its pad, its abduction lifts it off the palm."""
    lengths = np.array(BONES_MM["thumb"]) * person.bones[0, :3]
    lengths[2] += PULP_MM["thumb"] - TIP_INSIDE_MM
    joints[1] = _THUMB_BASE_MM * (person.breadth, 1.0, 1.0)
    for k, way in enumerate(_THUMB_WAYS):
        joints[2 + k] = joints[1 + k] + lengths[k] * _unit(way)
    for angle, way in ((2, _THUMB_WAYS[0]), (5, _THUMB_WAYS[1])):
        along = _unit(way)
        pad = _unit(_THUMB_PAD - (_THUMB_PAD @ along) * along)
        axes[angle], axes[angle + 1] = np.cross(along, pad), -pad
        if angle == 2:
            axes[4] = -along
    axes[7] = axes[5]


def _middle_along_y(joints: FloatArray) -> FloatArray:
    """Turn the hand so that its middle knuckle lies on the y axis."""
    way = _unit(joints[9])
    axis = np.cross(way, [0.0, 1.0, 0.0])
    sine, cosine = float(np.linalg.norm(axis)), float(way[1])
    if sine < 1e-9:
        return joints
    x, y, z = axis / sine
    skew = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    turn = np.eye(3) + sine * skew + (1.0 - cosine) * skew @ skew
    return np.asarray(joints @ turn.T)
