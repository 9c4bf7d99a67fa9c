"""The HANDS 2017 challenge, made of BigHand2.2M and First-Person Hand Action (Yuan et al., 2017).

``training/images`` with ``training/Training_Annotation.txt`` (image name and 21 joints in mm,
camera frame); ``frame/images`` with ``frame/BoundingBox.txt`` (name and four numbers), which were
never annotated in public.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.errors import InvalidInputError
from training.datasets.formats import HANDS17
from training.datasets.frames import FileDataset, require_folder, side_of_set
from training.datasets.tables import read_table


class Hands17Dataset(FileDataset):
    """``train`` is annotated; ``test`` are the frames of the challenge, all joints NaN.

    The set does not say which hands it shows: where the joints tell, it is taken from them.

    Raises:
        InvalidInputError: if images or annotations are missing or damaged.
    """

    def __init__(self, path: Path, split: str, *, allow_missing: bool = False) -> None:
        train = split == "train"
        folder = require_folder(path / ("training" if train else "frame"), f"HANDS17's {split}")
        labels = folder / ("Training_Annotation.txt" if train else "BoundingBox.txt")
        joints = len(HANDS17.native_joints)
        table = read_table(labels, 3 * joints if train else 4, np.float32, named=True)
        names = [name.replace("\\", "/").rpartition("images/")[2] for name in table.names]
        for number, name in enumerate(names, start=1):
            if "/" in name or not name.endswith(".png"):
                raise InvalidInputError(f"{labels}, line {number}: {name!r} names no image")
        if train:
            native = table.values.reshape(-1, joints, 3)
            behind = (native[..., 2] <= 0).any(axis=1)
            if behind.any():
                number = int(behind.argmax()) + 1
                raise InvalidInputError(
                    f"{labels}, line {number}: a joint is not in front of the camera"
                )
        else:
            native = np.full((len(table.names), joints, 3), np.nan, np.float32)
        super().__init__(
            HANDS17,
            folder / "images",
            names,
            native,
            handedness=side_of_set(HANDS17, native),
            allow_missing=allow_missing,
        )
