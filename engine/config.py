"""Settings of one run, validated where they are built; errors name the offending field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from engine.errors import InvalidInputError

MAX_HANDS: Final = 2
_DEVICE: Final = re.compile(r"(CPU|GPU|NPU|AUTO)(\.\d+)?")


@dataclass(frozen=True, slots=True)
class Options:
    """What the user chose at start.

    ``source``: a ``.bag``, ``.db3`` or folder, ``synthetic``, ``camera[:serial]``, or None for the
    camera if one is attached, else synthetic; ``hands`` the most hands to follow (1 or 2);
    ``device`` the OpenVINO device; ``seed`` drives everything random.

    Raises:
        InvalidInputError: naming the field that is not usable.
    """

    source: str | None = None
    hands: int = 1
    device: str = "CPU"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.source is not None and not self.source.strip():
            raise InvalidInputError("source must not be empty; leave it out for the default")
        if not 1 <= self.hands <= MAX_HANDS:
            raise InvalidInputError(f"hands must be 1 or {MAX_HANDS}, not {self.hands}")
        if _DEVICE.fullmatch(self.device) is None:
            raise InvalidInputError(
                f"device must be CPU, GPU, NPU or AUTO (or GPU.0 and so on), not {self.device!r}"
            )
        if self.seed < 0:
            raise InvalidInputError(f"seed must not be negative, not {self.seed}")

    @property
    def endless(self) -> bool:
        """Whether the source is a camera, real or synthetic, and so has no last frame."""
        return self.source is None or self.source.partition(":")[0] in ("camera", "synthetic")
