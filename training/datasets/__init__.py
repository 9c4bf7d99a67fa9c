"""Readers of the field's data sets and of recordings, and crops made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from engine.errors import InvalidInputError
from training.datasets.frames import AnnotatedFrame, DepthDataset
from training.datasets.hands17 import Hands17Dataset
from training.datasets.icvl import IcvlDataset
from training.datasets.msra import MsraDataset
from training.datasets.nyu import NyuDataset

__all__ = ["DATASETS", "SPLITS", "AnnotatedFrame", "DepthDataset", "open_dataset"]

DATASETS: Final = {
    "nyu": NyuDataset,
    "icvl": IcvlDataset,
    "msra": MsraDataset,
    "hands17": Hands17Dataset,
}
SPLITS: Final = ("train", "test")


def open_dataset(name: str, path: Path | str, split: str = "train", **options: Any) -> DepthDataset:
    """Open a split of the data set ``name`` that lies in folder ``path``.

    ``options`` are the reader's: ``allow_missing`` (all), ``view`` (NYU), ``rotated`` (ICVL),
    ``subjects`` and ``test_subject`` (MSRA).

    Raises:
        InvalidInputError: if the name or split is unknown, or the data set not as its authors
            lay it out; one line that names the file.
    """
    if name not in DATASETS:
        raise InvalidInputError(f"data sets are {', '.join(DATASETS)}, not {name!r}")
    if split not in SPLITS:
        raise InvalidInputError(f"a split is {' or '.join(SPLITS)}, not {split!r}")
    folder = Path(path)
    if not folder.is_dir():
        raise InvalidInputError(f"{folder} is no folder; data set {name} is expected there")
    opened: DepthDataset = DATASETS[name](folder, split, **options)
    return opened
