"""What the USB bus says of a camera that cannot be opened."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.sources.usb_ports import UsbDevice, usb_devices, why_not_listed


def plug(root: Path, product: str, *, speed: str = "5000", mode: int = 0o600) -> None:
    port = root / "bus" / f"2-{product[-1]}"
    port.mkdir(parents=True)
    for name, text in (("product", product), ("busnum", "2"), ("devnum", "7"), ("speed", speed)):
        (port / name).write_text(f"{text}\n")
    node = root / "nodes" / "002" / "007"
    node.parent.mkdir(parents=True, exist_ok=True)
    node.touch()
    node.chmod(mode)


def look(root: Path) -> tuple[UsbDevice, ...]:
    return usb_devices(root / "bus", root / "nodes")


def test_a_camera_on_the_bus_is_found_among_other_devices(tmp_path: Path) -> None:
    plug(tmp_path, "USB Mouse 1")
    plug(tmp_path, "Intel(R) RealSense(TM) Depth Camera 435")
    (found,) = look(tmp_path)
    assert found == UsbDevice("Intel(R) RealSense(TM) Depth Camera 435", 5000.0, True)
    assert "does not answer" in why_not_listed((found,))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
def test_missing_rights_are_seen(tmp_path: Path) -> None:
    plug(tmp_path, "RealSense 1", mode=0)
    assert "udev rules" in why_not_listed(look(tmp_path))


def test_each_cause_has_its_own_words(tmp_path: Path) -> None:
    assert why_not_listed(()) == ""
    assert "udev rules" in why_not_listed((UsbDevice("D435", 5000.0, False),))
    assert "USB 2" in why_not_listed((UsbDevice("D435", 480.0, True),))
    assert look(tmp_path) == ()
    plug(tmp_path, "RealSense 1", speed="fast")
    assert look(tmp_path) == (UsbDevice("RealSense 1", 0.0, True),)
