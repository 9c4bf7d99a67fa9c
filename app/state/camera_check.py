"""How the check of a camera stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.state.jobs import JobProgress

if TYPE_CHECKING:
    from engine.jobs.camera_check import CameraReport
    from engine.jobs.camera_verdict import MeasureRow


@dataclass(frozen=True, slots=True)
class CameraCheckState:
    """``progress`` of the check that runs, None while none does; ``report`` and ``rows`` of the
    last one, if there was one; ``error`` says why there is none.
    """

    progress: JobProgress | None = None
    report: CameraReport | None = None
    rows: tuple[MeasureRow, ...] = ()
    error: str = ""
