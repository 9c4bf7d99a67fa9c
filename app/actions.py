"""Menus, tool bar and shortcuts as data; the window turns them into actions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from PySide6.QtGui import QKeySequence

Key = QKeySequence.StandardKey


class Command(Enum):
    """Everything a user can ask for through a menu, a button or a key."""

    OPEN_RECORDING = auto()
    OPEN_FOLDER = auto()
    OPEN_SYNTHETIC = auto()
    QUIT = auto()
    PAUSE = auto()
    STEP = auto()
    RESTART = auto()
    LOOP = auto()
    SHOW_SKELETON = auto()
    SHOW_BOX = auto()
    RESET_VIEW = auto()
    FULL_SCREEN = auto()
    THEME_SYSTEM = auto()
    THEME_DARK = auto()
    THEME_LIGHT = auto()
    ABOUT = auto()


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action: what it is called, drawn as, reached by, and whether it is switched on or off.

    ``group`` names actions of which only one is switched on.
    """

    command: Command
    text: str
    shortcuts: tuple[str | Key, ...] = ()
    icon: str = ""
    tip: str = ""
    checkable: bool = False
    group: str = ""


ACTIONS: Final[tuple[ActionSpec, ...]] = (
    ActionSpec(
        Command.OPEN_RECORDING,
        "&Open recording…",
        (Key.Open,),
        "recording",
        "Open a RealSense recording (.bag or .db3)",
    ),
    ActionSpec(
        Command.OPEN_FOLDER,
        "Open &folder…",
        ("Ctrl+Shift+O",),
        "open",
        "Open a folder of depth images with its camera.json",
    ),
    ActionSpec(
        Command.OPEN_SYNTHETIC,
        "&Synthetic camera",
        (),
        "synthetic",
        "Watch a computed hand before a cluttered scene",
    ),
    ActionSpec(Command.QUIT, "&Quit", (Key.Quit, "Ctrl+Q"), "quit"),
    ActionSpec(Command.PAUSE, "&Pause", ("Space",), "pause", "Pause or go on"),
    ActionSpec(Command.STEP, "&Next frame", ("Right",), "step", "One frame further while paused"),
    ActionSpec(Command.RESTART, "From the &beginning", ("Home",), "restart", "Play from the start"),
    ActionSpec(Command.LOOP, "&Repeat recordings", checkable=True),
    ActionSpec(
        Command.SHOW_SKELETON, "&Skeleton", ("K",), "skeleton", "Draw the skeleton", checkable=True
    ),
    ActionSpec(
        Command.SHOW_BOX, "Hand &box", ("B",), "box", "Draw the box and its label", checkable=True
    ),
    ActionSpec(Command.RESET_VIEW, "&Reset 3D view", ("R",), "reset", "Look from the first place"),
    ActionSpec(Command.FULL_SCREEN, "&Full screen", ("F11",), checkable=True),
    ActionSpec(Command.THEME_SYSTEM, "As the &system", checkable=True, group="theme"),
    ActionSpec(Command.THEME_DARK, "&Dark", checkable=True, group="theme"),
    ActionSpec(Command.THEME_LIGHT, "&Light", checkable=True, group="theme"),
    ActionSpec(Command.ABOUT, "&About Crossing Hands", icon="info"),
)


class Slot(Enum):
    """Places in a menu or bar that the window fills itself."""

    SEPARATOR = auto()
    SOURCES = auto()
    RECENT = auto()
    PANELS = auto()


@dataclass(frozen=True, slots=True)
class MenuSpec:
    """A menu: its title and what stands in it, from top to bottom."""

    title: str
    items: tuple[Command | Slot | MenuSpec, ...]


MENUS: Final[tuple[MenuSpec, ...]] = (
    MenuSpec(
        "&File",
        (
            Command.OPEN_RECORDING,
            Command.OPEN_FOLDER,
            MenuSpec("Open &recent", (Slot.RECENT,)),
            Slot.SEPARATOR,
            MenuSpec("&Camera", (Slot.SOURCES,)),
            Command.OPEN_SYNTHETIC,
            Slot.SEPARATOR,
            Command.QUIT,
        ),
    ),
    MenuSpec(
        "&Playback",
        (Command.PAUSE, Command.STEP, Command.RESTART, Slot.SEPARATOR, Command.LOOP),
    ),
    MenuSpec(
        "&View",
        (
            Command.SHOW_SKELETON,
            Command.SHOW_BOX,
            Slot.SEPARATOR,
            Slot.PANELS,
            Command.RESET_VIEW,
            Slot.SEPARATOR,
            MenuSpec("&Theme", (Command.THEME_SYSTEM, Command.THEME_DARK, Command.THEME_LIGHT)),
            Command.FULL_SCREEN,
        ),
    ),
    MenuSpec("&Help", (Command.ABOUT,)),
)

TOOL_BAR: Final[tuple[Command | Slot, ...]] = (
    Slot.SOURCES,
    Slot.SEPARATOR,
    Command.PAUSE,
    Command.STEP,
    Command.RESTART,
    Slot.SEPARATOR,
    Command.SHOW_SKELETON,
    Command.SHOW_BOX,
    Slot.SEPARATOR,
    Command.RESET_VIEW,
)
