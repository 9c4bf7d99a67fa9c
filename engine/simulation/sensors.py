"""What a depth sensor makes of a perfect z-map, once or frame after frame.

Stereo (D4xx) and coded-light (SR305, Kinect v1) cameras both triangulate, so one model serves
them: the effects are applied to disparity d = fx * baseline / z at the resolution of the image, in
the order window averaging, foreground fattening, edge loss and flying pixels, occlusion shadow,
correlated noise, quantisation, dropouts, range and depth unit (``sensor_kernel``). Time-of-flight
cameras have a model of their own (``tof_kernel``).

Noise is drawn from precomputed fields at random offsets. For video a ``SensorState`` mixes each
frame's noise into the last frame's (first-order autoregressive), since real noise is neither a
frozen pattern nor white in time.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera, FloatArray
from engine.errors import InvalidInputError
from engine.simulation.depth_sensor import SENSORS, DepthSensor, TimeOfFlight
from engine.simulation.render import LabelArray, Part
from engine.simulation.sensor_kernel import FIELD_COUNT, SensorValues, degrade, mix_noise
from engine.simulation.tof_kernel import TofValues, degrade_tof

__all__ = ["SENSORS", "DepthSensor", "SensorState", "noise_fields", "sense"]

_FIELD_SIZE: Final = (1024, 1536)
"""Size of the precomputed noise fields in pixels; the largest image a sensor can be put on."""
_SMALL_SIZE: Final = (512, 512)
"""Size of the fields for windows: small enough to stay in the processor's cache."""
_FIELD_SIGMA_PX: Final = (0.5, 1.8, 5.0)
"""Correlation lengths of the fields: fine (decisions), medium and coarse (disparity noise)."""
_FIELD_OF_NOISE: Final = (0, 1, 2, 1, 1)
_IN_PLACE: Final = np.array([(k, 0, 0) for k in range(FIELD_COUNT)], np.int64)


@lru_cache(maxsize=2)
def noise_fields(size: tuple[int, int]) -> FloatArray:
    """The three noise fields [3, *size], periodic, unit variance, from fine to coarse."""
    rng = np.random.default_rng(20)
    height, width = size
    fv, fu = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    result = np.empty((len(_FIELD_SIGMA_PX), *size), dtype=np.float32)
    for i, sigma in enumerate(_FIELD_SIGMA_PX):
        spectrum = np.fft.rfft2(rng.standard_normal(size))
        spectrum *= np.exp(-2.0 * (np.pi * sigma) ** 2 * (fu**2 + fv**2))
        field = np.fft.irfft2(spectrum, s=size)
        result[i] = (field - field.mean()) / field.std()
    result.setflags(write=False)
    return result


def _quantile(probability: float) -> float:
    """The z-score below which a standard normal falls with ``probability``."""
    if probability <= 0.0:
        return -1e9
    return NormalDist().inv_cdf(min(probability, 1.0 - 1e-9))


