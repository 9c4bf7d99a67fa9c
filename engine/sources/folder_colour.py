"""The colour pictures of a folder: those that are called so, beside its depth images.

They lie among the depth images or in a folder of their own, as PNG or JPEG, and are called
``color``, ``colour`` or ``rgb``. Each belongs to the depth image with the same number in its name,
or in the same place where there are as many. Where ``camera.json`` does not describe their camera,
they are taken to be aligned with depth.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from engine.colour import ColourCamera, ColourImage, ColourPixels
from engine.errors import FrameError, SourceError
from engine.pictures.png import DECODER_ERRORS
from engine.sources.camera_file import CAMERA_FILE, FolderCamera, colour_camera_in
from engine.sources.colour_message import picture_pixels, picture_size
from engine.sources.colour_stream import Place, colour_camera
from engine.sources.file_names import FileNames
from engine.sources.lens import Lens

_COLOUR: Final = re.compile(r"colou?r|rgb", re.IGNORECASE)
_SUFFIXES: Final = (".png", ".jpg", ".jpeg")
_MAX_STRETCH: Final = 0.01
"""Aligned pictures of another size than depth have its proportions to within this share."""


@dataclass(frozen=True, slots=True)
class FolderColour:
    """The colour pictures of a folder, by the places of the depth images they belong to.

    ``notice`` tells that they are there; ``problem`` is why a depth image has none.
    """

    camera: ColourCamera | None = None
    files: Mapping[int, Path] = field(default_factory=dict)
    notice: str = ""
    problem: str = ""

    def image(self, index: int) -> ColourImage | None:
        """The one beside a depth image; None without one."""
        path = self.files.get(index)
        if path is None or self.camera is None:
            return None
        return ColourImage(self.camera, partial(_pixels, path))


def find_folder_colour(folder: Path, camera: FolderCamera, depth: Sequence[Path]) -> FolderColour:
    """The colour pictures in ``folder`` beside the images ``depth``."""
    found = _colour_files(folder, set(depth))
    if not found:
        return FolderColour(problem=f"{folder.name} has no colour")
    files = _paired(found, depth)
    if not files:
        return FolderColour(
            problem=f"the {len(found)} colour pictures in {folder.name} cannot be shown: the "
            "numbers in their names are not those of the depth images"
        )
    try:
        known = _camera(folder, camera, next(iter(files.values())))
    except SourceError as error:
        return FolderColour(problem=f"the colour in {folder.name} cannot be shown: {error}")
    return FolderColour(
        known,
        files,
        notice=f"{len(files)} of them can be seen as colour",
        problem="there is no colour picture beside this depth image",
    )


def _colour_files(folder: Path, depth: set[Path]) -> list[Path]:
    try:
        entries = sorted(folder.iterdir())
        inner = [entry for entry in entries if _COLOUR.search(entry.name) and entry.is_dir()]
        inside = [entry for each in inner[:1] for entry in sorted(each.iterdir())]
    except OSError:
        return []
    named = [entry for entry in entries if _COLOUR.search(entry.stem)]
    for choice in (named, inside):
        found = [each for each in choice if each.suffix.lower() in _SUFFIXES and each not in depth]
        if found:
            return found
    return []


def _paired(colour: Sequence[Path], depth: Sequence[Path]) -> dict[int, Path]:
    by_number = {_number(path): path for path in colour}
    same = {place: by_number.get(_number(path)) for place, path in enumerate(depth)}
    files = {place: path for place, path in same.items() if path is not None}
    if files or len(colour) != len(depth):
        return files
    order = FileNames([path.stem for path in colour]).order()
    return {place: colour[number] for place, number in enumerate(order)}


def _number(path: Path) -> str:
    """The numbers in a name, without leading zeros."""
    return "_".join(part.lstrip("0") or "0" for part in re.findall(r"[0-9]+", path.stem))


def _camera(folder: Path, camera: FolderCamera, first: Path) -> ColourCamera:
    if camera.colour is not None:
        return colour_camera_in(folder / CAMERA_FILE, camera.colour)
    try:
        width, height = picture_size(first.read_bytes())
    except DECODER_ERRORS as error:
        raise SourceError(f"{first.name} cannot be read") from error
    lens = camera.lens
    x, y = width / lens.width, height / lens.height
    if abs(x / y - 1.0) > _MAX_STRETCH:
        raise SourceError(
            f"{CAMERA_FILE} says nothing of their camera (color), and {width}x{height} pixels "
            f"are no alignment with {lens.width}x{lens.height}"
        )
    aligned = Lens(
        *(width, height, lens.fx * x, lens.fy * y),
        cx=(lens.cx + 0.5) * x - 0.5,
        cy=(lens.cy + 0.5) * y - 0.5,
        model=lens.model,
        coeffs=lens.coeffs,
    )
    return colour_camera(aligned, Place.none())


def _pixels(path: Path) -> ColourPixels:
    try:
        return picture_pixels(path.read_bytes())
    except DECODER_ERRORS as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise FrameError(f"{path} cannot be read: {reason}") from error
