"""Own gestures: examples in the latent space, and the nearest of them for a hand.

A hand is compared by the code of its latent, which holds its pose and neither its turn nor its
place. What is farther from every example than ``REJECT_DISTANCE`` is none of the gestures.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import FloatArray
from engine.errors import InvalidInputError
from engine.gestures.named import NAMES
from engine.types import LATENT_CODE, frozen

CODE_SIZE: Final = LATENT_CODE.stop - LATENT_CODE.start
REJECT_DISTANCE: Final = 0.9
"""Chosen on fingerspelling's letters a to m; ``docs/accuracy.md`` has the figures of the others."""
MAX_GESTURES: Final = 100
MAX_EXAMPLES: Final = 40
"""Of one gesture: with more of a person's, nothing more is recognised."""
MAX_NUMBER: Final = 1e6
"""Codes are far smaller."""
MAX_NAME: Final = 40
MAX_NAME_BYTES: Final = 80
"""So that it fits into one datagram with the joints."""


@dataclass(frozen=True, slots=True, eq=False)
class OwnGesture:
    """A name and the ``codes`` [N, 20] of its examples, N at least 1.

    Raises:
        InvalidInputError: naming what is not usable.
    """

    name: str
    codes: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", checked_name(self.name))
        codes = np.asarray(self.codes)
        if codes.ndim != 2 or codes.shape[1] != CODE_SIZE or not 1 <= len(codes) <= MAX_EXAMPLES:
            raise InvalidInputError(
                f"gesture {self.name!r} needs 1 to {MAX_EXAMPLES} examples of {CODE_SIZE} numbers"
            )
        if not (np.abs(codes) < MAX_NUMBER).all():
            raise InvalidInputError(f"gesture {self.name!r} has numbers that are none")
        object.__setattr__(self, "codes", frozen(codes))


@dataclass(frozen=True, slots=True, eq=False)
class OwnGestures:
    """Gestures with different names, in order; none at first.

    Raises:
        InvalidInputError: if two have one name, or there are more than ``MAX_GESTURES``.
    """

    gestures: tuple[OwnGesture, ...] = ()

    def __post_init__(self) -> None:
        if len({gesture.name for gesture in self.gestures}) < len(self.gestures):
            raise InvalidInputError("two gestures have one name")
        if len(self.gestures) > MAX_GESTURES:
            raise InvalidInputError(f"there can be {MAX_GESTURES} gestures, not more")

    def with_gesture(self, name: str, latents: Iterable[NDArray[np.floating]]) -> OwnGestures:
        """These with the gesture ``name`` of examples ``latents`` [29]; an older one of that name
        goes. Of more than ``MAX_EXAMPLES``, as many are taken evenly.

        Raises:
            InvalidInputError: naming what is not usable.
        """
        codes = [np.asarray(latent)[LATENT_CODE] for latent in latents]
        if len(codes) > MAX_EXAMPLES:
            chosen = np.linspace(0, len(codes) - 1, MAX_EXAMPLES).round().astype(int)
            codes = [codes[k] for k in chosen]
        added = OwnGesture(name, np.array(codes).reshape(-1, CODE_SIZE))
        others = (gesture for gesture in self.gestures if gesture.name != added.name)
        return OwnGestures((*others, added))

    def without(self, name: str) -> OwnGestures:
        """These without the gesture ``name``."""
        return OwnGestures(tuple(each for each in self.gestures if each.name != name))

    def scores(self, latent: NDArray[np.floating] | None) -> dict[str, float]:
        """How near ``latent`` [29] is to each gesture's nearest example: 1 at it, 0.5 at
        ``REJECT_DISTANCE``, 0 from twice that on; none without a latent."""
        if latent is None:
            return {}
        code = np.asarray(latent)[LATENT_CODE]
        away = {
            gesture.name: float(np.linalg.norm(gesture.codes - code, axis=1).min())
            for gesture in self.gestures
        }
        return {
            name: max(0.0, 1.0 - 0.5 * distance / REJECT_DISTANCE)
            for name, distance in away.items()
        }


NO_GESTURES: Final = OwnGestures()


def checked_name(name: str) -> str:
    """``name`` without spaces around it, if it can be a gesture's name in files and streams.

    Raises:
        InvalidInputError: saying why it cannot.
    """
    name = name.strip()
    if not all(sign.isalnum() or sign in " _-" for sign in name):
        raise InvalidInputError(
            f"{name!r:.60} is no name of a gesture: take letters, digits, spaces, '_' and '-'"
        )
    if not name or len(name) > MAX_NAME or len(name.encode()) > MAX_NAME_BYTES:
        raise InvalidInputError(f"a gesture's name has 1 to {MAX_NAME} letters")
    if name in NAMES:
        raise InvalidInputError(f"{name!r} is recognised already: take another name")
    return name
