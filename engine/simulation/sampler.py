"""Draws hand poses as people make them: coupled fingers, gestures and what lies between them.

A key pose is either a named gesture or a combination of finger and thumb states in which a finger
often copies its neighbour; half of the samples are one jittered key pose, half lie on the way
between two. Poses that penetrate themselves are separated by a few small steps or drawn again.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.simulation.angles import ANGLE_COUNT, ANGLE_INDEX, LOWER_RAD, UPPER_RAD
from engine.simulation.collision import (
    ALLOWED_PENETRATION_MM,
    capsule_pairs,
    capsules_of,
    deepest_pair,
    posed_capsules,
    separate,
)
from engine.simulation.gestures import (
    FINGER_STATE_WEIGHTS,
    FINGER_STATES,
    THUMB_STATE_WEIGHTS,
    THUMB_STATES,
    gesture_table,
    gesture_weights,
)
from engine.simulation.model import HandModel

Generator = np.random.Generator
FloatArray = NDArray[np.float64]

THUMB: Final = ANGLE_INDEX["thumb_cmc_flexion"]
INDEX: Final = ANGLE_INDEX["index_mcp_flexion"]

GESTURE_SHARE: Final = 0.5
"""Share of key poses that are named gestures; the others are combined from states."""
PAIR_SHARE: Final = 0.5
"""Share of samples that lie between two key poses."""
COPY_SHARE: Final = (0.0, 0.5, 0.68, 0.64)
"""How often index, middle, ring and little finger take the state of the finger before it; set so
that neighbouring MCP flexions correlate like real ones (0.42, 0.69, 0.66 in the NYU test set)."""
SOLO_SHARE: Final = 0.25
"""How often all fingers share a state but one, as when one finger points, taps or beckons."""
FAN_RAD: Final = (0.24, 0.04, -0.14, -0.42)
FAN_MEAN: Final = 0.45
FAN_SPREAD: Final = 0.45
"""A hand opens and closes like a fan: abduction of index to little finger in a wide one, and how
wide it is (1: wide); the little finger stands off even at rest (NYU: 19 degrees)."""
DIP_PER_PIP: Final = 0.6
PRESSED_SHARE: Final = 0.1
"""How often the fingers lie against one another."""
PRESSED_RAD: Final = (-0.07, 0.0, 0.07, 0.16)
"""Abduction of index to little finger then."""

SHARED_JITTER_RAD: Final = np.deg2rad(8.0)
MCP_JITTER_RAD: Final = np.deg2rad(9.0)
ABDUCTION_JITTER_RAD: Final = np.deg2rad(5.5)
PIP_JITTER_RAD: Final = np.deg2rad(10.0)
DIP_JITTER_RAD: Final = np.deg2rad(9.0)
THUMB_JITTER_RAD: Final = np.deg2rad(9.0)
WRIST_MEAN_RAD: Final = np.deg2rad(np.array([-6.0, -4.0]))
WRIST_SPREAD_RAD: Final = np.deg2rad(np.array([22.0, 10.0]))

SEPARATION_STEPS: Final = 10
ATTEMPTS: Final = 40


class _Tables(NamedTuple):
    """Everything the compiled sampler reads; angles in radians, lengths in mm."""

    gestures: FloatArray  # [G, 24]
    gesture_cdf: FloatArray  # [G]
    fingers: FloatArray  # [8, 4]
    finger_cdf: FloatArray  # [8]
    thumbs: FloatArray  # [7, 6]
    thumb_cdf: FloatArray  # [7]
    lower: FloatArray  # [24]
    upper: FloatArray  # [24]
    rest_joints: FloatArray  # [21, 3]
    axes: FloatArray  # [24, 3]
    ends: FloatArray  # [19, 2, 3]
    radii: FloatArray  # [19]
    bones: NDArray[np.int64]  # [19]
    pairs: NDArray[np.int64]  # [P, 2]


class PoseSampler:
    """Draws joint angles for one hand's proportions.

    Reproducible: every number comes from the generator it is given. An instance is read-only
    after construction and may be shared by threads, the generators may not.

    Args:
        model: the hand whose mean shape decides what collides.
    """

    def __init__(self, model: HandModel) -> None:
        rest_joints = np.ascontiguousarray(model.joints, np.float64)
        ends, radii, bones = capsules_of(rest_joints)
        self._tables = _Tables(
            gestures=gesture_table().astype(np.float64),
            gesture_cdf=np.cumsum(gesture_weights()),
            fingers=np.deg2rad(np.array(FINGER_STATES)),
            finger_cdf=_cdf(FINGER_STATE_WEIGHTS),
            thumbs=np.deg2rad(np.array(THUMB_STATES)),
            thumb_cdf=_cdf(THUMB_STATE_WEIGHTS),
            lower=LOWER_RAD.astype(np.float64),
            upper=UPPER_RAD.astype(np.float64),
            rest_joints=rest_joints,
            axes=np.ascontiguousarray(model.axes, np.float64),
            ends=ends,
            radii=radii,
            bones=bones,
            pairs=capsule_pairs(),
        )

    def sample(self, rng: Generator) -> NDArray[np.float32]:
        """Draw one pose: angles [24] float32 in radians, within the anatomical limits."""
        return self.sample_batch(rng, 1)[0]

    def sample_batch(self, rng: Generator, count: int) -> NDArray[np.float32]:
        """Draw ``count`` poses: angles [count, 24] float32 in radians."""
        out = np.empty((count, ANGLE_COUNT), np.float32)
        _sample_into(rng, self._tables, out)
        return out

    def penetration_mm(self, angles: NDArray[np.float32]) -> float:
        """Deepest overlap in mm of two parts of a hand in pose ``angles`` [24]; < 0: the gap."""
        return float(_penetration(np.asarray(angles, np.float64), self._tables))

    def separated(self, angles: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return ``angles`` [24] with self-penetrations pushed apart as far as a few steps can."""
        pose = np.asarray(angles, np.float64).copy()
        _settle(pose, self._tables)
        return pose.astype(np.float32)


