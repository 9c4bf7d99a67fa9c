"""How many training samples a second this machine makes, and what each step of one costs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from typing import Final, NamedTuple

import numpy as np

from engine.camera import Camera, FloatArray
from engine.simulation.model import HandModel
from engine.simulation.scene import Scene, Window, render
from engine.simulation.scene_sampler import SceneSampler
from engine.simulation.sensors import DepthSensor, sense
from engine.timing import StageStatistics, StageStats
from engine.tracking.crop import cut_crop
from engine.tracking.crop_coordinates import CUBE_MM
from training.crops.crop_sampler import CropConfig, CropSampler, draw_sensor
from training.crops.sensor_windows import sensor_window
from training.learning.workers import CHUNK
from training.supervised.frames import DetectorFrameSampler

PREPARED: Final = 256
"""Scenes that are drawn in turns where only the drawing is measured."""


class View(NamedTuple):
    """A scene with one hand, and what of it a crop needs: [3] mm and the part of an image."""

    scene: Scene
    sensor: DepthSensor
    centre_mm: FloatArray
    camera: Camera
    window: Window


def _views(rng: np.random.Generator, scenes: SceneSampler) -> Iterator[tuple[View, float]]:
    """Views as training draws them, each with the ms that its scene took."""
    while True:
        sensor, use = draw_sensor(rng)
        start = time.perf_counter()
        scene = scenes.sample(rng, sensor.camera, 1, use.near_mm, use.far_mm)
        spent = (time.perf_counter() - start) * 1000.0
        centre, full = scene.hands[0].posed.joints_mm.mean(axis=0), sensor.camera
        pixels = 1.2 * CUBE_MM * full.fx / float(np.linalg.norm(centre))
        scale = min(1.0, CropConfig().window_px / pixels)
        camera = full.resized(round(full.width * scale), round(full.height * scale))
        window = sensor_window(sensor, camera, centre, 0.0)
        if min(window[2:]) >= 20:
            yield View(scene, sensor, centre, camera, window), spent


def _draw(view: View, rng: np.random.Generator) -> tuple[float, float, float]:
    """Make the view's crop; the ms that picture, sensor noise and crop took."""
    camera, (u0, v0, width, height) = view.camera, view.window
    times = [time.perf_counter()]
    rendering = render(view.scene, camera, view.window)
    times.append(time.perf_counter())
    depth = sense(view.sensor, rendering.depth_mm, camera.fx, rng, u0, rendering.labels)
    times.append(time.perf_counter())
    part = Camera(width, height, camera.fx, camera.fy, camera.cx - u0, camera.cy - v0)
    cut_crop(depth, part, view.centre_mm)
    times.append(time.perf_counter())
    picture, noise, crop = (np.diff(times) * 1000.0).tolist()
    return picture, noise, crop


def time_steps(count: int) -> tuple[StageStats, ...]:
    """Median times of the steps of one crop: scene, picture, sensor noise, crop."""
    scenes, rng = SceneSampler(HandModel.load()), np.random.default_rng(0)
    statistics = StageStatistics(window=count)
    for k, (view, spent) in enumerate(islice(_views(rng, scenes), count)):
        render_ms, noise_ms, crop_ms = _draw(view, rng)
        if k >= 10:
            statistics.add(
                {"scene": spent, "render": render_ms, "sensor noise": noise_ms, "crop": crop_ms}
            )
    return statistics.snapshot()


def _make_for(seconds: float, kind: str, seed: int) -> float:
    if kind == "pictures":
        return _draw_for(seconds, seed)
    sampler: CropSampler | DetectorFrameSampler = (
        CropSampler.load() if kind == "crops" else DetectorFrameSampler.load()
    )
    chunk: Callable[[int], object] = sampler.chunk
    chunk(seed)
    made, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        chunk(seed + 1 + made)
        made += 1
    return made * CHUNK / (time.perf_counter() - start)


def _draw_for(seconds: float, seed: int) -> float:
    scenes, rng = SceneSampler(HandModel.load()), np.random.default_rng(seed)
    views = [view for view, _ in islice(_views(rng, scenes), PREPARED)]
    _draw(views[0], rng)
    made, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        _draw(views[made % PREPARED], rng)
        made += 1
    return made / (time.perf_counter() - start)


def rate(kind: str, processes: int, seconds: float = 8.0) -> float:
    """Samples a second that ``processes`` make together.

    ``kind`` is "crops" or "frames", or "pictures": crops of scenes that are there already.
    """
    os.environ["OMP_NUM_THREADS"] = "1"
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        seeds = [1_000_000 * (k + 1) for k in range(processes)]
        return sum(pool.map(_make_for, [seconds] * processes, [kind] * processes, seeds))
