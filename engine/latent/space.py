"""The latent space as people steer it: named directions, turns and the root's place.

A latent [29] is [code 20 | rotation 6 | root 3], see ``engine.tracking.generate``. Its code is
steered along the principal directions of what hands do (``training/crossing/latent_space.py`` finds
them), its rotation by the angles of ``engine.simulation.orientation``: yaw 0 shows the palm and
180 the back, pitch 90 points at the camera and -90 away from it, roll turns in the image, clockwise
as seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.assets import asset_path
from engine.camera import FloatArray
from engine.errors import InvalidInputError, ModelError
from engine.model_files import read_json, weights_hash
from engine.simulation.orientation import R_CAMERA_FROM_SHOWN_PALM, rotation_from_view
from engine.tracking.generate import LATENT_SIZE, POSE_CONTRACT
from engine.types import LATENT_CODE, frozen

CODE: Final = LATENT_CODE
ROTATION: Final = slice(20, 26)
ROOT: Final = slice(26, 29)
CODE_SIZE: Final = 20
ROOT_UNIT_MM: Final = 50.0
"""Length of 1 in a latent's root."""
SPACE_FILE: Final = "latent_space.json"
SPACE_CONTRACT: Final = "latent_space/1: mean [20], centre_mm [3], 20 directions of codes"
LARGEST: Final = 1e9
"""Numbers of a latent space are far smaller, and larger ones do not fit into 32 bits."""
_MIN_TURN: Final = 1e-3
"""Sine of the angle between a rotation's two columns below which it is no rotation."""


@dataclass(frozen=True, slots=True, eq=False)
class Direction:
    """A way in which hands differ.

    Adding ``vector`` [20] moves a code by one standard deviation of the population along it, which
    moves its points, the joints and one of the forearm, by ``effect_mm`` on average; ``about``
    tells in words what grows.
    """

    name: str
    about: str
    vector: FloatArray
    effect_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class LatentSpace:
    """The codes of the population, as normal: ``mean`` [20] and ``directions``, 20 of them.

    The coordinates along the directions, in standard deviations, are independent of each other.
    ``centre_mm`` [3] is the middle of the mean hand's joints, seen from its root, palm frame.
    Immutable, so any thread may use it.
    """

    mean: FloatArray
    directions: tuple[Direction, ...]
    centre_mm: FloatArray
    code_from_coordinates: FloatArray
    coordinates_from_code: FloatArray

    @classmethod
    def load(cls, directory: Path | None = None) -> LatentSpace:
        """Read the shipped space, or the one in ``directory``.

        Raises:
            ModelError: if the file is missing, damaged, or made for another pose decoder than the
                one beside it.
        """
        directory = directory or asset_path("models")
        path = directory / SPACE_FILE
        record = read_json(path)
        try:
            space = cls.build(
                np.array(record["mean"], np.float64),
                tuple(_direction(one) for one in record["directions"]),
                np.array(record["centre_mm"], np.float64),
            )
            needs = (record["contract"], record["pose_decoder"], record["pose_weights"])
        except (ValueError, KeyError, TypeError, OverflowError, InvalidInputError) as error:
            raise ModelError(f"{path} is damaged: {error!r:.200}") from error
        has = (SPACE_CONTRACT, POSE_CONTRACT, weights_hash(directory, "pose_decoder"))
        if needs != has:
            raise ModelError(f"{path} was made for another pose decoder: make it again")
        return space

    @classmethod
    def build(
        cls, mean: ArrayLike, directions: tuple[Direction, ...], centre_mm: ArrayLike
    ) -> LatentSpace:
        """A space of these directions.

        Raises:
            InvalidInputError: if there are not 20 independent ones, or a size is wrong.
        """
        basis = np.array([direction.vector for direction in directions], np.float64).T
        middle, centre = np.asarray(mean, np.float64), np.asarray(centre_mm, np.float64)
        sizes = (basis.shape, middle.shape, centre.shape)
        if sizes != ((CODE_SIZE, CODE_SIZE), (CODE_SIZE,), (3,)):
            raise InvalidInputError(f"a latent space cannot have arrays of the sizes {sizes}")
        _check_bounded(basis, middle, centre)
        if np.linalg.cond(basis) > 1e6:
            raise InvalidInputError("directions of a latent space must be independent")
        back = np.linalg.inv(basis)
        return cls(frozen(middle), directions, frozen(centre), frozen(basis), frozen(back))

    def coordinates(self, latent: NDArray[np.floating]) -> FloatArray:
        """Coordinates [..., 20] of latents [..., 29], in standard deviations from the mean."""
        code = np.asarray(latent, np.float32)[..., CODE] - self.mean
        return np.asarray(code @ self.coordinates_from_code.T, np.float32)

    def code(self, coordinates: NDArray[np.floating]) -> FloatArray:
        """The codes [..., 20] at ``coordinates`` [..., 20]."""
        basis = self.code_from_coordinates.T
        return np.asarray(self.mean + np.asarray(coordinates, np.float32) @ basis, np.float32)

    def moved(self, latent: NDArray[np.floating], coordinates: NDArray[np.floating]) -> FloatArray:
        """Latents [..., 29] with their codes at ``coordinates`` [..., 20]; turn and place stay."""
        out = np.array(latent, np.float32)
        out[..., CODE] = self.code(coordinates)
        return out

    def neutral(self) -> FloatArray:
        """The latent [29] of the mean hand at the cube's centre, palm to the camera, fingers up."""
        latent = np.zeros(LATENT_SIZE, np.float32)
        latent[CODE] = self.mean
        latent = with_rotation(latent, R_CAMERA_FROM_SHOWN_PALM)
        return with_root_mm(latent, -(R_CAMERA_FROM_SHOWN_PALM @ self.centre_mm))


