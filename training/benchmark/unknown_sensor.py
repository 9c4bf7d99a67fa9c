"""A depth camera whose errors training does not draw: what a user's unknown camera may be like.

A coarse time-of-flight camera, chosen once, before anything was adapted to it: a quarter of the
pixels and their depths drawn out between them; outlines twice as soft as the softest that training
draws, thick by two pixels; hollows that look up to half as deep again; lengths off by 3%, and by 6
mm more in a wave of the distance; noise that hangs together over a finger's breadth and from frame
to frame; holes wherever a surface is steep. It shares no code with ``engine.simulation.sensors``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from engine.camera import Camera

Depth = NDArray[np.float32]

CAMERA: Final = Camera(320, 240, 285.0, 285.0, 159.5, 119.5, fps=15.0, name="unknown", serial="U1")
FAR_MM: Final = 4000.0
"""What lies farther, or nowhere, is taken for this far while light is mixed."""


@dataclass(frozen=True, slots=True)
class UnknownErrors:
    """Every ``coarse``-th pixel is measured; near things grow by ``thick_px`` of the image's, their
    light spreads by ``soft_px`` (sd, of what is measured); hollows look ``multipath`` deeper than
    they are within ``reach_px``; lengths are off by the factor ``scale`` and by ``wave_mm`` over
    ``wave_length_mm``; noise has ``noise_mm`` (sd at 500 mm, growing with the square) over
    ``noise_px``, keeps ``memory`` of the last frame's, and ``white_mm`` more a pixel; steeper than
    ``grazing_deg`` a share of ``lost`` is not measured."""

    coarse: int = 2
    thick_px: int = 2
    soft_px: float = 1.3
    multipath: float = 0.5
    reach_px: float = 6.0
    scale: float = 1.03
    wave_mm: float = 6.0
    wave_length_mm: float = 180.0
    noise_mm: float = 4.0
    noise_px: float = 3.0
    white_mm: float = 1.5
    memory: float = 0.8
    grazing_deg: float = 65.0
    lost: float = 0.7


class UnknownSensor:
    """Looks at perfect images, one after another. Used by one thread; ``seed`` decides all."""

    def __init__(self, seed: int, errors: UnknownErrors | None = None) -> None:
        self._errors = errors or UnknownErrors()
        self._rng = np.random.default_rng(seed)
        self._noise: Depth | None = None

    def sense(self, depth_mm: Depth) -> Depth:
        """What is measured of ``depth_mm`` [H, W] (mm, 0 = nothing there) of ``CAMERA``."""
        e = self._errors
        filled = np.where(depth_mm > 0.0, depth_mm, np.float32(FAR_MM)).astype(np.float32)
        thick = ndimage.minimum_filter(filled, 2 * e.thick_px + 1)
        # Only outlines grow: within one surface the nearest neighbour is no thickness.
        thick = np.where(filled - thick > 25.0, thick, filled)
        low = self._light(thick[:: e.coarse, :: e.coarse], e.soft_px)
        around = self._light(low, e.reach_px)
        low = low + e.multipath * np.clip(low - around, 0.0, 30.0)
        low = low * e.scale + e.wave_mm * np.sin(2.0 * np.pi * low / e.wave_length_mm)
        low = low + self._next_noise(low.shape) * (low / 500.0) ** 2
        steep = self._steep(low)
        lost = steep & (self._rng.random(low.shape) < e.lost)
        height, width = depth_mm.shape
        grown = ndimage.zoom(low, (height / low.shape[0], width / low.shape[1]), order=1)
        gone = ndimage.zoom(lost.astype(np.float32), np.divide(depth_mm.shape, low.shape), order=0)
        empty = (gone > 0.5) | (grown > 0.75 * FAR_MM)
        return np.where(empty, 0.0, np.rint(grown)).astype(np.float32)

    @staticmethod
    def _light(depth: Depth, spread: float) -> Depth:
        """Each pixel's mean distance when light spreads, by its strength."""
        strength = depth**-2.0
        total = ndimage.gaussian_filter(strength, spread)
        return np.asarray(ndimage.gaussian_filter(strength * depth, spread) / total, np.float32)

    def _next_noise(self, shape: tuple[int, ...]) -> Depth:
        e = self._errors
        field = ndimage.gaussian_filter(self._rng.standard_normal(shape), e.noise_px)
        fresh = (e.noise_mm / field.std() * field).astype(np.float32)
        kept = np.float32(e.memory)
        if self._noise is not None:
            fresh = kept * self._noise + np.sqrt(1.0 - kept**2) * fresh
        self._noise = fresh
        white = self._rng.normal(0.0, e.white_mm, shape).astype(np.float32)
        return np.asarray(fresh + white, np.float32)

    def _steep(self, low: Depth) -> NDArray[np.bool_]:
        """Where the surface turns away farther than is measured."""
        e = self._errors
        smooth = ndimage.gaussian_filter(low, 0.8)
        per_px = np.hypot(*np.gradient(smooth))
        one_px_mm = smooth * e.coarse / CAMERA.fx
        return np.asarray(per_px > np.tan(np.deg2rad(e.grazing_deg)) * one_px_mm)
