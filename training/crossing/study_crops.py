"""The crop files of the two studies, made when they are first needed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from engine.errors import InvalidInputError
from training.crops.crop_dataset import CropDataset
from training.crops.synthetic_domains import write_domain

FILES: Final = {
    "claim": {"labelled": "takes", "validation": "takes_validation", "test": "takes_test"},
    "adaptation": {
        "labelled": "labelled",
        "unlabelled": "unlabelled",
        "validation": "validation",
        "test": "test",
        "test_labelled": "test_labelled",
    },
}
"""The domain of each of a study's crop files."""
COUNTS: Final = {
    "claim": {"labelled": 32768, "validation": 1024, "test": 2048},
    "adaptation": {
        "labelled": 4096,
        "unlabelled": 16384,
        "validation": 512,
        "test": 1024,
        "test_labelled": 1024,
    },
}
"""How many crops each has if not said otherwise."""


def crop_files(question: str, folder: Path, counts: dict[str, int]) -> dict[str, Path]:
    """Paths of a study's crop files, made if they are not there.

    Raises:
        InvalidInputError: if what is there has another size.
    """
    paths = {name: folder / f"{name}.safetensors" for name in FILES[question]}
    for name, domain in FILES[question].items():
        if not paths[name].exists():
            write_domain(domain, counts[name], paths[name])
        elif len(CropDataset(paths[name])) != counts[name]:
            raise InvalidInputError(
                f"{paths[name]} has not {counts[name]} crops: choose another folder"
            )
    return paths
