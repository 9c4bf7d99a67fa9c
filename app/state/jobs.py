"""How far the long tasks are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.tracking.self_check import DeviceReport


@dataclass(frozen=True, slots=True)
class JobProgress:
    """``done`` of ``total`` parts of a long task."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class DeviceCheckState:
    """``progress`` of the check that runs, None while none does; ``checking`` names the device;
    ``reports`` of the last one, ``used`` the device in use; ``error`` says why none could run.
    """

    used: str
    progress: JobProgress | None = None
    checking: str = ""
    reports: tuple[DeviceReport, ...] = ()
    error: str = ""
