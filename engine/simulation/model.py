"""The baked hand: shape, joints and skin of a parametric right hand with its forearm.

Geometry is in the hand frame of ``engine.simulation.angles`` (mm); a left hand is the mirror image.
Baked by ``training.bake.hand``.
"""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.assets import asset_path
from engine.camera import FloatArray
from engine.errors import InvalidInputError, ModelError
from engine.simulation.angles import ANGLE_COUNT
from engine.simulation.joints import JOINTS_FROM_PIVOTS
from engine.simulation.kinematics import (
    BONE_COUNT,
    add_shape,
    forward_kinematics,
    place,
    posed_joints,
    skin,
)
from engine.simulation.soft_tissue import BentSkin, bent_skin, keep_round, thicken
from engine.skeleton import JOINT_COUNT, Handedness
from engine.types import frozen

_Scalar = TypeVar("_Scalar", bound=np.generic)


@dataclass(frozen=True, slots=True, eq=False)
class PosedHand:
    """A hand in space: ``vertices_mm`` [V, 3] and ``joints_mm`` [21, 3], mm, camera frame.

    The joints are where anatomy has them, not the rig's pivots (``engine.simulation.joints``).
    """

    vertices_mm: FloatArray
    joints_mm: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class HandModel:
    """Template of all hands; immutable, so any thread may use it.

    ``vertices`` [V, 3] and pivots ``joints`` [21, 3] of the average adult at zero angles and
    ``elbow`` [3], the middle of the forearm's cut end, in mm, hand frame; ``faces`` [F, 3] int32,
    counter-clockwise from outside (``faces_left`` for the mirrored hand); ``shape_basis`` [S, V, 3]
    and ``joint_basis`` [S, 21, 3] in mm per standard deviation; ``weight_bones`` [V, 6] uint8 and
    ``weights`` [V, 6], largest first; ``bone_of_vertex`` [V] uint8, index into
    ``kinematics.BONE_NAMES``; ``axes`` [24, 3] unit rotation axes of the angles; ``bent_skin`` the
    vertices that bend about a joint.
    """

    vertices: FloatArray
    faces: NDArray[np.int32]
    faces_left: NDArray[np.int32]
    joints: FloatArray
    elbow: FloatArray
    shape_basis: FloatArray
    joint_basis: FloatArray
    weight_bones: NDArray[np.uint8]
    weights: FloatArray
    bone_of_vertex: NDArray[np.uint8]
    axes: FloatArray
    bent_skin: BentSkin

    @classmethod
    def load(cls, path: Path | None = None) -> HandModel:
        """Read the shipped template, or the one at ``path``.

        Raises:
            ModelError: if the file is missing, damaged or has arrays of the wrong shape.
        """
        path = asset_path("hand", "hand.npz") if path is None else path
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                arrays = {name: file[name] for name in file.files}
            _check(arrays)
        except FileNotFoundError:
            raise ModelError(f"the hand model {path} is missing: reinstall the program") from None
        except _DAMAGE as error:
            raise ModelError(f"the hand model {path} is damaged ({error})") from error
        faces = np.ascontiguousarray(arrays["faces"], np.int32)
        return cls(
            vertices=frozen(arrays["vertices"]),
            faces=_read_only(faces),
            faces_left=_read_only(np.ascontiguousarray(faces[:, ::-1])),
            joints=frozen(arrays["joints"]),
            elbow=frozen(arrays["elbow"]),
            shape_basis=frozen(arrays["shape_basis"]),
            joint_basis=frozen(arrays["joint_basis"]),
            weight_bones=_read_only(np.ascontiguousarray(arrays["weight_bones"], np.uint8)),
            weights=frozen(arrays["weights"]),
            bone_of_vertex=_read_only(np.ascontiguousarray(arrays["bone_of_vertex"], np.uint8)),
            axes=frozen(arrays["axes"]),
            bent_skin=bent_skin(arrays["weight_bones"], arrays["weights"].astype(np.float32)),
        )

    @property
    def n_shape(self) -> int:
        """Number of shape coefficients; drawn from N(0, 1) they give adult hands."""
        return len(self.shape_basis)

    def faces_of(self, handedness: Handedness) -> NDArray[np.int32]:
        """Triangles [F, 3] that face outward on a hand of this side."""
        return self.faces if handedness is Handedness.RIGHT else self.faces_left

    def rest_joints(self, shape: NDArray[np.floating]) -> FloatArray:
        """Pivots [21, 3] (mm, hand frame, zero angles) of the hand with ``shape`` [S]."""
        joints = np.empty((JOINT_COUNT, 3), np.float32)
        add_shape(self.joints, self.joint_basis, _vector(shape, "shape", self.n_shape), joints)
        return joints

    def forearm_direction(self, angles: NDArray[np.floating]) -> FloatArray:
        """Unit vector [3] from the wrist to the elbow (hand frame) with ``angles`` [24]."""
        bone_R = self._bones(angles, np.zeros(self.n_shape, np.float32))[0]
        way = bone_R[0] @ (self.elbow - self.joints[0])
        return (way / np.linalg.norm(way)).astype(np.float32)

    def pose(
        self,
        angles: NDArray[np.floating],
        shape: NDArray[np.floating],
        R_camera_from_hand: NDArray[np.floating],
        t_camera_from_hand: NDArray[np.floating],
        handedness: Handedness = Handedness.RIGHT,
        bulge: float = 0.0,
    ) -> PosedHand:
        """The hand with ``angles`` [24] (radians) and ``shape`` [S], placed in the camera frame.

        ``bulge`` says how much bent digits keep their volume (``soft_tissue``): 0 not at all, 1 as
        an average hand's; the joints are the same.

        Raises:
            InvalidInputError: if an array has the wrong shape.
        """
        bone_R, bone_t, pivots = self._bones(angles, shape)
        joints = JOINTS_FROM_PIVOTS @ pivots
        mirrored = handedness is Handedness.LEFT
        R = np.ascontiguousarray(R_camera_from_hand, np.float32)
        t = _vector(t_camera_from_hand, "t_camera_from_hand", 3)
        vertices = np.empty_like(self.vertices)
        add_shape(self.vertices, self.shape_basis, _vector(shape, "shape", self.n_shape), vertices)
        place(joints, mirrored, R, t)
        if bulge <= 0.0:
            skin(vertices, self.weight_bones, self.weights, bone_R, bone_t, mirrored, R, t)
            return PosedHand(vertices, joints)
        rest, rest_joints = vertices.copy(), self.rest_joints(shape)
        thicken(_vector(angles, "angles", ANGLE_COUNT), rest_joints, bulge, bone_R, bone_t)
        skin(vertices, self.weight_bones, self.weights, bone_R, bone_t, mirrored, R, t)
        place(pivots, mirrored, R, t)
        keep_round(rest, self.bent_skin, rest_joints, pivots, bulge, vertices)
        return PosedHand(vertices, joints)

    def pose_joints(
        self,
        angles: NDArray[np.floating],
        shape: NDArray[np.floating],
        R_camera_from_hand: NDArray[np.floating],
        t_camera_from_hand: NDArray[np.floating],
        handedness: Handedness = Handedness.RIGHT,
    ) -> FloatArray:
        """The joints [21, 3] of :meth:`pose` alone, mm, camera frame."""
        joints = JOINTS_FROM_PIVOTS @ self._bones(angles, shape)[2]
        R = np.ascontiguousarray(R_camera_from_hand, np.float32)
        t = _vector(t_camera_from_hand, "t_camera_from_hand", 3)
        place(joints, handedness is Handedness.LEFT, R, t)
        return joints

    def _bones(
        self, angles: NDArray[np.floating], shape: NDArray[np.floating]
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Bone rotations, bone translations and pivots in the posed hand frame."""
        rest = self.rest_joints(shape)
        bone_R = np.empty((BONE_COUNT, 3, 3), np.float32)
        bone_t = np.empty((BONE_COUNT, 3), np.float32)
        forward_kinematics(_vector(angles, "angles", ANGLE_COUNT), rest, self.axes, bone_R, bone_t)
        pivots = np.empty((JOINT_COUNT, 3), np.float32)
        posed_joints(rest, bone_R, bone_t, pivots)
        return bone_R, bone_t, pivots


_DAMAGE = (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile, zlib.error)
_FLOATS = ("vertices", "joints", "elbow", "shape_basis", "joint_basis", "weights", "axes")


def _read_only(array: NDArray[_Scalar]) -> NDArray[_Scalar]:
    array.setflags(write=False)
    return array


def _vector(values: NDArray[np.floating], name: str, length: int) -> FloatArray:
    array = np.ascontiguousarray(values, np.float32)
    if array.shape != (length,):
        raise InvalidInputError(f"{name} must have shape ({length},), not {array.shape}")
    return array


def _check(arrays: dict[str, NDArray[np.generic]]) -> None:
    """Raise ValueError or KeyError unless every array is there with the shape it must have."""
    count, components = len(arrays["vertices"]), len(arrays["shape_basis"])
    expected: dict[str, tuple[int, ...]] = {
        "vertices": (count, 3),
        "faces": (len(arrays["faces"]), 3),
        "joints": (JOINT_COUNT, 3),
        "elbow": (3,),
        "shape_basis": (components, count, 3),
        "joint_basis": (components, JOINT_COUNT, 3),
        "weight_bones": (count, 6),
        "weights": (count, 6),
        "bone_of_vertex": (count,),
        "axes": (ANGLE_COUNT, 3),
    }
    for name, shape in expected.items():
        if arrays[name].shape != shape:
            raise ValueError(f"{name} has shape {arrays[name].shape}, not {shape}")
    for name in _FLOATS:
        if not np.isfinite(arrays[name].astype(np.float32)).all():
            raise ValueError(f"{name} is not finite")
    if int(arrays["faces"].min()) < 0 or int(arrays["faces"].max()) >= count:
        raise ValueError("faces name vertices that do not exist")
    if int(arrays["weight_bones"].max()) >= BONE_COUNT:
        raise ValueError("weight_bones name bones that do not exist")
