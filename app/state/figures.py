"""How the run does, in figures."""

from __future__ import annotations

from dataclasses import dataclass

from engine.run.state import RunnerSnapshot


@dataclass(frozen=True, slots=True)
class Usage:
    """``cpu_percent`` of one core since the measurement before (0 at the first); ``memory_mb``
    held, of which ``children_mb`` by child processes; ``threads`` of the program itself.
    """

    cpu_percent: float
    memory_mb: float
    children_mb: float
    threads: int


@dataclass(frozen=True, slots=True)
class PerformanceFigures:
    """``age_ms`` is that of the pose on the screen (None without one), ``stall_ms`` the window's
    longest of the last ten seconds; ``usage`` None before the first measurement; ``device`` the
    networks run on.
    """

    snapshot: RunnerSnapshot
    age_ms: float | None
    stall_ms: float
    usage: Usage | None
    device: str
