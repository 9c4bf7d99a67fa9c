"""How hands are followed: what these actions are called and reached by."""

from __future__ import annotations

from typing import Final

from app.actions.commands import Command
from app.actions.spec import ActionSpec

HANDS_ACTIONS: Final[tuple[ActionSpec, ...]] = (
    ActionSpec(
        Command.TWO_HANDS,
        "&Two hands",
        ("H",),
        "two_hands",
        "Track up to two hands instead of one; takes up to twice the time",
        checkable=True,
    ),
    ActionSpec(
        Command.SIDE_EITHER,
        "&Either hand",
        tip="Estimate for each hand whether it is a left or a right one",
        checkable=True,
        group="side",
    ),
    ActionSpec(
        Command.SIDE_RIGHT,
        "&Right hands only",
        tip="Only right hands are shown: left ones are not reported, and no side is estimated",
        checkable=True,
        group="side",
    ),
    ActionSpec(
        Command.SIDE_LEFT,
        "&Left hands only",
        tip="Only left hands are shown: right ones are not reported, and no side is estimated",
        checkable=True,
        group="side",
    ),
    ActionSpec(
        Command.SMOOTH_OFF,
        "&Off",
        ("F5",),
        tip="Joints as the network estimates them: no delay, but jitter",
        checkable=True,
        group="smoothing",
    ),
    ActionSpec(
        Command.SMOOTH_LIGHT,
        "&Light",
        ("F6",),
        tip="A little less jitter, a few milliseconds of delay",
        checkable=True,
        group="smoothing",
    ),
    ActionSpec(
        Command.SMOOTH_NORMAL,
        "&Normal",
        ("F7",),
        tip="Half the jitter, 8 to 13 ms of delay",
        checkable=True,
        group="smoothing",
    ),
    ActionSpec(
        Command.SMOOTH_STRONG,
        "&Strong",
        ("F8",),
        tip="A third of the jitter, 9 to 26 ms of delay",
        checkable=True,
        group="smoothing",
    ),
)
