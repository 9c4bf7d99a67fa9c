"""Depth recordings out: folders of PNGs and RealSense ``.db3`` files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Protocol, Self

from engine.camera import Camera
from engine.colour import ColourCamera
from engine.errors import ExportError
from engine.output import cannot_write, is_stream, replacing, replacing_folder, write_bytes
from engine.pictures.png import encode_depth_png
from engine.recording.colour_pictures import ColourPictures
from engine.recording.raw_depth import raw_depth
from engine.recording.record_db3 import Db3Recorder
from engine.recording.totals import WrittenTotals
from engine.sources.camera_file import CAMERA_FILE, COLOUR_FIELD, colour_fields
from engine.sources.folder import TIMES_FILE
from engine.types import Frame

DB3_SUFFIX = ".db3"
COLOUR_FOLDER = "color"


class FrameWriter(Protocol):
    """A recording that is being written; one thread at a time may use it.

    A program that is killed leaves a recording of everything before the last ``flush``. Every
    method may raise an ``ExportError``; what was flushed before stays good.
    """

    @property
    def written(self) -> int:
        """How many frames were written."""
        ...

    @property
    def size_bytes(self) -> int:
        """About how large the recording is."""
        ...

    def write(self, frame: Frame) -> None:
        """Append one frame, later than the one before; it must be of the recording's camera."""
        ...

    def flush(self) -> None:
        """Make what was written outlive the program."""
        ...

    def close(self) -> None:
        """Complete the recording; one without frames is taken away. Closing twice is fine."""
        ...


def open_writer(path: Path, camera: Camera) -> FrameWriter:
    """Begin a recording at ``path``: a ``.db3`` file, or else a folder that keeps times.

    Raises:
        ExportError: if ``path`` is of another type or taken, or cannot be written.
    """
    if _checked_suffix(path):
        return Db3Recorder(path, camera)
    return FolderRecorder(path, camera, keep_times=True)


class FolderRecorder(WrittenTotals):
    """Writes frames as ``%06d.png`` beside a ``camera.json``; one thread at a time may use it.

    Every file appears complete or not at all, so a killed recording stays readable. Depth is
    rounded to the camera's unit; what exceeds 16 bits becomes 0, "no data". Colour beside it is
    written as JPEG into a folder ``color``, its camera into ``camera.json``. With ``keep_times``
    the frames' stamps go into ``times.txt``; without, the reader counts with ``camera.fps``.

    Raises:
        ExportError: if the folder cannot be made or already holds a recording.
    """

    def __init__(self, path: Path, camera: Camera, *, keep_times: bool = False) -> None:
        super().__init__()
        self._path = path
        self._camera = camera
        self._keep_times = keep_times
        self._made = not path.exists()
        try:
            path.mkdir(parents=True, exist_ok=True)
            if any(path.glob("*.png")) or (path / CAMERA_FILE).exists():
                raise ExportError(f"{path} already holds a recording: choose an empty folder")
            write_bytes(path / CAMERA_FILE, _camera_json(camera))
            self._colour = ColourPictures()
        except OSError as error:
            raise cannot_write(path, error) from error

    def write(self, frame: Frame) -> None:
        """Append one frame.

        Raises:
            ExportError: if it cannot be written or comes from another camera.
        """
        path = self._path / f"{self._written:06d}.png"
        picture = encode_depth_png(raw_depth(frame, self._camera))
        if self._keep_times:
            # First: a stamp without a picture does no harm, a picture without one gets a guess.
            self._append_time(frame.timestamp_ms)
        write_bytes(path, picture)
        self._size_bytes += self._write_colour(frame)
        self._written += 1
        self._size_bytes += len(picture)

    def flush(self) -> None:
        """Do nothing: every frame is a file by now."""

    def close(self) -> None:
        """Take away a folder without frames."""
        if self._written == 0 and self._keep_times:
            for name in (CAMERA_FILE, TIMES_FILE):
                (self._path / name).unlink(missing_ok=True)
            if self._made and self._path.is_dir() and not any(self._path.iterdir()):
                self._path.rmdir()

    def _write_colour(self, frame: Frame) -> int:
        """Write the colour beside ``frame``, if there is some; how many bytes that are."""
        picture = self._colour.encoded(frame)
        if picture is None:
            return 0
        folder = self._path / COLOUR_FOLDER
        if not folder.exists() and frame.colour is not None:
            try:
                folder.mkdir()
            except OSError as error:
                raise cannot_write(folder, error) from error
            write_bytes(self._path / CAMERA_FILE, _camera_json(self._camera, frame.colour.camera))
        write_bytes(folder / f"{self._written:06d}.jpg", picture)
        return len(picture)

    def _append_time(self, stamp_ms: float) -> None:
        try:
            with (self._path / TIMES_FILE).open("a", encoding="ascii") as file:
                file.write(f"{stamp_ms:.6f}\n")
        except OSError as error:
            raise cannot_write(self._path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def write_recording(path: Path, frames: Iterable[Frame], camera: Camera) -> int:
    """Write ``frames`` as a ``.db3`` or a folder with times; return how many there were.

    It appears under its name when it is complete; an older file gives way then, an older folder
    must be empty.

    Raises:
        ExportError: if ``path`` is not usable or writing fails.
    """
    try:
        replaced = replacing if _checked_suffix(path) else replacing_folder
    except OSError as error:  # such as a name that is too long
        raise cannot_write(path, error) from error
    with replaced(path) as partial:
        try:
            with closing(open_writer(partial, camera)) as writer:
                for frame in frames:
                    writer.write(frame)
        except ExportError as error:
            if str(partial) not in str(error):
                raise
            raise ExportError(str(error).replace(str(partial), str(path))) from error
        if not writer.written:
            raise ExportError(f"{path} is not written: there are no frames for it")
    return writer.written


def _checked_suffix(path: Path) -> str:
    """``.db3``, or nothing for a folder."""
    suffix = path.suffix.lower()
    if not path.name:
        raise ExportError(f"{path} has no name: choose that of a new folder or a .db3")
    if is_stream(path):
        raise ExportError(f"{path} is no place for a recording: choose a .db3 or a folder")
    if suffix in (".bag", ".mcap"):
        raise ExportError(f"{path}: {suffix} files can only be read; choose .db3 or a folder")
    if suffix != DB3_SUFFIX and path.is_file():
        raise ExportError(f"{path} is a file: choose a name ending in .db3, or a new folder")
    if suffix == DB3_SUFFIX and path.is_dir():
        raise ExportError(f"{path} is a folder: choose another name")
    return suffix if suffix == DB3_SUFFIX else ""


def _camera_json(camera: Camera, colour: ColourCamera | None = None) -> bytes:
    names = ("name", "width", "height", "fx", "fy", "cx", "cy", "depth_unit_mm", "fps")
    fields: dict[str, object] = {name: getattr(camera, name) for name in names}
    if camera.serial:
        fields["serial"] = camera.serial
    if colour is not None:
        fields[COLOUR_FIELD] = colour_fields(colour)
    return (json.dumps(fields) + "\n").encode()
