"""Which camera, at which size and rate, with which preset: plain data, and words for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.errors import CameraError, InvalidInputError

SLOWEST_FPS: Final = 15.0
"""Below this rate hands move too far between frames to be followed."""

# Sizes at which each model measures hands best, the best first. The stereo cameras are most exact
# at 848x480, where their shortest distance is also well below arm's length.
_STEREO_SIZES: Final = ((848, 480), (640, 480), (640, 360), (480, 270))
_OTHER_SIZES: Final = ((640, 480), (640, 360), (848, 480), (480, 360), (320, 240))
_MODE: Final = re.compile(r"(\d{2,5})x(\d{2,5})@(\d{1,4})")


@dataclass(frozen=True, slots=True, order=True)
class DepthMode:
    """A size in pixels and a rate in frames a second; as text "848x480@60"."""

    width: int
    height: int
    fps: int

    @classmethod
    def parse(cls, text: str) -> DepthMode:
        """Read "848x480@60".

        Raises:
            InvalidInputError: if it is anything else.
        """
        match = _MODE.fullmatch(text.strip().lower())
        if match is None:
            raise InvalidInputError(f"{text!r:.80} is no WIDTHxHEIGHT@FPS, for example 848x480@60")
        return cls(*(int(part) for part in match.groups()))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.width, self.height

    def __str__(self) -> str:
        return f"{self.width}x{self.height}@{self.fps}"


@dataclass(frozen=True, slots=True)
class CameraChoice:
    """What ``camera:SERIAL,WIDTHxHEIGHT@FPS,PRESET`` names; every part may be left out.

    ``serial`` empty: the first camera; ``mode`` None: the best for hands; ``preset`` empty: the
    one made for hands, where the model has one.
    """

    serial: str = ""
    mode: DepthMode | None = None
    preset: str = ""

    @classmethod
    def parse(cls, spec: str) -> CameraChoice:
        """Read a source's spec.

        Raises:
            InvalidInputError: if a part is not understood.
        """
        kind, _, rest = spec.partition(":")
        serial, *words = (word.strip() for word in rest.split(","))
        modes = [word for word in words if "@" in word]
        presets = [word for word in words if word and "@" not in word]
        if kind != "camera" or len(modes) > 1 or len(presets) > 1:
            raise InvalidInputError(
                f"{spec!r:.80} names no camera: camera:SERIAL,WIDTHxHEIGHT@FPS,PRESET is meant, "
                "each part may be left out"
            )
        mode = DepthMode.parse(modes[0]) if modes else None
        return cls(serial, mode, preset_key(presets[0]) if presets else "")

    def __str__(self) -> str:
        words = [self.serial, str(self.mode) if self.mode else "", self.preset]
        while words and not words[-1]:
            words.pop()
        return "camera:" + ",".join(words) if words else "camera"


def is_camera_spec(spec: str) -> bool:
    """Whether ``spec`` asks for a live camera."""
    return spec == "camera" or spec.startswith("camera:")


def preset_key(name: str) -> str:
    """A preset's name as it is typed: "High Accuracy" becomes "high-accuracy"."""
    return "-".join(re.findall(r"[a-z0-9]+", name.lower()))


def choose_mode(modes: Sequence[DepthMode], model: str, fps: int) -> DepthMode:
    """Choose the depth mode for hands: a fluent rate first, then the size, then the rate.

    Raises:
        CameraError: if there are no modes.
    """
    if not modes:
        raise CameraError(f"{model} offers no depth stream; update its firmware")
    sizes = _STEREO_SIZES if " D4" in f" {model}" else _OTHER_SIZES

    def cost(mode: DepthMode) -> tuple[bool, int, int, int]:
        rank = sizes.index(mode.size) if mode.size in sizes else len(sizes)
        size_difference = abs(mode.width * mode.height - 640 * 480)
        return mode.fps < min(fps, SLOWEST_FPS), rank, size_difference, abs(mode.fps - fps)

    return min(modes, key=cost)
