"""Frames a second of two recordings at once, beside one after the other, in turns."""

from __future__ import annotations

import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from engine.jobs.frames import frames_of
from engine.recording.record import write_recording
from engine.sources.synthetic import SyntheticCamera
from tests.bench.figures import ROOT

TURNS: Final = 5
RECORDINGS: Final = 2
WAYS: Final = {"one after the other, `--jobs 1`": 1, "two at once": RECORDINGS}


def batch_table(frames: int, turns: int = TURNS) -> str:
    """Whole calls of the program, their start counted, on synthetic recordings (.db3) of so many
    ``frames``; and whether both ways wrote the same."""
    rates: dict[str, list[float]] = {name: [] for name in WAYS}
    same = True
    with TemporaryDirectory() as name:
        folder = Path(name)
        sources = [folder / f"{seed}.db3" for seed in range(RECORDINGS)]
        for seed, source in enumerate(sources):
            camera = SyntheticCamera(seed=seed)
            write_recording(source, islice(frames_of(camera), frames), camera.camera)
        for _ in range(turns):
            for way, jobs in WAYS.items():
                began_s = time.perf_counter()
                _run(sources, folder / str(jobs), jobs)
                rates[way].append(RECORDINGS * frames / (time.perf_counter() - began_s))
            for source in sources:
                targets = (folder / str(jobs) / f"{source.stem}.csv" for jobs in WAYS.values())
                same = same and len({target.read_bytes() for target in targets}) == 1
    lines = ["| two recordings | frames/s, median | least | most |", "|---|---:|---:|---:|"]
    lines += [
        f"| {way} | {median(found):.0f} | {min(found):.0f} | {max(found):.0f} |"
        for way, found in rates.items()
    ]
    after, at_once = (median(found) for found in rates.values())
    output = "the same" if same else "other"
    return "\n".join([*lines, f"\nratio {at_once / after:.2f}, {output} output"])


def _run(sources: list[Path], target: Path, jobs: int) -> None:
    command = (sys.executable, str(ROOT / "main.py"), *map(str, sources), "--headless")
    options = ("--export", str(target), "--jobs", str(jobs))
    subprocess.run((*command, *options), check=True, capture_output=True)
