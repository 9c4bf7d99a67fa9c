"""How files come in, by dialogue or dropped."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from app.actions.commands import Command

RECORDING_FILTER: Final = "RealSense recordings (*.bag *.db3);;All files (*)"


def ask_for_source(parent: QWidget, command: Command, recent: tuple[str, ...]) -> str:
    """What ``command`` opens: a recording, a folder or the synthetic camera; empty for nothing."""
    match command:
        case Command.OPEN_RECORDING:
            return ask_for_recording(parent, recent)
        case Command.OPEN_FOLDER:
            return ask_for_folder(parent, recent)
        case _:
            return "synthetic"


def ask_for_recording(parent: QWidget, recent: tuple[str, ...]) -> str:
    """A recording's path; empty if the user changed their mind."""
    path, _ = QFileDialog.getOpenFileName(
        parent, "Open recording", _first_folder(recent), RECORDING_FILTER
    )
    return path


def ask_for_folder(parent: QWidget, recent: tuple[str, ...]) -> str:
    """A folder's path; empty if the user changed their mind."""
    return QFileDialog.getExistingDirectory(
        parent, "Open a folder of depth images", _first_folder(recent)
    )


def dropped_path(event: QDropEvent) -> str | None:
    """The first local file or folder that is dragged."""
    paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    return paths[0] if paths else None


def _first_folder(recent: tuple[str, ...]) -> str:
    return str(Path(recent[0]).parent) if recent else str(Path.home())
