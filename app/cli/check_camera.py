"""Will it work with my camera? Measures its depth and the hands in it, compares them with cameras
that are known to work, and says what would help most.

Show one hand, opening and closing it. SOURCE as in `main.py -h`.
"""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from app.cli.arguments import add_source, add_tracking, source_options
from app.cli.console import EXIT_OK, print_output

if TYPE_CHECKING:
    from engine.jobs.camera_check import CameraReport
    from engine.jobs.camera_verdict import CameraNormals


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    add_source(parser)
    add_tracking(parser)
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of the synthetic camera")
    parser.add_argument(
        "--seconds", type=float, default=10.0, metavar="S", help="how much to look at (10)"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(given: argparse.Namespace) -> int:
    """Measure and say how the camera does.

    Raises:
        CrossingHandsError: one clear line.
    """
    from engine.jobs.camera_check import check_camera
    from engine.jobs.camera_verdict import CameraNormals

    report = check_camera(source_options(given, seed=given.seed), given.seconds)
    normals = CameraNormals.load()
    if given.json:
        print_output(json.dumps(report_fields(report, normals), indent=1))
    else:
        for line in report_lines(report, normals):
            print_output(line)
    return EXIT_OK


def report_lines(report: CameraReport, normals: CameraNormals) -> list[str]:
    """The report for a terminal."""
    from engine.jobs.camera_verdict import measure_rows

    width, height = report.size
    lines = [f"{report.name}, {width}x{height}, {report.frames} frames"]
    lines += [
        f"  {row.title:28} {row.value:>10}  {row.normal:18} {row.standing.value}".rstrip()
        for row in measure_rows(report.values, normals)
    ]
    if report.notice:
        lines.append(f"note: {report.notice}")
    lines.append(report.verdict.outlook.value)
    if report.verdict.help:
        lines.append(f"What would help most: {report.verdict.help}")
    return lines


def report_fields(report: CameraReport, normals: CameraNormals) -> dict[str, object]:
    """The report for programs."""
    verdict = report.verdict
    return {
        "source": report.name,
        "size": list(report.size),
        "frames": report.frames,
        "values": dict(report.values),
        "standing": {
            name: normals.standing(name, value).value for name, value in report.values.items()
        },
        "outlook": verdict.outlook.name.lower(),
        "verdict": verdict.outlook.value,
        "bad": list(verdict.bad),
        "help": verdict.help,
        "notice": report.notice,
    }
