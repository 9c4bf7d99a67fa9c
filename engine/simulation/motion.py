"""An endless, smooth movement of one hand before the camera, for the synthetic source.

Time is cut into slots. Each slot and each track (gesture, orientation) has its own key value, drawn
from the seed and the slot's number alone, so any moment can be asked for without the moments
before it. Between keys the hand moves along minimum-jerk curves (Flash and Hogan 1985).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from engine.simulation.angles import LOWER_RAD, UPPER_RAD
from engine.simulation.collision import ALLOWED_PENETRATION_MM
from engine.simulation.gestures import gesture_angles
from engine.simulation.model import HandModel
from engine.simulation.orientation import sample_orientations
from engine.simulation.sampler import PoseSampler

FloatArray = NDArray[np.float64]

GESTURE_SLOT_S: Final = 1.6
ORIENTATION_SLOT_S: Final = 4.0
HOLD_SHARE: Final = (0.25, 0.5)
"""Least and greatest share of a slot in which a gesture is held still."""

BOX_LOW_MM: Final = np.array([-90.0, -70.0, 350.0])
BOX_HIGH_MM: Final = np.array([90.0, 90.0, 700.0])
"""Where the wrist may be, camera frame. Narrow sideways, so that a camera of 55 degrees or more
sees the hand all the time."""
REACH_MM: Final = 150.0
"""How much nearer than its wrist a hand may be: sensors that see nothing so near are kept farther
away."""
DRIFT_PERIODS_S: Final = (5.3, 8.9, 14.7)
TREMOR_HZ: Final = (7.3, 9.1, 10.7)
TREMOR_MM: Final = 0.25
TREMOR_RAD: Final = 0.004
UNIFORM_VIEW_SHARE: Final = 0.04
VIA_SHARES: Final = (0.0, 0.4, 1.0, 2.0)
"""How far the hand may open on its way between two gestures, tried in this order; above 1 it opens
fully and early."""
PATH_CHECKS: Final = 13

_GESTURE_TRACK: Final = 0
_ORIENTATION_TRACK: Final = 1
_DRIFT_TRACK: Final = 2


class HandState(NamedTuple):
    """The hand at one moment: angles [24] rad, rotation [3, 3], wrist position [3] in mm."""

    angles: NDArray[np.float32]
    R_camera_from_hand: FloatArray
    t_camera_from_hand: FloatArray


class _Transition(NamedTuple):
    """A gesture slot: hold ``start``, then move to ``end``, opening on the way by ``via``."""

    start: FloatArray
    end: FloatArray
    hold_s: float
    via: float


class HandMotion:
    """The movement of one hand; the same seed gives the same movement.

    Any thread may call it, one at a time.

    Args:
        seed: names the movement, not negative.
        model: the hand whose poses are made; the shipped one if None.
        nearest_mm: the hand stays farther away than the camera begins to see.
    """

    def __init__(self, seed: int, model: HandModel | None = None, nearest_mm: float = 0.0) -> None:
        self._seed = seed
        farther = max(0.0, nearest_mm + REACH_MM - float(BOX_LOW_MM[2]))
        self._box_centre = 0.5 * (BOX_HIGH_MM + BOX_LOW_MM) + np.array([0.0, 0.0, farther])
        self._sampler = PoseSampler(HandModel.load() if model is None else model)
        self._open = gesture_angles("open_palm").astype(np.float64)
        rng = self._rng(_DRIFT_TRACK, 0)
        self._drift_phases = rng.uniform(0.0, 2.0 * np.pi, (3, len(DRIFT_PERIODS_S)))
        self._tremor_phases = rng.uniform(0.0, 2.0 * np.pi, (6, len(TREMOR_HZ)))
        self._transition = lru_cache(maxsize=64)(self._make_transition)
        self._orientation = lru_cache(maxsize=64)(self._draw_orientation)

    def at(self, t_seconds: float) -> HandState:
        """Return the hand ``t_seconds`` (not negative) after the start; any order of times."""
        tremor = _waves(t_seconds, np.array(TREMOR_HZ), self._tremor_phases)
        R = self._orientation_at(t_seconds) @ _small_rotation(TREMOR_RAD * tremor[3:])
        return HandState(
            angles=self._angles_at(t_seconds),
            R_camera_from_hand=R,
            t_camera_from_hand=self._position_at(t_seconds) + TREMOR_MM * tremor[:3],
        )

    def _rng(self, track: int, slot: int) -> np.random.Generator:
        return np.random.default_rng((self._seed, track, slot))

    def _position_at(self, t: float) -> FloatArray:
        drift = _waves(t, 1.0 / np.array(DRIFT_PERIODS_S), self._drift_phases)
        # Room for the tremor at the box's walls.
        half = 0.5 * (BOX_HIGH_MM - BOX_LOW_MM) - TREMOR_MM
        return self._box_centre + half * drift

    def _orientation_at(self, t: float) -> FloatArray:
        slot, phase = divmod(t, ORIENTATION_SLOT_S)
        start = self._orientation(int(slot))
        turn = (start.inv() * self._orientation(int(slot) + 1)).as_rotvec()
        share = minimum_jerk(phase / ORIENTATION_SLOT_S)
        return (start * Rotation.from_rotvec(share * turn)).as_matrix()

    def _draw_orientation(self, slot: int) -> Rotation:
        rng = self._rng(_ORIENTATION_TRACK, slot)
        R = sample_orientations(rng, 1, uniform_weight=UNIFORM_VIEW_SHARE)[0]
        return Rotation.from_matrix(R)

    def _angles_at(self, t: float) -> NDArray[np.float32]:
        slot, phase = divmod(t, GESTURE_SLOT_S)
        move = self._transition(int(slot))
        share = max(0.0, phase - move.hold_s) / (GESTURE_SLOT_S - move.hold_s)
        return self._on_path(move, minimum_jerk(share))

    def _on_path(self, move: _Transition, share: float) -> NDArray[np.float32]:
        """Pose at ``share`` of a transition: straight in angles, but opening by ``via``."""
        straight = move.start + share * (move.end - move.start)
        opening = np.tanh(move.via * np.sin(np.pi * share)) / np.tanh(max(1.0, move.via))
        pose = straight + opening * (self._open - straight)
        return np.clip(pose.astype(np.float32), LOWER_RAD, UPPER_RAD)

    def _draw_pose(self, slot: int) -> FloatArray:
        return self._sampler.sample(self._rng(_GESTURE_TRACK, slot)).astype(np.float64)

    def _make_transition(self, slot: int) -> _Transition:
        """Choose the most direct way between two key poses on which no fingers collide."""
        rng = self._rng(_GESTURE_TRACK, slot)
        hold = GESTURE_SLOT_S * rng.uniform(*HOLD_SHARE)
        start, end = self._draw_pose(slot), self._draw_pose(slot + 1)
        moves = [_Transition(start, end, hold, via) for via in VIA_SHARES]
        depths = [self._deepest(move) for move in moves]
        for move, depth in zip(moves, depths, strict=True):
            if depth <= ALLOWED_PENETRATION_MM:
                return move
        return moves[int(np.argmin(depths))]

    def _deepest(self, move: _Transition) -> float:
        """Deepest self-penetration in mm on the way."""
        shares = np.linspace(0.0, 1.0, PATH_CHECKS)[1:-1]
        return max(self._sampler.penetration_mm(self._on_path(move, s)) for s in shares)


def minimum_jerk(share: float) -> float:
    """Position in [0, 1] of the smoothest movement at ``share`` of its duration."""
    return share**3 * (10.0 - 15.0 * share + 6.0 * share**2)


def _waves(t: float, hz: FloatArray, phases: FloatArray) -> FloatArray:
    """Mean of sines, [D] in [-1, 1], from ``phases`` [D, K] in radians."""
    return np.asarray(np.sin(2.0 * np.pi * hz * t + phases).mean(axis=1))


def _small_rotation(rotvec: FloatArray) -> FloatArray:
    return np.asarray(Rotation.from_rotvec(rotvec).as_matrix())
