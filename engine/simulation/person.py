"""People to stand behind a shown hand: baked bodies, and simple ones of rings and ellipsoids.

Body frame: origin between the shoulders at the base of the neck, x to the image's right, y down,
z away from the camera, for a person who faces it; millimetres. Measures are those of an average
adult, scaled at random; folds of the clothes are a smooth random displacement. Bodies have no
arms and hands of their own: those belong to the scene.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.assets import asset_path
from engine.camera import FloatArray
from engine.errors import ModelError
from engine.simulation.mesh_buffer import (
    MeshBuffer,
    add_capsule,
    add_ellipsoid,
    add_mesh,
    mesh_buffer,
)
from engine.simulation.props import drawn
from engine.simulation.render import IndexArray, LabelArray, Part
from engine.simulation.solids import Mesh, capped_faces, turned
from engine.skeleton import Handedness

_TORSO: Final = np.array(
    [  # height (y), half width, half depth, z of the centre
        *((-110, 54, 56, 12), (-30, 60, 62, 18), (-2, 105, 72, 22), (28, 165, 84, 22)),
        *((80, 190, 100, 15), (200, 183, 120, 0), (330, 165, 115, 0), (450, 158, 112, 0)),
        *((580, 182, 122, 0), (800, 190, 132, 10)),
    ],
    dtype=np.float32,
)
_SIDES: Final = 22
_TORSO_FACES: Final = capped_faces(len(_TORSO), _SIDES)
_SHOULDER: Final = np.array([168.0, 62.0, 22.0], np.float32)
_HEAD: Final = np.array([0.0, -195.0, -8.0], np.float32)
_HEAD_RADII: Final = np.array([74.0, 112.0, 96.0], np.float32)
BAKED_SHARE: Final = 0.6
FACE_MM: Final = np.array([0.0, -180.0, -110.0], np.float32)
"""The middle of the face, body frame."""
CHEST_MM: Final = np.array([0.0, 180.0, -115.0], np.float32)
"""The middle of the chest, body frame."""
_ROUND: Final = np.eye(3, dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """A torso with head, without arms, in the body frame: a mesh with a ``Part`` a face.

    ``vertices`` [V, 3] and the joints ``right_shoulder`` and ``left_shoulder`` [3] in mm;
    ``arm_r`` is the radius of a clothed upper arm in mm.
    """

    vertices: FloatArray
    faces: IndexArray
    parts: LabelArray
    right_shoulder: FloatArray
    left_shoulder: FloatArray
    arm_r: float

    def shoulder(self, handedness: Handedness) -> FloatArray:
        """The shoulder joint [3], mm, body frame; the right one is on the image's left."""
        return self.right_shoulder if handedness is Handedness.RIGHT else self.left_shoulder

    def placed(
        self, R_camera_from_body: FloatArray, t_camera_from_body: NDArray[np.floating]
    ) -> list[tuple[Mesh, int]]:
        """The person's labelled meshes in the camera frame."""
        shift = np.asarray(t_camera_from_body, np.float32)
        vertices = self.vertices @ np.asarray(R_camera_from_body, np.float32).T + shift
        return [((vertices, self.faces[self.parts == part]), int(part)) for part in _BODY_PARTS]


_BODY_PARTS: Final = (Part.BODY, Part.HEAD)
_BODY, _HEAD_PART = int(Part.BODY), int(Part.HEAD)


@njit(cache=True, nogil=True)
def _add_torso(rng: np.random.Generator, buffer: MeshBuffer, size: FloatArray) -> None:
    folds = rng.normal(0, 1, (4, 3))
    points = np.empty((len(_TORSO) * _SIDES + 2, 3), np.float32)
    for ring in range(len(_TORSO)):
        height, width, depth, middle = _TORSO[ring]
        for side in range(_SIDES):
            turn = side * (2 * np.pi / _SIDES)
            cos, sin = np.cos(turn), np.sin(turn)
            # A superellipse: flatter in front and at the sides than an ellipse.
            grow = (np.abs(cos) ** 2.6 + np.abs(sin) ** 2.6) ** (-1 / 2.6)
            if height > 0:
                swell = 0.0
                for i in range(4):
                    wave = height / (70 + 40 * abs(folds[i, 1])) + (i + 1) * turn
                    swell += folds[i, 0] * np.sin(wave + 3 * folds[i, 2])
                grow *= 1 + 0.025 * swell
            point = points[ring * _SIDES + side]
            point[0], point[1] = size[0] * width * grow * sin, size[1] * height
            point[2] = size[2] * (middle + depth * grow * cos)
    for end, ring in ((-2, 0), (-1, -1)):
        points[end, 0] = 0.0
        points[end, 1], points[end, 2] = size[1] * _TORSO[ring, 0], size[2] * _TORSO[ring, 3]
    parts = np.full(len(_TORSO_FACES), _BODY, np.uint8)
    add_mesh(buffer, points, _TORSO_FACES, parts, _ROUND, np.zeros(3))


