"""Crops from the field's data sets and from recordings, as samples of crop file."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from engine.errors import InvalidInputError
from engine.tracking.pipeline import Pipeline
from training.crops.crop_dataset import CropDataset, Sample, sample_of, write_crops
from training.datasets import DepthDataset, open_dataset
from training.datasets.crops import cut_annotated
from training.datasets.frames import left_out, read_frames
from training.datasets.recordings import RecordedCrops
from training.learning.workers import Workers
from training.models.joint_sets import HAND, JointSet

CROPS_SUFFIX = ".safetensors"


def dataset_samples(
    dataset: DepthDataset,
    limit: int | None = None,
    damaged: list[str] | None = None,
    joints: JointSet = HAND,
) -> Iterator[Sample]:
    """The crops of a data set, cut around what its authors marked, with the program's joints (NaN
    where they marked none, as the forearm's point always is) or with the set's own.

    ``limit``: only so many, evenly spread, since neighbours in a set are much alike; ``damaged`` as
    ``read_frames`` takes it.
    """
    count = len(dataset) if limit is None else min(limit, len(dataset))
    chosen = np.linspace(0, len(dataset) - 1, count).round().astype(int).tolist()
    for _, frame in read_frames(dataset, tqdm(chosen, unit="crop"), damaged):
        points = frame.joints_mm if joints is HAND else frame.native_mm
        yield sample_of(cut_annotated(frame).crop, points, joints)


def write_dataset(
    path: Path,
    name: str,
    folder: Path,
    split: str,
    *,
    joints: JointSet = HAND,
    limit: int | None = None,
    allow_missing: bool = False,
) -> tuple[str, ...]:
    """Write the crops of a data set's split in ``folder`` to a crop file; gives a sentence for each
    reason why frames were left out.

    Raises:
        InvalidInputError: if the set is not as its authors lay it out, has other joints, or no
            frame can be cut.
    """
    if joints.name not in (HAND.name, name):
        raise InvalidInputError(f"data set {name} does not mark joints {joints.name}")
    dataset = open_dataset(name, folder, split, allow_missing=allow_missing)
    meta = {"dataset": name, "split": split, "missing": len(dataset.missing)}
    if joints is not HAND:
        meta["joints"] = joints.name
    damaged: list[str] = []
    samples = dataset_samples(dataset, limit, damaged if allow_missing else None, joints)
    write_crops(path, samples, meta)
    return left_out(dataset, damaged)


def write_recordings(path: Path, recordings: Sequence[Path], *, limit: int | None = None) -> None:
    """Write the crops of every hand followed in ``recordings`` to a crop file, and tell how
    many frames had a hand; only the first ``limit`` crops of each if given.

    Raises:
        InvalidInputError: if no hand is found, or the file cannot be written.
        SourceError: if a recording cannot be read to its end.
        ModelError: if the shipped networks cannot be loaded.
    """
    pipeline = Pipeline.load()
    notes: list[dict[str, Any]] = []

    def samples() -> Iterator[Sample]:
        for recording in recordings:
            recorded = RecordedCrops(recording, pipeline)
            progress = tqdm(recorded, desc=recording.name, unit="crop")
            for crop in islice(progress, limit):
                yield sample_of(crop)
            notes.append(
                {
                    **fingerprint(recording),
                    "frames": recorded.frames,
                    "frames_with_hand": recorded.frames_with_hand,
                }
            )
            sys.stdout.write(recorded.summary() + "\n")

    write_crops(path, samples(), {"recordings": notes})


def fingerprint(recording: Path) -> dict[str, Any]:
    """What tells a recording from another one: where it lies, how large and how old it is."""
    files = sorted(recording.iterdir()) if recording.is_dir() else [recording]
    stats = [file.stat() for file in files if file.is_file()]
    return {
        "recording": str(recording.resolve()),
        "bytes": sum(stat.st_size for stat in stats),
        "changed_ns": max((stat.st_mtime_ns for stat in stats), default=0),
    }


def unlabelled_datasets(
    paths: Sequence[Path], folder: Path, *, limit: int | None = None
) -> list[CropDataset]:
    """Open crop files; recordings are written once into ``folder`` and read from there.

    With several processes the first one writes, the others wait for it.

    Raises:
        InvalidInputError: if a path is neither, or ``folder`` has another recording of its name.
        SourceError: if a recording cannot be read to its end.
    """
    datasets = []
    for path in paths:
        if path.suffix == CROPS_SUFFIX:
            datasets.append(CropDataset(path))
            continue
        if not path.exists():
            raise InvalidInputError(f"{path}: no such recording or crop file ({CROPS_SUFFIX})")
        written = folder / f"{path.name}{CROPS_SUFFIX}"
        workers = Workers()
        if workers.is_leader:
            _write_once(written, path, limit)
        workers.broadcast(True)
        datasets.append(CropDataset(written))
    return datasets


def _write_once(written: Path, recording: Path, limit: int | None) -> None:
    if not written.exists():
        write_recordings(written, [recording], limit=limit)
        return
    (note,) = CropDataset(written).meta["recordings"]
    if any(note[key] != value for key, value in fingerprint(recording).items()):
        raise InvalidInputError(
            f"{written} was made of {note['recording']}, which is not {recording} as it is now; "
            "remove it or choose another run folder"
        )
    sys.stdout.write(
        f"{recording}: {note['frames_with_hand']} of {note['frames']} frames had a hand\n"
    )
