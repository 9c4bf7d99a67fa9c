"""Walks between latents: every latent on the segment is a whole hand, properly turned."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation, Slerp

from engine.camera import FloatArray
from engine.errors import InvalidInputError
from engine.latent.space import CODE, ROOT, rotation_of, with_rotation
from engine.tracking.generate import LATENT_SIZE

MAX_FRAMES: Final = 100_000
_OPPOSITE: Final = np.deg2rad(179.0)
"""Between codes that point farther apart than this no arc is shorter than the others."""


class WalkKind(Enum):
    """How a code moves. A normal distribution of many dimensions has its codes near a sphere: the
    straight line passes nearer to the mean hand, the arc keeps to hands as pronounced."""

    LINEAR = "linear"
    SPHERICAL = "spherical"


def walk(
    a: NDArray[np.floating],
    b: NDArray[np.floating],
    frames: int,
    kind: WalkKind = WalkKind.LINEAR,
) -> FloatArray:
    """Latents [frames, 29] from ``a`` to ``b``, both included.

    Raises:
        InvalidInputError: if there are fewer than 2 frames, or an end is no latent.
    """
    return walk_through([a, b], frames, kind)


def walk_through(
    keyframes: Sequence[NDArray[np.floating]],
    frames: int,
    kind: WalkKind = WalkKind.LINEAR,
    *,
    closed: bool = False,
) -> FloatArray:
    """Latents [n, 29] through ``keyframes``; each segment has ``frames`` of them, ends included.

    A keyframe shared by two segments appears once. A ``closed`` walk goes on to the first keyframe
    and ends one step before it, so that it can be repeated. Rotations take the shortest turn.

    Raises:
        InvalidInputError: if there are fewer than 2 keyframes or frames, or one is no latent.
    """
    if len(keyframes) < 2:
        raise InvalidInputError(f"a walk needs at least 2 keyframes, not {len(keyframes)}")
    if not 2 <= frames <= MAX_FRAMES:
        raise InvalidInputError(f"a walk has 2 to {MAX_FRAMES} frames, not {frames}")
    stops = [_latent(one) for one in keyframes]
    ends = [*stops[1:], stops[0]] if closed else stops[1:]
    segments = [_segment(a, b, frames, kind) for a, b in zip(stops, ends, strict=False)]
    joined = np.concatenate([segment[:-1] for segment in segments])
    return joined if closed else np.concatenate([joined, segments[-1][-1:]])


def _latent(values: NDArray[np.floating]) -> FloatArray:
    latent = np.asarray(values, np.float32)
    if latent.shape != (LATENT_SIZE,) or not np.isfinite(latent).all():
        raise InvalidInputError(f"a keyframe must be a latent of {LATENT_SIZE} finite numbers")
    return latent


def _segment(a: FloatArray, b: FloatArray, frames: int, kind: WalkKind) -> FloatArray:
    share = np.linspace(0.0, 1.0, frames)
    segment = np.empty((frames, LATENT_SIZE), np.float32)
    between = _arc if kind is WalkKind.SPHERICAL else _line
    segment[:, CODE] = between(a[CODE], b[CODE], share)
    segment[:, ROOT] = _line(a[ROOT], b[ROOT], share)
    turns = Slerp([0.0, 1.0], Rotation.from_matrix(np.stack([rotation_of(a), rotation_of(b)])))
    segment = with_rotation(segment, turns(share).as_matrix())
    # A keyframe is shown as it is, also where its rotation's columns are not of length 1.
    segment[0], segment[-1] = a, b
    return segment


def _line(a: FloatArray, b: FloatArray, share: NDArray[np.float64]) -> NDArray[np.float64]:
    return (1.0 - share)[:, None] * a + share[:, None] * b


def _arc(a: FloatArray, b: FloatArray, share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Along the great circle; the length changes evenly. Straight where there is no such arc."""
    lengths = np.linalg.norm(a), np.linalg.norm(b)
    if min(lengths) < 1e-6:
        return _line(a, b, share)
    first, last = a / lengths[0], b / lengths[1]
    angle = np.arccos(np.clip(np.dot(first, last), -1.0, 1.0))
    if not 1e-3 < angle < _OPPOSITE:
        return _line(a, b, share)
    weights = np.sin(np.stack([(1.0 - share) * angle, share * angle])) / np.sin(angle)
    length = (1.0 - share) * lengths[0] + share * lengths[1]
    return length[:, None] * (weights[0, :, None] * first + weights[1, :, None] * last)
