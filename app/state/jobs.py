"""What long tasks are asked for, and how far they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from engine.pictures.view import PictureView
    from engine.run.replay_control import PlayRange
    from engine.tracking.self_check import DeviceReport


@dataclass(frozen=True, slots=True)
class RangeExport:
    """The ``chosen`` frames of the recording ``spec`` into ``target``; pictures with the hands
    drawn if a ``view`` is given."""

    spec: str
    target: Path
    chosen: PlayRange
    view: PictureView | None = None


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


@dataclass(frozen=True, slots=True)
class AdaptationState:
    """How an adaptation to the user's camera and hand is.

    ``missing`` says what must be installed first, empty for nothing, ``installable`` whether the
    program can do that itself. While one runs, ``stage``
    names what it does, ``progress`` how far that is and ``left_s`` how long it will still take,
    None where that is not known. ``text`` says how the last one ended, ``report`` is the file with
    its proof and ``kept`` whether its networks are among the profiles now.
    """

    missing: str = ""
    installable: bool = False
    running: bool = False
    stage: str = ""
    progress: JobProgress = field(default_factory=lambda: JobProgress(0, 0))
    left_s: int | None = None
    text: str = ""
    report: Path | None = None
    kept: bool = False
