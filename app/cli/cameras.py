"""``main.py cameras``: which cameras are attached, what they offer, and what is wrong."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.sources.realsense_devices import CameraInfo

Say = Callable[[str], object]


def build_cameras_parser() -> argparse.ArgumentParser:
    """Describe ``main.py cameras``."""
    return argparse.ArgumentParser(
        prog="main.py cameras",
        description="List the attached cameras with their depth modes and presets.",
        epilog="One is opened with, for example, `main.py camera:SERIAL,848x480@60,high-accuracy`; "
        "each part after 'camera' may be left out.",
    )


def run_cameras(say: Say) -> None:
    """Say what is attached, or why nothing is."""
    from engine.sources.realsense_devices import attached_cameras, why_no_camera

    cameras = attached_cameras()
    if not cameras:
        say(why_no_camera())
    for camera in cameras:
        for line in in_lines(camera):
            say(line)


def in_lines(camera: CameraInfo) -> list[str]:
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