def _direction(fields: dict[str, Any]) -> Direction:
    name, about, mm = fields["name"], fields["about"], float(fields["mm"])
    if not (isinstance(name, str) and isinstance(about, str) and np.isfinite(mm)):
        raise InvalidInputError("a direction of a latent space needs a name, words and a size")
    vector = np.array(fields["vector"], np.float64)
    _check_bounded(vector)
    return Direction(name, about, frozen(vector), mm)


def _check_bounded(*arrays: NDArray[np.float64]) -> None:
    """Raise InvalidInputError for a number that is none, or too large."""
    if not all((np.abs(array) < LARGEST).all() for array in arrays):
        raise InvalidInputError(f"the numbers of a latent space must be under {LARGEST:g}")


def rotation_of(latents: NDArray[np.floating]) -> NDArray[np.float64]:
    """R_crop_from_palm [..., 3, 3] of latents [..., 29], as the pose decoder reads it.

    Raises:
        InvalidInputError: if the latent's two columns make no rotation.
    """
    columns = np.asarray(latents, np.float64)[..., ROTATION]
    x, y = columns[..., :3], columns[..., 3:]
    length = np.linalg.norm(y, axis=-1, keepdims=True)
    y = y / np.maximum(length, 1e-6)
    across = x - (x * y).sum(axis=-1, keepdims=True) * y
    width = np.linalg.norm(across, axis=-1, keepdims=True)
    if (np.minimum(length, width) < _MIN_TURN).any():
        raise InvalidInputError("numbers 21 to 26 of a latent must tell a rotation")
    x = across / width
    return np.stack([x, y, np.cross(x, y)], axis=-1)


def with_rotation(
    latents: NDArray[np.floating], R_crop_from_palm: NDArray[np.floating]
) -> FloatArray:
    """Latents [..., 29] turned to ``R_crop_from_palm`` [..., 3, 3]."""
    out = np.array(latents, np.float32)
    R = np.asarray(R_crop_from_palm)
    out[..., ROTATION] = np.concatenate([R[..., 0], R[..., 1]], axis=-1)
    return out


def euler_deg(latent: NDArray[np.floating]) -> FloatArray:
    """Yaw, pitch and roll [3] of a latent [29] in degrees: pitch in [-90, 90], others in +-180.

    At a pitch of 90 or -90 yaw and roll turn alike; roll is 0 then.

    Raises:
        InvalidInputError: if the latent holds no rotation.
    """
    R = rotation_of(latent)
    pitch = np.arcsin(np.clip(-R[2, 1], -1.0, 1.0))
    if abs(R[2, 1]) > 1.0 - 1e-7:
        # There Rz(roll) and Ry(yaw) turn about one axis, so the first column holds all.
        yaw, roll = np.arctan2(R[2, 1] * R[1, 0], R[0, 0]), 0.0
    else:
        yaw = np.arctan2(R[2, 0], -R[2, 2])
        roll = np.arctan2(R[0, 1], -R[1, 1])
    return np.rad2deg(np.array([yaw, pitch, roll])).astype(np.float32)


def with_euler_deg(latents: NDArray[np.floating], yaw_pitch_roll: ArrayLike) -> FloatArray:
    """Latents [..., 29] turned to yaw, pitch and roll [..., 3] in degrees; the root stays."""
    angles = np.asarray(yaw_pitch_roll, np.float64)
    R = rotation_from_view(angles[..., ::-1].reshape(-1, 3))
    return with_rotation(latents, R.reshape(*angles.shape[:-1], 3, 3))


def root_mm(latents: NDArray[np.floating]) -> FloatArray:
    """Where the roots of latents [..., 29] are, mm [..., 3] from the cube's centre, crop frame."""
    return np.asarray(latents, np.float32)[..., ROOT] * np.float32(ROOT_UNIT_MM)


def with_root_mm(latents: NDArray[np.floating], root: ArrayLike) -> FloatArray:
    """Latents [..., 29] with their roots at ``root`` [..., 3], mm from the cube's centre."""
    out = np.array(latents, np.float32)
    out[..., ROOT] = np.asarray(root) / ROOT_UNIT_MM
    return out
