"""RealSense cameras as the USB bus sees them: why one that is plugged in cannot be opened."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LINUX_BUS: Final = Path("/sys/bus/usb/devices")
LINUX_NODES: Final = Path("/dev/bus/usb")
_USB3_MBIT: Final = 5000


@dataclass(frozen=True, slots=True)
class UsbDevice:
    """A RealSense device on the bus: its name, its speed in Mbit/s (0 = unknown) and whether this
    user may open it.
    """

    name: str
    speed_mbit: float
    allowed: bool


def usb_devices(bus: Path = LINUX_BUS, nodes: Path = LINUX_NODES) -> tuple[UsbDevice, ...]:
    """RealSense devices on the bus; none, too, where the system does not tell (not Linux)."""
    try:
        ports = sorted(bus.iterdir())
    except OSError:
        return ()
    return tuple(found for port in ports if (found := _look(port, nodes)) is not None)


def why_not_listed(devices: tuple[UsbDevice, ...]) -> str:
    """Why the SDK lists no camera although these are plugged in; empty if none is."""
    if not devices:
        return ""
    device = devices[0]
    if not device.allowed:
        return (
            f"{device.name} is plugged in, but this user may not open it: install the udev rules "
            "of librealsense (99-realsense-libusb.rules) and plug it in again"
        )
    if 0 < device.speed_mbit < _USB3_MBIT:
        return (
            f"{device.name} is plugged in at USB 2 speed and does not answer: use a USB 3 port "
            "and the cable that came with it"
        )
    return (
        f"{device.name} is plugged in but does not answer: close other programs that use it, "
        "unplug it and plug it in again"
    )


def _look(port: Path, nodes: Path) -> UsbDevice | None:
    name = _read(port / "product")
    if "realsense" not in name.lower():
        return None
    try:
        node = nodes / f"{int(_read(port / 'busnum')):03d}" / f"{int(_read(port / 'devnum')):03d}"
        allowed = os.access(node, os.R_OK | os.W_OK)
        speed_mbit = float(_read(port / "speed") or 0.0)
    except ValueError:
        return UsbDevice(name, 0.0, True)
    return UsbDevice(name, speed_mbit, allowed)


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""
