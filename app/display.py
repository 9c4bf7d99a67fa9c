"""Tells whether a window can be opened, before Qt tries and ends the program."""

from __future__ import annotations

import os
import re
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

CONNECT_TIMEOUT_S: Final = 2.0
_X_DISPLAY: Final = re.compile(r"(?P<host>[^:]*):(?P<number>\d+)(\.\d+)?")


def has_display(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether there is a screen; on Linux, an X or Wayland server that answers.

    A platform chosen by hand in ``QT_QPA_PLATFORM`` is trusted.
    """
    if not sys.platform.startswith("linux") or environment.get("QT_QPA_PLATFORM"):
        return True
    return _wayland_answers(environment) or _x_answers(environment.get("DISPLAY", ""))


def _wayland_answers(environment: Mapping[str, str]) -> bool:
    name = environment.get("WAYLAND_DISPLAY", "")
    folder = environment.get("XDG_RUNTIME_DIR", "")
    return bool(name) and _connects(socket.AF_UNIX, str(Path(folder) / name))


def _x_answers(display: str) -> bool:
    match = _X_DISPLAY.fullmatch(display)
    if match is None:
        return False
    host, number = match["host"], int(match["number"])
    if host in ("", "unix"):
        path = f"/tmp/.X11-unix/X{number}"
        return _connects(socket.AF_UNIX, path) or _connects(socket.AF_UNIX, f"\0{path}")
    return _connects(socket.AF_INET, (host, 6000 + number))


def _connects(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as connection:
            connection.settimeout(CONNECT_TIMEOUT_S)
            connection.connect(address)
    except OSError:
        return False
    return True
