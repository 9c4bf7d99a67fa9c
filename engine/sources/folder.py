"""A folder of 16-bit PNGs with a ``camera.json`` and perhaps a ``times.txt``."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import FrameError, InvalidInputError, SourceError
from engine.pictures.png import read_depth_png
from engine.sources.camera_file import CAMERA_FILE, read_camera_file
from engine.sources.depth_units import depth_in_mm
from engine.sources.file_names import FileNames
from engine.sources.folder_colour import find_folder_colour
from engine.sources.folder_files import find_depth_files, why_no_depth
from engine.sources.recording import Recording
from engine.sources.timeline import repair_timeline
from engine.types import Frame

TIMES_FILE: Final = "times.txt"
_MAX_STAMP_BYTES: Final = 40


class FolderSource(Recording):
    """Every depth image of a folder in the order of the numbers in their names.

    Frame k is stamped with line k of ``times.txt`` (ms), or else with the time in its name; where
    there is none, a frame period after the one before, beginning at 0. Which files are depth:
    ``folder_files``; times: ``file_names``. One thread reads; any thread may close.

    Raises:
        SourceError: if the folder, its camera.json or its first PNG is not usable.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        found = read_camera_file(_camera_file(path))
        camera, self._rectifier, self._no_data = found.camera, found.rectifier, found.no_data
        height, width = self._rectifier.shape
        depth = find_depth_files(path, (width, height))
        names = FileNames([file.stem for file in depth.files])
        order = names.order()
        self._files = [depth.files[place] for place in order]
        period_ms = 1000.0 / camera.fps
        stamps_ms = _stamps_ms(path / TIMES_FILE, len(order), period_ms)
        in_names = names.times_ms(period_ms) if stamps_ms is None else None
        if in_names is not None:
            stamps_ms = in_names[order]
        if stamps_ms is None:
            stamps_ms = np.arange(len(order), dtype=np.float64) * period_ms
        timeline = repair_timeline(stamps_ms, period_ms=period_ms, may_sort=False)
        self._stamps_ms = timeline.times_ms
        self._colour = find_folder_colour(path, found, self._files)
        shown = self._colour.notice if depth.notice else ""
        notices = (depth.notice, shown, timeline.notice, self._rectifier.notice)
        notice = "; ".join(filter(None, notices))
        name = path.name or str(path)
        since_first_ms = self._stamps_ms - self._stamps_ms[0]
        super().__init__(name, camera, since_first_ms, f"{name}: {notice}" if notice else "")
        self._load(0)

    def _load(self, index: int) -> Frame:
        height, width = self._rectifier.shape
        try:
            raw = read_depth_png(self._files[index], width, height)
        except InvalidInputError as error:
            if not self._path.is_dir():
                raise SourceError(
                    f"{self._path} is gone: the folder was moved or removed"
                ) from error
            raise FrameError(why_no_depth(self._files[index]) or str(error)) from error
        unit_mm = self.camera.depth_unit_mm
        depth_mm = depth_in_mm(self._rectifier(raw), unit_mm, self._no_data)
        stamp_ms, colour = float(self._stamps_ms[index]), self._colour.image(index)
        why_none = "" if colour is not None else self._colour.problem
        return Frame(depth_mm, stamp_ms, index, self.camera, colour, why_none)

    def _release(self) -> None:
        """Files are open only while they are read."""


def is_part(path: Path) -> bool:
    """Whether a file of this name in a recording's folder is read as a part of it."""
    return path.name in (CAMERA_FILE, TIMES_FILE) or path.suffix.lower() == ".png"


def _camera_file(folder: Path) -> Path:
    """The folder's camera.json; some lie beside the pictures in its folder ``depth``."""
    inner = folder / "depth" / CAMERA_FILE
    return (
        inner if inner.is_file() and not (folder / CAMERA_FILE).exists() else folder / CAMERA_FILE
    )


def _stamps_ms(path: Path, count: int, period_ms: float) -> NDArray[np.float64] | None:
    """The frames' stamps [count] of ``times.txt``, None without any.

    A killed program may have left the last ones out, or the last one half written.
    """
    try:
        with path.open("rb") as file:
            lines = file.read(_MAX_STAMP_BYTES * count).splitlines()[:count]
    except OSError:
        return None
    kept: list[float] = []
    with suppress(ValueError):
        kept.extend(map(float, lines))
    if not np.isfinite(kept).any():
        return None
    rest = kept[-1] + period_ms * np.arange(1, count - len(kept) + 1)
    return np.concatenate([kept, rest])
