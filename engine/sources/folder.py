"""A folder of numbered 16-bit PNGs with a ``camera.json`` and perhaps a ``times.txt``."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera
from engine.errors import FrameError, InvalidInputError, SourceError
from engine.pictures.png import read_depth_png
from engine.sources.recording import Recording
from engine.types import Frame

CAMERA_FILE = "camera.json"
TIMES_FILE = "times.txt"
_MAX_CAMERA_BYTES = 1 << 20
_MAX_SIDE_PX = 16384
_MAX_STAMP_BYTES = 40


class FolderSource(Recording):
    """Every PNG of a folder in the order of the numbers in their names.

    Frame k is stamped with line k of ``times.txt`` (ms); where there is none, a frame period after
    the one before, beginning at 0. One thread reads; any thread may close.

    Raises:
        SourceError: if the folder, its camera.json or its first PNG is not usable.
    """

    def __init__(self, path: Path) -> None:
        camera = read_camera_file(path / CAMERA_FILE)
        self._path = path
        self._files = _png_files(path)
        self._stamps_ms = _stamps_ms(path / TIMES_FILE, len(self._files), camera.fps)
        timeline_ms = self._stamps_ms - self._stamps_ms[0]
        super().__init__(path.name or str(path), camera, timeline_ms)
        self._load(0)

    def _load(self, index: int) -> Frame:
        camera = self.camera
        try:
            raw = read_depth_png(self._files[index], camera.width, camera.height)
        except InvalidInputError as error:
            if not self._path.is_dir():
                raise SourceError(
                    f"{self._path} is gone: the folder was moved or removed"
                ) from error
            raise FrameError(str(error)) from error
        depth_mm = np.multiply(raw, camera.depth_unit_mm, dtype=np.float32)
        return Frame(depth_mm, float(self._stamps_ms[index]), index, camera)

    def _release(self) -> None:
        """Files are open only while they are read."""


def is_part(path: Path) -> bool:
    """Whether a file of this name in a recording's folder is read as a part of it."""
    return path.name in (CAMERA_FILE, TIMES_FILE) or path.suffix.lower() == ".png"


def read_camera_file(path: Path) -> Camera:
    """Read a ``camera.json``: name, width, height, fx, fy, cx, cy, depth_unit_mm, fps.

    Raises:
        SourceError: if it is missing, not JSON, or a field is missing, mistyped or impossible.
    """
    try:
        if not path.is_file():
            raise SourceError(
                f"{path.parent} has no {CAMERA_FILE}: a folder recording needs one beside its PNGs"
            )
        with path.open("rb") as file:
            text = file.read(_MAX_CAMERA_BYTES + 1)
        if len(text) > _MAX_CAMERA_BYTES:
            raise SourceError(f"{path} is too large for a camera file")
        fields = json.loads(text)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path} is not valid JSON: {error}") from error
    if not isinstance(fields, dict):
        raise SourceError(f"{path} must hold one JSON object, not a {type(fields).__name__}")
    return _camera_from_fields(path, fields)


def _camera_from_fields(path: Path, fields: dict[str, Any]) -> Camera:
    name = _field(path, fields, "name")
    if not isinstance(name, str):
        raise SourceError(f"{path}: name must be a text, not {name!r}")
    try:
        return Camera(
            name=name,
            width=_side(path, fields, "width"),
            height=_side(path, fields, "height"),
            fx=_number(path, fields, "fx"),
            fy=_number(path, fields, "fy"),
            cx=_number(path, fields, "cx"),
            cy=_number(path, fields, "cy"),
            depth_unit_mm=_number(path, fields, "depth_unit_mm"),
            fps=_number(path, fields, "fps"),
        )
    except InvalidInputError as error:
        raise SourceError(f"{path}: {error}") from error


def _field(path: Path, fields: dict[str, Any], name: str) -> Any:
    if name not in fields:
        raise SourceError(f"{path}: the field {name} is missing")
    return fields[name]


def _number(path: Path, fields: dict[str, Any], name: str) -> float:
    value = _field(path, fields, name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SourceError(f"{path}: {name} must be a number, not {value!r:.60}")
    try:
        return float(value)
    except OverflowError as error:
        raise SourceError(f"{path}: {name} is too large") from error


def _side(path: Path, fields: dict[str, Any], name: str) -> int:
    value = _number(path, fields, name)
    if not (value.is_integer() and 1 <= value <= _MAX_SIDE_PX):
        raise SourceError(
            f"{path}: {name} must be a whole number from 1 to {_MAX_SIDE_PX}, not {value:g}"
        )
    return int(value)


def _stamps_ms(path: Path, count: int, fps: float) -> NDArray[np.float64]:
    """The frames' stamps [count]; a killed program may have left the last ones out."""
    try:
        with path.open("rb") as file:
            lines = file.read(_MAX_STAMP_BYTES * count).splitlines()[:count]
        kept = [float(line) for line in lines]
    except (OSError, ValueError):
        kept = []
    if not np.isfinite(kept).all():
        kept = []
    begin = kept[-1] + 1000.0 / fps if kept else 0.0
    rest = np.arange(count - len(kept), dtype=np.float64) * (1000.0 / fps)
    return np.concatenate([np.array(kept, dtype=np.float64), begin + rest])


def _png_files(folder: Path) -> list[Path]:
    try:
        files = [
            entry
            for entry in folder.iterdir()
            if entry.suffix.lower() == ".png" and not entry.name.startswith(".")
        ]
    except OSError as error:
        raise SourceError(f"{folder} cannot be read: {error.strerror or error}") from error
    if not files:
        raise SourceError(f"{folder} holds no PNG frames")
    return sorted(files, key=_by_number)


def _by_number(path: Path) -> tuple[list[tuple[int, str]], str]:
    """Sort 2.png before 10.png; equal numbers by name."""
    parts = re.findall(r"[0-9]+|[^0-9]+", path.stem)
    return [(int(p), "") if p[0] in "0123456789" else (-1, p) for p in parts], path.name
