"""Depth sensors: their parameters, and presets of the common ones. See ``simulation.sensors``."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from engine.camera import Camera
from engine.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class TimeOfFlight:
    """What a time-of-flight sensor has instead of a baseline (``tof_kernel``).

    ``soft`` share of light that comes from beside the pixel; ``multipath`` how far a hollow looks
    deeper, as a share of its depth below what surrounds it, if that is less than ``hollow_mm``;
    noise has the sd ``near_noise_mm`` and ``far_noise_mm`` more at one metre, as the square.
    """

    soft: float = 0.5
    multipath: float = 0.35
    hollow_mm: float = 90.0
    near_noise_mm: float = 1.0
    far_noise_mm: float = 3.0

    def randomised(self, rng: np.random.Generator) -> TimeOfFlight:
        """A sensor of the same kind before skin of another colour."""
        draws = rng.standard_normal(5).tolist()
        return TimeOfFlight(
            soft=min(self.soft * math.exp(0.4 * draws[0]), 1.5),
            multipath=self.multipath * math.exp(0.5 * draws[1]),
            hollow_mm=self.hollow_mm * math.exp(0.2 * draws[2]),
            near_noise_mm=self.near_noise_mm * math.exp(0.6 * draws[3]),
            far_noise_mm=self.far_noise_mm * math.exp(0.6 * draws[4]),
        )


@dataclass(frozen=True, slots=True)
class DepthSensor:
    """Parameters of one sensor; lengths in pixels are at the resolution of ``camera``.

    ``baseline_mm`` between the imagers or imager and projector; ``window_px`` odd size of the
    matching window; ``edge_mm`` the smallest step in depth that counts as an edge; ``fatten`` the
    probability that a far pixel beside an edge takes the near depth; ``edge_loss`` and
    ``near_loss`` that a far / near pixel beside an edge is lost; ``flying`` that an edge pixel
    gets a depth in between; ``ragged_px`` how far outlines are displaced; ``shadow`` on which
    side of near things the occlusion shadow lies (-1 left, +1 right, 0 none); ``border`` whether
    the image's side outside the second view is empty; ``noise_px`` sd of the disparity noise,
    ``white`` the share of its variance that is uncorrelated, ``coarse`` the share on the coarsest
    scale; ``steps`` disparity steps a pixel (0 = continuous); ``grazing_deg`` the angle of
    incidence beyond which most pixels are lost; ``holes`` the probability of a random hole's
    pixel; ``dark`` the probability that a kind of surface (not skin) is too dark to be measured
    whole;
    ``near_mm, far_mm`` the measuring range; ``memory`` the correlation of the noise from one frame
    to the next; ``tof`` for time-of-flight sensors, which have no use for the baseline.

    Raises:
        InvalidInputError: if a parameter is not finite or a probability not in [0, 1].
    """

    name: str
    camera: Camera
    baseline_mm: float
    window_px: int = 5
    edge_mm: float = 12.0
    fatten: float = 0.3
    edge_loss: float = 0.3
    near_loss: float = 0.05
    flying: float = 0.1
    ragged_px: float = 0.6
    shadow: int = -1
    border: bool = True
    noise_px: float = 0.1
    white: float = 0.05
    coarse: float = 0.5
    steps: float = 32.0
    grazing_deg: float = 78.0
    holes: float = 0.001
    dark: float = 0.06
    near_mm: float = 150.0
    far_mm: float = 8000.0
    memory: float = 0.6
    tof: TimeOfFlight | None = None

    def __post_init__(self) -> None:
        for name in _LENGTHS + _PROBABILITIES:
            value = getattr(self, name)
            if not math.isfinite(value):
                raise InvalidInputError(f"sensor {name} must be finite, not {value!r}")
        for name in _PROBABILITIES:
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise InvalidInputError(f"sensor {name} must lie in [0, 1]")
        if self.baseline_mm <= 0 or self.near_mm < 0 or self.far_mm <= self.near_mm:
            raise InvalidInputError("sensor baseline and range must be positive")

    @property
    def ideal(self) -> bool:
        """True if the sensor changes nothing at all."""
        return self.name == "IDEAL"

    def noise_mm(self, z_mm: float) -> float:
        """Expected sd of the depth noise on a frontal surface at ``z_mm``, before rounding."""
        if self.tof is not None:
            return self.tof.near_noise_mm + self.tof.far_noise_mm * (z_mm / 1000.0) ** 2
        return z_mm * z_mm / (self.camera.fx * self.baseline_mm) * self.noise_px

    def randomised(self, rng: np.random.Generator) -> DepthSensor:
        """A sensor of the same kind with every parameter jittered, for training."""
        if self.ideal:
            return self

        draws = iter(rng.standard_normal(17).tolist())

        def scaled(value: float, spread: float = 0.5) -> float:
            return value * math.exp(spread * next(draws))

        def chance(value: float) -> float:
            return min(scaled(value), 0.95)

        def moved(value: float, spread: float, low: float, high: float) -> float:
            return min(max(value + spread * next(draws), low), high)

        coarse = moved(self.coarse, 0.2, 0.0, 1.0)
        return replace(
            self,
            baseline_mm=scaled(self.baseline_mm, 0.08),
            window_px=min(max(self.window_px + 2 * int(rng.integers(-1, 2)), 1), 9),
            edge_mm=scaled(self.edge_mm, 0.3),
            fatten=chance(self.fatten),
            edge_loss=chance(self.edge_loss),
            near_loss=chance(self.near_loss),
            flying=chance(self.flying),
            ragged_px=scaled(self.ragged_px, 0.3),
            shadow=self.shadow * (1 if rng.random() < 0.5 else -1),
            noise_px=scaled(self.noise_px),
            white=min(scaled(self.white, 0.8), 1.0 - coarse),
            coarse=coarse,
            steps=scaled(self.steps, 0.3),
            grazing_deg=moved(self.grazing_deg, 3.0, 65.0, 88.0),
            holes=chance(self.holes),
            dark=chance(self.dark),
            memory=moved(self.memory, 0.1, 0.3, 0.95),
            tof=None if self.tof is None else self.tof.randomised(rng),
        )


_LENGTHS: Final = (
    *("baseline_mm", "edge_mm", "ragged_px", "noise_px", "steps", "grazing_deg", "near_mm"),
    "far_mm",
)
_PROBABILITIES: Final = (
    *("fatten", "edge_loss", "near_loss", "flying", "white", "coarse", "holes", "dark", "memory"),
)


def _camera(name: str, width: int, height: int, f: float, unit_mm: float, fps: float) -> Camera:
    centre = ((width - 1) / 2, (height - 1) / 2)
    return Camera(width, height, f, f, *centre, depth_unit_mm=unit_mm, fps=fps, name=name)


_D435: Final = DepthSensor(
    "D435", _camera("Intel RealSense D435", 848, 480, 425.0, 1.0, 30), 50.0, noise_px=0.09
)
_SENZ3D: Final = DepthSensor(
    "SENZ3D",
    _camera("Creative Senz3D", 320, 240, 224.0, 1.0, 30),
    1.0,
    shadow=0,
    border=False,
    edge_loss=0.4,
    white=0.5,
    coarse=0.2,
    grazing_deg=80.0,
    holes=0.001,
    dark=0.35,
    near_mm=150.0,
    far_mm=1300.0,
    tof=TimeOfFlight(),
)
SENSORS: Final[dict[str, DepthSensor]] = {
    sensor.name: sensor
    for sensor in (
        _D435,
        replace(
            _D435,
            name="D435_VGA",
            camera=_camera("Intel RealSense D435", 640, 480, 385.0, 1.0, 30),
        ),
        replace(
            _D435,
            name="D415",
            camera=_camera("Intel RealSense D415", 848, 480, 615.0, 1.0, 30),
            baseline_mm=55.0,
            near_mm=300.0,
        ),
        replace(
            _D435,
            name="D455",
            camera=_camera("Intel RealSense D455", 848, 480, 425.0, 1.0, 30),
            baseline_mm=95.0,
            near_mm=340.0,
        ),
        replace(
            _D435,
            name="D405",
            camera=_camera("Intel RealSense D405", 848, 480, 425.0, 0.1, 30),
            baseline_mm=18.0,
            noise_px=0.05,
            near_mm=70.0,
            far_mm=5000.0,
        ),
        DepthSensor(
            "SR305",
            _camera("Intel RealSense SR305", 640, 480, 476.0, 0.125, 30),
            47.0,
            window_px=5,
            edge_mm=14.0,
            fatten=0.03,
            edge_loss=0.75,
            near_loss=0.06,
            flying=0.02,
            ragged_px=1.3,
            shadow=1,
            border=False,
            noise_px=0.055,
            white=0.006,
            coarse=0.6,
            steps=0.0,
            grazing_deg=74.0,
            holes=0.0005,
            dark=0.25,
            near_mm=200.0,
            far_mm=1500.0,
        ),
        DepthSensor(
            "KINECT_V1",
            _camera("Kinect v1", 640, 480, 575.0, 1.0, 30),
            75.0,
            window_px=7,
            edge_mm=18.0,
            fatten=0.25,
            edge_loss=0.5,
            near_loss=0.05,
            flying=0.03,
            ragged_px=1.0,
            shadow=1,
            border=False,
            noise_px=0.08,
            steps=8.0,
            grazing_deg=76.0,
            near_mm=400.0,
            far_mm=4000.0,
        ),
        _SENZ3D,
        replace(
            _SENZ3D,
            name="KINECT_V2",
            camera=_camera("Kinect v2", 512, 424, 365.0, 1.0, 30),
            tof=TimeOfFlight(0.35, 0.3, 80.0, 0.8, 1.5),
            near_mm=400.0,
            far_mm=4500.0,
        ),
        DepthSensor("IDEAL", _camera("ideal", 640, 480, 475.0, 0.1, 30), 50.0, far_mm=20_000.0),
    )
}
"""The sensors by name, each at its usual resolution."""
