"""A latent as text, to copy and paste: its numbers with commas between them."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import FloatArray
from engine.errors import InvalidInputError
from engine.latent.space import rotation_of
from engine.tracking.generate import LATENT_SIZE

_LONGEST: Final = 4096
"""Characters; nothing longer is a latent, whatever a clipboard may hold."""


def to_text(latent: NDArray[np.floating]) -> str:
    """The numbers of a latent [29], each as short as float32 allows exactly."""
    return ",".join(str(value) for value in np.asarray(latent, np.float32))


def from_text(text: str) -> FloatArray:
    """The latent [29] of a text; spaces or line ends may stand for commas, brackets around it.

    Raises:
        InvalidInputError: saying what is wrong: how many numbers, which one, or no rotation.
    """
    if len(text) > _LONGEST:
        raise InvalidInputError("the text is far too long for a latent")
    stripped = text.strip().removeprefix("[").removesuffix("]").strip()
    words = re.split(r"\s*[,;]\s*|\s+", stripped) if stripped else []
    if len(words) != LATENT_SIZE:
        raise InvalidInputError(f"a latent has {LATENT_SIZE} numbers, the text has {len(words)}")
    latent = np.array([_number(word, place) for place, word in enumerate(words, 1)], np.float32)
    rotation_of(latent)
    return latent


def _number(word: str, place: int) -> float:
    try:
        value = float(word)
    except ValueError:
        shown = word if len(word) <= 20 else f"{word[:20]}..."
        raise InvalidInputError(f"number {place} of the latent, {shown!r}, is none") from None
    with np.errstate(over="ignore"):
        finite = bool(np.isfinite(np.float32(value)))
    if not finite:
        raise InvalidInputError(f"number {place} of the latent must be finite, not {word}")
    return value
