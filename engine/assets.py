"""Where the program's own data files are."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parent.parent / "assets"


def asset_path(*parts: str) -> Path:
    """Path of a file in ``assets``, for example ``asset_path("hand", "hand.npz")``.

    The file need not exist: whoever opens it reports that in its own words.
    """
    return _ROOT.joinpath(*parts)
