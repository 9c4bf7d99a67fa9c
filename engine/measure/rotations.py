"""A hand as rotations: 16 of them move a hand at rest to its joints, as MANO and avatars do it.

A hand's frame is the palm's: +x towards the thumb, +y from the wrist to the middle finger's
knuckle, +z out of the palm; of a left hand it is the mirror image. Rotations turn about the points
about which the rig bends (``engine.simulation.joints``): by these, lengths of bones stay the same.

Order of the 16, which is MANO's: the wrist, then index, middle and little finger, ring finger and
thumb, each from its base on. At rest all rotations are none, and every local frame has the axes of
the hand's. The knuckles of the fingers first turn sideways, then bend, and are not twisted; the
other joints turn the shortest way, as 21 points do not show how a straight finger is twisted. So
every bone points exactly where it was estimated.

Rest poses: ``RIG_REST`` is that of the rig of this program, fingers straight and parallel and the
thumb relaxed beside the palm; ``T_POSE`` that of avatars, with the thumb at 45 degrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from engine.measure.hand import palm_axes
from engine.simulation.joints import JOINTS_FROM_PIVOTS, PIVOTS_FROM_JOINTS
from engine.simulation.model import HandModel
from engine.skeleton import FINGER_JOINTS, FINGERS, JOINT_COUNT, WRIST, Handedness

Array = NDArray[np.float64]

ORDER: Final = (
    WRIST,
    *(
        joint
        for finger in ("index", "middle", "little", "ring", "thumb")
        for joint in FINGER_JOINTS[finger][:3]
    ),
)
"""The joint of the skeleton that each of the 16 rotations turns."""
ROTATION_COUNT: Final = len(ORDER)
_CHAINS: Final = np.array(list(FINGER_JOINTS.values()))
_EPSILON: Final = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class RestPose:
    """How a hand is held at rest: ``directions`` [5, 3, 3], a unit vector for each bone of each
    finger, thumb first, in the hand's frame; ``axes_right`` [3, 3], whose columns are the hand's
    axes in the frame of the rest pose for a right hand, those of a left hand being its mirror image
    in x."""

    directions: Array
    axes_right: Array

    def axes(self, side: Handedness) -> Array:
        """The hand's axes at rest as columns [3, 3]."""
        if side is Handedness.RIGHT:
            return self.axes_right
        return np.asarray(self.axes_right * np.array([[-1.0], [1.0], [1.0]]))


@dataclass(frozen=True, slots=True, eq=False)
class HandRotations:
    """A hand as a rest pose and what moves it.

    ``rotations`` [16, 3, 3] in the order of ``ORDER``: the wrist's turns the rest pose into the
    world, the others are local, relative to the joint before. ``rest_mm`` [21, 3]: the pivots of
    this hand at rest, seen from the wrist, in the frame of the rest pose; ``wrist_mm`` [3]: where
    the wrist's pivot is in the world.
    """

    rotations: Array
    rest_mm: Array
    wrist_mm: Array

    @property
    def axis_angle(self) -> Array:
        """[16, 3]: each rotation as its axis times its angle in radians."""
        return np.asarray(Rotation.from_matrix(self.rotations).as_rotvec())

    @property
    def quaternions(self) -> Array:
        """[16, 4]: each rotation as x, y, z, w, with w not negative."""
        return np.asarray(Rotation.from_matrix(self.rotations).as_quat(canonical=True))


def hand_rotations(
    joints_mm: NDArray[np.floating],
    side: Handedness,
    rest: RestPose | None = None,
    world_from_camera: NDArray[np.floating] | None = None,
) -> HandRotations:
    """The rotations of a hand with ``joints_mm`` [21, 3] (mm, camera frame).

    ``rest`` is ``rig_rest()`` unless given; ``world_from_camera`` [3, 3] turns the camera frame
    into that in which the wrist's rotation and place are told, the camera's unless given. It
    mirrors if, and only if, the frame of the rest pose is left-handed, as Unity's is.
    """
    rest = rig_rest() if rest is None else rest
    turned = np.eye(3) if world_from_camera is None else np.asarray(world_from_camera, np.float64)
    pivots = PIVOTS_FROM_JOINTS.astype(np.float64) @ np.asarray(joints_mm, np.float64)
    camera_from_hand = palm_axes(pivots, side).T
    seen = (pivots - pivots[WRIST]) @ camera_from_hand
    local = np.broadcast_to(np.eye(3), (JOINT_COUNT, 3, 3)).copy()
    resting = seen.copy()
    so_far = np.broadcast_to(np.eye(3), (len(FINGERS), 3, 3))
    for part, (joints, children) in enumerate(pairwise(_CHAINS.T)):
        bones, along = seen[children] - seen[joints], rest.directions[:, part]
        lengths = np.linalg.norm(bones, axis=-1, keepdims=True)
        resting[children] = resting[joints] + lengths * along
        wanted = _unit(np.einsum("fji,fj->fi", so_far, bones))
        turns = _swings(along, wanted)
        if part == 0:
            turns[1:] = _bends(wanted[1:]) @ _bends(along[1:]).swapaxes(1, 2)
        local[joints] = turns
        so_far = so_far @ turns
    axes = rest.axes(side)
    rotations = axes @ local[list(ORDER)] @ axes.T
    rotations[0] = turned @ camera_from_hand @ axes.T
    return HandRotations(rotations, resting @ axes.T, turned @ pivots[WRIST])


