"""One turn of one group of figures in a process of its own: ``python -m tests.bench.turns GROUP``
prints them as JSON. ``tests.bench.everything`` runs these, in turns where two are compared."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

from engine.jobs.frames import frames_of
from engine.jobs.headless import HeadlessJob, process
from engine.jobs.networks import load_pipeline
from engine.recording.record import write_recording
from engine.sources import open_source
from engine.sources.synthetic import SyntheticCamera
from engine.tracking.config import Options
from engine.tracking.crop import cut_crop
from engine.tracking.crop_coordinates import CROP_SIZE
from engine.tracking.estimate import Estimator
from engine.types import Frame, HandCrop
from tests.bench.speed import WARM_UP, time_calls, time_pipeline
from tests.soak.memory_camera import MemoryCamera

FRAMES: Final = 200
SHORT: Final = 30
LIVE_S: Final = 6.0
COPIED: Final = 1 << 26
"""Bytes, more than any cache holds."""

Figures = dict[str, float]


def _frames() -> list[Frame]:
    return list(islice(frames_of(SyntheticCamera(seed=0)), FRAMES))


def _step() -> Figures:
    """A hand followed, as live; and what bounds it: the bare network and the memory."""
    frames = _frames()
    pipeline = load_pipeline(Options("synthetic"), MemoryCamera(0, 30.0))
    time_pipeline(pipeline, frames[:WARM_UP])
    began_s = time.process_time()
    stages, crops = time_pipeline(pipeline, frames)
    computing_ms = 1000.0 * (time.process_time() - began_s) / len(frames)
    by_name = {stage.name: stage for stage in stages}
    crop = crops[-1]
    estimator = Estimator(threads=1)
    return {
        "step_ms": by_name["step"].median_ms,
        "step_p99_ms": by_name["step"].p99_ms,
        "step_cpu_ms": computing_ms,
        "network_ms": time_calls("network", lambda: estimator(crop), FRAMES).median_ms,
        "crop_ms": _crop_ms(frames[-1], crop),
        "crop_limit_ms": 1000.0 * _crop_bytes(frames[-1], crop) / _bandwidth(),
    }


def _crop_ms(frame: Frame, crop: HandCrop) -> float:
    depth, camera = frame.depth_mm, frame.camera
    return time_calls("crop", lambda: cut_crop(depth, camera, crop.centre_mm), FRAMES).median_ms


def _crop_bytes(frame: Frame, crop: HandCrop) -> float:
    """What a crop reads of its frame, and writes."""
    side = crop.cube_mm / crop.distance_mm * frame.camera.fx
    return 4.0 * (side**2 + CROP_SIZE**2)


def _bandwidth() -> float:
    """Bytes a second that one thread reads and writes."""
    source = np.ones(COPIED // 4, np.float32)
    target = np.empty_like(source)
    copied = time_calls("copy", lambda: np.copyto(target, source), 10)
    return 2.0 * COPIED / (copied.median_ms / 1000.0)


def _headless() -> Figures:
    """Recordings of both kinds to joints in a file, and only read."""
    figures: Figures = {}
    with TemporaryDirectory() as folder:
        for kind, name in (("folder", "take"), ("db3", "take.db3")):
            path = Path(folder) / name
            camera = SyntheticCamera(seed=0)
            write_recording(path, islice(frames_of(camera), FRAMES), camera.camera)
            with closing(open_source(str(path))) as source:
                pipeline = load_pipeline(Options(str(path)), source)
                pipeline.prepare(source.camera)
            job = HeadlessJob(export=Path(folder) / "joints.csv")
            for _ in range(2):  # the first one warms up
                with closing(open_source(str(path))) as source:
                    began_s = time.perf_counter()
                    done = process(source, pipeline, job).frames
                    figures[f"headless_{kind}_fps"] = done / (time.perf_counter() - began_s)
            with closing(open_source(str(path))) as source:
                began_s = time.perf_counter()
                done = sum(1 for _ in frames_of(source))
                figures[f"decode_{kind}_fps"] = done / (time.perf_counter() - began_s)
    return figures


def _live() -> Figures:
    """A camera at 30 frames a second to joints in a file."""
    with TemporaryDirectory() as folder:
        camera = MemoryCamera(0, 30.0)
        pipeline = load_pipeline(Options("camera"), camera)
        job = HeadlessJob(export=Path(folder) / "joints.csv")
        process(camera, pipeline, job, limit_s=1.0)
        began_s, computed_s = time.perf_counter(), time.process_time()
        process(camera, pipeline, job, limit_s=LIVE_S)
        wall_s = time.perf_counter() - began_s
        return {"headless_cores": (time.process_time() - computed_s) / wall_s}


def _data() -> Figures:
    from tests.bench.data import rate

    return {"crops_a_second": rate("crops", os.cpu_count() or 1)}


def _window(*arguments: str) -> Figures:
    """The window in a process of its own, compiled code kept as where it is installed."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    with TemporaryDirectory() as folder:
        target = Path(folder) / "figures.json"
        command = [sys.executable, "-m", "tests.soak", "--json", str(target), *arguments]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        found: Figures = json.loads(target.read_text(encoding="utf-8"))
        return found


def _chosen(figures: Figures, *names: str) -> Figures:
    return {name: figures[name] for name in names}


def _start() -> Figures:
    """The window on the synthetic camera, which is made ready first, and on a recording."""
    figures = _window("--minutes", "0.02")
    with TemporaryDirectory() as folder:
        recording = _window(_recorded(folder, SHORT), "--minutes", "0.02")
    names = "window_s", "window_cpu_s", "skeleton_s", "skeleton_cpu_s"
    return {
        **_chosen(recording, *names),
        "synthetic_s": figures["skeleton_s"],
        "synthetic_cpu_s": figures["skeleton_cpu_s"],
    }


def _recorded(folder: str, frames: int) -> str:
    """A recording of so many frames."""
    path, camera = Path(folder) / "take.db3", SyntheticCamera(seed=0)
    write_recording(path, islice(frames_of(camera), frames), camera.camera)
    return str(path)


def _busy() -> Figures:
    """A recording that is played over and over."""
    with TemporaryDirectory() as folder:
        figures = _window(_recorded(folder, FRAMES), "--minutes", "0.4")
    figures["busy_cores"] = 0.01 * figures["cpu_percent"]
    names = "own_mb", "with_3d_mb", "busy_cores", "age_ms", "block_ms"
    return _chosen(figures, *names)


def _idle() -> Figures:
    return {"idle_cores": 0.01 * _window("--minutes", "0.3", "--idle")["cpu_percent"]}


GROUPS: Final[dict[str, tuple[Callable[[], Figures], int]]] = {
    "step": (_step, 3),
    "headless": (_headless, 3),
    "live": (_live, 3),
    "start": (_start, 4),
    "busy": (_busy, 1),
    "idle": (_idle, 1),
    "data": (_data, 2),
}
"""What measures each group, and in how many turns."""


if __name__ == "__main__":
    sys.stdout.write(json.dumps(GROUPS[sys.argv[1]][0]()) + "\n")