def _cdf(weights: tuple[float, ...]) -> FloatArray:
    total = np.cumsum(np.array(weights))
    return np.asarray(total / total[-1])


@njit(cache=True, nogil=True)
def _choose(rng: Generator, cdf: FloatArray) -> int:
    """Draw an index from a cumulative distribution."""
    return min(np.searchsorted(cdf, rng.random()), cdf.shape[0] - 1)


@njit(cache=True, nogil=True)
def _draw_states(rng: Generator, tables: _Tables, out: FloatArray) -> None:
    """Combine finger and thumb states into a key pose."""
    thumb = _choose(rng, tables.thumb_cdf)
    for k in range(6):
        out[THUMB + k] = tables.thumbs[thumb, k]
    state = _choose(rng, tables.finger_cdf)
    solo = -1
    if rng.random() < SOLO_SHARE:
        solo = int(rng.integers(0, 4))
    fan = rng.normal(FAN_MEAN, FAN_SPREAD)
    for finger in range(4):
        taken = state
        if finger == solo:
            taken = _choose(rng, tables.finger_cdf)
        elif solo < 0 and rng.random() >= COPY_SHARE[finger]:
            state = _choose(rng, tables.finger_cdf)
            taken = state
        for k in range(4):
            out[INDEX + 4 * finger + k] = tables.fingers[taken, k]
        out[INDEX + 4 * finger + 1] += fan * FAN_RAD[finger]


@njit(cache=True, nogil=True)
def _jitter(rng: Generator, angles: FloatArray) -> None:
    """Vary a key pose: a part shared by all fingers, a part of each joint's own."""
    shared_mcp = rng.normal(0.0, SHARED_JITTER_RAD)
    shared_pip = rng.normal(0.0, SHARED_JITTER_RAD)
    for finger in range(4):
        a = INDEX + 4 * finger
        angles[a] += shared_mcp + rng.normal(0.0, MCP_JITTER_RAD)
        angles[a + 1] += rng.normal(0.0, ABDUCTION_JITTER_RAD)
        bend = shared_pip + rng.normal(0.0, PIP_JITTER_RAD)
        angles[a + 2] += bend
        angles[a + 3] += DIP_PER_PIP * bend + rng.normal(0.0, DIP_JITTER_RAD)
    for k in range(6):
        angles[THUMB + k] += rng.normal(0.0, THUMB_JITTER_RAD)