def posed_joints_mm(hand: HandRotations) -> Array:
    """Forward kinematics: the joints [21, 3] in mm, in the world of ``hand``."""
    rotation = dict(zip(ORDER, hand.rotations, strict=True))
    pivots = np.zeros((JOINT_COUNT, 3))
    pivots[WRIST] = hand.wrist_mm
    for joints in FINGER_JOINTS.values():
        turned, before = rotation[WRIST], WRIST
        for joint in joints:
            pivots[joint] = pivots[before] + turned @ (hand.rest_mm[joint] - hand.rest_mm[before])
            turned, before = turned @ rotation.get(joint, np.eye(3)), joint
    return np.asarray(JOINTS_FROM_PIVOTS.astype(np.float64) @ pivots)


@cache
def rig_rest() -> RestPose:
    """The rest of the rig, in the frame of a body that holds its arms out to the sides, palms down:
    x to the body's left, y up, z forward, as SMPL has it.

    Raises:
        ModelError: if the hand model is missing or damaged.
    """
    pivots = HandModel.load().joints.astype(np.float64)
    bones = np.diff(pivots[_CHAINS], axis=1)
    right = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])
    return RestPose(_unit(bones), right)


def _t_pose() -> RestPose:
    straight = np.zeros((5, 3, 3))
    straight[..., 1] = 1.0
    straight[0] = _unit(np.array([1.0, 1.0, 0.0]))
    right = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]])
    return RestPose(straight, right)


def _unit(vectors: Array) -> Array:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), _EPSILON)


T_POSE: Final = _t_pose()
"""The rest of avatars (VRM, Unity's humanoid) in Unity's frame, left-handed: x to the body's right,
y up, z forward; arms out to the sides, palms down, thumbs forward at 45 degrees."""


def _bends(directions: Array) -> Array:
    """Rotations [N, 3, 3] that take +y to ``directions`` [N, 3]: first sideways about z, then about
    x towards the palm."""
    x, y, z = directions.T
    level = np.hypot(y, z)
    cosine, sine = y / np.maximum(level, _EPSILON), z / np.maximum(level, _EPSILON)
    nothing = np.zeros_like(x)
    rows = [level, x, nothing, -cosine * x, cosine * level, -sine, -sine * x, sine * level, cosine]
    return np.stack(rows, axis=-1).reshape(-1, 3, 3)


def _swings(from_: Array, to: Array) -> Array:
    """The shortest rotations [N, 3, 3] that take ``from_`` to ``to`` [N, 3], unit vectors; half a
    turn about any axis across where they are opposite."""
    cosine = (from_ * to).sum(axis=-1)
    opposite = cosine < _EPSILON - 1.0
    aside = np.cross(from_, np.eye(3)[np.abs(from_).argmin(axis=-1)])
    aside /= np.maximum(np.linalg.norm(aside, axis=-1, keepdims=True), _EPSILON)
    x, y, z = np.cross(from_, to).T
    nothing = np.zeros_like(x)
    cross = np.stack([nothing, -z, y, z, nothing, -x, -y, x, nothing], axis=-1).reshape(-1, 3, 3)
    closeness = np.maximum(1.0 + cosine, _EPSILON)[:, None, None]
    turns = np.eye(3) + cross + cross @ cross / closeness
    halves = 2.0 * aside[:, :, None] * aside[:, None, :] - np.eye(3)
    return np.where(opposite[:, None, None], halves, turns)
