"""What a user can ask for, and how it is described: names only, the rest is ``app.actions``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from PySide6.QtGui import QKeySequence

Key = QKeySequence.StandardKey


class Command(Enum):
    """Everything a user can ask for through a menu, a button or a key."""

    OPEN_RECORDING = auto()
    OPEN_FOLDER = auto()
    OPEN_SYNTHETIC = auto()
    CAMERAS = auto()
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
    SELF_CHECK = auto()
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
    TWO_HANDS = auto()
    SMOOTH_OFF = auto()
    SMOOTH_LIGHT = auto()
    SMOOTH_NORMAL = auto()
    SMOOTH_STRONG = auto()
    SHOW_UNCERTAINTY = auto()
    MIRROR = auto()
    RESET_LAYOUT = auto()
    SETTINGS_EXPORT = auto()
    SETTINGS_IMPORT = auto()
    SHORTCUTS = auto()
    HINTS = auto()


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
