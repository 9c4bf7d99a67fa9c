"""Crops to learn from, as one file: depth, and for labelled ones the hand's points.

Whatever the crops come from (synthetic scenes, the field's data sets, a user's recordings), they
are stored alike, so that every stage of training reads one format. A file is a safetensors with
``depth`` [N, 128, 128] int16 (normalised depth times 32767), ``perspective`` [N] float32 (half the
cube's side over the distance of its centre) and ``points`` [N, 22, 3] float32 in mm relative to
the cube's centre, in the crop's frame (NaN: not known).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from engine.camera import FloatArray
from engine.crop import CROP_SIZE
from engine.errors import InvalidInputError
from engine.types import HandCrop
from training.models.rig import POINT_COUNT

FORMAT: Final = "crossing-hands-material/1"
SCALE: Final = 32767.0


class Sample(NamedTuple):
    """One crop: ``image`` [128, 128] in [-1, 1], its ``perspective`` and its ``points`` [22, 3]."""

    image: FloatArray
    perspective: float
    points: FloatArray


def sample_of(crop: HandCrop, points_mm: FloatArray | None = None) -> Sample:
    """A crop with its points [P, 3] in mm, camera frame; missing or NaN where not known."""
    points = np.full((POINT_COUNT, 3), np.nan, np.float32)
    if points_mm is not None:
        turned = np.asarray(points_mm, np.float32) @ crop.R_crop_from_camera.T
        turned[:, 2] -= crop.distance_mm
        if crop.mirrored:
            turned[:, 0] *= -1.0
        points[: len(turned)] = turned
    return Sample(crop.image, 0.5 * crop.cube_mm / crop.distance_mm, points)


def write_material(path: Path, samples: Iterable[Sample], meta: dict[str, Any]) -> int:
    """Write ``samples`` to ``path`` (atomic) with ``meta`` (JSON); returns how many there were.

    Raises:
        InvalidInputError: if there is none or the file cannot be written.
    """
    depth: list[NDArray[np.int16]] = []
    perspective, points = [], []
    for sample in samples:
        depth.append(np.round(sample.image * SCALE).astype(np.int16))
        perspective.append(sample.perspective)
        points.append(sample.points)
    if not depth:
        raise InvalidInputError(f"no crop of a hand for {path}")
    tensors = {
        "depth": np.stack(depth),
        "perspective": np.asarray(perspective, np.float32),
        "points": np.stack(points).astype(np.float32),
    }
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, part, metadata={"format": FORMAT, "meta": json.dumps(meta)})
        part.replace(path)
    except (OSError, SafetensorError) as error:
        raise InvalidInputError(f"cannot write {path}: {error}") from error
    return len(depth)


class Material:
    """A material file; crops are read as they are asked for. Any thread may use it."""

    def __init__(self, path: Path, most: int | None = None) -> None:
        """Open ``path``; only its first ``most`` crops count if given.

        Raises:
            InvalidInputError: if the file is missing, damaged or of another format.
        """
        self.path = path
        try:
            with safe_open(path, framework="np") as file:
                metadata = file.metadata() or {}
                if metadata.get("format") != FORMAT:
                    raise InvalidInputError(f"{path} is not a material file ({FORMAT})")
                self.meta: dict[str, Any] = json.loads(metadata["meta"])
                self._perspective = file.get_tensor("perspective")
                self._points = file.get_tensor("points")
                shape = tuple(file.get_slice("depth").get_shape())
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            raise InvalidInputError(f"cannot read material {path}: {error}") from error
        count = len(self._perspective)
        if shape != (count, CROP_SIZE, CROP_SIZE) or self._points.shape != (count, POINT_COUNT, 3):
            raise InvalidInputError(f"material {path} holds arrays of the wrong shape: {shape}")
        self._count = count if most is None else min(most, count)
        # Safetensors keep each tensor in one piece, so the page cache serves all processes.
        self._depth = np.memmap(
            path, np.int16, "r", offset=_offset_of(path, "depth"), shape=(count, *shape[1:])
        )

    def __len__(self) -> int:
        return self._count

    @property
    def labelled(self) -> bool:
        """True if the joints of every crop are known."""
        return bool(np.isfinite(self._points[: self._count, : POINT_COUNT - 1]).all())

    def __getitem__(self, index: int) -> Sample:
        if not 0 <= index < self._count:
            raise IndexError(index)
        image = self._depth[index].astype(np.float32) / np.float32(SCALE)
        return Sample(image, float(self._perspective[index]), self._points[index])


def _offset_of(path: Path, name: str) -> int:
    """Where the bytes of tensor ``name`` begin (the format's header names them)."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
    return 8 + size + int(header[name]["data_offsets"][0])