@lru_cache(maxsize=1)
def _baked() -> tuple[FloatArray, IndexArray, LabelArray, FloatArray]:
    """Torsos and heads of the baked people: vertices [N, V, 3], faces, parts, shoulders."""
    path = asset_path("hand", "bodies.npz")
    try:
        with np.load(path, allow_pickle=False) as file:
            vertices = file["vertices"][:, 0].astype(np.float32)
            faces, part = file["faces"].astype(np.int32), file["part_of_face"]
            shoulders = file["shoulders"].astype(np.float32)
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} is missing or damaged: reinstall the program") from error
    kept = part <= 1  # torso and head; arms are drawn where the hand needs them
    used, compact = np.unique(faces[kept], return_inverse=True)
    parts = np.where(part[kept] == 0, Part.BODY, Part.HEAD).astype(np.uint8)
    return vertices[:, used], compact.reshape(-1, 3).astype(np.int32), parts, shoulders


def sample_person(rng: np.random.Generator) -> Person:
    """Draw a person: a baked body slightly stretched, or a lofted one in thicker clothes.

    Raises:
        ModelError: if the shipped bodies are missing or damaged.
    """
    arm_r = float(rng.uniform(42, 62))
    if rng.random() < BAKED_SHARE:
        vertices, faces, parts, shoulders = _baked()
        person = int(rng.integers(len(vertices)))
        size = np.exp(rng.normal(0, 0.05, 3)).astype(np.float32)
        right, left = size * shoulders[person]
        return Person(size * vertices[person], faces, parts, right, left, arm_r)
    return _lofted(rng, arm_r)


def _lofted(rng: np.random.Generator, arm_r: float) -> Person:
    buffer = mesh_buffer()
    size = _loft(rng, buffer).astype(np.float32)
    right = size * _SHOULDER * np.array([-1, 1, 1], np.float32)
    return Person(*buffer.mesh(), right, size * _SHOULDER, arm_r)


@njit(cache=True, nogil=True)
def _loft(rng: np.random.Generator, buffer: MeshBuffer) -> FloatArray:
    """Draw a person's proportions, clothes and hair; returns how far the body is stretched [3]."""
    size = np.exp(drawn(rng, 0.1, 0.05, 0.12))
    head = _HEAD + drawn(rng, 6.0, 4.0, 10.0)
    head[1] += (size[1] - 1.0) * _HEAD[1]
    radii = _HEAD_RADII * np.exp(drawn(rng, 0.05, 0.05, 0.05))
    angles = drawn(rng, 10.0, 18.0, 6.0)
    turn = turned(angles[0], angles[1], angles[2])
    nose = head + 12.0 * turn[:, 1] - 0.97 * radii[2] * turn[:, 2]
    _add_torso(rng, buffer, size)
    add_ellipsoid(buffer, head, turn, radii, _HEAD_PART)
    bridge = nose - 22.0 * turn[:, 1] + 6.0 * turn[:, 2]
    add_capsule(buffer, bridge, nose, 8.0, 13.0, _HEAD_PART)
    if rng.random() < 0.75:  # hair: a cap above and behind
        length = rng.uniform(0, 60)
        at = head + (0.5 * length - 18.0) * turn[:, 1] + 22.0 * turn[:, 2]
        grown = radii * np.array([1.12, 0.95, 0.95])
        grown[1] += 0.6 * length
        add_ellipsoid(buffer, at, turn, grown, _HEAD_PART)
    if rng.random() < 0.3:  # a collar, hood or scarf
        at = np.array([0.0, -25.0 * size[1], 12.0])
        collar = np.array([95.0, 38.0, 85.0]) * np.exp(drawn(rng, 0.12, 0.12, 0.12))
        add_ellipsoid(buffer, at, _ROUND, collar, _BODY)
    return size
