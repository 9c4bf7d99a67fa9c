"""A folder of networks, before anything of it is used: names, sizes, hashes.

A folder may come from anywhere (``--models``), so nothing it says is believed: a manifest names
files beside it only, each must be a plain file of a possible size, and all of a network's files
must have the hashes that stand in the manifest.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

from engine.errors import ModelError
from engine.json_file import json_object

MANIFEST: Final = "manifest.json"
_MAX_BYTES: Final = {".json": 4 << 20, ".xml": 32 << 20, ".bin": 1 << 30} | dict.fromkeys(
    (".html", ".png"), 64 << 20
)
"""Those shipped are a hundredth of this or less; the last two belong to a profile's report."""
_TEXTS: Final = ("file", "contract")
_TABLES: Final = ("trained", "measured", "sha256")


def read_manifest(directory: Path) -> dict[str, Any]:
    """Each model's record in the manifest of ``directory``, not yet checked.

    Raises:
        ModelError: if there is none, or it cannot be one.
    """
    return read_json(directory / MANIFEST)


def read_json(path: Path) -> dict[str, Any]:
    """The fields of a JSON file that belongs to networks.

    Raises:
        ModelError: if it is missing, too large or no JSON object.
    """
    try:
        _check_file(path)
        return json_object(path.read_bytes())
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise ModelError(f"{path} is damaged: {error}") from error


def checked_record(directory: Path, name: str) -> dict[str, Any]:
    """The manifest's record of the model ``name``: texts ``file`` and ``contract``, tables
    ``trained``, ``measured``, ``sha256`` and ``made_of`` (maybe empty).

    Raises:
        ModelError: if there is none, a field is missing or of another type, or a file it names
            does not lie beside the manifest.
    """
    record = read_manifest(directory).get(name)
    if record is None:
        raise ModelError(f"there is no model '{name}' in {directory}: its manifest has none")
    where = f"model '{name}' in {directory} cannot be read: {MANIFEST}"
    if not isinstance(record, dict):
        raise ModelError(f"{where} holds no record of it")
    for field in (*_TEXTS, *_TABLES):
        if field not in record:
            raise ModelError(f"{where} says nothing of {field!r}")
    record.setdefault("made_of", {})
    texts = all(isinstance(record[field], str) for field in _TEXTS)
    tables = all(isinstance(record[field], dict) for field in (*_TABLES, "made_of"))
    hashes = record["sha256"]
    if not (texts and tables and all(isinstance(value, str) for value in hashes.values())):
        raise ModelError(f"{where} has a field of a wrong type")
    for file in (record["file"], *hashes):
        if Path(file).name != file or Path(file).suffix not in (".xml", ".bin"):
            raise ModelError(f"{where} names {file!r:.80}, which is no network beside it")
    network = Path(record["file"])
    if not {network.name, network.with_suffix(".bin").name} <= set(hashes):
        raise ModelError(f"{where} lacks a hash of {network.name} or its weights")
    return record


def weights_hash(directory: Path, name: str) -> str:
    """The hash of a model's weights, as the manifest has it.

    Raises:
        ModelError: as ``checked_record``.
    """
    record = checked_record(directory, name)
    return str(record["sha256"][Path(record["file"]).with_suffix(".bin").name])


def check_hashes(directory: Path, hashes: dict[str, str]) -> None:
    """Compare files in ``directory`` with their ``hashes``.

    Raises:
        ModelError: if one is missing, no plain file, too large, or another one.
    """
    for file, expected in hashes.items():
        path = directory / file
        try:
            _check_file(path)
            found = file_hash(path)
        except OSError as error:
            raise ModelError(f"{path} cannot be read: {error.strerror or error}") from error
        if found != expected:
            raise ModelError(f"model file {path} is damaged: its hash differs")


def file_hash(path: Path) -> str:
    """SHA-256 of a file's content.

    Raises:
        OSError: if it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_file(path: Path) -> None:
    """Refuse what reading would wait for (a pipe) or never end at (a device)."""
    if not path.exists():
        raise ModelError(f"{path} is missing: reinstall the program, or export the network again")
    if not path.is_file():
        raise ModelError(f"{path} is no plain file")
    if path.stat().st_size > _MAX_BYTES[path.suffix]:
        raise ModelError(f"{path} is too large for a network")
