"""Actions and their shortcuts as data; the window turns them into menus and buttons."""

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
    RECORD = auto()
    RECORD_DB3 = auto()
    RECORD_FOLDER = auto()
    RECORD_WHERE = auto()
    RECORD_SHOW = auto()
    STREAM_WEBSOCKET = auto()
    STREAM_OSC = auto()
    STREAM_ADDRESSES = auto()
    EXPORT_RANGE = auto()
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
    PAGE_TRACK = auto()
    PAGE_STUDIO = auto()
    LATENT_FOLLOW = auto()
    LATENT_RANDOM = auto()
    LATENT_RESET = auto()
    LATENT_UNDO = auto()
    LATENT_REDO = auto()
    LATENT_COPY = auto()
    LATENT_PASTE = auto()
    LATENT_CLOUD = auto()
    LATENT_EXPORT = auto()
    KEYFRAME_ADD = auto()
    KEYFRAME_PLAY = auto()
    WALK_LINEAR = auto()
    WALK_SPHERICAL = auto()


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
    ActionSpec(
        Command.RECORD,
        "&Record",
        ("Shift+R",),
        "record",
        "Record what the camera sees, or end that",
        checkable=True,
    ),
    ActionSpec(
        Command.RECORD_DB3,
        "&RealSense recording (.db3)",
        tip="One file, also for the RealSense viewer",
        checkable=True,
        group="record",
    ),
    ActionSpec(
        Command.RECORD_FOLDER,
        "&Folder of depth images",
        tip="16-bit PNGs with a camera.json, for other programs",
        checkable=True,
        group="record",
    ),
    ActionSpec(Command.RECORD_WHERE, "Recordings &go to…", tip="Where new recordings go"),
    ActionSpec(Command.RECORD_SHOW, "S&how recordings", tip="Open the folder they are in"),
    ActionSpec(
        Command.STREAM_WEBSOCKET,
        "&WebSocket",
        ("Ctrl+Shift+J",),
        tip="Let other programs receive the joints as JSON",
        checkable=True,
    ),
    ActionSpec(
        Command.STREAM_OSC,
        "&OSC",
        ("Ctrl+Shift+K",),
        tip="Send the joints as OSC datagrams, for music and stage",
        checkable=True,
    ),
    ActionSpec(Command.STREAM_ADDRESSES, "&Addresses…", tip="Choose where joints are streamed"),
    ActionSpec(
        Command.EXPORT_RANGE,
        "E&xport frames…",
        ("Ctrl+Shift+E",),
        "export",
        "Write the joints or images between the marks, or all: CSV, JSON lines, BVH, PNG",
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
    ActionSpec(
        Command.PAGE_TRACK,
        "&Track",
        ("Ctrl+1",),
        "track",
        "Follow hands in the depth image",
        checkable=True,
        group="page",
    ),
    ActionSpec(
        Command.PAGE_STUDIO,
        "&Latent studio",
        ("Ctrl+2",),
        "latent",
        "See, steer and question the numbers behind a hand",
        checkable=True,
        group="page",
    ),
    ActionSpec(
        Command.LATENT_FOLLOW,
        "&Follow",
        ("F",),
        "follow",
        "Let the hand before the camera move the sliders; off: keep it and edit it",
        checkable=True,
    ),
    ActionSpec(
        Command.LATENT_RANDOM, "Ra&ndom hand", ("N",), "dice", "A random hand, of the next seed"
    ),
    ActionSpec(
        Command.LATENT_RESET,
        "&Reset the hand",
        ("Ctrl+R",),
        "neutral",
        "Back to the hand as it was seen, or to the mean hand",
    ),
    ActionSpec(Command.LATENT_UNDO, "&Undo", (Key.Undo,), "undo"),
    ActionSpec(Command.LATENT_REDO, "&Redo", (Key.Redo, "Ctrl+Y"), "redo"),
    ActionSpec(
        Command.LATENT_COPY, "&Copy the numbers", (Key.Copy,), "copy", "Copy the latent as text"
    ),
    ActionSpec(
        Command.LATENT_PASTE, "&Paste numbers", (Key.Paste,), "paste", "Show a copied latent"
    ),
    ActionSpec(
        Command.LATENT_CLOUD,
        "P&osterior cloud",
        ("C",),
        "cloud",
        "Draw other hands that explain the same image, pale, in the 3D view",
        checkable=True,
    ),
    ActionSpec(
        Command.LATENT_EXPORT,
        "&Export hands…",
        ("Ctrl+E",),
        "export",
        "Write random hands or the walk as recordings with labels",
    ),
    ActionSpec(
        Command.KEYFRAME_ADD,
        "&Add keyframe",
        ("Ctrl+K",),
        "add",
        "Remember this hand as a keyframe",
    ),
    ActionSpec(
        Command.KEYFRAME_PLAY,
        "Pla&y the walk",
        ("Ctrl+P",),
        "play",
        "Walk through the keyframes, again and again",
        checkable=True,
    ),
    ActionSpec(
        Command.WALK_LINEAR,
        "&Linear walk",
        tip="Straight from keyframe to keyframe, past the mean hand",
        checkable=True,
        group="walk",
    ),
    ActionSpec(
        Command.WALK_SPHERICAL,
        "&Spherical walk",
        tip="Around the mean hand, so that hands on the way stay as pronounced",
        checkable=True,
        group="walk",
    ),
)
