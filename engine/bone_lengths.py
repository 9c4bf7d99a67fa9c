"""Lengths of a person's bones as a profile keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.errors import InvalidInputError
from engine.skeleton import BONES

SHORTEST_MM: Final = 3.0
LONGEST_MM: Final = 250.0
"""Between these is every bone of a hand, a small child's too."""
MIDDLE: Final = slice(8, 12)
"""From the wrist to the middle finger's tip."""


def check_bones(lengths_mm: tuple[float, ...]) -> None:
    """Whether these are the lengths [20] of a hand's bones in the order of ``skeleton.BONES``, or
    none at all.

    Raises:
        InvalidInputError: if they are neither.
    """
    fit = len(lengths_mm) == len(BONES) and all(SHORTEST_MM < x < LONGEST_MM for x in lengths_mm)
    if lengths_mm and not fit:
        raise InvalidInputError(f"bone_lengths_mm must be {len(BONES)} lengths of a hand's bones")


def bones_of(record: Mapping[str, Any]) -> tuple[float, ...]:
    """Those in the ``record`` of a profile, unchecked; none in one of before they were known.
    Raises what another type raises."""
    return tuple(float(length) for length in record.get("bone_lengths_mm", ()))


def bones_in_words(lengths_mm: tuple[float, ...]) -> str:
    """What a user is told of the lengths [20]; empty if there are none."""
    if not lengths_mm:
        return ""
    return (
        f"hands have the person's bones, {sum(lengths_mm[MIDDLE]):.0f} mm along the middle finger"
    )
