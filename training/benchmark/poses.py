"""Poses of real people for the benchmark's hand: the NYU and ICVL test sets by inverse kinematics.

The rig of ``training.benchmark.anatomy`` is fitted to the joints of four persons; what is kept
is how fingers were bent and how the hand was turned, not whose hand it was. Fitting takes minutes,
so its result is kept in a file, which is not part of the program as the data sets are not.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from tqdm import tqdm

from engine.errors import InvalidInputError
from engine.output import replacing
from engine.simulation.angles import ANGLE_COUNT
from training.benchmark.anatomy import skeleton_of
from training.rig.annotations import SETS, read_joints
from training.rig.fit import fit_subject

FloatArray = NDArray[np.float64]

FRAMES: Final = {"nyu": 80, "icvl": 40}
"""Poses taken of each of a set's two persons: NYU marks thumbs better and poses more freely."""
WORST_MM: Final = 5.0
"""A pose that the rig cannot be brought nearer to (mean over its joints) is not used."""


@dataclass(frozen=True, slots=True, eq=False)
class RealPoses:
    """``angles`` [N, 24] rad of right hands, the wrist straight; ``R_camera_from_hand`` [N, 3, 3];
    ``residual_mm`` [N], how near the rig came to the annotated joints."""

    angles: FloatArray
    R_camera_from_hand: FloatArray
    residual_mm: FloatArray

    def __len__(self) -> int:
        return len(self.angles)

    def curl(self) -> FloatArray:
        """Mean flexion [N] in rad of knuckle and middle joint, over the four fingers."""
        fingers = self.angles[:, 8:].reshape(-1, 4, 4)
        return np.asarray((fingers[:, :, 0] + fingers[:, :, 2]).mean(axis=1))


def real_poses(benchmarks: Path, store: Path) -> RealPoses:
    """The poses, from ``store`` if they were fitted before, else from the data set files.

    Raises:
        InvalidInputError: if neither is there, or a file is not of its form.
    """
    path = store / f"poses-{_key()}.npz"
    if not path.exists():
        poses = _fit(benchmarks)
        turns = poses.R_camera_from_hand
        with replacing(path) as partial:
            np.savez(partial, angles=poses.angles, turns=turns, residual=poses.residual_mm)
    try:
        with np.load(path, allow_pickle=False) as file:
            angles, turns, residual = (file[name] for name in _NAMES)
    except (OSError, ValueError, KeyError) as error:
        raise InvalidInputError(f"{path} is damaged, delete it: {error}") from error
    near = residual < WORST_MM
    return RealPoses(angles[near], turns[near], residual[near])


_NAMES: Final = ("angles", "turns", "residual")


def _key() -> str:
    """Names the rig and the choice of frames, so that another one is fitted anew."""
    skeleton = skeleton_of()
    numbers = np.concatenate([skeleton.joints.ravel(), skeleton.axes.ravel()]).round(6)
    return hashlib.sha256(numbers.tobytes() + str(FRAMES).encode()).hexdigest()[:12]


def _fit(benchmarks: Path) -> RealPoses:
    skeleton = skeleton_of()
    angles, turns, residual = [np.zeros((0, ANGLE_COUNT))], [np.zeros((0, 3, 3))], [np.zeros(0)]
    with tqdm(total=2 * len(SETS), desc="fitting real poses, once", unit="person") as bar:
        for name, annotation in SETS.items():
            joints = read_joints(benchmarks, annotation)
            for first, last in annotation.subjects:
                chosen = np.unique(np.linspace(first, last - 1, FRAMES[name]).astype(int))
                fit = fit_subject(skeleton, annotation, joints[chosen])
                angles.append(fit.angles)
                residual.append(fit.residual_mm)
                turns.append(_turns(joints[chosen], fit.in_palm_mm))
                bar.update()
    return RealPoses(np.concatenate(angles), np.concatenate(turns), np.concatenate(residual))


def _turns(joints: FloatArray, in_palm: FloatArray) -> FloatArray:
    """R_camera_from_hand [N, 3, 3] between joints [N, J, 3] and the same in the hand frame."""
    found = []
    for seen, palm in zip(joints, in_palm, strict=True):
        turn, _ = Rotation.align_vectors(seen - seen.mean(axis=0), palm - palm.mean(axis=0))
        found.append(turn.as_matrix())
    return np.stack(found)