def _values(sensor: DepthSensor, fx: float) -> NDArray[np.float64]:
    """``SensorValues`` at the resolution of an image with focal length ``fx``, as an array."""
    scale = fx / sensor.camera.fx
    window = max(round(sensor.window_px * scale), 1)
    values = SensorValues(
        fb=fx * sensor.baseline_mm,
        radius=max(window // 2, 1 if scale > 0.4 else 0),
        edge_mm=sensor.edge_mm,
        fatten=_quantile(sensor.fatten),
        far_loss=_quantile(sensor.edge_loss),
        near_loss=_quantile(sensor.near_loss),
        flying=_quantile(sensor.flying),
        ragged=sensor.ragged_px * scale,
        shadow=sensor.shadow,
        border=sensor.border,
        noise=sensor.noise_px * scale,
        fine=math.sqrt(sensor.white),
        mid=math.sqrt(max(1.0 - sensor.white - sensor.coarse, 0.0)),
        coarse=math.sqrt(sensor.coarse),
        steps=sensor.steps / scale,
        slope=math.tan(math.radians(sensor.grazing_deg)) / fx,
        holes=_quantile(sensor.holes),
        near_mm=sensor.near_mm,
        far_mm=sensor.far_mm,
        unit_mm=sensor.camera.depth_unit_mm,
    )
    return np.array(values)


def _tof_values(sensor: DepthSensor, tof: TimeOfFlight, fx: float) -> NDArray[np.float64]:
    """``TofValues`` at the resolution of an image with focal length ``fx``, as an array."""
    scale = fx / sensor.camera.fx
    return np.array(
        TofValues(
            fx=fx,
            soft=tof.soft * min(scale, 1.0),
            multipath=tof.multipath,
            hollow_mm=tof.hollow_mm,
            near_noise=tof.near_noise_mm,
            far_noise=tof.far_noise_mm,
            fine=math.sqrt(sensor.white),
            mid=math.sqrt(max(1.0 - sensor.white - sensor.coarse, 0.0)),
            coarse=math.sqrt(sensor.coarse),
            edge_loss=_quantile(sensor.edge_loss),
            steepest=math.tan(math.radians(sensor.grazing_deg)),
            holes=_quantile(sensor.holes) * math.sqrt(2.0),
            near_mm=sensor.near_mm,
            far_mm=sensor.far_mm,
            unit_mm=sensor.camera.depth_unit_mm,
        )
    )


def _degrade(
    sensor: DepthSensor,
    depth_mm: FloatArray,
    labels: LabelArray,
    dark: FloatArray,
    origin_u: int,
    noise: tuple[FloatArray, NDArray[np.int64]],
    fx: float,
) -> FloatArray:
    """``depth_mm`` as the sensor measures it with this noise (fields and places)."""
    if sensor.tof is not None:
        values = _tof_values(sensor, sensor.tof, fx)
        return np.asarray(degrade_tof(depth_mm, labels, dark, *noise, values))
    return np.asarray(degrade(depth_mm, labels, dark, float(origin_u), *noise, _values(sensor, fx)))


def _draw(shape: tuple[int, ...], rng: np.random.Generator) -> tuple[FloatArray, NDArray[np.int64]]:
    """Noise for an image of this shape, at random places of the fields (see ``Noise``)."""
    small = 2 * shape[0] <= _SMALL_SIZE[0] and 2 * shape[1] <= _SMALL_SIZE[1]
    size = _SMALL_SIZE if small else _FIELD_SIZE
    places = _IN_PLACE.copy()
    places[:, 0] = _FIELD_OF_NOISE
    places[:, 1:] = rng.random((FIELD_COUNT, 2)) * (size[0] - shape[0] + 1, size[1] - shape[1] + 1)
    return noise_fields(size), places


def _dark_levels(sensor: DepthSensor, rng: np.random.Generator) -> FloatArray:
    """For each label [256] how much of such a surface is lost, as a z-score; skin and walls
    are bright enough."""
    chances, levels = rng.random(_PART_COUNT), np.full(256, -1e9, dtype=np.float32)
    dark = chances < sensor.dark
    levels[Part.ROUGH] = -0.8 + 1.8 * chances[0]
    dark[: Part.BODY] = dark[Part.WALL] = False
    levels[:_PART_COUNT][dark] = rng.normal(-1.1, 0.6, int(dark.sum()))
    return levels


def _check_shape(shape: tuple[int, ...]) -> None:
    if len(shape) != 2 or shape[0] > _FIELD_SIZE[0] or shape[1] > _FIELD_SIZE[1]:
        raise InvalidInputError(f"a sensor image must fit {_FIELD_SIZE}, not {shape}")


_PART_COUNT: Final = int(Part.HELD) + 1
_NO_LABELS: Final = np.zeros((1, 1), dtype=np.uint8)


def sense(
    sensor: DepthSensor,
    depth_mm: FloatArray,
    fx: float,
    rng: np.random.Generator,
    origin_u: int = 0,
    labels: np.ndarray | None = None,
) -> FloatArray:
    """One image as the sensor would deliver it; the input stays as it is.

    ``depth_mm`` [H, W] is a whole image or a window of one whose left column is ``origin_u``;
    ``fx`` its focal length in pixels, which may differ from the sensor's (a reduced image);
    ``labels`` [H, W] optional parts (``simulation.render.Part``): some are then dark, never hands.

    Raises:
        InvalidInputError: if the image is larger than the noise fields.
    """
    _check_shape(depth_mm.shape)
    if sensor.ideal:
        return depth_mm.copy()
    noise = _draw(depth_mm.shape, rng)
    parts = _NO_LABELS if labels is None else labels
    dark = _dark_levels(sensor, rng)
    return _degrade(sensor, depth_mm, parts, dark, origin_u, noise, fx)


class SensorState:
    """A sensor that watches a scene over time: its noise evolves from frame to frame.

    Used by one thread. ``seed`` decides everything; the same seed and images give the same frames.
    """

    def __init__(self, sensor: DepthSensor, camera: Camera, seed: int = 0) -> None:
        _check_shape((camera.height, camera.width))
        self._sensor, self._camera = sensor, camera
        self._rng = np.random.default_rng(seed)
        self._noise = np.empty((FIELD_COUNT, camera.height, camera.width), dtype=np.float32)
        self._dark = _dark_levels(sensor, self._rng)
        self._started = False

    def sense(self, depth_mm: FloatArray, labels: np.ndarray | None = None) -> FloatArray:
        """The next frame: the image [H, W] (mm) of the state's camera with this moment's noise."""
        if self._sensor.ideal:
            return depth_mm.copy()
        fields, places = _draw(depth_mm.shape, self._rng)
        mix_noise(fields, places, self._sensor.memory if self._started else 0.0, self._noise)
        self._started = True
        parts = _NO_LABELS if labels is None else labels
        noise = (self._noise, _IN_PLACE)
        return _degrade(self._sensor, depth_mm, parts, self._dark, 0, noise, self._camera.fx)
