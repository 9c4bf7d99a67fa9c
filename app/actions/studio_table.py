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
