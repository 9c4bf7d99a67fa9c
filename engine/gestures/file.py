"""Own gestures as a file: JSON, checked before anything of it is used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.assets import asset_path
from engine.errors import InvalidInputError
from engine.gestures.own import OwnGesture, OwnGestures
from engine.json_file import read_fields
from engine.model_files import weights_hash
from engine.output import write_text

FORMAT: Final = "crossing-hands gestures"
VERSION: Final = 1
MAX_BYTES: Final = 4_000_000
_DECIMALS: Final = 4


def write_gestures(path: Path, gestures: OwnGestures, models: Path | None = None) -> None:
    """Write ``gestures``, whole or not at all; ``models`` is the folder of the networks whose
    latent space they lie in, None that of the shipped ones.

    Raises:
        ExportError: if the file cannot be written.
        ModelError: if there are no such networks.
    """
    record = {
        "format": FORMAT,
        "version": VERSION,
        "latent_space": _latent_space(models),
        "gestures": [
            {
                "name": gesture.name,
                "examples": gesture.codes.astype(np.float64).round(_DECIMALS).tolist(),
            }
            for gesture in gestures.gestures
        ],
    }
    write_text(path, json.dumps(record, indent=1) + "\n")


def read_gestures(path: Path, models: Path | None = None) -> OwnGestures:
    """The gestures of a file.

    Raises:
        InvalidInputError: if it cannot be read, is none that this program wrote, of another
            version, or of other networks.
        ModelError: if there are no networks in ``models``.
    """
    record = _read(path)
    version = record.get("version")
    if version != VERSION:
        raise InvalidInputError(
            f"{path} is of version {version!r:.20}, this program reads version {VERSION}: "
            "record its gestures again"
        )
    if record.get("latent_space") != _latent_space(models):
        raise InvalidInputError(
            f"{path} was recorded with other networks, whose latents mean something else: "
            "record its gestures again"
        )
    gestures = record.get("gestures")
    if not isinstance(gestures, list):
        raise InvalidInputError(f"{path} is damaged: it holds no gestures")
    try:
        return OwnGestures(tuple(_gesture(fields) for fields in gestures))
    except (InvalidInputError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise InvalidInputError(f"{path} is damaged: {error!s:.200}") from error


def _read(path: Path) -> dict[str, Any]:
    record = read_fields(path, "file of gestures", MAX_BYTES)
    if record.get("format") != FORMAT:
        raise InvalidInputError(f"{path} is no file of gestures")
    return record


def _gesture(fields: dict[str, Any]) -> OwnGesture:
    name = fields["name"]
    if not isinstance(name, str):
        raise InvalidInputError("a gesture has no name")
    return OwnGesture(name, np.array(fields["examples"], np.float64))


def _latent_space(models: Path | None) -> str:
    """What tells one latent space from another: the hash of its pose decoder."""
    return weights_hash(models or asset_path("models"), "pose_decoder")
