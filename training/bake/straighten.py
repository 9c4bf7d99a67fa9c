"""From the source's resting hands to flat hands in the hand frame, and the axes they turn about."""

from __future__ import annotations

import numpy as np

from training.bake.anatomy import unit
from training.bake.source import Array

THUMB_REST = unit(np.array([0.62, 0.76, 0.18]))
"""Direction of the thumb at zero angles, hand frame: beside the palm, a little in front of it."""

THUMB_FLEXION_TILT_DEG = 25.0
"""The thumb's saddle joint lets it cross the palm rising out of the palm's plane by this angle."""


def hand_frame(joints: Array) -> tuple[Array, Array]:
    """Rotation [3, 3] and origin [3] of the hand frame, p_hand = R (p - origin), from joints."""
    y = unit(joints[9] - joints[0])
    x = joints[5] - joints[17]
    x = unit(x - x @ y * y)
    return np.stack([x, y, np.cross(x, y)]), joints[0]


def shortest_rotation(start: Array, end: Array) -> Array:
    """The smallest rotation [3, 3] that turns direction ``start`` into ``end``."""
    a, b = unit(start), unit(end)
    axis = np.cross(a, b)
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + cross + cross @ cross / (1.0 + a @ b)


def straightened(
    vertices: Array, joints: Array, elbow: Array, weights: Array
) -> tuple[Array, Array, Array]:
    """Vertices [V, 3], joints [21, 3] and elbow [3] of the flat hand, in the hand frame.

    Fingers become straight and parallel to +y, the thumb straight along ``THUMB_REST``, the
    forearm runs along -y; ``weights`` [V, 17] are the skinning weights.
    """
    rotation, origin = hand_frame(joints)
    vertices, joints = (vertices - origin) @ rotation.T, (joints - origin) @ rotation.T
    elbow = rotation @ (elbow - origin)
    rotations = np.tile(np.eye(3), (17, 1, 1))
    offsets = np.zeros((17, 3))
    rotations[0] = shortest_rotation(elbow, np.array([0.0, -1.0, 0.0]))
    flat = joints.copy()
    for f in range(5):
        target = THUMB_REST if f == 0 else np.array([0.0, 1.0, 0.0])
        turn = np.eye(3)
        for k in range(3):
            joint, bone = 1 + 4 * f + k, 2 + 3 * f + k
            segment = joints[joint + 1] - joints[joint]
            turn = shortest_rotation(turn @ segment, target) @ turn
            rotations[bone] = turn
            offsets[bone] = flat[joint] - turn @ joints[joint]
            flat[joint + 1] = turn @ joints[joint + 1] + offsets[bone]
    moved = np.einsum("bij,vj->vbi", rotations, vertices) + offsets
    return np.einsum("vb,vbi->vi", weights, moved), flat, rotations[0] @ elbow


def rotation_axes(vertices: Array, joints: Array, weights: Array) -> Array:
    """Unit axes [24, 3] of the angles, in the order and with the signs of ``simulation.angles``.

    A turn about ``cross(d, p)`` moves a bone along d towards p. The thumb's pad direction is the
    thinnest axis of its last segment.
    """
    x, y, z = np.eye(3)
    along = unit(joints[4] - joints[2])
    across_palm = unit(-x + x @ along * along)
    upward = unit(np.cross(along, across_palm))
    upward *= np.sign(upward @ z)
    tilt = np.deg2rad(THUMB_FLEXION_TILT_DEG)
    flexed = np.cos(tilt) * across_palm + np.sin(tilt) * upward
    abducted = np.cos(tilt) * upward - np.sin(tilt) * across_palm
    pad = thumb_pad(vertices, joints, weights)
    aside = np.cross(along, pad)
    aside *= np.sign(aside @ z)
    hinge = np.cross(along, pad)
    axes = [
        np.cross(-y, z),
        np.cross(-y, x),
        np.cross(along, flexed),
        np.cross(along, abducted),
        -along,
        hinge,
        np.cross(along, aside),
        hinge,
    ]
    for _ in range(4):
        axes += [np.cross(y, z), np.cross(y, x), np.cross(y, z), np.cross(y, z)]
    return np.stack([unit(axis) for axis in axes])


def thumb_pad(vertices: Array, joints: Array, weights: Array) -> Array:
    """Direction [3] in which the thumb's pad faces, across the thumb."""
    along = unit(joints[4] - joints[3])
    last = vertices[weights[:, 4] > 0.9] - joints[3]
    last = last - (last @ along)[:, None] * along
    _, _, basis = np.linalg.svd(last - last.mean(0), full_matrices=False)
    thin = basis[1]
    pad = thin * np.sign(thin @ np.array([-1.0, 0.0, 0.5]))
    return unit(pad - pad @ along * along)
