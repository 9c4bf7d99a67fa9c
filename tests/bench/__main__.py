"""Prints how long each stage takes: `make bench ARGS="[SOURCE] [--frames N] ..."`."""

from __future__ import annotations

import argparse
import os
import sys

from app.exit_process import exit_process
from engine.errors import CrossingHandsError, SourceError
from engine.sources import open_source
from engine.timing import StageStats
from engine.tracking.config import TrackingSettings
from engine.tracking.pipeline import Pipeline
from tests.bench.latent import time_latents
from tests.bench.seek import time_seeks
from tests.bench.smoothing import smoothing_table
from tests.bench.speed import read_frames, table, time_pipeline, time_precisions
from tests.bench.stream import report


def main() -> int:
    """Measure and print; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("source", nargs="?", default="synthetic", help="as for main.py")
    parser.add_argument("--frames", type=int, default=300, help="frames to process (300)")
    parser.add_argument("--hands", type=int, default=1, help="most hands (1)")
    parser.add_argument("--device", default="CPU", help="OpenVINO device (CPU)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the synthetic camera (0)")
    parser.add_argument(
        "--data", action="store_true", help="measure how fast training samples are made instead"
    )
    parser.add_argument(
        "--seek",
        type=int,
        nargs="?",
        const=40,
        metavar="N",
        help="measure N seeks (40) in a recording instead",
    )
    parser.add_argument(
        "--latent", action="store_true", help="measure decoding and drawing a latent instead"
    )
    parser.add_argument(
        "--studio",
        type=float,
        nargs="?",
        const=10.0,
        metavar="S",
        help="drag a slider of the latent studio for S seconds (10) in a window instead",
    )
    parser.add_argument(
        "--stream", action="store_true", help="measure what streaming joints costs instead"
    )
    parser.add_argument(
        "--smoothing", action="store_true", help="measure what smoothing calms and delays instead"
    )
    given = parser.parse_args()
    if given.data:
        return measure_data(given.frames)
    try:
        if given.smoothing:
            print(smoothing_table())
            return 0
        if given.latent:
            print(table(time_latents(given.frames, given.device)))
            return 0
        if given.studio:
            from tests.bench.studio import drag

            print(drag(given.source, given.studio))
            return 0
        if given.seek:
            pipeline = Pipeline.load(device=given.device)
            print(table(time_seeks(lambda: open_source(given.source), pipeline, given.seek)))
            return 0
        source = open_source(given.source, seed=given.seed)
        camera = source.camera
        frames = read_frames(source, given.frames)
        if not frames:
            raise SourceError(f"{given.source} has no frames")
        pipeline = Pipeline.load(device=given.device)
        if given.stream:
            result, _ = pipeline.step(frames[0], pipeline.initial_state())
            print(report(result, given.frames))
            return 0
        stages, crops = time_pipeline(pipeline, frames, TrackingSettings(given.hands))
        print(f"{source.name}, {camera.width}x{camera.height}, {given.device}")
        print(f"a hand in {len(crops)} of {len(frames)} frames\n")
        alone: tuple[StageStats, ...] = ()
        if crops:
            alone = time_precisions(given.device, crops[-1], given.frames)
        print(table((*stages, *alone)))
    except CrossingHandsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def measure_data(count: int) -> int:
    """Measure the making of training samples; returns the exit code."""
    try:
        from tests.bench.data import rate, time_steps
    except ModuleNotFoundError as error:
        print(f"error: --data needs what training needs: make env ({error})", file=sys.stderr)
        return 2
    print(table(time_steps(count)))
    processes = os.cpu_count() or 1
    kinds = {"pictures": "crops of ready scenes, drawn", "crops": "crops", "frames": "frames"}
    for kind, name in kinds.items():
        print(f"{name} a second, {processes} processes: {rate(kind, processes):.0f}")
    return 0


if __name__ == "__main__":
    exit_process(main())
