"""What this program is made of, for reports: versions, networks, the device they run on."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from engine.assets import asset_path
from engine.errors import ModelError
from engine.inference import device_name
from engine.model_files import read_manifest, weights_hash

PACKAGES: Final = {
    "PySide6-Essentials": "Qt for Python",
    "openvino": "OpenVINO",
    "moderngl": "ModernGL",
    "open3d": "Open3D",
    "pyrealsense2": "pyrealsense2",
    "numpy": "NumPy",
}
ABSENT: Final = "not installed"
HASH_CHARS: Final = 12
"""Enough to tell networks apart, short enough to be read out."""

Details = tuple[tuple[str, str], ...]


def package_version(name: str) -> str:
    """The installed version of a package, or that there is none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ABSENT


def program_details(device: str, models: Path | None = None) -> Details:
    """Pairs of a name and what is known; takes a moment, as OpenVINO is asked for the device."""
    return (
        ("Python", f"{sys.version.split()[0]} ({platform.python_implementation()})"),
        ("System", platform.platform()),
        *((title, package_version(name)) for name, title in PACKAGES.items()),
        ("Device", _device(device)),
        *_networks(models or asset_path("models")),
    )


def details_text(details: Details) -> str:
    """The details as lines, to be pasted into a report."""
    return "\n".join(f"{name}: {what}" for name, what in details)


def _device(device: str) -> str:
    try:
        return f"{device}, {device_name(device)}"
    except ModelError as error:
        return f"{device} ({error})"


def _networks(models: Path) -> Details:
    """Each network's name and the beginning of its weights' hash."""
    try:
        return tuple(
            (f"Network {name}", weights_hash(models, name)[:HASH_CHARS])
            for name in sorted(read_manifest(models))
        )
    except ModelError as error:
        return (("Networks", str(error)),)
