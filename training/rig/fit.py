"""Fits the hand's rig to annotated joints of the field's test sets, to learn how real hands pose.

Only statistics of the fits (limits reached, correlations, coverage) are used by the program; no
network is trained on these annotations. Data: ``../shared/benchmarks`` or any folder of that form.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from engine.simulation.angles import ANGLE_COUNT, LOWER_RAD, UPPER_RAD
from engine.simulation.gestures import gesture_angles
from engine.simulation.kinematics import BONE_COUNT, forward_kinematics
from training.rig.annotations import PALM_BONE, Annotation

FloatArray = NDArray[np.float64]

WRIST_ANGLES: Final = 2
PRIOR_MM_PER_RAD: Final = 1.5
"""Weak pull towards the relaxed hand and coupled finger joints, where joints leave angles open."""
DIP_PER_PIP: Final = 0.6
SHAPE_ROUNDS: Final = 5
DIFFERENCE_STEP: Final = 2e-3
"""rad or mm."""
STARTS: Final = ("open_palm", "relaxed_curled", "fist_loose", "point")


class Rig(Protocol):
    """A hand to fit: rest ``joints`` [21, 3] in mm and ``axes`` [24, 3] of its angles, as those of
    ``engine.simulation.model.HandModel``."""

    @property
    def joints(self) -> NDArray[Any]: ...
    @property
    def axes(self) -> NDArray[Any]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """The rig fitted to one subject.

    ``angles`` [N, 24] rad, ``residual_mm`` [N] mean joint distance, ``in_palm_mm`` [N, J, 3] the
    annotated joints in the hand frame, ``rest_joints`` [21, 3] and ``landmarks`` [J, 3] mm (rest
    pose) of the fitted shape, ``bones`` [J] the bone of each landmark.
    """

    angles: FloatArray
    residual_mm: FloatArray
    in_palm_mm: FloatArray
    rest_joints: FloatArray
    landmarks: FloatArray
    bones: NDArray[np.int64]


@njit(cache=True, nogil=True)
def landmarks_of(
    angles: FloatArray,
    rest_joints: FloatArray,
    axes: FloatArray,
    landmarks: FloatArray,
    bones: NDArray[np.int64],
) -> FloatArray:
    """Landmarks [J, 3] in mm, hand frame, of a pose [24]."""
    bone_r = np.empty((BONE_COUNT, 3, 3))
    bone_t = np.empty((BONE_COUNT, 3))
    forward_kinematics(angles, rest_joints, axes, bone_r, bone_t)
    out = np.empty_like(landmarks)
    for j in range(landmarks.shape[0]):
        b = bones[j]
        for i in range(3):
            out[j, i] = bone_t[b, i]
            for k in range(3):
                out[j, i] += bone_r[b, i, k] * landmarks[j, k]
    return out


@dataclass(slots=True, eq=False)
class _Shape:
    rest_joints: FloatArray
    axes: FloatArray
    landmarks: FloatArray
    bones: NDArray[np.int64]

    def posed(self, angles: FloatArray) -> FloatArray:
        return landmarks_of(angles, self.rest_joints, self.axes, self.landmarks, self.bones)


def fit_subject(model: Rig, annotation: Annotation, joints: FloatArray) -> Fit:
    """Fit hand size, landmark places and one pose a frame to ``joints`` [N, J, 3] of one person.

    Frames share the shape: poses and shape are fitted in turns, the landmarks moving to their
    mean place on their bone, the hand's size to the best common scale.
    """
    shape = _first_shape(model, annotation)
    template = shape.rest_joints
    x = np.zeros(31 + 3 * len(annotation.landmarks))
    poses = [_fit_pose(shape, frame, None) for frame in joints]
    for _ in range(SHAPE_ROUNDS):
        x = _fit_shape(template, annotation, shape, joints, poses, x)
        shape.rest_joints, shape.landmarks = _reshape(template, annotation, x)
        poses = [_fit_pose(shape, f, p) for f, p in zip(joints, poses, strict=True)]
    in_palm = np.stack([_to_palm(f, p) for f, p in zip(joints, poses, strict=True)])
    angles = np.zeros((len(joints), ANGLE_COUNT))
    angles[:, WRIST_ANGLES:] = np.stack([p[6:] for p in poses])
    model_joints = np.stack([shape.posed(a) for a in angles])
    return Fit(
        angles=angles,
        residual_mm=np.linalg.norm(in_palm - model_joints, axis=-1).mean(axis=1),
        in_palm_mm=in_palm,
        rest_joints=shape.rest_joints,
        landmarks=shape.landmarks,
        bones=shape.bones,
    )


def _first_shape(model: Rig, annotation: Annotation) -> _Shape:
    rest = np.array(model.joints, np.float64)
    bones = np.array([mark[0] for mark in annotation.landmarks], np.int64)
    landmarks = _place_landmarks(annotation, rest, np.zeros((len(bones), 3)))
    return _Shape(rest, np.array(model.axes, np.float64), landmarks, bones)


def _place_landmarks(annotation: Annotation, rest: FloatArray, shifts: FloatArray) -> FloatArray:
    """Landmarks [J, 3] in mm, rest pose; those of the palm are moved by ``shifts`` [J, 3]."""
    points = [
        (1.0 - share) * rest[a] + share * rest[b] + np.array([dx, 0.0, 0.0])
        for _, a, b, share, dx in annotation.landmarks
    ]
    return np.asarray(np.stack(points) + shifts)


def _to_palm(joints: FloatArray, pose: FloatArray) -> FloatArray:
    """Camera-frame joints [J, 3] in the hand frame of ``pose`` (rotation vector, place, angles)."""
    R = Rotation.from_rotvec(pose[:3]).as_matrix()
    return np.asarray((joints - pose[3:6]) @ R)


def _fit_pose(shape: _Shape, joints: FloatArray, start: FloatArray | None) -> FloatArray:
    """Least-squares pose: rotation vector, place in mm and 22 angles."""
    if start is not None:
        return _solve(shape, joints, start)[0]
    tries = [_solve(shape, joints, _rigid_start(shape, joints, name)) for name in STARTS]
    return min(tries, key=lambda found: found[1])[0]


def _rigid_start(shape: _Shape, joints: FloatArray, gesture: str) -> FloatArray:
    angles = gesture_angles(gesture).astype(np.float64)
    points = shape.posed(angles)
    mean, target = points.mean(axis=0), joints.mean(axis=0)
    turn, _ = Rotation.align_vectors(joints - target, points - mean)
    place = target - turn.as_matrix() @ mean
    return np.concatenate([turn.as_rotvec(), place, angles[WRIST_ANGLES:]])


def _solve(shape: _Shape, joints: FloatArray, start: FloatArray) -> tuple[FloatArray, float]:
    neutral = gesture_angles("relaxed").astype(np.float64)
    angles = np.zeros(ANGLE_COUNT)

    def residuals(x: FloatArray) -> FloatArray:
        angles[WRIST_ANGLES:] = x[6:]
        fingers = angles[8:].reshape(4, 4)
        prior = 0.3 * (angles[WRIST_ANGLES:] - neutral[WRIST_ANGLES:])
        coupling = fingers[:, 3] - DIP_PER_PIP * fingers[:, 2]
        gaps = _to_palm(joints, x) - shape.posed(angles)
        return np.concatenate([gaps.ravel(), PRIOR_MM_PER_RAD * prior, PRIOR_MM_PER_RAD * coupling])

    low = np.concatenate([np.full(6, -np.inf), LOWER_RAD[WRIST_ANGLES:]])
    high = np.concatenate([np.full(6, np.inf), UPPER_RAD[WRIST_ANGLES:]])
    inside = start.copy()
    inside[6:] = np.clip(start[6:], low[6:] + 1e-3, high[6:] - 1e-3)
    found = least_squares(
        residuals,
        inside,
        jac=lambda x: _slopes(residuals, x),
        bounds=(low, high),
        x_scale="jac",
        ftol=1e-4,
        xtol=1e-4,
        max_nfev=40,
    )
    return found.x, float(found.cost)


def _reshape(
    template: FloatArray, annotation: Annotation, x: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Rest joints [21, 3] and landmarks [J, 3] of shape parameters ``x``.

    ``x``: log of the hand's size, five shifts [3] of the digits' bases in mm, log lengths [5, 3] of
    the digits' bones, shifts [J, 3] of the palm's landmarks in mm.
    """
    rest = template * np.exp(x[0])
    bases = x[1:16].reshape(5, 3)
    stretch = np.exp(x[16:31].reshape(5, 3))
    out = rest.copy()
    for digit in range(5):
        first = 1 + 4 * digit
        out[first] = rest[first] + bases[digit]
        for k in range(3):
            bone = rest[first + k + 1] - rest[first + k]
            out[first + k + 1] = out[first + k] + stretch[digit, k] * bone
    on_palm = np.array([mark[0] == PALM_BONE for mark in annotation.landmarks])
    shifts = np.where(on_palm[:, None], x[31:].reshape(-1, 3), 0.0)
    return out, _place_landmarks(annotation, out, shifts)


