"""What can be plotted and written of a hand: a name, a unit, a definition; joints by choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInputError
from engine.measure import hand
from engine.skeleton import FINGER_JOINTS, JOINT_NAMES, Handedness

Values = NDArray[np.float64]


class Unit(Enum):
    """What a quantity is counted in; the value is its sign."""

    MM = "mm"
    DEGREES = "°"
    SHARE = "0–1"


_IN_COLUMNS: Final = {Unit.MM: ("mm",), Unit.DEGREES: ("deg",), Unit.SHARE: ()}


@dataclass(frozen=True, slots=True, eq=False)
class HandSamples:
    """One hand at N moments; NaN where it was not seen.

    ``joints_mm`` [N, 21, 3] camera frame, ``sigma_mm`` [N, 21] expected errors, ``confidence`` [N]
    probability that the hand is there.
    """

    side: Handedness
    joints_mm: NDArray[np.floating]
    sigma_mm: NDArray[np.floating]
    confidence: NDArray[np.floating]


Evaluate = Callable[[HandSamples], Values]


@dataclass(frozen=True, slots=True)
class Quantity:
    """Something measured of a hand.

    ``key`` names it in files and settings and does not change; ``name`` is for people; ``about``
    says in a sentence what it is; ``finger`` is whose it is, empty for the whole hand.
    """

    key: str
    name: str
    unit: Unit
    about: str
    evaluate: Evaluate = field(repr=False, compare=False)
    finger: str = ""

    @property
    def column(self) -> str:
        """The name in tables, with its unit: ``pinch_index_mm``."""
        return "_".join([*self.key.split(":"), *_IN_COLUMNS[self.unit]])


def joint_label(joint: str) -> str:
    """A joint's name for people: ``index_pip`` is "index PIP"."""
    finger, _, part = joint.partition("_")
    return f"{finger} {part if part == 'tip' else part.upper()}".strip()


def of_joints(measure: Callable[..., Values], *arguments: object) -> Evaluate:
    """A measure of joints as a quantity's time series."""
    return lambda samples: measure(samples.joints_mm, *arguments)


def of_side(measure: Callable[..., Values], *arguments: object) -> Evaluate:
    """A measure of joints and side as a quantity's time series."""
    return lambda samples: measure(samples.joints_mm, samples.side, *arguments)


def shown(name: str) -> str:
    """``name`` with a capital letter."""
    return name[:1].upper() + name[1:]


def position(joint: str, axis: str) -> Quantity:
    """A joint's ``x``, ``y`` or ``z`` in the camera frame, or its ``range`` from the camera.

    Raises:
        InvalidInputError: if there is no such joint or axis.
    """
    index = _joint(joint)
    key, words = f"position:{joint}:{axis}", joint_label(joint)
    if axis == "range":
        name, about = f"{words} from camera", "Distance from the camera to the joint"

        def evaluate(samples: HandSamples) -> Values:
            return np.linalg.norm(samples.joints_mm[:, index].astype(np.float64), axis=-1)

    else:
        column = _choice(axis, ("x", "y", "z"), key)
        way = ("right", "down", "forward")[column]
        name, about = f"{words} {axis}", f"The joint's {axis} in the camera's frame ({way})"

        def evaluate(samples: HandSamples) -> Values:
            return samples.joints_mm[:, index, column].astype(np.float64)

    return Quantity(key, shown(name), Unit.MM, about, evaluate, _finger_of(joint))


def distance(a: str, b: str) -> Quantity:
    """How far joint ``a`` is from joint ``b``.

    Raises:
        InvalidInputError: if there is no such joint, or both are the same.
    """
    first, second = _joint(a), _joint(b)
    if first == second:
        raise InvalidInputError(f"a distance needs two joints, not twice {joint_label(a)}")
    return Quantity(
        f"distance:{a}:{b}",
        f"{shown(joint_label(a))} to {joint_label(b)}",
        Unit.MM,
        "Distance between the two joints",
        of_joints(hand.distance_mm, first, second),
        _finger_of(a),
    )


def uncertainty(joint: str) -> Quantity:
    """The error that the network expects of a joint.

    Raises:
        InvalidInputError: if there is no such joint.
    """
    index = _joint(joint)
    return Quantity(
        f"uncertainty:{joint}",
        f"{shown(joint_label(joint))} uncertainty",
        Unit.MM,
        "How far off the network expects this joint to be",
        lambda samples: samples.sigma_mm[:, index].astype(np.float64),
        _finger_of(joint),
    )


def _joint(name: str) -> int:
    if name not in JOINT_NAMES:
        raise InvalidInputError(f"{name!r} is no joint; they are {', '.join(JOINT_NAMES)}")
    return JOINT_NAMES.index(name)


def _choice(axis: str, known: tuple[str, ...], key: str) -> int:
    if axis not in known:
        raise InvalidInputError(
            f"{key!r} is no measure of a hand: {axis!r} is none of x, y, z, range"
        )
    return known.index(axis)


def _finger_of(joint: str) -> str:
    index = JOINT_NAMES.index(joint)
    return next((name for name, joints in FINGER_JOINTS.items() if index in joints), "")
