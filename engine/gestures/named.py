"""Named gestures as rules on a hand's shape: which fingers are straight, which folded."""

from __future__ import annotations

import math
from enum import Enum
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.gestures.shape import HandShape, hand_shape
from engine.skeleton import Handedness


class Thumb(Enum):
    """What a rule asks of the thumb."""

    OUT = "stretched away from the hand"
    NOT_OUT = "not stretched away"
    ACROSS = "folded across the palm"
    NOT_ACROSS = "not folded across the palm"


class Rule(NamedTuple):
    """``fingers``: index, middle, ring and little finger straight (s) or folded (f)."""

    name: str
    fingers: str
    thumb: Thumb


STRAIGHT: Final = (0.40, 0.16)
"""Curl at which a finger is not straight at all, and at which it is altogether."""
FOLDED: Final = (0.40, 0.60)
CLOSED: Final = (0.60, 0.76)
"""The same for the mean of a fist's fingers, which are folded further."""
TOUCHING: Final = (0.46, 0.28)
"""Distance of thumb and index finger's tips in palm lengths; their joints lie in the fingers."""
THUMB_AWAY: Final = (0.65, 0.89)
THUMB_STRAIGHT: Final = (0.12, 0.04)
THUMB_BENT: Final = (0.10, 0.20)
THUMB_NEAR: Final = (0.48, 0.32)
"""``thumb_away`` and ``thumb_bent`` of a thumb stretched away, and of one across the palm."""

RULES: Final = (
    Rule("open", "ssss", Thumb.NOT_ACROSS),
    Rule("four", "ssss", Thumb.ACROSS),
    Rule("three", "sssf", Thumb.NOT_OUT),
    Rule("three", "ssff", Thumb.OUT),
    Rule("two", "ssff", Thumb.NOT_OUT),
    Rule("point", "sfff", Thumb.NOT_OUT),
    Rule("l_shape", "sfff", Thumb.OUT),
    Rule("rock", "sffs", Thumb.NOT_OUT),
    Rule("rock", "sffs", Thumb.OUT),
    Rule("little", "fffs", Thumb.NOT_OUT),
    Rule("call", "fffs", Thumb.OUT),
    Rule("thumbs_up", "ffff", Thumb.OUT),
)
NAMES: Final = (*dict.fromkeys(rule.name for rule in RULES), "fist", "ok", "pinch")
"""Every named gesture."""
NUMBERS: Final = {"point": 1, "two": 2, "three": 3, "four": 4, "open": 5}
"""The number that a gesture shows."""


def named_scores(joints_mm: NDArray[np.floating], side: Handedness) -> dict[str, float]:
    """How well joints [21, 3] of a hand of ``side`` fit each of ``NAMES``, in [0, 1]; above 0.5
    they do.

    A hand's size, side and turn do not matter: a thumb up and a thumb down are one gesture.
    """
    shape = hand_shape(joints_mm, side)
    straight = [_ramp(curl, STRAIGHT) for curl in shape.curl]
    folded = [_ramp(curl, FOLDED) for curl in shape.curl]
    thumb = _thumb(shape)
    scores = dict.fromkeys(NAMES, 0.0)
    for rule in RULES:
        fingers = (
            straight[k] if state == "s" else folded[k] for k, state in enumerate(rule.fingers)
        )
        scores[rule.name] = max(scores[rule.name], min(thumb[rule.thumb], *fingers))
    closed = min(_ramp(sum(shape.curl) / len(shape.curl), CLOSED), *folded)
    scores["fist"] = min(closed, thumb[Thumb.NOT_OUT])
    touching = min(_ramp(shape.touch, TOUCHING), 1.0 - straight[0], 1.0 - closed)
    others = min(straight[1:])
    scores["ok"] = min(touching, others)
    scores["pinch"] = min(touching, 1.0 - others)
    return scores


def _thumb(shape: HandShape) -> dict[Thumb, float]:
    out = min(_ramp(shape.thumb_away, THUMB_AWAY), _ramp(shape.thumb_bent, THUMB_STRAIGHT))
    across = max(_ramp(shape.thumb_bent, THUMB_BENT), _ramp(shape.thumb_away, THUMB_NEAR))
    return {
        Thumb.OUT: out,
        Thumb.NOT_OUT: 1.0 - out,
        Thumb.ACROSS: across,
        Thumb.NOT_ACROSS: 1.0 - across,
    }


def _ramp(value: float, between: tuple[float, float]) -> float:
    """0 at the first end, 1 at the second and beyond it, linear in between; NaN is 0."""
    start, end = between
    share = (value - start) / (end - start)
    return min(max(share, 0.0), 1.0) if math.isfinite(share) else 0.0
