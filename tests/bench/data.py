"""How many training samples a second this machine makes, and what each step of one costs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

from engine.camera import Camera
from engine.crop import CUBE_MM, cut_crop
from engine.hand.scene import render
from engine.hand.sensors import SENSORS, sense
from engine.timing import StageStatistics, StageStats
from training.data import CropMaker, sensor_window
from training.frames import FrameMaker
from training.workers import CHUNK


def time_steps(count: int) -> tuple[StageStats, ...]:
    """Median times of the steps of one crop: scene, picture, sensor noise, crop."""
    maker = CropMaker.load()
    scenes, sensor = maker.scenes, SENSORS["SR305"]
    rng = np.random.default_rng(0)
    statistics = StageStatistics(window=count)
    done = 0
    while done < count:
        spent: dict[str, float] = {}

        def lap(name: str, start: float, spent: dict[str, float] = spent) -> float:
            now = time.perf_counter()
            spent[name] = (now - start) * 1000.0
            return now

        start = time.perf_counter()
        scene = scenes.sample(rng, sensor.camera, 1, 250.0, 900.0)
        start = lap("scene", start)
        centre = scene.hands[0].posed.joints_mm.mean(axis=0)
        distance = float(np.linalg.norm(centre))
        scale = min(1.0, maker.config.window_px * distance / (1.2 * CUBE_MM * sensor.camera.fx))
        camera = sensor.camera.resized(round(640 * scale), round(480 * scale))
        window = sensor_window(sensor, camera, centre, 0.0)
        u0, v0, width, height = window
        if min(width, height) < 20:
            continue
        start = time.perf_counter()
        rendering = render(scenes.model, scene, camera, window)
        start = lap("render", start)
        depth = sense(sensor, rendering.depth_mm, camera.fx, rng, u0, rendering.labels)
        start = lap("sensor noise", start)
        part = Camera(width, height, camera.fx, camera.fy, camera.cx - u0, camera.cy - v0)
        cut_crop(depth, part, centre)
        lap("crop", start)
        done += 1
        if done > 10:
            statistics.add(spent)
    return statistics.snapshot()


def _make_for(seconds: float, kind: str, seed: int) -> float:
    maker: CropMaker | FrameMaker = CropMaker.load() if kind == "crops" else FrameMaker.load()
    chunk: Callable[[int], object] = maker.chunk
    chunk(seed)
    made, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        chunk(seed + 1 + made)
        made += 1
    return made * CHUNK / (time.perf_counter() - start)


def rate(kind: str, processes: int, seconds: float = 8.0) -> float:
    """Samples a second that ``processes`` make together; ``kind`` is "crops" or "frames"."""
    os.environ["OMP_NUM_THREADS"] = "1"
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        seeds = [1_000_000 * (k + 1) for k in range(processes)]
        return sum(pool.map(_make_for, [seconds] * processes, [kind] * processes, seeds))
