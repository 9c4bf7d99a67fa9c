"""What the studio's controller tells its page, as values and a protocol."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from app.state.window_state import Level
from app.studio.axes import Axis, AxisInfo
from app.studio.flow_banner import EditSource
from app.studio.worker import LatentPicture


class Readiness(Enum):
    """Whether the networks are there."""

    LOADING = auto()
    READY = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class StudioState:
    """Everything the studio's buttons depend on.

    ``error`` says why nothing can be edited, ``no_follow`` why no live hand moves the sliders;
    both empty where they can. ``seed`` is that of the random hand asked for last.
    """

    readiness: Readiness = Readiness.LOADING
    error: str = ""
    no_follow: str = "No hand has been seen yet"
    edit_source: EditSource = EditSource.USER
    following: bool = False
    compared: bool = False
    can_undo: bool = False
    can_redo: bool = False
    keyframes: int = 0
    playing: bool = False
    seed: int = 0
    cloud: bool = True
    locked: frozenset[Axis] = frozenset()


class StudioView(Protocol):
    """What the controller tells the page."""

    def show_axes(self, infos: tuple[AxisInfo, ...], no_depth: str) -> None:
        """The networks are there: these are the sliders; ``no_depth`` says if no image is drawn."""
        ...

    def show_state(self, state: StudioState) -> None:
        """Buttons, words and locks for ``state``."""
        ...

    def show_values(self, values: dict[Axis, float], spreads: dict[Axis, float]) -> None:
        """Where the sliders stand, and how sure the network is of each (its unit, one sd)."""
        ...

    def show_picture(self, picture: LatentPicture) -> None:
        """What the latent looks like."""
        ...

    def add_keyframe(self, picture: LatentPicture | None) -> None:
        """One more keyframe, which looks like this."""
        ...

    def remove_keyframe(self, index: int) -> None:
        """One less."""
        ...

    def show_walk(self, place: float | None) -> None:
        """Where the walk is, in keyframes from the first; None while none is played."""
        ...

    def show_message(self, text: str, level: Level) -> None:
        """A sentence for the user."""
        ...
