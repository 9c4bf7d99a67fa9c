"""Where the 21 joints are in the source's average right hand, and what moves with which bone.

The source's bone heads are not the anatomical joints: its wrist sits too far back, its knuckles
too far out and its finger joints too close to the back of the hand. They are moved along and
inside the mesh until the segments agree with published bone lengths (``BONE_LENGTHS_MM``).
Everything here is in a provisional hand frame of the source's own rest pose (mm; y from its wrist
to its middle knuckle, z out of the palm, x to the thumb).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.bake.source import Array, Rig

BONE_LENGTHS_MM = {
    "thumb": (46.2, 31.6, 21.7),
    "index": (68.1, 39.8, 22.4, 15.8),
    "middle": (64.6, 44.6, 26.3, 17.4),
    "ring": (58.0, 41.4, 25.7, 17.3),
    "little": (53.7, 32.7, 18.1, 16.0),
}
"""Adult bones from base to tip: metacarpal, proximal, (middle,) distal (Buryanov and Kotiuk,
"Proportions of hand segments", 2010). The finger tip's soft tissue adds about 4 mm."""

WRIST_FORWARD_MM = 17.0
THUMB_SHIFTS_MM = (-2.0, 9.0, 2.0)
FINGER_SHIFTS_MM = ((-6.5, 4.5, 5.0), (-4.0, 4.5, 3.5), (-5.0, 4.5, 4.5), (-7.5, 2.5, 3.5))
"""How far the base, the next and the last joint of each finger move towards its tip, along it."""

KNUCKLE_DEPTH_MM = (12.5, 12.5, 11.5, 11.0)
"""Depth of each knuckle under the highest skin near it; about 2 mm less straight above it."""

CENTRING = 0.6
"""How far a joint moves from the source's bone head to the centre of the finger there."""

TIP_INSIDE_MM = 2.0


def provisional_frame(rig: Rig, sample: int = 0) -> tuple[Array, Array]:
    """Rotation [3, 3] and origin [3] with p_hand = R (p_source - origin)."""
    head = {
        name: rig.heads[sample, rig.bone(f"{name}.R")]
        for name in ("wrist", "finger2-1", "finger3-1", "finger5-1")
    }
    y = unit(head["finger3-1"] - head["wrist"])
    x = head["finger2-1"] - head["finger5-1"]
    x = unit(x - x @ y * y)
    return np.stack([x, y, np.cross(x, y)]), head["wrist"]


def unit(vector: Array) -> Array:
    """``vector`` with length 1."""
    return vector / np.linalg.norm(vector)


def finger_memberships(rig: Rig) -> Array:
    """Share [V, 5] of each vertex that the source's bones of each finger move."""
    return np.stack(
        [
            rig.weights[:, [rig.bone(f"finger{f}-{k}.R") for k in (1, 2, 3)]].sum(1)
            for f in range(1, 6)
        ],
        axis=1,
    )


def anatomical_joints(rig: Rig, vertices: Array, heads: Array) -> Array:
    """Joints [21, 3] of the average hand, from its vertices and bone heads (provisional frame)."""

    def head(finger: int, bone: int) -> Array:
        return heads[rig.bone(f"finger{finger}-{bone}.R")]

    members = finger_memberships(rig)
    joints = np.zeros((21, 3))
    forward = np.array([0.0, WRIST_FORWARD_MM, 0.0])
    everything = np.ones(len(vertices), bool)
    centre = section_centre(vertices, rig.faces, everything, forward, np.array([0.0, 1.0, 0.0]))
    joints[0] = forward + CENTRING * (centre - forward) * [1.0, 0.0, 1.0]
    for f in range(5):
        own = members[:, f] > 0.5
        chain = np.stack([head(f + 1, k) for k in (1, 2, 3)])
        last = vertices[rig.weights[:, rig.bone(f"finger{f + 1}-3.R")] > 0.5]
        end = chain[2] + unit(chain[2] - chain[1])
        for _ in range(3):
            end = last[np.argsort(-(last @ unit(end - chain[2])))[:6]].mean(0)
        points = np.concatenate([chain, end[None]])
        shifts = THUMB_SHIFTS_MM if f == 0 else FINGER_SHIFTS_MM[f - 1]
        for k in range(3):
            behind = points[k] - (points[k - 1] if k else joints[0])
            direction = unit(behind if shifts[k] < 0 else points[k + 1] - points[k])
            at = points[k] + shifts[k] * direction
            if k > 0:
                along = unit(points[k + 1] - points[k - 1])
                to_centre = section_centre(vertices, rig.faces, own, at, along) - at
                at = at + CENTRING * (to_centre - to_centre @ along * along)
            elif f > 0:
                at[2] += KNUCKLE_DEPTH_MM[f - 1] - dorsal_depth(vertices, at)
            joints[1 + 4 * f + k] = at
        joints[4 + 4 * f] = end - TIP_INSIDE_MM * unit(end - joints[3 + 4 * f])
    return joints


