"""The ICVL hand posture data set (Tang et al., CVPR 2014).

``Training/Depth`` holds the images that ``Training/labels.txt`` (``train.txt`` in older copies)
names, ``Testing/Depth`` those of ``test_seq_1.txt`` and ``test_seq_2.txt``. A label is the image's
path, below ``Depth`` or with it, and 16 joints ``u v d``. Training images lie in ``SESSION/`` and,
turned in the image plane, in ``DEGREES/SESSION/``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from engine.camera import FloatArray
from engine.errors import InvalidInputError
from training.datasets.formats import ICVL, to_mm
from training.datasets.frames import FileDataset, names_in, read_grey_depth, require_folder
from training.datasets.tables import read_table

NOTHING_MM: Final = 32000.0
"""The set stores 32001 where nothing was measured."""
_LABELS: Final = {
    "train": ("Training", (("labels.txt",), ("train.txt",))),
    "test": ("Testing", (("test_seq_1.txt", "test_seq_2.txt"), ("test.txt",), ("labels.txt",))),
}
"""The folder of a split and the lists that it may have, the usual ones first."""
_DEPTH: Final = "Depth/"


class IcvlDataset(FileDataset):
    """One split, the test sequences in the order of the benchmark's list.

    ``rotated``: with the training images that the authors turned in the image plane. Turning the
    crop (``roll_rad``) does the same without reading more images.

    Raises:
        InvalidInputError: if images or annotations are missing or damaged.
    """

    def __init__(
        self, path: Path, split: str, *, rotated: bool = False, allow_missing: bool = False
    ) -> None:
        part, lists = _LABELS[split]
        folder = require_folder(path / part / "Depth", f"ICVL's {split} split")
        files: list[str] = []
        native: list[FloatArray] = []
        for source in _lists(path / part, lists):
            table = read_table(source, 3 * len(ICVL.native_joints), np.float32, named=True)
            uvd = table.values.reshape(len(table.values), -1, 3)
            names = [_below_depth(name) for name in table.names]
            _check(source, names, uvd)
            chosen = [k for k, name in enumerate(names) if rotated or name.count("/") < 2]
            files += [names[k] for k in chosen]
            native.append(to_mm(uvd[chosen], ICVL.camera).astype(np.float32))
        if not files:
            raise InvalidInputError(f"{path / part} labels no frame that is not rotated")
        joined = np.concatenate(native)
        super().__init__(ICVL, folder, files, joined, allow_missing=allow_missing)

    def _read_depth(self, path: Path) -> FloatArray:
        depth = read_grey_depth(path, self._form.camera)
        depth[depth >= NOTHING_MM] = 0.0
        return depth


def _lists(folder: Path, known: Sequence[tuple[str, ...]]) -> list[Path]:
    """The lists of a split, called as in one of the ``known`` ways; the first way if in none.

    Raises:
        InvalidInputError: saying what lists are there instead, if there are some.
    """
    there = {name.lower(): name for name in names_in(folder) if name.lower().endswith(".txt")}
    for names in known:
        if all(name in there for name in names):
            return [folder / there[name] for name in names]
    if there and not there.keys() & set(known[0]):
        found = ", ".join(sorted(there.values())[:5])
        raise InvalidInputError(f"{folder / known[0][0]} is expected, but only {found} is there")
    return [folder / name for name in known[0]]


def _below_depth(name: str) -> str:
    """A label's path, which programs on Windows write with backslashes, below ``Depth``."""
    return name.replace("\\", "/").removeprefix("./").rpartition(_DEPTH)[2]


def _check(source: Path, names: Sequence[str], uvd: FloatArray) -> None:
    for number, name in enumerate(names, start=1):
        if not name.endswith(".png") or ".." in name or name.startswith("/"):
            raise InvalidInputError(f"{source}, line {number}: {name!r} names no image")
    behind = (uvd[..., 2] <= 0).any(axis=1)
    if behind.any():
        raise InvalidInputError(
            f"{source}, line {int(behind.argmax()) + 1}: a joint is not in front of the camera"
        )
