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
    STEP_BACK = auto()
    JUMP = auto()
    JUMP_BACK = auto()
    RESTART = auto()
    TO_END = auto()
    TO_FRAME = auto()
    SLOWER = auto()
    FASTER = auto()
    NORMAL_SPEED = auto()
    LOOP = auto()
    MARK_IN = auto()
    MARK_OUT = auto()
    CLEAR_MARKS = auto()
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
    ActionSpec(
        Command.STEP_BACK, "&Frame back", ("Left", ","), "step_back", "One frame back, and pause"
    ),
    ActionSpec(Command.STEP, "&Next frame", ("Right", "."), "step", "One frame on, and pause"),
    ActionSpec(Command.JUMP_BACK, "Second &back", ("Shift+Left",), tip="A second back"),
    ActionSpec(Command.JUMP, "Second &on", ("Shift+Right",), tip="A second on"),
    ActionSpec(Command.RESTART, "To the be&ginning", ("Home",), "first", "To the first frame"),
    ActionSpec(Command.TO_END, "To the &end", ("End",), "last", "To the last frame, and pause"),
    ActionSpec(
        Command.TO_FRAME, "Frame n&umber…", ("G",), tip="Type the number of the frame to go to"
    ),
    ActionSpec(Command.SLOWER, "&Slower", ("-",), tip="Play more slowly"),
    ActionSpec(Command.FASTER, "&Faster", ("+", "="), tip="Play faster"),
    ActionSpec(Command.NORMAL_SPEED, "Recorded s&peed", ("0",), tip="Play as it was recorded"),
    ActionSpec(
        Command.LOOP,
        "&Repeat",
        ("L",),
        "repeat",
        "Play what lies between the marks, or everything, again and again",
        checkable=True,
    ),
    ActionSpec(Command.MARK_IN, "Mark &in", ("I",), "mark_in", "Repeat from this frame on"),
    ActionSpec(Command.MARK_OUT, "Mark ou&t", ("O",), "mark_out", "Repeat up to this frame"),
    ActionSpec(Command.CLEAR_MARKS, "&Clear marks", ("X",), tip="Repeat everything"),
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
        (
            Command.PAUSE,
            Slot.SEPARATOR,
            Command.STEP_BACK,
            Command.STEP,
            Command.JUMP_BACK,
            Command.JUMP,
            Command.RESTART,
            Command.TO_END,
            Command.TO_FRAME,
            Slot.SEPARATOR,
            Command.SLOWER,
            Command.FASTER,
            Command.NORMAL_SPEED,
            Slot.SEPARATOR,
            Command.LOOP,
            Command.MARK_IN,
            Command.MARK_OUT,
            Command.CLEAR_MARKS,
        ),
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
    Slot.SEPARATOR,
    Command.SHOW_SKELETON,
    Command.SHOW_BOX,
    Slot.SEPARATOR,
    Command.RESET_VIEW,
)

RECORDING_ONLY: Final = (
    Command.STEP_BACK,
    Command.JUMP,
    Command.JUMP_BACK,
    Command.TO_END,
    Command.TO_FRAME,
    Command.SLOWER,
    Command.FASTER,
    Command.NORMAL_SPEED,
    Command.LOOP,
    Command.MARK_IN,
    Command.MARK_OUT,
    Command.CLEAR_MARKS,
)
"""What a camera, real or synthetic, cannot do."""
NOT_A_RECORDING: Final = "only in a recording: a camera's frames are gone once they are shown"
