"""Named key poses of the hand as data: finger and thumb states, gestures built from them.

A finger pose is (MCP flexion, MCP abduction, PIP flexion, DIP flexion), a thumb pose (CMC flexion,
CMC abduction, CMC twist, MCP flexion, MCP abduction, IP flexion), in degrees with the signs of
``engine.simulation.angles``. Abductions are those of the straight finger; the sampler shrinks them
with the cosine of the MCP flexion, as joint ligaments do. Where the thumb touches a finger, its
pose was solved for that touch on the average hand.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.simulation.angles import ANGLE_COUNT, ANGLE_INDEX

FingerPose = tuple[float, float, float, float]
ThumbPose = tuple[float, float, float, float, float, float]

STRAIGHT: Final[FingerPose] = (2.0, 0.0, 4.0, 2.0)
RELAXED: Final[FingerPose] = (20.0, 0.0, 30.0, 16.0)
HALF: Final[FingerPose] = (38.0, 0.0, 26.0, 15.0)
LOOSE: Final[FingerPose] = (48.0, 0.0, 66.0, 38.0)
FIST: Final[FingerPose] = (78.0, 0.0, 98.0, 58.0)
TIGHT: Final[FingerPose] = (86.0, 0.0, 104.0, 68.0)
HOOK: Final[FingerPose] = (6.0, 0.0, 88.0, 52.0)
TABLE: Final[FingerPose] = (72.0, 0.0, 10.0, 5.0)
CLAW: Final[FingerPose] = (-8.0, 0.0, 55.0, 38.0)
BACK: Final[FingerPose] = (-16.0, 0.0, 0.0, 0.0)
PINCHING: Final[FingerPose] = (53.0, 4.0, 47.0, 24.0)
FLAT_PINCH: Final[FingerPose] = (71.0, 3.0, 24.0, 11.0)

FINGER_STATES: Final[tuple[FingerPose, ...]] = (
    *(STRAIGHT, RELAXED, HALF, LOOSE),
    *(FIST, HOOK, TABLE, CLAW),
)
FINGER_STATE_WEIGHTS: Final = (0.28, 0.18, 0.13, 0.10, 0.13, 0.05, 0.08, 0.05)

T_REST: Final[ThumbPose] = (10.0, 6.0, 5.0, 12.0, -2.0, 8.0)
T_BESIDE: Final[ThumbPose] = (20.0, -8.0, 0.0, 2.0, 0.0, 0.0)
T_OUT: Final[ThumbPose] = (-12.0, 8.0, 0.0, 0.0, 0.0, -8.0)
T_WIDE: Final[ThumbPose] = (-12.0, 26.0, 20.0, 30.0, -5.0, 2.0)
T_FORWARD: Final[ThumbPose] = (20.0, 30.0, 15.0, 15.0, 0.0, 10.0)
T_OPPOSED: Final[ThumbPose] = (36.0, 29.0, 30.0, 27.0, 0.0, 19.0)
T_PINCH: Final[ThumbPose] = (30.0, 29.0, 31.0, 25.0, 0.0, 18.0)
T_ACROSS: Final[ThumbPose] = (34.0, 7.0, 26.0, 62.0, -5.0, 48.0)
T_INSIDE: Final[ThumbPose] = (40.0, 18.0, 40.0, 62.0, -8.0, 46.0)
T_FOLDED: Final[ThumbPose] = (38.0, 34.0, 34.0, 37.0, -3.0, 46.0)
T_FOLDED_FAR: Final[ThumbPose] = (44.0, 29.0, 29.0, 41.0, -2.0, 45.0)
T_SIDE: Final[ThumbPose] = (18.0, 0.0, 8.0, 12.0, 0.0, 8.0)

THUMB_STATES: Final[tuple[ThumbPose, ...]] = (
    *(T_REST, T_BESIDE, T_OUT, T_WIDE),
    *(T_FORWARD, T_OPPOSED, T_ACROSS, T_FOLDED),
)
THUMB_STATE_WEIGHTS: Final = (0.20, 0.11, 0.12, 0.18, 0.11, 0.12, 0.08, 0.08)

SPREAD_DEG: Final = (14.0, 3.0, -8.0, -20.0)
"""Abduction of index to little finger in a hand held wide open."""


def _turned(pose: FingerPose, abduction: float) -> FingerPose:
    """``pose`` with ``abduction`` degrees added."""
    return (pose[0], pose[1] + abduction, pose[2], pose[3])


def _spread(*fingers: FingerPose, scale: float = 1.0) -> tuple[FingerPose, ...]:
    """Four finger poses fanned out by ``scale`` of the widest spread."""
    return tuple(
        _turned(finger, scale * turn) for finger, turn in zip(fingers, SPREAD_DEG, strict=True)
    )


def _all(pose: FingerPose) -> tuple[FingerPose, ...]:
    return (pose, pose, pose, pose)


_Gesture = tuple[ThumbPose, tuple[FingerPose, ...]]

GESTURES: Final[dict[str, _Gesture]] = {
    "open_palm": (T_REST, _spread(*_all(STRAIGHT), scale=0.4)),
    "spread": (T_WIDE, _spread(*_all(STRAIGHT))),
    "spread_back": (T_OUT, _spread(*_all(BACK))),
    "flat_together": (T_BESIDE, _all(STRAIGHT)),
    "relaxed": (
        T_REST,
        ((15, 2, 24, 12), (20, 0, 28, 15), (24, -2, 32, 18), (26, -6, 32, 18)),
    ),
    "relaxed_curled": (
        T_SIDE,
        ((30, 2, 40, 22), (36, 0, 46, 26), (40, 0, 50, 28), (42, -2, 50, 28)),
    ),
    "fist_thumb_over": (T_FOLDED, _all(FIST)),
    "fist_thumb_side": (T_SIDE, _all(FIST)),
    "fist_tight": (T_FOLDED, _all(TIGHT)),
    "fist_tight_side": (T_SIDE, _all(TIGHT)),
    "fist_loose": ((46, 43, 44, 50, -14, 12), _all((66, 0, 84, 44))),
    "fist_thumb_in": (T_INSIDE, _all((66, 0, 78, 40))),
    "thumbs_up": (T_OUT, _all(FIST)),
    "hitchhike": (T_OUT, _all(LOOSE)),
    "point": (T_FOLDED, (STRAIGHT, FIST, FIST, FIST)),
    "point_relaxed": (T_REST, (STRAIGHT, LOOSE, LOOSE, LOOSE)),
    "point_bent": (T_FOLDED, ((30, 0, 24, 12), FIST, FIST, FIST)),
    "press_button": ((35, 14, 7, 27, 1, 14), ((28, 0, 16, 6), LOOSE, LOOSE, LOOSE)),
    "gun": (T_OUT, (STRAIGHT, FIST, FIST, FIST)),
    "gun_two": (T_OUT, (STRAIGHT, STRAIGHT, FIST, FIST)),
    "peace": (T_FOLDED_FAR, ((2, 12, 4, 2), (2, -8, 4, 2), FIST, FIST)),
    "two_together": (T_FOLDED_FAR, (STRAIGHT, STRAIGHT, FIST, FIST)),
    "crossed": (T_FOLDED_FAR, ((10, -10, 4, 2), (-4, 10, 14, 8), FIST, FIST)),
    "three_fingers": ((49, 16, 18, 52, 1, 29), ((2, 12, 4, 2), (2, 0, 4, 2), (6, -10, 6, 3), FIST)),
    "three_thumb": (T_OUT, ((2, 8, 4, 2), (4, -6, 6, 3), FIST, FIST)),
    "four": (T_ACROSS, _spread(*_all(STRAIGHT), scale=0.6)),
    "rock": (T_FOLDED, (STRAIGHT, FIST, FIST, (4, -10, 6, 3))),
    "love": (T_OUT, (STRAIGHT, FIST, FIST, (4, -12, 6, 3))),
    "call": (T_OUT, (FIST, FIST, FIST, (6, -12, 6, 3))),
    "pinky": (T_FOLDED, (FIST, FIST, FIST, (4, -6, 6, 3))),
    "ok": (T_PINCH, (PINCHING, (14, 2, 14, 8), (6, -4, 10, 5), (0, -14, 6, 3))),
    "ok_curled": (T_PINCH, (PINCHING, LOOSE, LOOSE, LOOSE)),
    "pinch_index": (T_PINCH, (PINCHING, RELAXED, RELAXED, RELAXED)),
    "pinch_flat": ((34, 29, 30, 17, 0, 12), (FLAT_PINCH, HALF, HALF, HALF)),
    "pinch_middle": ((41, 27, 30, 25, 0, 17), ((14, 6, 16, 8), (56, 4, 50, 26), RELAXED, RELAXED)),
    "pinch_ring": (
        (49, 27, 29, 33, 1, 21),
        ((10, 6, 12, 6), (16, 2, 18, 8), (59, 0, 51, 27), RELAXED),
    ),
    "pinch_little": (
        (49, 23, 27, 42, 1, 24),
        (STRAIGHT, STRAIGHT, (18, -2, 14, 6), (58, 8, 46, 24)),
    ),
    "pinch_three": ((37, 28, 28, 26, 0, 16), ((56, 4, 54, 27), (56, -2, 57, 30), LOOSE, LOOSE)),
    "purse": (
        (43, 26, 21, 30, 1, 21),
        ((64, 0, 50, 24), (69, 0, 41, 19), (65, 2, 42, 21), (70, 6, 21, 8)),
    ),
    "key_pinch": ((28, 0, 11, 6, -1, 0), ((40, 0, 72, 34), LOOSE, LOOSE, LOOSE)),
    "claw": (T_FORWARD, _spread(*_all(CLAW), scale=0.8)),
    "claw_closed": (T_FORWARD, _spread(*_all((18, 0, 66, 42)), scale=0.5)),
    "hook": (T_BESIDE, _all(HOOK)),
    "table": (T_BESIDE, _all(TABLE)),
    "duck": (
        (44, 27, 23, 21, 1, 4),
        ((74, 0, 28, 14), (73, 0, 32, 16), (72, 0, 30, 14), (70, 0, 28, 12)),
    ),
    "grasp_thick": (T_FORWARD, _spread(*_all((28, 0, 36, 20)), scale=0.3)),
    "grasp_cylinder": (T_OPPOSED, _all((50, 0, 56, 30))),
    "grasp_thin": ((47, 41, 44, 41, -13, 27), _all((66, 0, 84, 46))),
    "grasp_sphere": (T_WIDE, _spread(*_all((24, 0, 40, 24)), scale=0.8)),
    "grasp_small_ball": (T_OPPOSED, _spread(*_all((40, 0, 44, 26)), scale=0.5)),
    "hold_pen": (
        (32, 25, 31, 22, 0, 15),
        ((50, 0, 44, 16), (50, 0, 56, 26), (52, 0, 66, 34), (54, 0, 66, 34)),
    ),
    "hold_phone": (T_FORWARD, ((20, 0, 42, 22), (26, 0, 44, 24), (32, 0, 46, 24), (38, 0, 44, 24))),
    "beckon": (T_REST, ((64, 0, 30, 14), (66, 0, 34, 16), (68, 0, 36, 18), (68, 0, 36, 18))),
    "cascade_closing": (
        T_REST,
        ((10, 4, 14, 8), (30, 0, 36, 20), (50, 0, 60, 34), (66, 0, 80, 46)),
    ),
    "cascade_opening": (
        T_REST,
        ((68, 0, 82, 46), (48, 0, 60, 34), (26, 0, 34, 18), (8, -6, 12, 6)),
    ),
    "asl_b": (T_ACROSS, _all(STRAIGHT)),
    "asl_c": (T_FORWARD, _all((30, 0, 44, 26))),
    "asl_d": (
        (41, 27, 30, 28, 0, 19),
        (STRAIGHT, (56, 0, 52, 29), (58, 0, 54, 30), (62, 2, 54, 30)),
    ),
    "asl_e": ((30, 24, 20, 60, -4, 50), _all((24, 0, 98, 62))),
    "asl_f": (T_PINCH, ((53, 12, 47, 24), (2, 2, 4, 2), (2, -5, 4, 2), (2, -12, 4, 2))),
    "asl_g": (T_BESIDE, ((62, 0, 6, 3), FIST, FIST, FIST)),
    "asl_h": (T_FOLDED_FAR, ((62, 0, 6, 3), (64, 0, 6, 3), FIST, FIST)),
    "asl_k": ((26, -3, 22, 34, -5, 23), ((2, 8, 4, 2), (36, -6, 6, 3), FIST, FIST)),
    "asl_m": (T_INSIDE, ((72, 0, 58, 30), (74, 0, 58, 30), (76, 0, 60, 30), FIST)),
    "asl_n": (T_INSIDE, ((72, 0, 58, 30), (74, 0, 60, 30), FIST, FIST)),
    "asl_o": (
        (36, 29, 29, 28, 0, 19),
        ((54, 0, 54, 31), (54, 0, 59, 33), (54, 0, 54, 30), (56, 2, 54, 30)),
    ),
    "asl_p": ((20, 0, 13, 37, -1, 33), ((16, 8, 4, 2), (66, -2, 6, 3), FIST, FIST)),
    "asl_q": ((33, 28, 30, 20, 0, 14), ((72, 2, 16, 8), FIST, FIST, FIST)),
    "asl_t": ((8, 13, 21, 27, -3, 60), ((64, 4, 76, 34), FIST, FIST, FIST)),
    "asl_v_bent": (T_FOLDED_FAR, ((8, 10, 84, 46), (8, -6, 84, 46), FIST, FIST)),
    "asl_x": (T_FOLDED, ((10, 0, 86, 48), FIST, FIST, FIST)),
}
"""Named key poses: (thumb, (index, middle, ring, little))."""

FREQUENT: Final[dict[str, float]] = {
    "open_palm": 7.0,
    "relaxed": 5.0,
    "relaxed_curled": 3.0,
    "spread": 5.0,
    "flat_together": 5.0,
    "fist_thumb_over": 5.0,
    "fist_thumb_side": 3.0,
    "fist_tight": 5.0,
    "fist_tight_side": 2.0,
    "fist_loose": 4.0,
    "fist_thumb_in": 2.0,
    "point": 4.0,
    "point_relaxed": 2.0,
    "pinch_index": 2.5,
    "peace": 2.0,
    "thumbs_up": 2.0,
    "ok": 2.0,
    "grasp_thick": 1.5,
}
"""How often a gesture is drawn relative to the unnamed ones (1)."""


def gesture_angles(name: str) -> NDArray[np.float32]:
    """Return the key pose ``name`` as angles [24] in radians, the wrist straight.

    Raises:
        KeyError: if there is no such gesture.
    """
    thumb, fingers = GESTURES[name]
    angles = np.zeros(ANGLE_COUNT, np.float32)
    first = ANGLE_INDEX["thumb_cmc_flexion"]
    angles[first : first + 6] = thumb
    first = ANGLE_INDEX["index_mcp_flexion"]
    angles[first:] = np.asarray(fingers, np.float32).ravel()
    return np.deg2rad(angles)


def gesture_table() -> NDArray[np.float32]:
    """All key poses [G, 24] in radians, in the order of ``GESTURES``."""
    return np.stack([gesture_angles(name) for name in GESTURES])


def gesture_weights() -> NDArray[np.float64]:
    """Probability of each gesture [G], summing to 1."""
    weights = np.array([FREQUENT.get(name, 1.0) for name in GESTURES])
    return weights / weights.sum()
