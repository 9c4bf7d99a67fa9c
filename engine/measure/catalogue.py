"""Every quantity there is, by its key."""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.errors import InvalidInputError
from engine.measure import hand
from engine.measure.quantity import (
    HandSamples,
    Quantity,
    Unit,
    Values,
    distance,
    of_joints,
    of_side,
    position,
    shown,
    uncertainty,
)
from engine.skeleton import FINGERS


def _whole_hand() -> tuple[Quantity, ...]:
    openness = "1: the four fingers straight, 0: a fist"
    facing = "0°: the palm is shown, 90°: an edge, 180°: the back of the hand"
    away = "Distance from the camera to the palm's middle"
    length = "From the wrist to the middle finger's knuckle"
    return (
        Quantity("openness", "Openness", Unit.SHARE, openness, of_side(hand.openness)),
        Quantity(
            "palm_facing", "Palm to camera", Unit.DEGREES, facing, of_side(hand.palm_facing_deg)
        ),
        Quantity("palm_range", "Palm from camera", Unit.MM, away, _palm_range),
        Quantity("palm_length", "Palm length", Unit.MM, length, of_joints(hand.palm_length_mm)),
        *(_normal(axis, column) for column, axis in enumerate("xyz")),
        Quantity(
            "uncertainty",
            "Uncertainty",
            Unit.MM,
            "The mean of the joints' expected errors",
            lambda samples: samples.sigma_mm.astype(np.float64).mean(axis=-1),
        ),
        Quantity(
            "confidence",
            "Confidence",
            Unit.SHARE,
            "Probability that the hand is there",
            lambda samples: samples.confidence.astype(np.float64),
        ),
    )


def _palm_range(samples: HandSamples) -> Values:
    return np.asarray(np.linalg.norm(hand.palm_centre_mm(samples.joints_mm), axis=-1))


def _normal(axis: str, column: int) -> Quantity:
    about = f"{axis} of the unit vector that stands out of the palm, camera frame (-1 to 1)"
    return Quantity(
        f"palm_normal:{axis}",
        f"Palm normal {axis}",
        Unit.SHARE,
        about,
        lambda samples: hand.palm_axes(samples.joints_mm, samples.side)[:, 2, column],
    )


def _pinches(finger: str) -> tuple[Quantity, Quantity]:
    whose = "" if finger == "index" else f" {finger}"
    between = f"Between the tips of thumb and {finger} finger; about 10 mm where they touch"
    return (
        Quantity(
            f"pinch:{finger}",
            f"Pinch{whose} distance",
            Unit.MM,
            between,
            of_joints(hand.pinch_mm, finger),
            finger,
        ),
        Quantity(
            f"pinch_strength:{finger}",
            f"Pinch{whose} strength",
            Unit.SHARE,
            "1: the tips touch, 0: they are farther apart than 0.6 palm lengths",
            of_joints(hand.pinch_strength, finger),
            finger,
        ),
    )


def _thumb_angles() -> tuple[Quantity, ...]:
    unsigned = "Between the two bones of the joint; 0° is straight, without a sign"
    metacarpals = "Between the metacarpals of thumb and index finger"
    opening, bend = of_joints(hand.thumb_opening_deg), hand.thumb_bend_deg
    degrees = Unit.DEGREES
    return (
        Quantity("opening:thumb", "Thumb opening", degrees, metacarpals, opening, "thumb"),
        Quantity(
            "bend:thumb_mcp", "Thumb MCP bend", degrees, unsigned, of_joints(bend, 1), "thumb"
        ),
        Quantity("bend:thumb_ip", "Thumb IP bend", degrees, unsigned, of_joints(bend, 2), "thumb"),
    )


def _finger_angles(finger: str) -> tuple[Quantity, ...]:
    signed = "0°: straight, positive: towards the palm, negative: overstretched"
    sideways = "Sideways at the knuckle, against the middle metacarpal; towards the thumb positive"
    return (
        *(
            Quantity(
                f"flexion:{finger}_{part}",
                f"{shown(finger)} {part.upper()} flexion",
                Unit.DEGREES,
                signed,
                of_side(hand.flexion_deg, finger, k),
                finger,
            )
            for k, part in enumerate(("mcp", "pip", "dip"))
        ),
        Quantity(
            f"abduction:{finger}",
            f"{shown(finger)} abduction",
            Unit.DEGREES,
            sideways,
            of_side(hand.abduction_deg, finger),
            finger,
        ),
    )


def _curl(finger: str) -> Quantity:
    about = "0: straight, 1: rolled in as in a fist"
    evaluate = of_side(hand.curl, finger)
    return Quantity(f"curl:{finger}", f"{shown(finger)} curl", Unit.SHARE, about, evaluate, finger)


WHOLE_HAND: Final = _whole_hand()
PINCHES: Final = tuple(pinch for finger in hand.FINGERS for pinch in _pinches(finger))
ANGLES: Final = (*_thumb_angles(), *(a for finger in hand.FINGERS for a in _finger_angles(finger)))
CURLS: Final = tuple(_curl(finger) for finger in FINGERS)
MEASURES: Final = (*PINCHES, *CURLS, *ANGLES, *WHOLE_HAND)
"""Every quantity that needs no joint to be chosen."""
_BY_KEY: Final = {quantity.key: quantity for quantity in MEASURES}


def quantity(key: str) -> Quantity:
    """The quantity with this key.

    Raises:
        InvalidInputError: if there is none.
    """
    if key in _BY_KEY:
        return _BY_KEY[key]
    kind, *parts = key.split(":")
    if kind == "position" and len(parts) == 2:
        return position(*parts)
    if kind == "distance" and len(parts) == 2:
        return distance(*parts)
    if kind == "uncertainty" and len(parts) == 1:
        return uncertainty(*parts)
    raise InvalidInputError(f"{key!r} is no measure of a hand")
