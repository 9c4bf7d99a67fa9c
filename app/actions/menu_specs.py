"""Menus and the tool bar as data: which actions stand where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from app.actions.commands import Command
from app.style.theme import ThemeChoice
from engine.pictures.view import PictureView
from engine.tracking.config import SideChoice
from engine.tracking.smoothing import Smoothing


class Slot(Enum):
    """Places in a menu or bar that the window fills itself."""

    SEPARATOR = auto()
    SOURCES = auto()
    RECENT = auto()
    PANELS = auto()
    RECORD = auto()
    NETWORKS = auto()


@dataclass(frozen=True, slots=True)
class MenuSpec:
    """A menu: its title and what stands in it, from top to bottom."""

    title: str
    items: tuple[Command | Slot | MenuSpec, ...]


SMOOTHINGS: Final = {
    Command.SMOOTH_OFF: Smoothing.OFF,
    Command.SMOOTH_LIGHT: Smoothing.LIGHT,
    Command.SMOOTH_NORMAL: Smoothing.NORMAL,
    Command.SMOOTH_STRONG: Smoothing.STRONG,
}

SIDES: Final = {
    Command.SIDE_EITHER: SideChoice.EITHER,
    Command.SIDE_RIGHT: SideChoice.RIGHT,
    Command.SIDE_LEFT: SideChoice.LEFT,
}

PICTURE_VIEWS: Final = {
    Command.VIEW_DEPTH: PictureView.DEPTH,
    Command.VIEW_COLOUR: PictureView.COLOUR,
    Command.VIEW_BOTH: PictureView.BOTH,
}

MENUS: Final[tuple[MenuSpec, ...]] = (
    MenuSpec(
        "&File",
        (
            Command.OPEN_RECORDING,
            Command.OPEN_FOLDER,
            MenuSpec("Open &recent", (Slot.RECENT,)),
            Slot.SEPARATOR,
            MenuSpec("Open ca&mera", (Slot.SOURCES,)),
            Command.CAMERAS,
            Command.OPEN_SYNTHETIC,
            Slot.SEPARATOR,
            Command.RECORD,
            MenuSpec("Record &as", (Command.RECORD_DB3, Command.RECORD_FOLDER)),
            Command.RECORD_WHERE,
            Command.RECORD_SHOW,
            Command.EXPORT_RANGE,
            Command.FIND_POSE,
            Slot.SEPARATOR,
            MenuSpec(
                "Stream &joints",
                (
                    Command.STREAM_WEBSOCKET,
                    Command.STREAM_OSC,
                    Command.STREAM_VMC,
                    Slot.SEPARATOR,
                    Command.STREAM_ADDRESSES,
                ),
            ),
            Slot.SEPARATOR,
            MenuSpec("Se&ttings", (Command.SETTINGS_EXPORT, Command.SETTINGS_IMPORT)),
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
        "&Hands",
        (
            Command.TWO_HANDS,
            MenuSpec("S&ide", tuple(SIDES)),
            MenuSpec("&Smoothing", tuple(SMOOTHINGS)),
            Slot.SEPARATOR,
            MenuSpec("&Networks", (Slot.NETWORKS,)),
            Command.PROFILES,
            Slot.SEPARATOR,
            Command.SHOW_SKELETON,
            Command.SHOW_BOX,
            Command.SHOW_UNCERTAINTY,
            Command.MIRROR,
        ),
    ),
    MenuSpec(
        "&View",
        (
            Command.PAGE_TRACK,
            Command.PAGE_STUDIO,
            Slot.SEPARATOR,
            MenuSpec("&Picture", tuple(PICTURE_VIEWS)),
            Slot.PANELS,
            Command.RESET_LAYOUT,
            Slot.SEPARATOR,
            Command.RESET_VIEW,
            Command.DRAW_WITH_OPEN3D,
            Slot.SEPARATOR,
            MenuSpec("&Theme", (Command.THEME_SYSTEM, Command.THEME_DARK, Command.THEME_LIGHT)),
            Command.FULL_SCREEN,
        ),
    ),
    MenuSpec(
        "&Latent",
        (
            Command.LATENT_FOLLOW,
            Command.LATENT_RANDOM,
            Command.LATENT_RESET,
            Slot.SEPARATOR,
            Command.LATENT_UNDO,
            Command.LATENT_REDO,
            Command.LATENT_COPY,
            Command.LATENT_PASTE,
            Slot.SEPARATOR,
            Command.KEYFRAME_ADD,
            Command.KEYFRAME_PLAY,
            MenuSpec("&Walk", (Command.WALK_LINEAR, Command.WALK_SPHERICAL)),
            Slot.SEPARATOR,
            Command.LATENT_CLOUD,
            Command.LATENT_EXPORT,
        ),
    ),
    MenuSpec(
        "&Help",
        (
            Command.SHORTCUTS,
            Command.HINTS,
            Slot.SEPARATOR,
            Command.CHECK_CAMERA,
            Command.SELF_CHECK,
            Command.ADAPT,
            Command.ABOUT,
        ),
    ),
)

TOOL_BAR: Final[tuple[Command | Slot, ...]] = (
    Slot.SOURCES,
    Slot.SEPARATOR,
    Command.PAGE_TRACK,
    Command.PAGE_STUDIO,
    Slot.SEPARATOR,
    Command.PAUSE,
    Slot.RECORD,
    Slot.SEPARATOR,
    Command.SHOW_SKELETON,
    Command.SHOW_BOX,
    Command.SHOW_UNCERTAINTY,
    Command.MIRROR,
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

THEMES: Final = {
    Command.THEME_SYSTEM: ThemeChoice.SYSTEM,
    Command.THEME_DARK: ThemeChoice.DARK,
    Command.THEME_LIGHT: ThemeChoice.LIGHT,
}

IN_CHOOSER: Final = (
    Command.CAMERAS,
    Command.OPEN_SYNTHETIC,
    Command.OPEN_RECORDING,
    Command.OPEN_FOLDER,
)
"""What the source chooser offers below the cameras."""

WITH_TEXT: Final = (Command.PAGE_TRACK, Command.PAGE_STUDIO)
"""What the tool bar names beside its icon."""

RECORDING: Final = (
    Command.RECORD,
    Command.RECORD_DB3,
    Command.RECORD_FOLDER,
    Command.RECORD_WHERE,
    Command.RECORD_SHOW,
)
"""What begins and ends recordings, and how and where."""

STUDIO_ONLY: Final = (
    Command.LATENT_FOLLOW,
    Command.LATENT_RANDOM,
    Command.LATENT_RESET,
    Command.LATENT_UNDO,
    Command.LATENT_REDO,
    Command.LATENT_COPY,
    Command.LATENT_PASTE,
    Command.LATENT_CLOUD,
    Command.LATENT_EXPORT,
    Command.KEYFRAME_ADD,
    Command.KEYFRAME_PLAY,
    Command.WALK_LINEAR,
    Command.WALK_SPHERICAL,
)
"""What only the latent studio can do."""
