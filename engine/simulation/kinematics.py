"""How 24 angles move 17 bones, 21 joints and the skin: compiled loops over plain arrays.

All functions write into arrays the caller owns, work in float32 and may be called from any thread
and from other compiled code. ``bone_R`` [17, 3, 3] and ``bone_t`` [17, 3] map a rest-pose point of
the hand frame (mm) to the posed hand frame: x' = R x + t. The palm (bone 1) is the root and stays.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

Array = NDArray[Any]

BONE_NAMES: Final = (
    "forearm",
    "palm",
    *("thumb_metacarpal", "thumb_proximal", "thumb_distal"),
    *(
        f"{finger}_{part}"
        for finger in ("index", "middle", "ring", "little")
        for part in ("proximal", "middle", "distal")
    ),
)
BONE_COUNT: Final = len(BONE_NAMES)

JOINT_BONE: Final = np.array(
    [1, 1, 2, 3, 4, *(b for f in range(4) for b in (1, 5 + 3 * f, 6 + 3 * f, 7 + 3 * f))], np.int64
)
"""The bone that carries each joint (its parent segment)."""


@njit(cache=True, nogil=True)
def rotate(axis: Array, angle: float, out: Array) -> None:
    """Rotation matrix ``out`` [3, 3] about the unit ``axis`` [3] by ``angle`` radians."""
    c, s = np.cos(angle), np.sin(angle)
    x, y, z = axis[0], axis[1], axis[2]
    k = 1.0 - c
    out[0, 0] = c + x * x * k
    out[0, 1] = x * y * k - z * s
    out[0, 2] = x * z * k + y * s
    out[1, 0] = y * x * k + z * s
    out[1, 1] = c + y * y * k
    out[1, 2] = y * z * k - x * s
    out[2, 0] = z * x * k - y * s
    out[2, 1] = z * y * k + x * s
    out[2, 2] = c + z * z * k


@njit(cache=True, nogil=True)
def multiply(a: Array, b: Array, out: Array) -> None:
    """``out`` = ``a`` @ ``b`` for 3x3 matrices; ``out`` is neither of them."""
    for i in range(3):
        for j in range(3):
            out[i, j] = a[i, 0] * b[0, j] + a[i, 1] * b[1, j] + a[i, 2] * b[2, j]


@njit(cache=True, nogil=True)
def _turn_about(R: Array, pivot: Array, parent_R: Array, parent_t: Array, t: Array) -> None:
    """Translation ``t`` of a bone turned by ``R`` whose rest ``pivot`` moves with its parent."""
    for i in range(3):
        t[i] = parent_t[i]
        for j in range(3):
            t[i] += (parent_R[i, j] - R[i, j]) * pivot[j]


@njit(cache=True, nogil=True)
def forward_kinematics(
    angles: Array, rest_joints: Array, axes: Array, out_bone_R: Array, out_bone_t: Array
) -> None:
    """Bone transforms from ``angles`` [24] (radians), ``rest_joints`` [21, 3], ``axes`` [24, 3].

    A joint with several angles turns about the last one first (thumb: twist, abduction, flexion;
    fingers: abduction, flexion), so the flexion axis stays fixed in the parent bone, as in the
    joint coordinate systems of Wu et al. 2005. The wrist moves the forearm, not the palm.
    """
    a = np.empty((3, 3), np.float32)
    b = np.empty((3, 3), np.float32)
    c = np.empty((3, 3), np.float32)
    for i in range(3):
        out_bone_t[1, i] = 0.0
        for j in range(3):
            out_bone_R[1, i, j] = 1.0 if i == j else 0.0
    root_R, root_t = out_bone_R[1], out_bone_t[1]
    rotate(axes[0], angles[0], a)
    rotate(axes[1], angles[1], b)
    multiply(a, b, out_bone_R[0])
    _turn_about(out_bone_R[0], rest_joints[0], root_R, root_t, out_bone_t[0])
    for finger in range(5):
        bone = 2 + 3 * finger
        joint = 1 + 4 * finger
        angle = 2 if finger == 0 else 8 + 4 * (finger - 1)
        rotate(axes[angle], angles[angle], a)
        rotate(axes[angle + 1], angles[angle + 1], b)
        if finger == 0:
            multiply(a, b, c)
            rotate(axes[angle + 2], angles[angle + 2], b)
            multiply(c, b, out_bone_R[bone])
            _turn_about(out_bone_R[bone], rest_joints[joint], root_R, root_t, out_bone_t[bone])
            rotate(axes[angle + 3], angles[angle + 3], a)
            rotate(axes[angle + 4], angles[angle + 4], b)
            multiply(a, b, c)
            last = angle + 5
        else:
            multiply(a, b, out_bone_R[bone])
            _turn_about(out_bone_R[bone], rest_joints[joint], root_R, root_t, out_bone_t[bone])
            rotate(axes[angle + 2], angles[angle + 2], c)
            last = angle + 3
        multiply(out_bone_R[bone], c, out_bone_R[bone + 1])
        _turn_about(
            out_bone_R[bone + 1],
            rest_joints[joint + 1],
            out_bone_R[bone],
            out_bone_t[bone],
            out_bone_t[bone + 1],
        )
        rotate(axes[last], angles[last], a)
        multiply(out_bone_R[bone + 1], a, out_bone_R[bone + 2])
        _turn_about(
            out_bone_R[bone + 2],
            rest_joints[joint + 2],
            out_bone_R[bone + 1],
            out_bone_t[bone + 1],
            out_bone_t[bone + 2],
        )


@njit(cache=True, nogil=True)
def posed_joints(rest_joints: Array, bone_R: Array, bone_t: Array, out: Array) -> None:
    """Joints ``out`` [21, 3] in the posed hand frame, mm."""
    for joint in range(21):
        bone = JOINT_BONE[joint]
        for i in range(3):
            out[joint, i] = bone_t[bone, i]
            for j in range(3):
                out[joint, i] += bone_R[bone, i, j] * rest_joints[joint, j]


@njit(cache=True, nogil=True)
def place(points: Array, mirrored: bool, R: Array, t: Array) -> None:
    """Map ``points`` [N, 3] in place by R and t, for a left hand mirrored in x before."""
    for n in range(points.shape[0]):
        x, y, z = points[n, 0], points[n, 1], points[n, 2]
        if mirrored:
            x = -x
        for i in range(3):
            points[n, i] = R[i, 0] * x + R[i, 1] * y + R[i, 2] * z + t[i]


@njit(cache=True, nogil=True, fastmath=True)
def add_shape(mean: Array, basis: Array, shape: Array, out: Array) -> None:
    """``out`` [N, 3] = ``mean`` [N, 3] + sum over s of ``shape`` [S] times ``basis`` [S, N, 3]."""
    flat_out, flat_mean = out.reshape(-1), mean.reshape(-1)
    for k in range(flat_mean.shape[0]):
        flat_out[k] = flat_mean[k]
    for s in range(shape.shape[0]):
        weight = shape[s]
        component = basis[s].reshape(-1)
        for k in range(component.shape[0]):
            flat_out[k] += weight * component[k]


@njit(cache=True, nogil=True, fastmath=True)
def skin(
    vertices: Array,
    weight_bones: Array,
    weights: Array,
    bone_R: Array,
    bone_t: Array,
    mirrored: bool,
    R: Array,
    t: Array,
) -> None:
    """Linear blend skinning of rest ``vertices`` [V, 3] in place, then :func:`place`.

    ``weight_bones`` [V, 6] and ``weights`` [V, 6] are sorted, the largest weight first.
    """
    whole_R = np.empty((BONE_COUNT, 3, 3), np.float32)
    whole_t = np.empty((BONE_COUNT, 3), np.float32)
    for b in range(BONE_COUNT):
        for i in range(3):
            whole_t[b, i] = bone_t[b, i]
            for j in range(3):
                whole_R[b, i, j] = bone_R[b, i, j]
        if mirrored:
            whole_t[b, 0] = -whole_t[b, 0]
            for j in range(3):
                whole_R[b, 0, j] = -whole_R[b, 0, j]
        multiply(R.astype(np.float32), whole_R[b].copy(), whole_R[b])
        x, y, z = whole_t[b, 0], whole_t[b, 1], whole_t[b, 2]
        for i in range(3):
            whole_t[b, i] = R[i, 0] * x + R[i, 1] * y + R[i, 2] * z + t[i]
    for v in range(vertices.shape[0]):
        x, y, z = vertices[v, 0], vertices[v, 1], vertices[v, 2]
        px = py = pz = np.float32(0.0)
        for k in range(weights.shape[1]):
            w = weights[v, k]
            if w == 0.0:
                break
            b = weight_bones[v, k]
            m, o = whole_R[b], whole_t[b]
            px += w * (m[0, 0] * x + m[0, 1] * y + m[0, 2] * z + o[0])
            py += w * (m[1, 0] * x + m[1, 1] * y + m[1, 2] * z + o[1])
            pz += w * (m[2, 0] * x + m[2, 1] * y + m[2, 2] * z + o[2])
        vertices[v, 0] = px
        vertices[v, 1] = py
        vertices[v, 2] = pz
