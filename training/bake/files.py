"""Writes the baked files so that a reader never sees half a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def write_npz(path: Path, arrays: dict[str, NDArray[np.generic]]) -> None:
    """Write ``arrays`` to the compressed file ``path`` at once (temporary file, then rename)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".part")
    with temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    temporary.replace(path)
