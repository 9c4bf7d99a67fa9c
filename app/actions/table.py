"""Actions and their shortcuts as data; the window turns them into menus and buttons."""

from __future__ import annotations

from typing import Final

from app.actions.commands import Command
from app.actions.spec import ActionSpec, Key
from app.actions.studio_table import STUDIO_ACTIONS

ACTIONS: Final[tuple[ActionSpec, ...]] = (
    ActionSpec(
        Command.OPEN_RECORDING,
        "&Open recording…",
        (Key.Open,),
        "recording",
        "Open a recording (.bag, .db3 or .mcap)",
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
        Command.CAMERAS,
        "&Cameras…",
        ("Ctrl+Shift+C",),
        "camera",
        "The attached cameras, and their sizes, rates and presets",
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
    ActionSpec(
        Command.TWO_HANDS,
        "&Two hands",
        ("H",),
        "two_hands",
        "Follow up to two hands instead of one; costs up to twice the time",
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
        tip="Joints as the network estimates them: no delay, and they tremble",
        checkable=True,
        group="smoothing",
    ),
    ActionSpec(
        Command.SMOOTH_LIGHT,
        "&Light",
        ("F6",),
        tip="A little calmer, a few milliseconds late",
        checkable=True,
        group="smoothing",
    ),
    ActionSpec(
        Command.SMOOTH_NORMAL,
        "&Normal",
        ("F7",),
        tip="Half the trembling, 8 to 13 ms late",
        checkable=True,
        group="smoothing",
    ),
    ActionSpec(
        Command.SMOOTH_STRONG,
        "&Strong",
        ("F8",),
        tip="A third of the trembling, 9 to 26 ms late",
        checkable=True,
        group="smoothing",
    ),
    ActionSpec(
        Command.SHOW_UNCERTAINTY,
        "&Uncertainty",
        ("U",),
        "uncertainty",
        "Draw around each joint how far off the network expects it to be",
        checkable=True,
    ),
    ActionSpec(
        Command.MIRROR,
        "&Mirror view",
        ("M",),
        "mirror",
        "Show depth and 3D as in a mirror; what is measured, recorded and streamed stays as it is",
        checkable=True,
    ),
    ActionSpec(Command.RESET_VIEW, "&Reset 3D view", ("R",), "reset", "Theme from the first place"),
    ActionSpec(
        Command.RESET_LAYOUT,
        "Reset &layout",
        ("Ctrl+0",),
        tip="Put every panel where it was at first",
    ),
    ActionSpec(Command.FULL_SCREEN, "&Full screen", ("F11",), checkable=True),
    ActionSpec(Command.THEME_SYSTEM, "As the &system", checkable=True, group="theme"),
    ActionSpec(Command.THEME_DARK, "&Dark", checkable=True, group="theme"),
    ActionSpec(Command.THEME_LIGHT, "&Light", checkable=True, group="theme"),
    ActionSpec(
        Command.SETTINGS_EXPORT,
        "&Export settings…",
        tip="Write panels, switches and choices to a file, for another computer",
    ),
    ActionSpec(Command.SETTINGS_IMPORT, "&Import settings…", tip="Use the settings in such a file"),
    ActionSpec(Command.SELF_CHECK, "&Self-check…", tip="Compare the devices, and choose one"),
    ActionSpec(
        Command.SHORTCUTS, "&Keys and mouse", ("F1",), "keyboard", "Every key and what it does"
    ),
    ActionSpec(Command.HINTS, "Show &hints", tip="The hints of the first run again"),
    ActionSpec(
        Command.ABOUT,
        "&About Crossing Hands",
        icon="info",
        tip="Versions, networks and device, to be copied into a report",
    ),
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
    *STUDIO_ACTIONS,
)
