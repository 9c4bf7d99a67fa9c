"""Crops to learn from, as one file: depth, and for labelled ones the hand's points.

Whatever the crops come from (synthetic scenes, the field's data sets, a user's recordings), they
are stored alike, so that every stage of training reads one format. A file is a safetensors with
``depth`` [N, 128, 128] int16 (normalised depth times 32767), ``perspective`` [N] float32 (half the
cube's side over the distance of its centre) and ``points`` [N, P, 3] float32 in mm relative to
the cube's centre, in the crop's frame (NaN: not known). Which points these are stands in the
metadata (``joints``, a name of ``training.models.joint_sets``; the program's 22 if not said).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from safetensors import SafetensorError, safe_open

from engine.camera import FloatArray
from engine.errors import InvalidInputError
from engine.output import replacing
from engine.tracking.crop_coordinates import CROP_SIZE, camera_to_crop_mm
from engine.types import HandCrop
from training.models.joint_sets import HAND, JOINT_SETS, JointSet

FORMAT: Final = "crossing-hands-material/1"
SCALE: Final = 32767.0
HEADER_BYTES: Final = 1 << 16
"""Room for the header, which ends where the depth begins."""


class Sample(NamedTuple):
    """One crop: ``image`` [128, 128] in [-1, 1], its ``perspective`` and its ``points`` [P, 3]."""

    image: FloatArray
    perspective: float
    points: FloatArray


def sample_of(
    crop: HandCrop, points_mm: FloatArray | None = None, joints: JointSet = HAND
) -> Sample:
    """A crop with its points [P, 3] of ``joints`` in mm, camera frame; missing or NaN where not
    known.

    What lies beyond the camera's image is empty here: no generator draws it.
    """
    points = np.full((joints.points, 3), np.nan, np.float32)
    if points_mm is not None:
        points[: len(points_mm)] = camera_to_crop_mm(crop, points_mm)
    return Sample(np.minimum(crop.image, np.float32(1.0)), crop.perspective, points)


def write_crops(path: Path, samples: Iterable[Sample], meta: dict[str, Any]) -> int:
    """Write ``samples`` to ``path`` (atomic) with ``meta`` (JSON); returns how many there were.

    Depth goes to the disk as it comes, since a data set's does not fit into memory; the header,
    which begins the file and tells the count, is written last. ``meta`` is read then, so it may
    be filled while ``samples`` is iterated.

    Raises:
        InvalidInputError: if there is no sample.
        ExportError: if the file cannot be written.
    """
    perspective: list[float] = []
    points: list[FloatArray] = []
    with replacing(path) as partial, partial.open("wb") as file:
        file.seek(HEADER_BYTES)
        for sample in samples:
            file.write(np.round(sample.image * SCALE).astype("<i2").tobytes())
            perspective.append(sample.perspective)
            points.append(sample.points)
        if not points:
            raise InvalidInputError(f"no crop of a hand for {path}")
        file.write(np.asarray(perspective, "<f4").tobytes())
        file.write(np.stack(points).astype("<f4").tobytes())
        file.seek(0)
        file.write(_header(len(points), len(points[0]), meta))
    return len(points)


def _layout(count: int, points: int) -> dict[str, tuple[str, int, tuple[int, ...]]]:
    """Type, bytes a number and shape of the tensors of ``count`` crops of so many ``points``."""
    return {
        "depth": ("I16", 2, (count, CROP_SIZE, CROP_SIZE)),
        "perspective": ("F32", 4, (count,)),
        "points": ("F32", 4, (count, points, 3)),
    }


def _header(count: int, points: int, meta: dict[str, Any]) -> bytes:
    """The file's first bytes as the safetensors format has them: a length, JSON, blanks."""
    header: dict[str, Any] = {"__metadata__": {"format": FORMAT, "meta": json.dumps(meta)}}
    end = 0
    for name, (kind, size, shape) in _layout(count, points).items():
        first, end = end, end + size * math.prod(shape)
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": (first, end)}
    text = json.dumps(header).encode()
    if len(text) > HEADER_BYTES - 8:
        raise InvalidInputError("what a crop file is made of is too long to be noted in its file")
    return (HEADER_BYTES - 8).to_bytes(8, "little") + text.ljust(HEADER_BYTES - 8)


class CropDataset:
    """A crop file; crops are read as they are asked for. Any thread may use it."""

    def __init__(self, path: Path, limit: int | None = None) -> None:
        """Open ``path``; only its first ``limit`` crops count if given.

        Raises:
            InvalidInputError: if the file is missing, damaged or of another format.
        """
        self.path = path
        try:
            with safe_open(path, framework="np") as file:
                metadata = file.metadata() or {}
                if metadata.get("format") != FORMAT:
                    raise InvalidInputError(f"{path} is not a crop file ({FORMAT})")
                self.meta: dict[str, Any] = json.loads(metadata["meta"])
                self.joints = _joints_of(path, self.meta)
                count = _checked_count(path, file, JOINT_SETS[self.joints].points)
                self._perspective = file.get_tensor("perspective")
                self._points = file.get_tensor("points")
        except (OSError, SafetensorError, LookupError, ValueError, RecursionError) as error:
            raise InvalidInputError(f"cannot read crop file {path}: {error}") from error
        self._count = count if limit is None else min(limit, count)
        # Safetensors keep each tensor in one piece, so the page cache serves all processes.
        shape = (count, CROP_SIZE, CROP_SIZE)
        self._depth = np.memmap(path, np.int16, "r", offset=_offset_of(path, "depth"), shape=shape)

    def __len__(self) -> int:
        return self._count

    @property
    def points(self) -> FloatArray:
        """The points [N, P, 3] of all crops, NaN where not known."""
        return self._points[: self._count]

    def marks(self, points: Sequence[int]) -> bool:
        """True if these points of every crop are known."""
        return bool(np.isfinite(self._points[: self._count, list(points)]).all())

    def __getitem__(self, index: int) -> Sample:
        if not 0 <= index < self._count:
            raise IndexError(index)
        image = self._depth[index].astype(np.float32) / np.float32(SCALE)
        return Sample(image, float(self._perspective[index]), self._points[index])


def _joints_of(path: Path, meta: Any) -> str:
    """Which joints an open crop file says that it holds."""
    name = meta.get("joints", HAND.name) if isinstance(meta, dict) else None
    if name not in JOINT_SETS:
        raise InvalidInputError(f"{path} is no crop file known here: its joints are {name!r}")
    return str(name)


def _checked_count(path: Path, file: Any, points: int) -> int:
    """How many crops an open crop file holds."""
    count = int(file.get_slice("depth").get_shape()[0])
    for name, (kind, _, shape) in _layout(count, points).items():
        stored = file.get_slice(name)
        if stored.get_dtype() != kind or tuple(stored.get_shape()) != shape or not count:
            raise InvalidInputError(
                f"{path} is no crop file: {name} is {stored.get_dtype()} {stored.get_shape()}"
            )
    return count


def _offset_of(path: Path, name: str) -> int:
    """Where the bytes of tensor ``name`` begin (the format's header names them)."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
    return 8 + size + int(header[name]["data_offsets"][0])
