"""``camera.json``, the camera of a folder recording.

It needs ``width height fx fy cx cy depth_unit_mm``. ``name`` is the folder's and ``fps`` 30 where
they are missing; null counts as missing. ``model`` and ``coeffs`` may describe the distortion of
the lens (``engine.distortion``), ``no_data`` raw values, beside 0 and 65535, that mean
"nothing measured". ``serial`` is the camera's number. ``color`` describes a colour camera:
``width height fx fy cx cy``, perhaps ``model`` and ``coeffs``, and ``rotation`` (nine numbers, by
rows) and ``translation_mm``, which take points from the depth camera's frame to the colour
camera's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.camera import Camera
from engine.colour import ColourCamera
from engine.errors import InvalidInputError, SourceError
from engine.sources.colour_stream import Place, colour_camera
from engine.sources.foreign_file import HEAD_BYTES, foreign_kind
from engine.sources.lens import Lens, Rectifier

CAMERA_FILE: Final = "camera.json"
COLOUR_FIELD: Final = "color"
DEFAULT_FPS: Final = 30.0
_NO_FILE: Final = ("a git-lfs pointer", "a web page")
_MAX_BYTES: Final = 1 << 20
_MAX_SIDE_PX: Final = 16384
_MAX_NUMBERS: Final = 32


@dataclass(frozen=True, slots=True)
class FolderCamera:
    """The camera of a folder.

    ``camera`` is the pinhole camera; ``rectifier`` makes its images from those of the folder, in
    which the raw values ``no_data`` mean "nothing measured". ``lens`` is that of the folder's
    images; ``colour`` what is said of a colour camera, see ``colour_camera_in``, None if nothing.
    """

    camera: Camera
    rectifier: Rectifier
    no_data: tuple[float, ...]
    lens: Lens
    colour: object = None


def read_camera_file(path: Path) -> FolderCamera:
    """Read a ``camera.json``.

    Raises:
        SourceError: if it is missing, not JSON, or a field is missing, mistyped or impossible.
    """
    fields = {name: value for name, value in _read(path).items() if value is not None}
    name = fields.get("name") or path.absolute().parent.name or "camera"
    if not isinstance(name, str):
        raise SourceError(f"{path}: name must be a text, not {name!r:.60}")
    serial = fields.get("serial", "")
    if not isinstance(serial, str):
        raise SourceError(f"{path}: serial must be a text, not {serial!r:.60}")
    lens = _lens(path, fields)
    unit_mm = _number(path, fields, "depth_unit_mm")
    fps = _number(path, {"fps": DEFAULT_FPS} | fields, "fps")
    try:
        lens.pinhole(unit_mm, fps, name)  # impossible values are reported before the lens is used
        rectifier = Rectifier(lens)
        camera = replace(rectifier.lens.pinhole(unit_mm, fps, name), serial=serial)
    except InvalidInputError as error:
        raise SourceError(f"{path}: {error}") from error
    no_data = _numbers(path, fields, "no_data")
    return FolderCamera(camera, rectifier, no_data, lens, fields.get(COLOUR_FIELD))


def colour_camera_in(path: Path, fields: object) -> ColourCamera:
    """The colour camera that the field ``color`` of the file ``path`` describes.

    Raises:
        SourceError: if a field of it is missing, mistyped or impossible.
    """
    if not isinstance(fields, dict):
        raise SourceError(f"{path}: {COLOUR_FIELD} must be an object")
    known = {name: value for name, value in fields.items() if value is not None}
    lens = _lens(path, known)
    rotation = np.array(_numbers(path, known, "rotation") or np.eye(3).ravel())
    move_mm = np.array(_numbers(path, known, "translation_mm") or np.zeros(3))
    if rotation.size != 9 or move_mm.size != 3:
        raise SourceError(f"{path}: {COLOUR_FIELD} needs a rotation of 9 and a translation_mm of 3")
    try:
        return colour_camera(lens, Place(rotation.reshape(3, 3), move_mm))
    except InvalidInputError as error:
        raise SourceError(f"{path}: {COLOUR_FIELD}: {error}") from error


def colour_fields(camera: ColourCamera) -> dict[str, object]:
    """What ``colour_camera_in`` reads."""
    names = ("width", "height", "fx", "fy", "cx", "cy", "model", "coeffs")
    return {
        **{name: getattr(camera, name) for name in names},
        "rotation": [float(value) for value in camera.R_colour_from_depth.ravel()],
        "translation_mm": [float(value) for value in camera.t_colour_from_depth_mm],
    }


def _lens(path: Path, fields: dict[str, Any]) -> Lens:
    model = fields.get("model", "")
    if not isinstance(model, str):
        raise SourceError(f"{path}: model must be a text, not {model!r:.60}")
    return Lens(
        width=_side(path, fields, "width"),
        height=_side(path, fields, "height"),
        fx=_number(path, fields, "fx"),
        fy=_number(path, fields, "fy"),
        cx=_number(path, fields, "cx"),
        cy=_number(path, fields, "cy"),
        model=model,
        coeffs=_numbers(path, fields, "coeffs"),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        if not path.is_file():
            raise SourceError(
                f"{path.parent} has no {CAMERA_FILE}: a folder recording needs one beside its PNGs"
            )
        with path.open("rb") as file:
            text = file.read(_MAX_BYTES + 1)
        if len(text) > _MAX_BYTES:
            raise SourceError(f"{path} is too large for a camera file")
        fields = json.loads(text)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        kind = foreign_kind(text[:HEAD_BYTES]) or ""
        reason = kind if kind.startswith(_NO_FILE) else f"not valid JSON: {error}"
        raise SourceError(f"{path} is {reason}") from error
    if not isinstance(fields, dict):
        raise SourceError(f"{path} must hold one JSON object, not a {type(fields).__name__}")
    return fields


def _number(path: Path, fields: dict[str, Any], name: str) -> float:
    if name not in fields:
        raise SourceError(f"{path}: the field {name} is missing")
    return _real(path, name, fields[name])


def _real(path: Path, name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SourceError(f"{path}: {name} must be a number, not {value!r:.60}")
    try:
        return float(value)
    except OverflowError as error:
        raise SourceError(f"{path}: {name} is too large") from error


def _numbers(path: Path, fields: dict[str, Any], name: str) -> tuple[float, ...]:
    """A list of numbers, or a single one; none if it is missing."""
    value = fields.get(name, [])
    values = value if isinstance(value, list) else [value]
    if len(values) > _MAX_NUMBERS:
        raise SourceError(f"{path}: {name} has more than {_MAX_NUMBERS} numbers")
    return tuple(_real(path, name, one) for one in values)


def _side(path: Path, fields: dict[str, Any], name: str) -> int:
    value = _number(path, fields, name)
    if not (value.is_integer() and 1 <= value <= _MAX_SIDE_PX):
        raise SourceError(
            f"{path}: {name} must be a whole number from 1 to {_MAX_SIDE_PX}, not {value:g}"
        )
    return int(value)
