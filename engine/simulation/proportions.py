"""People's proportions for hands whose own shape basis knows their size alone.

Each component stretches some bones along, across or through (towards the palm), in the rest pose;
the skin follows by its skinning weights and the pivots of the bones beyond move along. Since a
stretched bone moves its successors by its own change only, the result is linear in the components,
so they are an ordinary shape basis. Spreads are those of adults (coefficients of variation of hand
breadth, finger lengths and breadths: Pheasant, "Bodyspace", 1996; about 4 to 8%).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInputError
from engine.simulation.kinematics import BONE_COUNT, BONE_NAMES, JOINT_BONE
from engine.simulation.model import HandModel
from engine.skeleton import JOINT_COUNT
from engine.types import frozen

FloatArray = NDArray[np.float64]

_FINGERS: Final = ("index", "middle", "ring", "little")


class Stretch(NamedTuple):
    """Relative change of bones whose names begin with one of ``bones``, a standard deviation:
    ``along`` the bone, ``across`` it (breadth) and ``through`` it (thickness)."""

    bones: tuple[str, ...]
    along: float = 0.0
    across: float = 0.0
    through: float = 0.0


PROPORTIONS: Final[tuple[tuple[Stretch, ...], ...]] = (
    (Stretch(("palm",), across=0.05),),
    (Stretch(("palm",), through=0.07),),
    (Stretch(("palm",), along=0.04),),
    (Stretch(_FINGERS, along=0.045),),
    (Stretch(("thumb",), along=0.045),),
    (Stretch(("index",), along=0.025),),
    (Stretch(("middle",), along=0.02),),
    (Stretch(("ring",), along=0.025),),
    (Stretch(("little",), along=0.045),),
    (Stretch((*_FINGERS, "thumb_proximal", "thumb_distal"), across=0.07, through=0.07),),
    (Stretch(("thumb_proximal", "thumb_distal"), across=0.05, through=0.05),),
    (Stretch(("thumb_metacarpal",), across=0.07, through=0.07),),
    (Stretch(("little",), across=0.05, through=0.05),),
    (Stretch((*_FINGERS, "thumb"), across=0.04, through=-0.04),),
    (
        Stretch(tuple(f"{finger}_proximal" for finger in _FINGERS), along=0.035, through=0.05),
        Stretch(tuple(f"{finger}_middle" for finger in _FINGERS), along=-0.03),
        Stretch(tuple(f"{finger}_distal" for finger in _FINGERS), along=-0.03, through=-0.03),
    ),
    (Stretch(tuple(f"{finger}_distal" for finger in _FINGERS), along=0.05),),
    (Stretch(("forearm",), across=0.09, through=0.09),),
    (Stretch(("forearm",), across=0.05, through=-0.04),),
    (Stretch(("palm",), through=0.04), Stretch(_FINGERS, across=0.03, through=0.04)),
)
"""The components, after the size."""

FREE_BONE: Final = 0.06
"""Spread of one bone's length as a share of it where bones are free."""


def with_proportions(model: HandModel) -> HandModel:
    """``model`` with its first shape component (the size) and one for each of ``PROPORTIONS``."""
    frames = _bone_frames(model)
    components = [_component(model, frames, stretches) for stretches in PROPORTIONS]
    vertices = [model.shape_basis[0], *(vertices for vertices, _ in components)]
    joints = [model.joint_basis[0], *(joints for _, joints in components)]
    return _with_basis(model, vertices, joints)


def with_free_bones(model: HandModel) -> HandModel:
    """``model`` with a component more for each bone of the digits, which alone is stretched along
    by ``FREE_BONE``: people whose proportions no statistics of hands foretell."""
    frames = _bone_frames(model)
    digits = [name for name in BONE_NAMES if not name.startswith(("forearm", "palm"))]
    parts = [_component(model, frames, (Stretch((name,), along=FREE_BONE),)) for name in digits]
    vertices = [*model.shape_basis, *(vertices for vertices, _ in parts)]
    joints = [*model.joint_basis, *(joints for _, joints in parts)]
    return _with_basis(model, vertices, joints)


def load_hands(folders: Sequence[Path]) -> tuple[HandModel, ...]:
    """The hands in ``folders``, each a folder with a ``hand.npz`` or a folder of such folders.

    Raises:
        InvalidInputError: if a folder holds no hand.
        ModelError: if a hand is damaged.
    """
    models: list[HandModel] = []
    for folder in folders:
        own = folder / "hand.npz"
        found = [own] if own.is_file() else sorted(folder.glob("*/hand.npz"))
        if not found:
            raise InvalidInputError(f"{folder} holds no hand (hand.npz)")
        models += [with_proportions(HandModel.load(path)) for path in found]
    return tuple(models)


def _with_basis(
    model: HandModel, vertices: Sequence[FloatArray], joints: Sequence[FloatArray]
) -> HandModel:
    """``model`` with the shape components ``vertices`` [V, 3] and ``joints`` [21, 3] each (mm)."""
    return replace(
        model,
        shape_basis=frozen(np.stack(vertices).astype(np.float32)),
        joint_basis=frozen(np.stack(joints).astype(np.float32)),
    )


def _bone_frames(model: HandModel) -> tuple[FloatArray, FloatArray]:
    """Pivot [17, 3] of each bone and its axes [17, 3, 3] in columns: along, across, through."""
    pivots = np.zeros((BONE_COUNT, 3))
    frames = np.zeros((BONE_COUNT, 3, 3))
    pivots[:2] = model.joints[0]
    frames[:2] = np.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    for finger in range(5):
        # The last flexion axis lies across the digit.
        flexion = model.axes[7 if finger == 0 else 11 + 4 * (finger - 1)].astype(np.float64)
        for part in range(3):
            bone, joint = 2 + 3 * finger + part, 1 + 4 * finger + part
            along = (model.joints[joint + 1] - model.joints[joint]).astype(np.float64)
            along /= np.linalg.norm(along)
            across = flexion - (flexion @ along) * along
            across /= np.linalg.norm(across)
            pivots[bone] = model.joints[joint]
            frames[bone] = np.stack([along, across, np.cross(along, across)], axis=1)
    return pivots, frames


def _component(
    model: HandModel, frames: tuple[FloatArray, FloatArray], stretches: Sequence[Stretch]
) -> tuple[FloatArray, FloatArray]:
    """How vertices [V, 3] and pivots [21, 3] move (mm) a standard deviation."""
    pivots, axes = frames
    change = np.zeros((BONE_COUNT, 3))
    for stretch in stretches:
        for bone, name in enumerate(BONE_NAMES):
            if name.startswith(stretch.bones):
                change[bone] += (stretch.along, stretch.across, stretch.through)
    matrices = np.einsum("bik,bk,bjk->bij", axes, change, axes)
    moved, joints = np.zeros((BONE_COUNT, 3)), np.zeros((JOINT_COUNT, 3))
    for joint in range(JOINT_COUNT):
        bone = int(JOINT_BONE[joint])
        joints[joint] = moved[bone] + matrices[bone] @ (model.joints[joint] - pivots[bone])
        if joint and joint % 4:  # all but the wrist and the tips carry a bone
            moved[2 + 3 * ((joint - 1) // 4) + (joint - 1) % 4] = joints[joint]
    vertices = np.zeros(model.vertices.shape)
    for k in range(model.weight_bones.shape[1]):
        bones, weight = model.weight_bones[:, k], model.weights[:, k, None]
        offset = model.vertices - pivots[bones]
        vertices += weight * (moved[bones] + np.einsum("vij,vj->vi", matrices[bones], offset))
    return vertices, joints
