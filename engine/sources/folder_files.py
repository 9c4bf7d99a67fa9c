"""Which files of a folder are its depth images: by their content, not by where they lie."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.errors import InvalidInputError, SourceError
from engine.pictures.png import PngHeader, read_png_header
from engine.sources.foreign_file import HEAD_BYTES, foreign_kind

_LOOKED_AT: Final = 5
"""So many files of each kind of name tell what all of them are."""
_DEPTH: Final = re.compile(r"depth|tiefe|disparity", re.IGNORECASE)
_OTHER: Final = re.compile(
    r"colou?r|rgb|mask|label|seg|thumb|preview|infra|(?<![a-z])ir(?![a-z])|conf|ampl|intens|normal",
    re.IGNORECASE,
)
_WRITTEN_BY_RS_CONVERT: Final = re.compile(r"_Depth_[0-9]")
_UNREADABLE: Final = {
    ".npy": "NumPy arrays", ".npz": "NumPy arrays", ".raw": "raw numbers", ".bin": "raw numbers",
    ".tif": "TIFF pictures", ".tiff": "TIFF pictures", ".exr": "OpenEXR pictures",
    ".pgm": "PGM pictures", ".jpg": "JPEG pictures", ".jpeg": "JPEG pictures",
    ".csv": "tables", ".mat": "MATLAB files", ".h5": "HDF5 files", ".ply": "point clouds",
    ".pcd": "point clouds", ".mp4": "videos", ".avi": "videos", ".mkv": "videos",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class DepthFiles:
    """The depth images of a recording, in no order; ``notice`` tells what was left out, or is
    empty."""

    files: tuple[Path, ...]
    notice: str


def find_depth_files(folder: Path, size: tuple[int, int]) -> DepthFiles:
    """The depth images in ``folder``, or else in a folder ``depth`` in it.

    Depth is 16-bit grey. Where several kinds of such pictures lie side by side, those of ``size``
    (width, height) are meant, and of these the ones that are called depth.

    Raises:
        SourceError: if there are none; one line that says what is there instead.
    """
    pictures = _pictures(folder)
    found = _depth_files(pictures, size)
    if found is not None:
        return found
    for inner in _depth_folders(folder):
        found = _depth_files(_pictures(inner), size)
        if found is not None:
            return found
    if pictures:
        # Opening tells what is wrong with the first one.
        called = [picture for picture in pictures if _DEPTH.search(picture.name)]
        return DepthFiles(tuple(called or pictures), "")
    raise SourceError(_no_pictures(folder))


def why_no_depth(path: Path) -> str | None:
    """What the file of a depth image is instead, as a sentence; None if that is not known."""
    try:
        with path.open("rb") as file:
            kind = foreign_kind(file.read(HEAD_BYTES))
    except OSError:
        return None
    if kind is None:
        return None
    if kind != "a PNG picture":
        return f"{path} is {kind}"
    header = _header(path)
    if header is None or header.bits != 8 or not _WRITTEN_BY_RS_CONVERT.search(path.name):
        return None
    return (
        f"{path} is depth painted in colours (8-bit {header.colour}), as rs-convert writes it: "
        "distances are lost; open the recording itself that it was made of"
    )


def _pictures(folder: Path) -> list[Path]:
    return [entry for entry in _entries(folder) if entry.suffix.lower() == ".png"]


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        raise SourceError(f"{folder} cannot be read: {error.strerror or error}") from error


def _depth_folders(folder: Path) -> Iterator[Path]:
    named = [entry for entry in _entries(folder) if _DEPTH.search(entry.name) and entry.is_dir()]
    yield from sorted(named, key=lambda entry: (entry.name.lower() != "depth", entry.name))


def _depth_files(pictures: list[Path], size: tuple[int, int]) -> DepthFiles | None:
    """The depth images among ``pictures``; None if none is one."""
    kinds: dict[str, list[Path]] = {}
    for picture in pictures:
        kinds.setdefault(re.sub(r"[0-9.]+", "#", picture.stem), []).append(picture)
    headers = {name: _typical(files) for name, files in kinds.items()}
    chosen = [name for name, header in headers.items() if header is not None]
    chosen = [name for name in chosen if _is_depth(headers[name])]
    if not chosen:
        return None
    for preferred in (
        [name for name in chosen if _size(headers[name]) == size],
        [name for name in chosen if _DEPTH.search(name)],
        [name for name in chosen if not _OTHER.search(name)],
    ):
        chosen = [name for name in chosen if name in preferred] or chosen
    files = tuple(file for name in chosen for file in kinds[name])
    left_out = [(headers[name], kinds[name]) for name in kinds if name not in chosen]
    return DepthFiles(files, _left_out(left_out))


def _typical(files: list[Path]) -> PngHeader | None:
    """What most of these are, of those that can be read; depth where some are."""
    step = max(1, len(files) // _LOOKED_AT)
    headers = [header for header in map(_header, files[::step]) if header is not None]
    depth = [header for header in headers if _is_depth(header)]
    common = Counter(depth or headers).most_common(1)
    return common[0][0] if common else None


def _header(path: Path) -> PngHeader | None:
    try:
        return read_png_header(path)
    except InvalidInputError:
        return None


def _is_depth(header: PngHeader | None) -> bool:
    return header is not None and (header.bits, header.colour) == (16, "grey")


def _size(header: PngHeader | None) -> tuple[int, int] | None:
    return None if header is None else (header.width, header.height)


def _left_out(others: list[tuple[PngHeader | None, list[Path]]]) -> str:
    count = sum(len(files) for _, files in others)
    if not count:
        return ""
    header, files = max(others, key=lambda other: len(other[1]))
    kind = "no PNG"
    if header is not None:
        kind = f"{header.bits}-bit {header.colour}, {header.width}x{header.height}"
    other = "other picture is" if count == 1 else "other pictures are"
    return f"{count} {other} left out, such as {files[0].name} ({kind})"


def _no_pictures(folder: Path) -> str:
    """That there is no PNG, and what there is."""
    entries = _entries(folder)
    recordings = [entry.name for entry in entries if entry.suffix.lower() in (".bag", ".db3")]
    if recordings:
        return f"{folder} holds no PNG frames: open {folder / recordings[0]} itself"
    kinds = Counter(_UNREADABLE.get(entry.suffix.lower(), "") for entry in entries)
    kinds.pop("", None)
    if not kinds:
        return f"{folder} holds no PNG frames"
    kind, count = kinds.most_common(1)[0]
    name = next(e.suffix for e in entries if _UNREADABLE.get(e.suffix.lower()) == kind)
    return (
        f"{folder} holds no PNG frames but {count} {name} {'file' if count == 1 else 'files'} "
        f"({kind}), which are not read: save each frame as a 16-bit grey PNG"
    )