@njit(cache=True, nogil=True)
def _press(rng: Generator, angles: FloatArray) -> None:
    """Lay the fingers against the middle one, bent almost as it is."""
    middle = INDEX + 4
    for finger in range(4):
        a = INDEX + 4 * finger
        angles[a + 1] = PRESSED_RAD[finger] + rng.normal(0.0, 0.03)
        for k in (0, 2, 3):
            angles[a + k] = angles[middle + k] + 0.15 * (angles[a + k] - angles[middle + k])


@njit(cache=True, nogil=True)
def _draw_key(rng: Generator, tables: _Tables, out: FloatArray) -> None:
    """Draw a jittered key pose, its wrist included."""
    if rng.random() < GESTURE_SHARE:
        out[:] = tables.gestures[_choose(rng, tables.gesture_cdf)]
    else:
        _draw_states(rng, tables, out)
    _jitter(rng, out)
    if rng.random() < PRESSED_SHARE:
        _press(rng, out)
    for k in range(2):
        out[k] = rng.normal(WRIST_MEAN_RAD[k], WRIST_SPREAD_RAD[k])


@njit(cache=True, nogil=True)
def _blend(rng: Generator, a: FloatArray, b: FloatArray) -> None:
    """Move ``a`` towards ``b``, each digit at its own moment of the same movement."""
    moment = rng.random()
    for digit in range(6):
        t = min(1.0, max(0.0, moment + rng.normal(0.0, 0.12)))
        first = 0 if digit == 0 else (THUMB if digit == 1 else INDEX + 4 * (digit - 2))
        last = THUMB if digit == 0 else (INDEX if digit == 1 else first + 4)
        for k in range(first, last):
            a[k] += t * (b[k] - a[k])


@njit(cache=True, nogil=True)
def _narrow(angles: FloatArray) -> None:
    """Shrink abduction with the cosine of the MCP flexion."""
    for finger in range(4):
        a = INDEX + 4 * finger
        angles[a + 1] *= max(0.15, np.cos(max(0.0, angles[a])))


@njit(cache=True, nogil=True)
def _clip(angles: FloatArray, tables: _Tables) -> None:
    for k in range(ANGLE_COUNT):
        angles[k] = min(tables.upper[k], max(tables.lower[k], angles[k]))


@njit(cache=True, nogil=True)
def _penetration(angles: FloatArray, tables: _Tables) -> float:
    rig = (tables.rest_joints, tables.axes, tables.ends, tables.bones)
    placed = posed_capsules(angles, *rig)[0]
    return deepest_pair(placed, tables.radii, tables.pairs)[0]


@njit(cache=True, nogil=True)
def _settle(angles: FloatArray, tables: _Tables) -> bool:
    """Push overlapping parts apart in place; return whether the pose is acceptable."""
    rig = (tables.rest_joints, tables.axes, tables.ends, tables.bones)
    for _ in range(SEPARATION_STEPS):
        placed, bone_r, bone_t = posed_capsules(angles, *rig)
        depth, a, b = deepest_pair(placed, tables.radii, tables.pairs)
        # The sampled angles are stored as float32: leave a hair of room for the rounding.
        if depth <= ALLOWED_PENETRATION_MM - 0.01:
            return True
        separate(angles, a, b, depth, placed, tables.rest_joints, tables.axes, bone_r, bone_t)
        _clip(angles, tables)
    return False


@njit(cache=True, nogil=True)
def _sample_into(rng: Generator, tables: _Tables, out: NDArray[np.float32]) -> None:
    pose = np.empty(ANGLE_COUNT)
    other = np.empty(ANGLE_COUNT)
    for row in range(out.shape[0]):
        for _ in range(ATTEMPTS):
            _draw_key(rng, tables, pose)
            if rng.random() < PAIR_SHARE:
                _draw_key(rng, tables, other)
                _blend(rng, pose, other)
            _narrow(pose)
            _clip(pose, tables)
            if _settle(pose, tables):
                break
        else:
            pose[:] = 0.0
        for k in range(ANGLE_COUNT):
            out[row, k] = pose[k]
