"""Soft tissue keeps its volume where a hand is bent: knuckles stay round, segments swell.

Linear blend skinning draws a bent joint's skin towards its pivot (at a right angle by a third, some
3 mm of a knuckle), so fists come out too small. Here skin that follows two neighbouring bones keeps
its distance to the pivot between them, as in dual quaternion skinning (Kavan et al., ACM TOG 2008),
and segments whose joints are bent grow across. Compiled; lengths in mm.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[Any]

BULGE_SHARES: Final = (0.10, 0.10, 0.05)
"""How much of its radius a digit's first, second and last segment gains at a right angle."""
_FLEXIONS: Final = np.array([(2, 5, 7), *((8 + 4 * f, 10 + 4 * f, 11 + 4 * f) for f in range(4))])
"""The flexion at the near end of each digit's segments, indices of the angles."""


class BentSkin(NamedTuple):
    """The vertices [K] that bend about a joint, their ``joints`` [K] and how much they do so [K]
    (0 to 1: all their weight lies on the two bones that the joint joins)."""

    vertices: NDArray[np.int32]
    joints: NDArray[np.int32]
    shares: NDArray[np.float32]


def bent_skin(weight_bones: Array, weights: Array) -> BentSkin:
    """Of skinning weights [V, 6], largest first."""
    first, second = weight_bones[:, 0].astype(int), weight_bones[:, 1].astype(int)
    near, far = np.minimum(first, second), np.maximum(first, second)
    part = (far - 2) % 3
    joined = (far >= 2) & (weights[:, 1] > 0.02) & (near == np.where(part == 0, 1, far - 1))
    share = np.clip((weights[:, 0] + weights[:, 1] - 0.6) / 0.3, 0.0, 1.0)
    chosen = np.flatnonzero(joined & (share > 0.0))
    joints = 1 + 4 * ((far - 2) // 3) + part
    return BentSkin(
        chosen.astype(np.int32), joints[chosen].astype(np.int32), share[chosen].astype(np.float32)
    )


@njit(cache=True, nogil=True)
def thicken(angles: Array, rest_joints: Array, bulge: float, bone_R: Array, bone_t: Array) -> None:
    """Let the segments of bent digits swell across, in place, by ``bulge`` times the usual.

    ``angles`` [24] rad; ``bone_R`` [17, 3, 3] and ``bone_t`` [17, 3] of ``kinematics``; pivots
    stay.
    """
    along, turned = np.empty(3), np.empty(3)
    for digit in range(5):
        for part in range(3):
            bend = angles[_FLEXIONS[digit, part]]
            if part < 2:
                bend = 0.3 * bend + 0.7 * angles[_FLEXIONS[digit, part + 1]]
            pressed = min(max(bend / (0.5 * np.pi), 0.0), 1.2)
            grow = BULGE_SHARES[part] * bulge * pressed * pressed
            bone, joint = 2 + 3 * digit + part, 1 + 4 * digit + part
            length = 0.0
            for i in range(3):
                along[i] = rest_joints[joint + 1, i] - rest_joints[joint, i]
                length += along[i] * along[i]
            for i in range(3):
                turned[i] = 0.0
                for j in range(3):
                    turned[i] += bone_R[bone, i, j] * along[j] / length
            for i in range(3):
                for j in range(3):  # R (1 + grow (1 - along along' / length)) about the pivot
                    change = grow * (bone_R[bone, i, j] - turned[i] * along[j])
                    bone_R[bone, i, j] += change
                    bone_t[bone, i] -= change * rest_joints[joint, j]


@njit(cache=True, nogil=True, fastmath=True)
def keep_round(
    rest: Array,
    skin: BentSkin,
    rest_joints: Array,
    pivots: Array,
    bulge: float,
    placed: Array,
) -> None:
    """Move ``placed`` [V, 3] away from the joints they bend about, in place.

    ``rest`` [V, 3] and ``rest_joints`` [21, 3] in the rest pose, ``pivots`` [21, 3] placed as the
    skin is; ``bulge`` 1 restores the distance whole.
    """
    for k in range(len(skin.vertices)):
        v, joint = skin.vertices[k], skin.joints[k]
        before = after = 0.0
        for i in range(3):
            a, b = rest[v, i] - rest_joints[joint, i], placed[v, i] - pivots[joint, i]
            before += a * a
            after += b * b
        if after >= before or after < 1e-6:
            continue
        grow = min(bulge, 1.0) * skin.shares[k] * (np.sqrt(before / after) - 1.0)
        grow = min(grow, 1.0)
        for i in range(3):
            placed[v, i] += grow * (placed[v, i] - pivots[joint, i])
