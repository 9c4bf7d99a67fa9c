"""``python -m training benchmark real``: the networks on real frames and on hands of other origins.

Sets called "select" may choose between networks; those called "report" are only reported.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from engine.errors import InvalidInputError
from training.arguments import add_compared_models, add_frames
from training.benchmark.real_sections import (
    Predictions,
    RealSetting,
    Section,
    SectionOf,
    measure_false_hands,
    measure_hands,
    measure_letters,
    measure_marked_frames,
    measure_tof,
)
from training.benchmark.reliability import (
    CONFIDENCE_EDGES,
    SIDE_EDGES,
    reliability,
    save_reliability,
    share_right,
)
from training.benchmark.report import SHARED, Report, Row, Table, candidates, percent, write

SURE: Final = 0.95


def measure_calibration(setting: RealSetting) -> Section:
    """Whether confidence and the side's probability are right, on what the other sections saw of
    hands of other origins and of frames without one."""
    rows: list[Row] = []
    found: dict[str, object] = {}
    for name, predicted in setting.predictions.items():
        kinds = (
            ("a hand", predicted.confidence, predicted.is_hand, CONFIDENCE_EDGES),
            ("its side", predicted.side, predicted.side_right, SIDE_EDGES),
        )
        own: dict[str, Any] = {}
        curves = {}
        for what, probability, right, edges in kinds:
            curves[what] = reliability(probability, right, edges)
            own[what] = [asdict(each) for each in curves[what]]
            for each in curves[what]:
                limits = f"{each.low:.2f} to {each.high:.2f}"
                shares = (percent(each.predicted), percent(each.right))
                rows.append((what, name, limits, each.count, *shares))
            sure = share_right(probability, right, SURE)
            own[f"{what}: right of those predicted with {SURE}"] = sure
            count = sum(value >= SURE for value in probability)
            rows.append((what, name, f"{SURE} or more", count, float("nan"), percent(sure)))
        found[name] = own
        path = setting.sheet(f"calibration {name}")
        if path is not None:
            save_reliability(path, name, curves)
    heads = ("probability of", "networks", "predicted", "times", "predicted, mean %", "right %")
    return Section(Table("Calibration on hands of other origins", heads, tuple(rows)), found)


SECTIONS: Final[dict[str, SectionOf]] = {
    "tof": measure_tof,
    "marked": measure_marked_frames,
    "fingerspelling": measure_letters,
    "false-hands": measure_false_hands,
    "hands": measure_hands,
    "calibration": measure_calibration,
}
NEEDED: Final = {"calibration": ("false-hands", "hands")}
"""Sections that a section draws on."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_compared_models(parser)
    parser.add_argument(
        "--shared", type=Path, default=SHARED, help="folder with recordings/, hands/ and cases/"
    )
    parser.add_argument("--only", nargs="+", choices=tuple(SECTIONS), help="these sections alone")
    add_frames(parser, 300, "frames a set at most")
    parser.add_argument("--device", default="CPU", help="OpenVINO device")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    parser.add_argument("--sheets", type=Path, metavar="FOLDER", help="contact sheets of the worst")


def run(options: argparse.Namespace) -> None:
    """Measure networks on real frames and on synthetic hands of other origins.

    Real hands with known joints (tof), marks made by eye (marked), letters (fingerspelling),
    frames without a hand (false-hands), hands of other origins alone and followed for 5 s (hands),
    and whether probabilities are right (calibration). Prints Markdown tables.

    Raises:
        InvalidInputError: if recordings or hands are missing or damaged.
        ModelError: if networks cannot be loaded.
    """
    if options.frames < 1:
        raise InvalidInputError(f"--frames must be at least 1, not {options.frames}")
    if not options.shared.is_dir():
        raise InvalidInputError(
            f"there is no folder {options.shared}: --shared names the one with recordings and hands"
        )
    networks = candidates(options.models, options.device)
    predictions = {each.name: Predictions() for each in networks}
    sizes = (options.frames, options.seed, options.sheets)
    setting = RealSetting(networks, options.shared, *sizes, predictions)
    wanted = set(options.only or SECTIONS)
    wanted |= {needed for name in wanted for needed in NEEDED.get(name, ())}
    found: dict[str, Any] = {"frames": options.frames, "seed": options.seed}
    for name, measure in SECTIONS.items():
        if name not in wanted:
            continue
        start = time.monotonic()
        section = measure(setting)
        found[name] = section.figures
        sys.stdout.write(f"## {name}\n\n{section.table.markdown()}\n\n")
        sys.stdout.flush()
        sys.stderr.write(f"{name}: {time.monotonic() - start:.0f} s\n")
    if options.json is not None:
        write(Report((), found), options.json)
