"""Writes the baked files so that a reader never sees half a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.output import replacing


def write_npz(path: Path, arrays: dict[str, NDArray[np.generic]]) -> None:
    """Write ``arrays`` to the compressed file ``path`` at once."""
    with replacing(path) as partial:
        np.savez_compressed(partial, allow_pickle=False, **arrays)
