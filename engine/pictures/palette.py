"""Every colour of the data, defined once; the window, the pictures and the plots share them.

Finger colours are those of Okabe and Ito (2008), moved apart a little for colour-blind eyes: seen
with protanopia, deuteranopia or tritanopia no two of them, nor one and the wrist's white, are
nearer than 11.7 in Oklab (times 100), where the original five come as near as 7.6. The lines of a
plot are chosen in the same way. Depth runs from a warm light tone (near) to a cool
dark one (far) at low saturation, so that a skeleton drawn over it stands out.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import FloatArray
from engine.errors import InvalidInputError
from engine.skeleton import BONES, FINGER_JOINTS, JOINT_COUNT

Rgb = tuple[int, int, int]

FINGER_RGB: Final[dict[str, Rgb]] = {
    "thumb": (214, 150, 25),
    "index": (83, 191, 225),
    "middle": (255, 216, 48),
    "ring": (11, 144, 105),
    "little": (179, 96, 191),
}
WRIST_RGB: Final[Rgb] = (245, 245, 245)
OUTLINE_RGB: Final[Rgb] = (16, 18, 24)
"""Drawn under bones and joints so that they stay readable on any depth."""
NO_DATA_RGB: Final[Rgb] = (20, 21, 26)
"""Where the sensor measured nothing."""


SERIES_ON_DARK: Final[tuple[Rgb, ...]] = (
    *FINGER_RGB.values(),
    (226, 55, 11),
    (164, 247, 223),
    (111, 52, 241),
)
SERIES_ON_LIGHT: Final[tuple[Rgb, ...]] = (
    (167, 73, 10),
    (61, 150, 228),
    (147, 154, 0),
    (0, 83, 101),
    (236, 74, 155),
    (4, 67, 252),
    (100, 1, 1),
    (45, 0, 96),
)
"""Lines of a plot in the order in which they are taken."""


def _joint_colours() -> tuple[Rgb, ...]:
    colours = [WRIST_RGB] * JOINT_COUNT
    for finger, joints in FINGER_JOINTS.items():
        for joint in joints:
            colours[joint] = FINGER_RGB[finger]
    return tuple(colours)


JOINT_RGB: Final[tuple[Rgb, ...]] = _joint_colours()
"""One colour per joint, in the order of ``skeleton.JOINT_NAMES``."""
BONE_RGB: Final[tuple[Rgb, ...]] = tuple(JOINT_RGB[child] for _, child in BONES)
"""One colour per bone, in the order of ``skeleton.BONES``."""

DEPTH_LEVELS: Final = 65_536
NEAR_MM: Final = 200.0
FAR_MM: Final = 2_000.0
_SAMPLE_STEP: Final = 8
_LOW_HIGH_PERCENT: Final = (1.0, 97.0)
_MIN_RATIO: Final = 1.25
"""The far end is at least this many times the near end, or noise would be shown as relief."""

# Anchors of the depth ramp in OKLCH: (position, lightness, chroma, hue in degrees). Hues past 360
# keep the interpolation on the short way from blue through magenta to amber.
_RAMP: Final = np.array(
    [
        (0.00, 0.28, 0.050, 258.0),
        (0.30, 0.43, 0.090, 283.0),
        (0.55, 0.54, 0.110, 335.0),
        (0.80, 0.68, 0.115, 395.0),
        (1.00, 0.90, 0.075, 435.0),
    ]
)


def depth_ramp(position: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Colours [..., 3] (sRGB, 0-255) for positions [...]: 0 = far, 1 = near."""
    place = np.clip(np.asarray(position, dtype=np.float64), 0.0, 1.0)
    lightness, chroma, hue = (np.interp(place, _RAMP[:, 0], _RAMP[:, k]) for k in (1, 2, 3))
    return _srgb_from_oklch(lightness, chroma, np.deg2rad(hue))


def depth_palette(near_mm: float = NEAR_MM, far_mm: float = FAR_MM) -> NDArray[np.uint32]:
    """Colour table [65536] indexed by depth in whole mm; values are 0xFFRRGGBB (QImage RGB32).

    Steps are even in the logarithm of depth, as sensors resolve near things finer than far ones.
    Index 0 (no data) has a colour of its own; depths outside the range take the end colours.

    Raises:
        InvalidInputError: if not 0 < ``near_mm`` < ``far_mm``.
    """
    if not 0.0 < near_mm < far_mm:
        raise InvalidInputError(f"depth range must be 0 < near < far, not {near_mm} to {far_mm}")
    depth = np.maximum(np.arange(DEPTH_LEVELS, dtype=np.float64), 1.0)
    rgb = depth_ramp(np.log(far_mm / depth) / np.log(far_mm / near_mm)).astype(np.uint32)
    rgb[0] = NO_DATA_RGB
    table = (0xFF000000 | rgb[:, 0] << 16 | rgb[:, 1] << 8 | rgb[:, 2]).astype(np.uint32)
    table.setflags(write=False)
    return table


def depth_range_mm(depth_mm: FloatArray) -> tuple[float, float] | None:
    """The nearest and farthest depth worth telling apart, in mm; None in an empty image."""
    sample = depth_mm[::_SAMPLE_STEP, ::_SAMPLE_STEP]
    sample = sample[(sample > 0) & (sample < DEPTH_LEVELS)]
    if sample.size < 16:
        return None
    near, far = (float(x) for x in np.percentile(sample, _LOW_HIGH_PERCENT))
    near = max(near * 0.97, 1.0)
    return near, max(far * 1.03, near * _MIN_RATIO)


def _srgb_from_oklch(
    lightness: NDArray[np.float64], chroma: NDArray[np.float64], hue_rad: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """OKLCH to 8-bit sRGB (Ottosson, "A perceptual color space for image processing", 2020)."""
    a, b = chroma * np.cos(hue_rad), chroma * np.sin(hue_rad)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = np.stack(
        [
            4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
        ],
        axis=-1,
    ).clip(0.0, 1.0)
    srgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(srgb * 255.0).astype(np.uint8)
