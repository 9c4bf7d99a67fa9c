"""Settings of one run, validated where they are built; errors name the offending field."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Final

from engine.errors import InvalidInputError
from engine.gestures.own import NO_GESTURES, OwnGestures
from engine.skeleton import Handedness
from engine.tracking.smoothing import Smoothing

MAX_HANDS: Final = 2
FIRST_DEVICE: Final = "CPU"
_DEVICE: Final = re.compile(r"(CPU|GPU|NPU|AUTO)(\.\d+)?(:(F32|F16|BF16))?")


class SideChoice(Enum):
    """Which hands are shown, as far as the user knows: only hands of a chosen side are reported,
    and the other side is never estimated."""

    LEFT = "left"
    RIGHT = "right"
    EITHER = "either"

    @property
    def handedness(self) -> Handedness | None:
        """The chosen side; None if it must be estimated."""
        return None if self is SideChoice.EITHER else Handedness(self.value)


@dataclass(frozen=True, slots=True)
class TrackingSettings:
    """What can be changed while a run goes on: ``hands``, the most to follow (1 or 2), how their
    joints are smoothed, the ``side`` they are known to be of, and the own ``gestures`` to
    recognise beside the named ones.

    Raises:
        InvalidInputError: naming the field that is not usable.
    """

    hands: int = 1
    smoothing: Smoothing = Smoothing.NORMAL
    side: SideChoice = SideChoice.EITHER
    gestures: OwnGestures = NO_GESTURES

    def __post_init__(self) -> None:
        if not 1 <= self.hands <= MAX_HANDS:
            raise InvalidInputError(f"hands must be 1 or {MAX_HANDS}, not {self.hands}")


DEFAULT_TRACKING: Final = TrackingSettings()


@dataclass(frozen=True, slots=True)
class TrackingOverrides:
    """The ``TrackingSettings`` that the command line sets; None leaves one as it is."""

    hands: int | None = None
    smoothing: Smoothing | None = None
    side: SideChoice | None = None
    gestures: OwnGestures | None = None

    def applied_to(self, settings: TrackingSettings) -> TrackingSettings:
        """``settings`` but for what is overridden.

        Raises:
            InvalidInputError: naming the field that is not usable.
        """
        hands = settings.hands if self.hands is None else self.hands
        smoothing, side = self.smoothing or settings.smoothing, self.side or settings.side
        return TrackingSettings(hands, smoothing, side, self.gestures or settings.gestures)


@dataclass(frozen=True, slots=True)
class Options:
    """What the user chose at start.

    ``source``: a ``.bag``, ``.db3`` or folder, ``synthetic``, ``camera[:serial][,mode][,preset]``
    ("camera:848x480@60" too), or None for the camera if one is attached, else synthetic; ``hands``,
    ``smoothing`` and ``side`` as in ``TrackingSettings``; ``models`` a folder of networks with its
    manifest, None for the shipped ones; ``gestures`` the own ones to recognise; ``device`` the
    OpenVINO device, with a precision after a colon if it shall not choose one by itself
    ("CPU:f32"); ``seed`` drives everything random.

    Raises:
        InvalidInputError: naming the field that is not usable.
    """

    source: str | None = None
    hands: int = 1
    device: str = FIRST_DEVICE
    seed: int = 0
    smoothing: Smoothing = Smoothing.NORMAL
    side: SideChoice = SideChoice.EITHER
    models: Path | None = None
    gestures: OwnGestures = NO_GESTURES

    def __post_init__(self) -> None:
        TrackingSettings(self.hands, self.smoothing, self.side)
        if self.source is not None and not self.source.strip():
            raise InvalidInputError("source must not be empty; leave it out for the default")
        if _DEVICE.fullmatch(self.device.upper()) is None:
            raise InvalidInputError(
                f"device must be CPU, GPU, NPU or AUTO (or GPU.0, CPU:f32 and so on), not "
                f"{self.device!r}"
            )
        if self.seed < 0:
            raise InvalidInputError(f"seed must not be negative, not {self.seed}")

    @property
    def tracking(self) -> TrackingSettings:
        """The part that can be changed while a run goes on."""
        return TrackingSettings(self.hands, self.smoothing, self.side, self.gestures)

    def with_tracking(self, tracking: TrackingSettings) -> Options:
        """The same with other tracking settings."""
        return replace(
            self,
            hands=tracking.hands,
            smoothing=tracking.smoothing,
            side=tracking.side,
            gestures=tracking.gestures,
        )

    @property
    def endless(self) -> bool:
        """Whether the source is a camera, real or synthetic, and so has no last frame."""
        return self.source is None or self.source.partition(":")[0] in ("camera", "synthetic")
