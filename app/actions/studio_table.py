"""What the latent studio's actions are called and reached by."""

from __future__ import annotations

from typing import Final

from app.actions.commands import Command
from app.actions.spec import ActionSpec, Key

STUDIO_ACTIONS: Final[tuple[ActionSpec, ...]] = (
    ActionSpec(
        Command.LATENT_FOLLOW,
        "&Follow",
        ("F",),
        "follow",
        "Show the tracked hand's latent; off: keep it and edit it",
        checkable=True,
    ),
    ActionSpec(
        Command.LATENT_RANDOM, "Ra&ndom hand", ("N",), "dice", "A random hand, from the next seed"
    ),
    ActionSpec(
        Command.LATENT_RESET,
        "&Reset the hand",
        ("Ctrl+R",),
        "neutral",
        "Back to the tracked hand, or to the mean hand",
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
        "Draw other hands that explain the same image in the 3D view",
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
        "Add this hand as a keyframe",
    ),
    ActionSpec(
        Command.KEYFRAME_PLAY,
        "Pla&y the walk",
        ("Ctrl+P",),
        "play",
        "Loop through the keyframes",
        checkable=True,
    ),
    ActionSpec(
        Command.WALK_LINEAR,
        "&Linear walk",
        tip="Linear interpolation between keyframes",
        checkable=True,
        group="walk",
    ),
    ActionSpec(
        Command.WALK_SPHERICAL,
        "&Spherical walk",
        tip="Spherical interpolation between keyframes: poses in between stay as pronounced",
        checkable=True,
        group="walk",
    ),
)
