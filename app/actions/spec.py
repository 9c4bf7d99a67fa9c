"""Describes one action of the window: command, text, keys, icon, tip. Data only, no widget."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QKeySequence

from app.actions.commands import Command

Key = QKeySequence.StandardKey


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