def dorsal_depth(vertices: Array, point: Array, radius_mm: float = 8.0) -> float:
    """Distance in mm from ``point`` to the back of the hand, straight up through the skin."""
    near = vertices[np.hypot(*(vertices[:, :2] - point[:2]).T) < radius_mm]
    return float(point[2] - near[:, 2].min())


def section_centre(
    vertices: Array, faces: NDArray[np.int64], members: NDArray[np.bool_], point: Array, axis: Array
) -> Array:
    """Centre of the outline where the plane through ``point`` across ``axis`` cuts the mesh."""
    side = (vertices - point) @ axis
    middles, lengths = [], []
    for face in faces[members[faces].all(1)]:
        crossing = [
            vertices[i] + (vertices[j] - vertices[i]) * side[i] / (side[i] - side[j])
            for i, j in zip(face, np.roll(face, -1), strict=True)
            if side[i] * side[j] < 0
        ]
        if len(crossing) == 2:
            middles.append(0.5 * (crossing[0] + crossing[1]))
            lengths.append(np.linalg.norm(crossing[0] - crossing[1]))
    return np.average(middles, axis=0, weights=lengths)


def joint_regressor(vertices: Array, joints: Array, nearest: int = 40) -> Array:
    """Weights [21, V] that give each joint as a weighted sum of the vertices around it.

    Smallest weights that sum to 1 and reproduce the average hand's joint, so that the joint
    follows the mesh in every other shape.
    """
    regressor = np.zeros((len(joints), len(vertices)))
    for j, joint in enumerate(joints):
        near = np.argsort(np.linalg.norm(vertices - joint, axis=1))[:nearest]
        conditions = np.vstack([vertices[near].T - joint[:, None], np.ones(nearest)])
        regressor[j, near] = np.linalg.pinv(conditions) @ [0.0, 0.0, 0.0, 1.0]
    return regressor


def smoothstep(value: Array, low: float, high: float) -> Array:
    """0 below ``low``, 1 above ``high``, smooth between."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def bone_weights(rig: Rig, vertices: Array, joints: Array) -> Array:
    """Skinning weights [V, 17] (order of ``engine.simulation.model``) for the anatomical joints."""
    members = finger_memberships(rig)
    weights = np.zeros((len(vertices), 17))
    thumb = _thumb_share(members[:, 0], vertices, joints)
    fingers = _finger_shares(members[:, 1:], vertices, joints) * (1.0 - thumb)[:, None]
    along_arm = vertices[:, 1] - joints[0, 1]
    forearm = 1.0 - smoothstep(along_arm, -30.0, 16.0)
    rest = 1.0 - thumb - fingers.sum(1)
    weights[:, 0] = rest * forearm
    weights[:, 1] = rest * (1.0 - forearm)
    for f in range(5):
        share = thumb if f == 0 else fingers[:, f - 1]
        chain = joints[1 + 4 * f : 5 + 4 * f]
        past = [
            smoothstep((vertices - chain[k]) @ _plane_normal(chain, k), -half, half)
            for k, half in ((1, 7.0 if f else 9.0), (2, 6.0 if f else 7.0))
        ]
        past[1] = np.minimum(past[0], past[1])
        first = 2 + 3 * f
        weights[:, first] = share * (1.0 - past[0])
        weights[:, first + 1] = share * (past[0] - past[1])
        weights[:, first + 2] = share * past[1]
    return weights / weights.sum(1, keepdims=True)


def _plane_normal(chain: Array, k: int) -> Array:
    return unit(unit(chain[k] - chain[k - 1]) + unit(chain[k + 1] - chain[k]))


def _thumb_share(member: Array, vertices: Array, joints: Array) -> Array:
    """The thumb's share of each vertex: the source's, completed around the thumb's knuckle."""
    past_knuckle = smoothstep((vertices - joints[2]) @ unit(joints[3] - joints[1]), -8.0, 10.0)
    return member + (np.minimum(1.0, 2.0 * member) - member) * past_knuckle


def _finger_shares(members: Array, vertices: Array, joints: Array) -> Array:
    """Share [V, 4] of the four fingers: the source's, carried back to the knuckles."""
    total = members.sum(1)
    chains = [joints[5 + 4 * f : 9 + 4 * f] for f in range(4)]
    away = np.stack([_distance_to_line(vertices, c[0], c[1]) for c in chains], axis=1)
    near = np.exp(-0.5 * (away / 6.0) ** 2)
    near /= near.sum(1, keepdims=True) + 1e-12
    own = members / np.maximum(total, 1e-9)[:, None]
    sure = smoothstep(total, 0.6, 1.0)[:, None]
    side = sure * own + (1.0 - sure) * near
    past = np.stack(
        [
            smoothstep(
                (vertices - c[0]) @ unit(unit(c[1] - c[0]) + np.array([0.0, 1.0, 0.0])), -10.0, 9.0
            )
            for c in chains
        ],
        axis=1,
    )
    return side * past


def _distance_to_line(points: Array, start: Array, end: Array) -> Array:
    """Sideways (x, y) distance of each point from the line through ``start`` and ``end``."""
    axis = unit((end - start)[:2])
    offset = points[:, :2] - start[:2]
    return np.abs(offset[:, 0] * axis[1] - offset[:, 1] * axis[0])
