"""Compare what each OpenVINO device makes of stored images with the reference: speed, and error in
mm. A device that fails must not be used.

Exit code 2 if a device that was asked for fails, or the CPU does.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from app.cli.console import EXIT_OK, print_output, print_status
from engine.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.tracking.self_check import DeviceReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parser.add_argument(
        "--device", type=str.upper, metavar="D", help="check only this one, for example GPU:f32"
    )


def run(given: argparse.Namespace) -> int:
    """Check and say how each device did.

    Raises:
        ModelError: if the device that was asked for, or the CPU, fails.
    """
    from engine.tracking.config import Options
    from engine.tracking.self_check import candidates, check_devices

    device: str | None = given.device
    if device is not None:
        Options(device=device)
    devices = candidates() if device is None else (device,)

    def progress(done: int, total: int) -> bool:
        if done < total:
            print_status(f"checking {devices[done]}")
        return True

    reports = check_devices(devices, progress)
    for line in report_lines(reports):
        print_output(line)
    failed = [report for report in reports if not report.passed]
    for report in failed:
        if device is not None or report.device.partition(":")[0] == "CPU":
            raise ModelError(f"{report.device} must not be used: {report.reason}")
    return EXIT_OK


def report_lines(reports: Sequence[DeviceReport]) -> list[str]:
    """A table for a terminal."""
    lines = [f"{'device':10} {'pose ms':>8} {'mean mm':>8} {'worst mm':>9}  result"]
    for report in reports:
        if report.worst_mm is None:
            figures = f"{'–':>8} {'–':>8} {'–':>9}"
        else:
            worst = report.worst_mm["pose"]
            figures = f"{report.median_ms:8.2f} {report.mean_mm:8.3f} {worst:9.3f}"
        result = "good" if report.passed else f"NOT usable: {report.reason}"
        lines.append(f"{report.device:10} {figures}  {result} ({report.title})")
    return lines
