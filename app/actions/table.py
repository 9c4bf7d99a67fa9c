"""Actions and their shortcuts as data; the window turns them into menus and buttons."""

from __future__ import annotations

from typing import Final

from app.actions.commands import Command
from app.actions.hands_table import HANDS_ACTIONS
from app.actions.spec import ActionSpec, Key
from app.actions.studio_table import STUDIO_ACTIONS

ACTIONS: Final[tuple[ActionSpec, ...]] = (
    ActionSpec(
        Command.OPEN_RECORDING,
        "&Open recording…",
        (Key.Open,),
        "recording",
        "Open a recording (.bag, .db3, .mcap or .pose)",
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
        "A rendered hand in front of a cluttered scene",
    ),
    ActionSpec(
        Command.CAMERAS,
        "&Cameras…",
        ("Ctrl+Shift+C",),
        "camera",
        "The attached cameras, their resolutions, frame rates and presets",
    ),
    ActionSpec(
        Command.RECORD,
        "&Record",
        ("Shift+R",),
        "record",
        "Start or stop recording the camera",
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
    ActionSpec(
        Command.RECORD_WHERE, "Recordings &folder…", tip="Choose where new recordings are saved"
    ),
    ActionSpec(Command.RECORD_SHOW, "S&how recordings", tip="Open the recordings folder"),
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
        tip="Send the joints as OSC datagrams, for music and stage programs",
        checkable=True,
    ),
    ActionSpec(
        Command.STREAM_VMC,
        "&VMC",
        tip="Move an avatar's hands, as VMC: in Blender, Unity, Unreal and others",
        checkable=True,
    ),
    ActionSpec(Command.STREAM_ADDRESSES, "&Addresses…", tip="Choose where joints are streamed"),
    ActionSpec(
        Command.EXPORT_RANGE,
        "E&xport frames…",
        ("Ctrl+Shift+E",),
        "export",
        "Write the hands or images between the marks, or all: CSV, JSON lines, BVH, poses, PNG",
    ),
    ActionSpec(
        Command.FIND_POSE,
        "&Find pose…",
        (Key.Find,),
        tip="Find a pose in recordings without images, by its name or like the hand shown",
    ),
    ActionSpec(Command.QUIT, "&Quit", (Key.Quit, "Ctrl+Q"), "quit"),
    ActionSpec(Command.PAUSE, "&Pause", ("Space",), "pause", "Pause or resume"),
    ActionSpec(
        Command.STEP_BACK, "&Frame back", ("Left", ","), "step_back", "One frame back, paused"
    ),
    ActionSpec(Command.STEP, "&Next frame", ("Right", "."), "step", "One frame forward, paused"),
    ActionSpec(Command.JUMP_BACK, "Second &back", ("Shift+Left",), tip="One second back"),
    ActionSpec(Command.JUMP, "Second &forward", ("Shift+Right",), tip="One second forward"),
    ActionSpec(Command.RESTART, "To the be&ginning", ("Home",), "first", "To the first frame"),
    ActionSpec(Command.TO_END, "To the &end", ("End",), "last", "To the last frame, paused"),
    ActionSpec(Command.TO_FRAME, "Frame n&umber…", ("G",), tip="Go to a frame by its number"),
    ActionSpec(Command.SLOWER, "&Slower", ("-",), tip="Play more slowly"),
    ActionSpec(Command.FASTER, "&Faster", ("+", "="), tip="Play faster"),
    ActionSpec(Command.NORMAL_SPEED, "Recorded s&peed", ("0",), tip="Play at the recorded speed"),
    ActionSpec(
        Command.LOOP,
        "&Repeat",
        ("L",),
        "repeat",
        "Repeat the marked range, or the whole recording",
        checkable=True,
    ),
    ActionSpec(Command.MARK_IN, "Mark &in", ("I",), "mark_in", "Start of the repeated range"),
    ActionSpec(Command.MARK_OUT, "Mark ou&t", ("O",), "mark_out", "End of the repeated range"),
    ActionSpec(Command.CLEAR_MARKS, "&Clear marks", ("X",), tip="Repeat the whole recording"),
    ActionSpec(
        Command.VIEW_DEPTH,
        "&Depth",
        ("Alt+1",),
        tip="Show the depth image",
        checkable=True,
        group="picture",
    ),
    ActionSpec(
        Command.VIEW_COLOUR,
        "&Colour",
        ("Alt+2",),
        tip="Show the colour image; a camera's colour is read and recorded only while it is shown",
        checkable=True,
        group="picture",
    ),
    ActionSpec(
        Command.VIEW_BOTH,
        "&Both",
        ("Alt+3",),
        tip="Show depth and colour",
        checkable=True,
        group="picture",
    ),
    ActionSpec(
        Command.SHOW_SKELETON, "&Skeleton", ("K",), "skeleton", "Draw the skeleton", checkable=True
    ),
    ActionSpec(
        Command.SHOW_BOX,
        "Hand &box",
        ("B",),
        "box",
        "Draw the bounding box and its label",
        checkable=True,
    ),
    *HANDS_ACTIONS,
    ActionSpec(
        Command.SHOW_UNCERTAINTY,
        "&Uncertainty",
        ("U",),
        "uncertainty",
        "Draw the expected error around each joint",
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
    ActionSpec(
        Command.RESET_VIEW, "&Reset 3D view", ("R",), "reset", "Back to the default viewpoint"
    ),
    ActionSpec(
        Command.DRAW_WITH_OPEN3D,
        "Draw with &Open3D",
        tip="Let Open3D draw the 3D view instead of OpenGL: the same picture, from more memory",
        checkable=True,
    ),
    ActionSpec(
        Command.RESET_LAYOUT,
        "Reset &layout",
        ("Ctrl+0",),
        tip="Put every panel back to its default place",
    ),
    ActionSpec(Command.FULL_SCREEN, "&Full screen", ("F11",), checkable=True),
    ActionSpec(Command.THEME_SYSTEM, "&System", checkable=True, group="theme"),
    ActionSpec(Command.THEME_DARK, "&Dark", checkable=True, group="theme"),
    ActionSpec(Command.THEME_LIGHT, "&Light", checkable=True, group="theme"),
    ActionSpec(
        Command.SETTINGS_EXPORT,
        "&Export settings…",
        tip="Write the settings to a file, for another computer",
    ),
    ActionSpec(Command.SETTINGS_IMPORT, "&Import settings…", tip="Use the settings in a file"),
    ActionSpec(
        Command.PROFILES,
        "&Profiles…",
        tip="Networks adapted to a camera and a hand: what there is, and which one is used",
    ),
    ActionSpec(
        Command.CHECK_CAMERA,
        "Check &camera…",
        tip="Will it work with this camera? Its depth and hands beside what is normal",
    ),
    ActionSpec(
        Command.SELF_CHECK, "&Self-check…", tip="Compare the inference devices and choose one"
    ),
    ActionSpec(
        Command.ADAPT,
        "&Adapt to my camera…",
        tip="Let the networks learn this camera and hand from recordings, without labels",
    ),
    ActionSpec(Command.SHORTCUTS, "&Keys and mouse", ("F1",), "keyboard", "All keyboard shortcuts"),
    ActionSpec(Command.HINTS, "Show &hints", tip="Show the hints of the first start again"),
    ActionSpec(
        Command.ABOUT,
        "&About Crossing Hands",
        icon="info",
        tip="Versions, networks and device, for a bug report",
    ),
    ActionSpec(
        Command.PAGE_TRACK,
        "&Track",
        ("Ctrl+1",),
        "track",
        "Track hands in the depth image",
        checkable=True,
        group="page",
    ),
    ActionSpec(
        Command.PAGE_STUDIO,
        "&Latent studio",
        ("Ctrl+2",),
        "latent",
        "See and edit the latent variables of a hand",
        checkable=True,
        group="page",
    ),
    *STUDIO_ACTIONS,
)
