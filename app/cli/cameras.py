"""List the attached cameras with their depth modes and presets.

One is opened with, for example, `main.py camera:SERIAL,848x480@60,high-accuracy`; each part after
'camera' may be left out.
"""

from __future__ import annotations

import argparse
from itertools import groupby
from typing import TYPE_CHECKING

from app.cli.console import EXIT_OK, print_output

if TYPE_CHECKING:
    from engine.sources.realsense_devices import CameraInfo


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """It has none."""


def run(_given: argparse.Namespace) -> int:
    """Say what is attached, or why nothing is."""
    from engine.sources.realsense_devices import attached_cameras, why_no_camera

    cameras = attached_cameras()
    if not cameras:
        print_output(why_no_camera())
    for camera in cameras:
        for line in camera_lines(camera):
            print_output(line)
    return EXIT_OK


def camera_lines(camera: CameraInfo) -> list[str]:
    """A camera for a terminal."""
    from engine.sources.camera_choice import preset_key
    from engine.sources.reconnecting_camera import in_cm, shortcomings

    usb = f"USB {camera.usb}" if camera.usb else "USB unknown"
    firmware = f", firmware {camera.firmware}" if camera.firmware else ""
    lines = [f"camera:{camera.serial}  {camera.name}, {usb}{firmware}"]
    for size, modes in groupby(camera.modes, lambda mode: mode.size):
        rates = ", ".join(str(mode.fps) for mode in modes)
        nearest = (camera.nearest_mm or {}).get(size)
        from_where = f", measures from {in_cm(nearest)} on" if nearest else ""
        lines.append(f"  {size[0]}x{size[1]} @ {rates} fps{from_where}")
    if camera.best_mode is not None:
        lines.append(f"  unless told otherwise: {camera.best_mode}")
    if camera.presets:
        lines.append(f"  presets: {', '.join(preset_key(name) for name in camera.presets)}")
    return lines + [f"  note: {text}" for text in shortcomings(camera)]
