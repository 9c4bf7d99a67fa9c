"""Settings as a file to take elsewhere: JSON, checked before anything of it is used."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import QByteArray

from app.style.theme import ThemeChoice
from engine.errors import InvalidInputError
from engine.json_file import read_fields
from engine.output import write_text
from engine.tracking.config import SideChoice
from engine.tracking.smoothing import Smoothing

PROGRAM: Final = "Crossing Hands"
VERSION: Final = 1
LARGEST_BYTES: Final = 1_000_000
_BYTES: Final = "base64"
HERE_ONLY: Final = ("sources/",)
"""What means nothing on another computer is not written."""


def _is_one_of(*known: str) -> Callable[[object], bool]:
    return lambda value: value in known


def _is_flag(value: object) -> bool:
    return isinstance(value, bool) or str(value).lower() in ("true", "false")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_bytes(value: object) -> bool:
    return isinstance(value, QByteArray)


def _are_texts(value: object) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(item, str) for item in value)
    )


_CHECKS: Final[tuple[tuple[str, Callable[[object], bool]], ...]] = (
    ("view/theme", _is_one_of(*(choice.value for choice in ThemeChoice))),
    ("hands/side", _is_one_of(*(side.value for side in SideChoice))),
    ("hands/smoothing", _is_one_of(*(level.value for level in Smoothing))),
    ("record/folder", _is_text),
    ("sources/recent", _are_texts),
    ("flags/", _is_flag),
    ("texts/", _is_text),
    ("window/", _is_bytes),
)


def usable(key: str, value: object) -> bool | None:
    """Whether ``value`` can be used for ``key``; None if there is no such setting."""
    for known, check in _CHECKS:
        if key == known or (known.endswith("/") and key.startswith(known)):
            return check(value)
    return None


def write_settings(path: Path, values: Mapping[str, object]) -> None:
    """Write ``values`` by their keys.

    Raises:
        ExportError: if the file cannot be written.
    """
    kept = {key: _packed(value) for key, value in values.items() if not key.startswith(HERE_ONLY)}
    text = json.dumps({"program": PROGRAM, "version": VERSION, "settings": kept}, indent=1)
    write_text(path, text + "\n")


def read_settings(path: Path) -> tuple[dict[str, object], tuple[str, ...]]:
    """The settings in a file, and the keys of those that cannot be used.

    Raises:
        InvalidInputError: if the file is none that this program wrote.
    """
    content = read_fields(path, "settings file", LARGEST_BYTES)
    if content.get("program") != PROGRAM:
        raise InvalidInputError(f"{path} is no settings file of {PROGRAM}")
    version, settings = content.get("version"), content.get("settings")
    if not isinstance(version, int) or version > VERSION:
        raise InvalidInputError(f"{path} was written by a newer version of {PROGRAM}")
    if not isinstance(settings, dict):
        raise InvalidInputError(f"{path} holds no settings")
    values = {str(key): _unpacked(value) for key, value in settings.items()}
    good = {key: value for key, value in values.items() if usable(key, value)}
    return good, tuple(sorted(set(values) - set(good)))


def _packed(value: object) -> object:
    if isinstance(value, QByteArray):
        return {_BYTES: base64.b64encode(value.data()).decode("ascii")}
    return value


def _unpacked(value: Any) -> object:
    if isinstance(value, dict) and isinstance(value.get(_BYTES), str):
        try:
            return QByteArray(base64.b64decode(value[_BYTES], validate=True))
        except ValueError:
            return None
    return value
