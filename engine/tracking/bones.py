"""Joints moved so that bones have the lengths that are known of the person, or seen so far.

Every bone is set to its length in turn, a few times over (position-based dynamics: Mueller et al.,
"Position Based Dynamics", 2007): of its two joints the one that is expected to be farther off moves
more. What a network errs in is in part the length of what it sees, and that part can be taken away
where a profile knows the lengths, or where a hand was followed for a while.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numba import njit

from engine.bone_lengths import bones_of, check_bones
from engine.camera import FloatArray
from engine.errors import InvalidInputError, ModelError
from engine.model_files import read_json
from engine.profiles import PROFILE_FILE
from engine.skeleton import BONES, JOINT_COUNT
from engine.types import HandPose, frozen

ANOTHERS: Final = 0.25
"""Share by which a hand is larger or smaller than the person's that is taken for another's."""
SWEEPS: Final = 10
"""Times over all bones; after 6 some are still off by 3%."""
KEPT: Final = 0.998
"""Share of what was seen of a bone that is kept from frame to frame: 500 frames count."""
_BONES: Final = np.array(BONES, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class BoneLengths:
    """Lengths ``mm`` [20] of one person's bones, in the order of ``skeleton.BONES``. Any thread may
    use it.

    Raises:
        InvalidInputError: if they are not as many, or not positive.
    """

    mm: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "mm", frozen(self.mm))
        if self.mm.shape != (len(BONES),) or not (self.mm > 0).all():
            raise InvalidInputError(f"bone lengths must be {len(BONES)} positive numbers")

    @classmethod
    def of_profile(cls, directory: Path | None) -> BoneLengths | None:
        """Those that the profile in ``directory`` knows; None if it is none or knows none.

        Raises:
            ModelError: if its ``profile.json`` is damaged.
        """
        path = None if directory is None else directory / PROFILE_FILE
        if path is None or not path.exists():
            return None
        try:
            known = bones_of(read_json(path))
            check_bones(known)
        except (InvalidInputError, TypeError, ValueError, OverflowError) as error:
            raise ModelError(f"{path} is damaged: {error!r:.200}") from error
        if not known:
            return None
        return cls(np.array(known, np.float32))

    def fitted(self, pose: HandPose) -> HandPose:
        """``pose`` with joints moved so that its bones have these lengths; as it is if the hand is
        of quite another size, and so another person's."""
        share = float(bone_lengths(pose.joints_mm).sum() / self.mm.sum())
        if abs(share - 1.0) > ANOTHERS:
            return pose
        joints = fitted_joints(pose.joints_mm, pose.sigma_mm, self.mm)
        return replace(pose, joints_mm=joints)


@dataclass(frozen=True, slots=True, eq=False)
class SeenBones:
    """Mean lengths ``mm`` [20] of a followed hand's bones, and how much each counts (``weight``
    [20]). Any thread may use it."""

    mm: FloatArray
    weight: FloatArray

    @classmethod
    def of(cls, pose: HandPose) -> SeenBones:
        """Those of one pose."""
        return cls(frozen(bone_lengths(pose.joints_mm)), frozen(_weights(pose)))

    def including(self, pose: HandPose) -> SeenBones:
        """With a further ``pose``. A bone counts the less, the larger the expected errors of its
        ends are."""
        weight = KEPT * self.weight + (added := _weights(pose))
        change = (bone_lengths(pose.joints_mm) - self.mm) * (added / weight)
        return SeenBones(frozen(self.mm + change), frozen(weight))

    def fitted(self, pose: HandPose) -> HandPose:
        """``pose`` with joints moved so that its bones have these lengths."""
        return replace(pose, joints_mm=fitted_joints(pose.joints_mm, pose.sigma_mm, self.mm))


def _weights(pose: HandPose) -> FloatArray:
    variance = np.square(pose.sigma_mm, dtype=np.float32)
    return 1.0 / np.maximum(variance[_BONES[:, 0]] + variance[_BONES[:, 1]], 1e-6)


def compile_fit() -> None:
    """Compile the loop, which the first frame would otherwise wait for."""
    joints, sigma = np.zeros((JOINT_COUNT, 3), np.float32), np.ones(JOINT_COUNT, np.float32)
    fitted_joints(joints, sigma, np.ones(len(BONES), np.float32))


def fitted_joints(joints_mm: FloatArray, sigma_mm: FloatArray, bones_mm: FloatArray) -> FloatArray:
    """``joints_mm`` [21, 3] with expected errors ``sigma_mm`` [21], moved so that bones have the
    lengths ``bones_mm`` [20]."""
    joints = np.array(joints_mm, np.float32)
    mobility = np.square(sigma_mm, dtype=np.float32)
    _sweep(joints, mobility, np.asarray(bones_mm, np.float32), _BONES, SWEEPS)
    return joints


@njit(cache=True, nogil=True)
def _sweep(joints, mobility, lengths, bones, sweeps):  # type: ignore[no-untyped-def]  # pragma: no cover
    for _ in range(sweeps):
        for k in range(len(bones)):
            a, b = bones[k]
            x, y, z = (
                joints[b, 0] - joints[a, 0],
                joints[b, 1] - joints[a, 1],
                joints[b, 2] - joints[a, 2],
            )
            length = max(np.sqrt(x * x + y * y + z * z), np.float32(1e-3))
            change = (length - lengths[k]) / length / (mobility[a] + mobility[b])
            # Written out: arrays made in here would take most of the time.
            joints[a, 0] += mobility[a] * change * x
            joints[a, 1] += mobility[a] * change * y
            joints[a, 2] += mobility[a] * change * z
            joints[b, 0] -= mobility[b] * change * x
            joints[b, 1] -= mobility[b] * change * y
            joints[b, 2] -= mobility[b] * change * z


def bone_lengths(joints_mm: FloatArray) -> FloatArray:
    """Lengths [..., 20] of the bones between ``joints_mm`` [..., 21, 3]."""
    ends: Sequence[FloatArray] = (joints_mm[..., _BONES[:, 1], :], joints_mm[..., _BONES[:, 0], :])
    return np.asarray(np.linalg.norm(ends[0] - ends[1], axis=-1))
