"""How many frames a second the headless job does, beside the same in one thread, in turns."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from engine.jobs.export_range import result_writer
from engine.jobs.frames import frames_of, results_of
from engine.jobs.headless import HeadlessJob, process
from engine.jobs.networks import BESIDE_READING
from engine.sources.base import DepthSource
from engine.tracking.config import DEFAULT_TRACKING
from engine.tracking.pipeline import Pipeline

TURNS: Final = 5


def one_thread(source: DepthSource, pipeline: Pipeline, target: Path) -> int:
    """Read, track and write in turn; returns the number of frames."""
    frames = 0
    with result_writer(target) as writer:
        for result in results_of(frames_of(source), pipeline, DEFAULT_TRACKING):
            writer.write(result)
            frames += 1
    return frames


def side_by_side(source: DepthSource, pipeline: Pipeline, target: Path) -> int:
    """As the program does it."""
    return process(source, pipeline, HeadlessJob(export=target)).frames


WAYS: Final[dict[str, tuple[Callable[[DepthSource, Pipeline, Path], int], int | None]]] = {
    "in turn, networks with all threads": (one_thread, None),
    "side by side, networks with one": (side_by_side, BESIDE_READING),
}


def headless_table(open_again: Callable[[], DepthSource], turns: int = TURNS) -> str:
    """Frames a second of a recording from its start to its end, both ways, in turns, and whether
    both wrote the same."""
    rates: dict[str, list[float]] = {name: [] for name in WAYS}
    pipelines = {name: Pipeline.load(threads=threads) for name, (_, threads) in WAYS.items()}
    with TemporaryDirectory() as folder:
        targets = {name: Path(folder) / f"{k}.csv" for k, name in enumerate(WAYS)}
        for turn in range(turns + 1):
            for name, (way, _) in WAYS.items():
                with closing(open_again()) as source:
                    pipelines[name].prepare(source.camera)
                    began_s = time.perf_counter()
                    frames = way(source, pipelines[name], targets[name])
                    if turn:  # the first one warms up
                        rates[name].append(frames / (time.perf_counter() - began_s))
        first, second = (target.read_bytes() for target in targets.values())
    lines = ["| headless | frames/s, median | least | most |", "|---|---:|---:|---:|"]
    lines += [
        f"| {name} | {median(found):.0f} | {min(found):.0f} | {max(found):.0f} |"
        for name, found in rates.items()
    ]
    alone, together = (median(found) for found in rates.values())
    same = "the same" if first == second else "other"
    lines.append(f"\nratio {together / alone:.2f}, {same} output")
    return "\n".join(lines)
