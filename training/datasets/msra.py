"""The MSRA hand gesture data set (Sun et al., CVPR 2015).

``P0..P8/GESTURE/{number:06d}_depth.bin`` hold six little-endian int32 (image width and height, then
left, top, right, bottom of a patch) and the patch's depth in float32 mm; ``joint.txt`` holds the
number of frames, then 21 joints a line in mm with y up and z towards the viewer.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from engine.camera import FloatArray
from engine.errors import InvalidInputError
from engine.sources.depth_units import depth_in_mm
from training.datasets.formats import MSRA
from training.datasets.frames import ALLOW_MISSING, FileDataset, names_in, require_folder
from training.datasets.tables import read_table

SUBJECTS: Final = tuple(f"P{k}" for k in range(9))
GESTURES: Final = (*"123456789", "I", "IP", "L", "MP", "RP", "T", "TIP", "Y")
_HEADER: Final = 24
_IMAGE: Final = "_depth.bin"


class MsraDataset(FileDataset):
    """The gestures of ``subjects``, or of one split of a leave-one-subject-out round.

    ``test_subject`` is the one left out of ``train`` and alone in ``test``; ``subjects``
    overrules both.

    Images without a line in ``joint.txt``, as there are some in the authors' archive, are left out.

    Raises:
        InvalidInputError: if a subject, gesture or image is missing or damaged, a number of frames
            wrong, or it is not sure which line an image belongs to.
    """

    def __init__(
        self,
        path: Path,
        split: str = "train",
        *,
        subjects: Sequence[str] | None = None,
        test_subject: str = SUBJECTS[0],
        allow_missing: bool = False,
    ) -> None:
        chosen = _subjects(split, test_subject) if subjects is None else tuple(subjects)
        unknown = sorted({*chosen, test_subject}.difference(SUBJECTS))
        if unknown or not chosen:
            raise InvalidInputError(f"MSRA's subjects are P0 to P8, not {unknown or chosen}")
        files: list[str] = []
        native: list[FloatArray] = []
        unlabelled: list[str] = []
        for subject in chosen:
            for gesture in GESTURES:
                folder = path / subject / gesture
                require_folder(folder, f"gesture {gesture} of MSRA's subject {subject}")
                joints = _read_joints(folder)
                images, beyond = _pair(folder, len(joints), allow_missing=allow_missing)
                files += [f"{subject}/{gesture}/{image}" for image in images]
                unlabelled += [f"{subject}/{gesture}/{image}" for image in beyond]
                native.append(joints)
        super().__init__(
            MSRA,
            path,
            files,
            np.concatenate(native),
            unlabelled=unlabelled,
            allow_missing=allow_missing,
        )

    def _read_depth(self, path: Path) -> FloatArray:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise InvalidInputError(f"{path} cannot be read: {error.strerror or error}") from error
        camera = self._form.camera
        if len(content) < _HEADER:
            raise InvalidInputError(f"{path} is too short for a depth patch")
        width, height, left, top, right, bottom = np.frombuffer(content[:_HEADER], "<i4").tolist()
        inside = 0 <= left < right <= width and 0 <= top < bottom <= height
        if (width, height) != (camera.width, camera.height) or not inside:
            raise InvalidInputError(
                f"{path}: patch {left}, {top} to {right}, {bottom} of a {width}x{height} image "
                f"is no part of a {camera.width}x{camera.height} one"
            )
        if len(content) != _HEADER + 4 * (right - left) * (bottom - top):
            raise InvalidInputError(f"{path} is {len(content)} bytes long, unlike its patch")
        patch = np.frombuffer(content[_HEADER:], "<f4").reshape(bottom - top, right - left)
        depth = np.zeros((height, width), np.float32)
        depth[top:bottom, left:right] = depth_in_mm(patch, 1.0)
        return depth


def _subjects(split: str, test_subject: str) -> tuple[str, ...]:
    if split == "test":
        return (test_subject,)
    return tuple(subject for subject in SUBJECTS if subject != test_subject)


def _pair(folder: Path, lines: int, *, allow_missing: bool) -> tuple[list[str], list[str]]:
    """The image of each line of ``joint.txt``, and the images without a line.

    Line k belongs to image k. Where images are missing before the last line and others go beyond
    it, the lines may as well have been written for the images in their order: only the pairs
    before the first gap are sure then, and the others count as missing.

    Raises:
        InvalidInputError: in that case, unless ``allow_missing``.
    """
    wanted = [f"{number:06d}{_IMAGE}" for number in range(lines)]
    there = {name for name in names_in(folder) if name.endswith(_IMAGE)}
    beyond = sorted(there.difference(wanted))
    gap = next((number for number, name in enumerate(wanted) if name not in there), lines)
    if beyond and gap < lines:
        if not allow_missing:
            raise InvalidInputError(
                f"{folder / 'joint.txt'} has {lines} lines, {folder / wanted[gap]} is missing and "
                f"{beyond[0]} is there: from there on no image surely belongs to a line "
                f"({ALLOW_MISSING})"
            )
        sure = [*wanted[:gap], *(f"{number:06d} unsure" for number in range(gap, lines))]
        return sure, []
    return wanted, beyond


def _read_joints(folder: Path) -> FloatArray:
    """Joints [N, 21, 3] of one gesture in mm, camera frame."""
    path = folder / "joint.txt"
    table = read_table(path, 3 * len(MSRA.native_joints), np.float32, header=1)
    said, count = table.header[0].strip(), len(table.values)
    if said != str(count):
        raise InvalidInputError(f"{path} announces {said[:20]} frames and annotates {count}")
    # Half a turn about x: y down and z forward, and right hands stay right hands.
    joints = table.values.reshape(count, -1, 3) * np.array([1.0, -1.0, -1.0], np.float32)
    behind = (joints[..., 2] <= 0).any(axis=1)
    if behind.any():
        raise InvalidInputError(
            f"{path}, line {int(behind.argmax()) + 2}: a joint is not in front of the camera"
        )
    return joints
