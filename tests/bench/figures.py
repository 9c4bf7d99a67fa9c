"""The figures of speed and lightness: what they are, what was kept of a release, the table."""

from __future__ import annotations

import json
import math
import platform
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import psutil

from engine.errors import InvalidInputError
from engine.json_file import read_fields
from engine.output import write_text

ROOT: Final = Path(__file__).resolve().parents[2]
KEPT: Final = ROOT / "docs" / "performance.json"
"""Figures of the last release, which those of today are compared with."""
MAX_BYTES: Final = 1 << 20

Measured = Mapping[str, Sequence[float]]
"""The value of each figure in every turn."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: ``goal`` in ``unit`` (None: there is none), whether ``more`` is
    better."""

    key: str
    title: str
    unit: str
    goal: float | None = None
    more: bool = False


FIGURES: Final = (
    Figure("step_ms", "step, median", "ms"),
    Figure("step_p99_ms", "step, 99%", "ms"),
    Figure("step_cpu_ms", "step, computing, all threads", "ms"),
    Figure("network_ms", "limit of a step: the bare network", "ms"),
    Figure("crop_ms", "crop", "ms"),
    Figure("crop_limit_ms", "limit of a crop: the memory's bandwidth", "ms"),
    Figure("window_s", "window shown, from a warm cache", "s", 1.0),
    Figure("window_cpu_s", "window shown, computing", "s"),
    Figure("skeleton_s", "first skeleton of a recording, warm cache", "s", 2.0),
    Figure("skeleton_cpu_s", "first skeleton of a recording, computing", "s"),
    Figure("synthetic_s", "first skeleton of the synthetic camera", "s", 2.0),
    Figure("synthetic_cpu_s", "first skeleton of it, computing", "s"),
    Figure("own_mb", "memory, program", "MB"),
    Figure("with_3d_mb", "memory, program and 3D view", "MB", 600.0),
    Figure("busy_cores", "processor, window, 30 frames a second", "cores", 0.7),
    Figure("age_ms", "age of the pose shown, 30 frames a second", "ms", 43.0),
    Figure("block_ms", "longest pause of the window", "ms", 50.0),
    Figure("idle_cores", "processor, idle window", "cores", 0.03),
    Figure("headless_cores", "processor, headless, 30 frames a second", "cores", 0.3),
    Figure("headless_folder_fps", "headless, a folder", "frames/s", 600.0, more=True),
    Figure("decode_folder_fps", "limit of a folder: the decoder", "frames/s", more=True),
    Figure("headless_db3_fps", "headless, a .db3", "frames/s", 600.0, more=True),
    Figure("decode_db3_fps", "limit of a .db3: the decoder", "frames/s", more=True),
    Figure("crops_a_second", "training crops", "crops/s", 3300.0, more=True),
)


def machine() -> str:
    """What the figures were measured on: processor and cores."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.partition(":")[2].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        pass  # a system that tells it elsewhere
    return f"{name}, {psutil.cpu_count()} cores"


def keep(measured: Measured, path: Path = KEPT) -> None:
    """Write the figures of today, which those of later versions are compared with."""
    figures = {
        key: {"median": _rounded(median(values)), "turns": [_rounded(each) for each in values]}
        for key, values in measured.items()
    }
    record = {
        "version": _version(),
        "machine": machine(),
        "made_by": 'make bench ARGS="--keep"',
        "figures": figures,
    }
    write_text(path, json.dumps(record, indent=1) + "\n")


def kept(path: Path = KEPT) -> dict[str, Any]:
    """What ``keep`` wrote; nothing if there is no such file.

    Raises:
        InvalidInputError: if it is none of that kind.
    """
    if not path.exists():
        return {"version": "", "machine": "", "figures": {}}
    record = read_fields(path, "file of figures", MAX_BYTES)
    figures = record.get("figures")
    if not isinstance(figures, dict) or not all(
        isinstance(each, dict) and isinstance(each.get("median"), int | float)
        for each in figures.values()
    ):
        raise InvalidInputError(f"{path} is no file of figures: 'figures' has no medians")
    return record


def table(measured: Measured, before: Mapping[str, Any]) -> str:
    """Every figure that was measured, with its spread, beside the release before and its goal."""
    lines = [
        "| figure | median | least to most | last release | ratio | goal |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for figure in FIGURES:
        values = measured.get(figure.key)
        if not values:
            continue
        now, then = median(values), before["figures"].get(figure.key, {}).get("median")
        ratio = f"{now / then:.2f}" if then else "–"
        lines.append(
            f"| {figure.title} | {_shown(now)} {figure.unit} "
            f"| {_shown(min(values))} to {_shown(max(values))} "
            f"| {'–' if then is None else _shown(then)} | {ratio} | {_goal(figure, now)} |"
        )
    lines.append(f"\nmeasured on {machine()}")
    if before["figures"]:
        release = f"version {before.get('version')} on {before.get('machine')}"
        lines.append(f"last release: {release} ({KEPT.parent.name}/{KEPT.name})")
    return "\n".join(lines)


def _version() -> str:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def _goal(figure: Figure, value: float) -> str:
    if figure.goal is None:
        return ""
    reached = value >= figure.goal if figure.more else value <= figure.goal
    return f"{'at least' if figure.more else 'at most'} {_shown(figure.goal)}" + (
        "" if reached else ", missed"
    )


def _shown(value: float) -> str:
    """Three digits."""
    if value == 0.0 or not math.isfinite(value):
        return f"{value:.0f}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
