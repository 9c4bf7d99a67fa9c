"""What is remembered between two starts, as a protocol (``app.settings`` keeps it with Qt)."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from engine.tracking.config import TrackingSettings


class SettingsStore(Protocol):
    """Typed access to the settings; whatever cannot be read counts as not set. GUI thread."""

    recordings_folder: Path
    record_as_folder: bool
    tracking: TrackingSettings

    @property
    def gestures_file(self) -> Path:
        """Where own gestures are kept."""
        ...

    @property
    def recent(self) -> tuple[str, ...]:
        """Recordings and folders opened lately, the newest first."""
        ...

    def add_recent(self, spec: str) -> None:
        """Remember a recording or folder."""
        ...

    def remove_recent(self, spec: str) -> None:
        """Forget one."""
        ...

    def flag(self, name: str, default: bool) -> bool:
        """A switch by its name."""
        ...

    def set_flag(self, name: str, on: bool) -> None:
        """Remember a switch."""
        ...

    def text(self, name: str) -> str:
        """A text by its name, empty if there is none."""
        ...

    def set_text(self, name: str, text: str) -> None:
        """Remember a text."""
        ...

    def export_file(self, path: Path) -> None:
        """Write everything that means something elsewhere to ``path``.

        Raises:
            ExportError: if that cannot be written.
        """
        ...

    def import_file(self, path: Path) -> tuple[str, ...]:
        """Use the settings in the file ``path``; the keys of those that cannot be used.

        Raises:
            InvalidInputError: if the file is none that this program wrote.
        """
        ...
