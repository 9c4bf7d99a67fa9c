"""The sliders' axes: what each is called, how far it goes, and its value in a latent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import FloatArray
from engine.latent.space import (
    CODE,
    ROOT,
    ROOT_UNIT_MM,
    ROTATION,
    Direction,
    LatentSpace,
    euler_deg,
    root_mm,
    rotation_of,
    with_euler_deg,
    with_root_mm,
)
from engine.tracking.generate import LATENT_SIZE

SD_LIMIT: Final = 3.0
ROOT_LIMIT_MM: Final = 80.0
CODE_LIMIT: Final = 4.0


class Group(Enum):
    """A family of axes; the value heads its sliders."""

    DIRECTION = "Shape and pose"
    ROTATION = "Rotation"
    ROOT = "Position"
    RAW = "The 29 numbers of the code"


@dataclass(frozen=True, slots=True)
class Axis:
    """One slider: its group and its place in it."""

    group: Group
    index: int


@dataclass(frozen=True, slots=True)
class AxisInfo:
    """How an axis is shown: ``detail`` stands beside the name, ``about`` explains it."""

    axis: Axis
    name: str
    detail: str
    about: str
    low: float
    high: float
    unit: str
    decimals: int


_TURNS: Final = (
    ("yaw", "Turn about the upright axis", 180.0),
    ("pitch", "Tip forwards or backwards", 90.0),
    ("roll", "Turn in the picture's plane", 180.0),
)
_PLACES: Final = (
    ("right", "Shift to the picture's right"),
    ("down", "Shift towards the picture's lower border"),
    ("away", "Shift away from the camera"),
)


class Axes:
    """Values of every axis in a latent [29], and latents with other values."""

    def __init__(self, space: LatentSpace) -> None:
        self._space = space

    def neutral(self) -> FloatArray:
        """The latent in the middle of all hands."""
        return self._space.neutral()

    @cached_property
    def infos(self) -> tuple[AxisInfo, ...]:
        """All axes in the order in which they are shown."""
        directions = enumerate(self._space.directions)
        return (
            *(_direction_info(i, direction) for i, direction in directions),
            *(_turn_info(i, *words) for i, words in enumerate(_TURNS)),
            *(_place_info(i, *words) for i, words in enumerate(_PLACES)),
            *(_raw_info(i) for i in range(LATENT_SIZE)),
        )

    def values(self, latent: FloatArray) -> dict[Axis, float]:
        """The value of every axis."""
        parts = (
            (Group.DIRECTION, self._space.coordinates(latent)),
            (Group.ROTATION, euler_deg(latent)),
            (Group.ROOT, root_mm(latent)),
            (Group.RAW, latent),
        )
        return {Axis(group, i): float(v) for group, part in parts for i, v in enumerate(part)}

    def spreads(self, latent_sd: FloatArray) -> dict[Axis, float]:
        """How far the axes spread, one sd in their units, where a latent [29] does by ``latent_sd``
        [29]; turns are left out, whose angles are not linear in it."""
        variance = np.square(latent_sd, dtype=np.float64)
        along = np.square(self._space.coordinates_from_code) @ variance[CODE]
        parts = (
            (Group.DIRECTION, np.sqrt(along)),
            (Group.ROOT, ROOT_UNIT_MM * np.sqrt(variance[ROOT])),
            (Group.RAW, np.sqrt(variance)),
        )
        return {Axis(group, i): float(v) for group, part in parts for i, v in enumerate(part)}

    def value(self, latent: FloatArray, axis: Axis) -> float:
        """The value of one axis."""
        return self.values(latent)[axis]

    def with_value(self, latent: FloatArray, axis: Axis, value: float) -> FloatArray:
        """``latent`` with one axis at ``value``."""
        return self.with_values(latent, {axis: value})

    def with_values(self, latent: FloatArray, wanted: dict[Axis, float]) -> FloatArray:
        """``latent`` with some axes at the given values; raw axes have the last word.

        Raises:
            InvalidInputError: if its six numbers of rotation would tell none.
        """
        result = np.array(latent, np.float32)
        for group in dict.fromkeys(axis.group for axis in wanted):
            part = self._part(result, group)
            for axis, value in wanted.items():
                if axis.group is group:
                    part[axis.index] = value
            if group is not Group.RAW:
                result = self._with_part(result, group, part)
        raw = {axis.index: value for axis, value in wanted.items() if axis.group is Group.RAW}
        if raw:
            result[list(raw)] = list(raw.values())
            rotation_of(result)
        return result

    def with_locked(
        self, before: FloatArray, after: NDArray[np.floating], locked: Collection[Axis]
    ) -> FloatArray:
        """``after`` with the locked axes at their values in ``before``."""
        latent = np.array(after, np.float32)
        if not locked:
            return latent
        values = self.values(before)
        return self.with_values(latent, {axis: values[axis] for axis in locked})

    def _part(self, latent: FloatArray, group: Group) -> FloatArray:
        match group:
            case Group.DIRECTION:
                part = self._space.coordinates(latent)
            case Group.ROTATION:
                part = euler_deg(latent)
            case Group.ROOT:
                part = root_mm(latent)
            case Group.RAW:
                part = latent
        return np.array(part, np.float32)

    def _with_part(self, latent: FloatArray, group: Group, part: FloatArray) -> FloatArray:
        if group is Group.DIRECTION:
            return self._space.moved(latent, part)
        return (
            with_euler_deg(latent, part) if group is Group.ROTATION else with_root_mm(latent, part)
        )


def _direction_info(index: int, direction: Direction) -> AxisInfo:
    about = (
        f"{direction.about}\nOne standard deviation moves a joint by {direction.effect_mm:.1f} mm "
        "on average"
    )
    effect = f"{direction.effect_mm:.0f} mm" if direction.effect_mm >= 1.0 else "< 1 mm"
    axis = Axis(Group.DIRECTION, index)
    return AxisInfo(axis, direction.name, effect, about, -SD_LIMIT, SD_LIMIT, "", 1)


def _turn_info(index: int, name: str, about: str, limit: float) -> AxisInfo:
    return AxisInfo(Axis(Group.ROTATION, index), name, "", about, -limit, limit, "°", 0)


def _place_info(index: int, name: str, about: str) -> AxisInfo:
    limit = ROOT_LIMIT_MM
    return AxisInfo(Axis(Group.ROOT, index), name, "", about, -limit, limit, " mm", 0)


def _raw_info(index: int) -> AxisInfo:
    name, about, limit = f"code {index}", "One of 20 numbers that hold shape and pose", CODE_LIMIT
    if index >= ROOT.start:
        k, limit = index - ROOT.start, ROOT_LIMIT_MM / ROOT_UNIT_MM
        name = f"place {'xyz'[k]}"
        about = f"Where the palm's middle lies, in units of {ROOT_UNIT_MM:.0f} mm"
    elif index >= ROTATION.start:
        k, limit = index - ROTATION.start, 1.0
        name = f"turn {'xy'[k // 3]}{'xyz'[k % 3]}"
        about = "One of six numbers that hold how the palm is turned"
    return AxisInfo(Axis(Group.RAW, index), name, "", about, -limit, limit, "", 2)
