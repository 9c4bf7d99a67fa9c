"""What people see in a hand, as numbers of a decoded hand: bends, gaps, lengths."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.simulation.angles import ANGLE_INDEX
from engine.skeleton import BONES, FINGER_JOINTS, FINGERS
from training.models.pose_vae import Articulation

Array = NDArray[np.float64]
Angles = Callable[[str], Array]

LONG_FINGERS: Final = FINGERS[1:]


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """``value`` of hands' angles (by name, each [N], rad) and bones [N, 20] in mm, [N]; ``about``
    tells what a hand does when it grows."""

    name: str
    about: str
    value: Callable[[Angles, Array], Array]


def _bend(angles: Angles, finger: str) -> Array:
    return sum(
        (angles(f"{finger}_{part}_flexion") for part in ("pip", "dip")),
        angles(f"{finger}_mcp_flexion"),
    )


def _mean(angles: Angles, ending: str) -> Array:
    return np.mean([angles(f"{finger}_{ending}") for finger in LONG_FINGERS], axis=0)


def _size(bones: Array) -> Array:
    return bones.mean(axis=1)


_FINGER_BONES: Final = [
    bone
    for bone, (_, child) in enumerate(BONES)
    if any(child in FINGER_JOINTS[finger][1:] for finger in LONG_FINGERS)
]
_THUMB_BONES: Final = [
    bone for bone, (_, child) in enumerate(BONES) if child in FINGER_JOINTS["thumb"][1:]
]


def _bend_of(finger: str) -> Callable[[Angles, Array], Array]:
    return lambda angles, _: _bend(angles, finger)


def _out(finger: str) -> Callable[[Angles, Array], Array]:
    others = [other for other in LONG_FINGERS if other != finger]
    return lambda angles, _: (
        np.mean([_bend(angles, other) for other in others], axis=0) - _bend(angles, finger)
    )


MEASURES: Final[tuple[Measure, ...]] = (
    Measure(
        "fist",
        "all fingers bend",
        lambda a, _: np.mean([_bend(a, finger) for finger in LONG_FINGERS], axis=0),
    ),
    Measure("index finger out", "the index finger stretches, the others bend", _out("index")),
    Measure("middle finger out", "the middle finger stretches, the others bend", _out("middle")),
    Measure(
        "little finger in",
        "the little finger bends, the ring finger stretches",
        lambda a, _: _bend(a, "little") - _bend(a, "ring"),
    ),
    Measure(
        "horns",
        "middle and ring finger bend, index and little finger stretch",
        lambda a, _: _bend(a, "middle") + _bend(a, "ring") - _bend(a, "index") - _bend(a, "little"),
    ),
    Measure(
        "hooked fingers",
        "fingers bend in the middle, their knuckles stretch",
        lambda a, _: _mean(a, "pip_flexion") - _mean(a, "mcp_flexion"),
    ),
    Measure(
        "spread",
        "fingers fan out",
        lambda a, _: a("index_mcp_abduction") - a("little_mcp_abduction"),
    ),
    Measure(
        "fingers to the thumb",
        "fingers swing sideways, towards the thumb",
        lambda a, _: _mean(a, "mcp_abduction"),
    ),
    Measure(
        "gap index to middle",
        "index and middle finger part into a V",
        lambda a, _: a("index_mcp_abduction") - a("middle_mcp_abduction"),
    ),
    Measure("thumb across", "the thumb comes across the palm", lambda a, _: a("thumb_cmc_flexion")),
    Measure("thumb out", "the thumb rises from the palm", lambda a, _: a("thumb_cmc_abduction")),
    Measure(
        "thumb bend",
        "the thumb bends",
        lambda a, _: a("thumb_mcp_flexion") + a("thumb_ip_flexion"),
    ),
    Measure("thumb twist", "the thumb turns about itself", lambda a, _: a("thumb_cmc_twist")),
    Measure("wrist bend", "the forearm comes forward", lambda a, _: a("wrist_flexion")),
    Measure("wrist tilt", "the hand leans to the thumb's side", lambda a, _: a("wrist_deviation")),
    Measure("hand size", "the hand grows", lambda _, b: _size(b)),
    Measure(
        "finger length",
        "fingers grow, for the hand's size",
        lambda _, b: b[:, _FINGER_BONES].mean(axis=1) / _size(b),
    ),
    Measure(
        "thumb length",
        "the thumb grows, for the hand's size",
        lambda _, b: b[:, _THUMB_BONES].mean(axis=1) / _size(b),
    ),
    *(
        Measure(f"{finger} bend", f"the {finger} finger bends", _bend_of(finger))
        for finger in LONG_FINGERS
    ),
)


def measured(hands: Articulation) -> Array:
    """The :data:`MEASURES` [N, M] of decoded hands."""
    angles = hands.angles.double().numpy()
    points = hands.points.double().numpy()
    parents, children = zip(*BONES, strict=True)
    bones = np.linalg.norm(points[:, list(children)] - points[:, list(parents)], axis=-1)

    def angle(name: str) -> Array:
        return np.asarray(angles[:, ANGLE_INDEX[name]])

    return np.stack([measure.value(angle, bones) for measure in MEASURES], axis=1)
