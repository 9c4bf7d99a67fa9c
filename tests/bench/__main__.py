"""Prints every figure of speed and lightness beside its limit and the last release's: `make bench`;
with a source, how long each stage takes there: `make bench ARGS="SOURCE [--frames N] ..."`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from app.exit_process import exit_process
from engine.errors import CrossingHandsError, SourceError
from engine.sources import open_source
from engine.timing import StageStats
from engine.tracking.config import TrackingSettings
from engine.tracking.pipeline import Pipeline
from tests.bench import figures
from tests.bench.batch import batch_table
from tests.bench.everything import as_kept, measure
from tests.bench.headless import headless_table
from tests.bench.latent import time_latents
from tests.bench.seek import time_seeks
from tests.bench.smoothing import smoothing_table
from tests.bench.speed import read_frames, table, time_pipeline, time_precisions
from tests.bench.stream import report
from tests.bench.turns import GROUPS


def main() -> int:
    """Measure and print; returns the exit code."""
    parser = _parser()
    given = parser.parse_args()
    if given.keep and given.only:
        parser.error("--keep keeps all figures: leave out --only")
    if given.data:
        return measure_data(given.frames)
    try:
        print(_measured(given))
    except CrossingHandsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "source", nargs="?", help="as for main.py: measure the stages there; none: all figures"
    )
    parser.add_argument(
        "--only", nargs="+", choices=sorted(GROUPS), metavar="GROUP",
        help=f"of all figures only these: {', '.join(GROUPS)}",
    )  # fmt: skip
    parser.add_argument(
        "--beside", type=Path, metavar="DIR", help="another copy of the program, in turns"
    )
    parser.add_argument(
        "--keep", action="store_true", help=f"keep all figures in {figures.KEPT.name} for later"
    )
    parser.add_argument("--frames", type=int, default=300, help="frames to process (300)")
    parser.add_argument("--hands", type=int, default=1, help="most hands (1)")
    parser.add_argument("--device", default="CPU", help="OpenVINO device (CPU)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the synthetic camera (0)")
    kinds = parser.add_mutually_exclusive_group()
    for flag, what in (
        ("--data", "how fast training samples are made"),
        ("--latent", "decoding and drawing a latent"),
        ("--stream", "what streaming joints costs"),
        ("--smoothing", "jitter and lag of each smoothing"),
        ("--headless", "the headless job on a recording"),
        ("--batch", "two recordings at once"),
    ):
        kinds.add_argument(flag, action="store_true", help=f"measure {what} instead")
    kinds.add_argument(
        "--seek", type=int, nargs="?", const=40, metavar="N",
        help="measure N seeks (40) in a recording instead",
    )  # fmt: skip
    kinds.add_argument(
        "--studio", type=float, nargs="?", const=10.0, metavar="S",
        help="drag a slider of the latent studio for S seconds (10) in a window instead",
    )  # fmt: skip
    return parser


def _everything(given: argparse.Namespace) -> str:
    groups, beside = given.only or list(GROUPS), given.beside
    before = figures.kept()
    measured = measure(groups, (figures.ROOT,) if beside is None else (figures.ROOT, beside))
    if given.keep:
        figures.keep(measured[0])
    return figures.table(measured[0], before if beside is None else as_kept(measured[1], beside))


def _measured(given: argparse.Namespace) -> str:
    """What was asked for, as text."""
    singles = (given.smoothing, given.latent, given.studio, given.headless, given.seek, given.batch)
    single = any(singles) or given.stream
    if given.source is None and not single:
        return _everything(given)
    given.source = given.source or "synthetic"
    if given.smoothing:
        return smoothing_table()
    if given.latent:
        return table(time_latents(given.frames, given.device))
    if given.studio:
        from tests.bench.studio import drag

        return drag(given.source, given.studio)
    if given.headless:
        return headless_table(lambda: open_source(given.source))
    if given.batch:
        return batch_table(given.frames)
    if given.seek:
        pipeline = Pipeline.load(device=given.device)
        return table(time_seeks(lambda: open_source(given.source), pipeline, given.seek))
    return _stages(given)


def _stages(given: argparse.Namespace) -> str:
    source = open_source(given.source, seed=given.seed)
    camera = source.camera
    frames = read_frames(source, given.frames)
    if not frames:
        raise SourceError(f"{given.source} has no frames")
    pipeline = Pipeline.load(device=given.device)
    if given.stream:
        result, _ = pipeline.step(frames[0], pipeline.initial_state())
        return report(result, given.frames)
    stages, crops = time_pipeline(pipeline, frames, TrackingSettings(given.hands))
    alone: tuple[StageStats, ...] = ()
    if crops:
        alone = time_precisions(given.device, crops[-1], given.frames)
    return (
        f"{source.name}, {camera.width}x{camera.height}, {given.device}\n"
        f"a hand in {len(crops)} of {len(frames)} frames\n\n{table((*stages, *alone))}"
    )


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
