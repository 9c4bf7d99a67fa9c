"""What draws the 3D view, compared in turns: ``python -m tests.bench.canvases``.

Each turn is a process of its own that draws one hand and its 14,400 points, 560x570 pixels.
"""

from __future__ import annotations

import multiprocessing
import statistics
import sys
import time
from typing import Final

import numpy as np
import psutil

from app.state.scene import scene_from_result
from app.views.orbit import Orbit
from app.views.scene_process import DrawingLibrary, PictureRequest, PictureStyle, open_canvas
from tests.scenes import result_at

TURNS: Final = 3
PICTURES: Final = 30
STYLE: Final = PictureStyle(560, 570, (0.1, 0.1, 0.1), (0.4, 0.4, 0.4), point_size=3.0)


def turn(library: DrawingLibrary) -> tuple[float, float, float]:
    """Memory (MB) of a process that draws, ms a picture (median), ms of computing a picture."""
    scene = scene_from_result(result_at())
    target = scene.skeletons[0].mean(axis=0)
    canvas = open_canvas(library)
    canvas.picture(PictureRequest(scene, Orbit().extrinsic(target), target, STYLE))
    times, computed_s = [], time.process_time()
    for yaw in np.linspace(-1.0, 1.0, PICTURES):
        began = time.perf_counter()
        view = Orbit(yaw=float(yaw)).extrinsic(target)
        canvas.picture(PictureRequest(scene, view, target, STYLE))
        times.append(1000.0 * (time.perf_counter() - began))
    computed_s = time.process_time() - computed_s
    memory = psutil.Process().memory_full_info().uss / 1e6
    canvas.close()
    return memory, statistics.median(times), 1000.0 * computed_s / PICTURES


def main() -> int:
    """Print what each library takes: the median of the turns, and the least and the most."""
    context = multiprocessing.get_context("spawn")
    turns: dict[DrawingLibrary, list[tuple[float, float, float]]] = {}
    for _ in range(TURNS):
        for library in DrawingLibrary:
            with context.Pool(1) as pool:
                turns.setdefault(library, []).append(pool.apply(turn, (library,)))
    for library, figures in turns.items():
        for k, name in enumerate(("MB", "ms a picture", "ms of computing a picture")):
            values = sorted(figure[k] for figure in figures)
            middle = f"{statistics.median(values):.0f} {name}"
            sys.stdout.write(f"{library.value}: {middle} ({values[0]:.0f} to {values[-1]:.0f})\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
