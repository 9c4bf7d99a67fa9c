"""What the studio shows, apart from its pictures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from app.studio.axes import Axis, AxisInfo


class EditSource(Enum):
    """What moves the hand; the value says it in words."""

    CAMERA = "The depth image is encoded as 29 numbers; skeleton and image are decoded from them."
    USER = "A hand is a latent code of 29 numbers: skeleton and depth image are decoded from it."
    JOINT = "You move a joint: a latent code that puts it there is solved for, the image follows."


class Readiness(Enum):
    """Whether the networks are there."""

    LOADING = auto()
    READY = auto()
    FAILED = auto()


@dataclass(frozen=True, slots=True)
class StudioState:
    """Everything the studio's buttons depend on.

    ``error`` says why nothing can be edited, ``follow_blocker`` why no live hand moves the sliders;
    both empty where they can. ``seed`` is that of the random hand asked for last.
    """

    readiness: Readiness = Readiness.LOADING
    error: str = ""
    follow_blocker: str = "No hand has been seen yet"
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


@dataclass(frozen=True, slots=True, eq=False)
class SliderSetup:
    """The networks are there: the sliders' axes; ``no_depth`` says why no image is drawn."""

    infos: tuple[AxisInfo, ...]
    no_depth: str


@dataclass(frozen=True, slots=True, eq=False)
class SliderValues:
    """Where the sliders stand, and how sure the network is of each (its unit, one sd)."""

    values: dict[Axis, float]
    spreads: dict[Axis, float]
