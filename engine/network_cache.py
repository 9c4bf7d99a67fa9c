"""Networks that OpenVINO has compiled, kept between runs, and only while they are as it wrote them.

OpenVINO believes what lies in its cache: with one damaged byte in a file there, hands were found
several centimetres from where they are. So each file has a seal beside it, its hash; what has none
or another one is taken away before OpenVINO looks, and compiled anew.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

from engine.caches import cache_folder

MAX_BYTES: Final = 64 << 20
"""Kept for each device; those shipped take 8 MB, and 2 MB more for every size of pictures."""
_KEPT, _SEAL = ".blob", ".sha256"


def compiled_folder(device: str, precision: str) -> Path | None:
    """Where compiled networks are kept, which takes a third of the time of compiling; None if they
    cannot be. Apart for each precision, which OpenVINO's own keys need not tell.
    """
    own = cache_folder()
    if own is None:
        return None
    folder = own / "networks" / f"{device}-{precision}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _drop_damaged(folder)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def seal(folder: Path) -> None:
    """Note the hashes of the networks that were compiled just now."""
    for kept in folder.glob(f"*{_KEPT}"):
        place = kept.with_suffix(_SEAL)
        if not place.exists():
            with suppress(OSError):
                place.write_text(_hash(kept), encoding="ascii")


@cache
def _drop_damaged(folder: Path) -> None:
    """Once a run: take away what is not as it was sealed, and the oldest of too many."""
    room = MAX_BYTES
    for kept in sorted(folder.glob(f"*{_KEPT}"), key=lambda path: -path.stat().st_mtime):
        place = kept.with_suffix(_SEAL)
        room -= kept.stat().st_size
        if room < 0 or not place.is_file() or place.read_bytes() != _hash(kept).encode():
            kept.unlink(missing_ok=True)
            place.unlink(missing_ok=True)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