def _fit_shape(
    template: FloatArray,
    annotation: Annotation,
    shape: _Shape,
    joints: FloatArray,
    poses: list[FloatArray],
    start: FloatArray,
) -> FloatArray:
    """Shape parameters (see ``_reshape``) that suit all frames in the given poses."""
    angles = np.zeros((len(poses), ANGLE_COUNT))
    angles[:, WRIST_ANGLES:] = np.stack([pose[6:] for pose in poses])
    palm = np.stack([_to_palm(frame, pose) for frame, pose in zip(joints, poses, strict=True)])
    # Pull towards the template in mm of one frame: 2 % of a bone or 3 mm of a base weigh 1 mm.
    weight = np.sqrt(len(poses)) * np.concatenate(
        [[0.0], np.full(15, 0.3), np.full(15, 8.0), np.full(len(start) - 31, 0.05)]
    )

    def residuals(x: FloatArray) -> FloatArray:
        rest, landmarks = _reshape(template, annotation, x)
        posed = np.stack(
            [landmarks_of(a, rest, shape.axes, landmarks, shape.bones) for a in angles]
        )
        return np.concatenate([(posed - palm).ravel(), weight * x])

    return least_squares(residuals, start, jac=lambda x: _slopes(residuals, x), max_nfev=6).x


def _slopes(function: Callable[[FloatArray], FloatArray], x: FloatArray) -> FloatArray:
    """Jacobian by central differences, with steps that suit the rig's float32 arithmetic."""
    columns = []
    for k in range(len(x)):
        ahead, behind = x.copy(), x.copy()
        ahead[k] += DIFFERENCE_STEP
        behind[k] -= DIFFERENCE_STEP
        columns.append((function(ahead) - function(behind)) / (2.0 * DIFFERENCE_STEP))
    return np.stack(columns, axis=1)
