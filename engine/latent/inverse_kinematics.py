"""The latent that puts a joint at a point: inverse kinematics in the shared latent space.

Damped Gauss-Newton over what people steer: 20 coordinates of the code, yaw, pitch and roll, the
root. What is asked for are the joint at its target, the other joints where they were, a likely
hand, and little change. All derivatives come from one batch of the pose decoder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.camera import FloatArray
from engine.errors import InvalidInputError
from engine.latent.space import (
    CODE_SIZE,
    LatentSpace,
    euler_deg,
    root_mm,
    with_euler_deg,
    with_root_mm,
)
from engine.skeleton import JOINT_COUNT
from engine.tracking.generate import LATENT_SIZE, PoseDecoder
from engine.types import frozen

COORDINATE_COUNT: Final = CODE_SIZE + 6
"""Coordinates along the directions, then yaw, pitch, roll in degrees, then the root in mm."""

TARGET_MM: Final = 1.0
"""How far the dragged joint may stay off its target, as a standard deviation; likewise below."""
OTHERS_MM: Final = 12.0
STAY: Final = np.array([1.0] * CODE_SIZE + [15.0] * 3 + [15.0] * 3)
"""How far each coordinate may go from where it was: sd, degrees, mm."""
LIKELY_SD: Final = 4.0
"""How far coordinates of the code may be from the mean hand: weak, as hands at rest are not."""
MAX_STEP: Final = np.array([1.0] * CODE_SIZE + [30.0] * 3 + [60.0] * 3)
"""How far a coordinate goes in one round: sd, degrees, mm."""
DELTA: Final = np.array([0.02] * CODE_SIZE + [0.5] * 3 + [1.0] * 3)
"""Differences for the derivatives: sd, degrees, mm."""
ROUNDS: Final = 2
_BEYOND_SD: Final = 3.5
"""No coordinate is driven farther than this from the mean hand."""
_LIKELY: Final = np.array([LIKELY_SD**-2] * CODE_SIZE + [0.0] * 6)


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """The ``latent`` [29] found, its ``joints_mm`` [21, 3] relative to the cube's centre, and how
    far the joint is off its target, ``miss_mm``."""

    latent: FloatArray
    joints_mm: FloatArray
    miss_mm: float


def coordinates_of(latent: NDArray[np.floating], space: LatentSpace) -> NDArray[np.float64]:
    """What people steer of a latent [29]: [26], see :data:`COORDINATE_COUNT`."""
    parts = (space.coordinates(latent), euler_deg(latent), root_mm(latent))
    return np.concatenate(parts).astype(np.float64)


def latent_of(
    coordinates: NDArray[np.floating], latent: NDArray[np.floating], space: LatentSpace
) -> FloatArray:
    """``latent`` [29] with its ``coordinates`` [..., 26] set, [..., 29]."""
    out = np.broadcast_to(np.asarray(latent, np.float32), (*coordinates.shape[:-1], LATENT_SIZE))
    coded = space.moved(out, coordinates[..., :CODE_SIZE])
    turned = with_euler_deg(coded, coordinates[..., CODE_SIZE : CODE_SIZE + 3])
    return with_root_mm(turned, coordinates[..., CODE_SIZE + 3 :])


def move_joint(
    latent: NDArray[np.floating],
    joint: int,
    target_mm: ArrayLike,
    decoder: PoseDecoder,
    space: LatentSpace,
    *,
    locked: NDArray[np.bool_] | None = None,
    rounds: int = ROUNDS,
) -> Solution:
    """Move joint ``joint`` of ``latent`` [29] to ``target_mm`` [3] (mm from the cube's centre).

    Start a drag from the latent before it, then from what the call before has found. ``locked``
    [26] says which coordinates (:data:`COORDINATE_COUNT`) must stay.

    Raises:
        InvalidInputError: if there is no such joint, or a size is wrong or a number not finite.
    """
    target = np.asarray(target_mm, np.float64)
    if not 0 <= joint < JOINT_COUNT:
        raise InvalidInputError(f"a hand has joints 0 to {JOINT_COUNT - 1}, not {joint}")
    if target.shape != (3,) or not np.isfinite(target).all():
        raise InvalidInputError("a joint's target must be 3 finite numbers")
    held = np.zeros(COORDINATE_COUNT, bool) if locked is None else np.asarray(locked, bool)
    if held.shape != (COORDINATE_COUNT,):
        raise InvalidInputError(f"locks are {COORDINATE_COUNT} yes or no, not {held.shape}")
    start = np.array(latent, np.float32)
    drag = _Drag(start, joint, target, np.flatnonzero(~held), decoder, space)
    for _ in range(rounds if not held.all() else 0):
        drag.step()
    joints_mm = decoder(drag.latent).joints_mm
    miss_mm = float(np.linalg.norm(joints_mm[joint] - target))
    return Solution(drag.latent, frozen(joints_mm), miss_mm)


class _Drag:
    """One call's problem and where its solution is: ``coordinates`` [26] and their ``latent``."""

    def __init__(
        self,
        start: FloatArray,
        joint: int,
        target: NDArray[np.float64],
        free: NDArray[np.intp],
        decoder: PoseDecoder,
        space: LatentSpace,
    ) -> None:
        self.latent = start
        self._start, self._target, self._joint = start, target, joint
        self._free, self._decoder, self._space = free, decoder, space
        self._coordinates = self._first = coordinates_of(start, space)
        self._before: NDArray[np.float64] | None = None
        sigma = np.full((JOINT_COUNT, 1), OTHERS_MM)
        sigma[joint] = TARGET_MM
        self._sigma = sigma

    def step(self) -> None:
        """One damped Gauss-Newton step."""
        nudges = np.diag(DELTA)[self._free]
        tried = latent_of(self._coordinates + nudges, self._start, self._space)
        hands = self._decoder.many(np.concatenate([self.latent[None], tried]))
        joints = np.stack([hand.joints_mm for hand in hands]).astype(np.float64)
        now = joints[0]
        if self._before is None:
            self._before = now
        wanted = self._before.copy()
        wanted[self._joint] = self._target
        miss = ((now - wanted) / self._sigma).ravel()
        slopes = ((joints[1:] - now) / self._sigma).reshape(len(nudges), -1)
        slopes /= DELTA[self._free, None]
        stay, likely = STAY[self._free] ** -2, _LIKELY[self._free]
        coordinates = self._coordinates[self._free]
        gradient = (
            slopes @ miss + stay * (coordinates - self._first[self._free]) + likely * coordinates
        )
        curvature = slopes @ slopes.T + np.diag(stay + likely)
        change, most = -np.linalg.solve(curvature, gradient), MAX_STEP[self._free]
        self._coordinates = self._coordinates.copy()
        self._coordinates[self._free] += np.clip(change, -most, most)
        code = self._coordinates[:CODE_SIZE]
        reach_sd = np.maximum(_BEYOND_SD, np.abs(self._first[:CODE_SIZE]))
        self._coordinates[:CODE_SIZE] = np.clip(code, -reach_sd, reach_sd)
        self.latent = latent_of(self._coordinates, self._start, self._space)
