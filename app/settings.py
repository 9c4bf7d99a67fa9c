"""What the window remembers between runs. Broken settings are ignored, never an obstacle."""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path
from typing import Final, TypeVar

from PySide6.QtCore import QByteArray, QSettings

from app.settings_file import PROGRAM, read_settings, usable, write_settings
from app.style.theme import ThemeChoice
from engine.caches import home_folder
from engine.tracking.config import SideChoice, TrackingSettings
from engine.tracking.smoothing import Smoothing

Choice = TypeVar("Choice", bound=Enum)

HINTS_SEEN: Final = "hints_seen"
"""The flag that the hints were put away."""
RECENT_MAX: Final = 8
RECORDINGS: Final = "Crossing Hands"
"""The folder in the user's own that recordings go to first."""
GESTURES_FILE: Final = "gestures.json"
ORGANISATION: Final = "CrossingHands"


class Settings:
    """Typed access to a ``QSettings``; whatever cannot be read counts as not set. GUI thread."""

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store if store is not None else QSettings(ORGANISATION, PROGRAM)

    @classmethod
    def at(cls, path: Path) -> Settings:
        """Settings kept in the INI file ``path``."""
        return cls(QSettings(str(path), QSettings.Format.IniFormat))

    @property
    def theme(self) -> ThemeChoice:
        """The theme the user chose."""
        return _member(ThemeChoice, self._store.value("view/theme"), ThemeChoice.SYSTEM)

    @theme.setter
    def theme(self, choice: ThemeChoice) -> None:
        self._store.setValue("view/theme", choice.value)

    def flag(self, name: str, default: bool) -> bool:
        """A switch by its name."""
        value = self._store.value(f"flags/{name}", default)
        if isinstance(value, bool):
            return value
        return {"true": True, "false": False}.get(str(value).lower(), default)

    def set_flag(self, name: str, on: bool) -> None:
        """Remember a switch."""
        self._store.setValue(f"flags/{name}", on)

    @property
    def recent(self) -> tuple[str, ...]:
        """Recordings and folders opened lately, the newest first."""
        value = self._store.value("sources/recent", [])
        found = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return tuple(text for text in found if isinstance(text, str) and text)[:RECENT_MAX]

    def add_recent(self, spec: str) -> None:
        """Put ``spec`` first among the recent ones."""
        spec = str(Path(spec).absolute())  # the next start may be in another folder
        others = [old for old in self.recent if old != spec]
        self._store.setValue("sources/recent", [spec, *others][:RECENT_MAX])

    def remove_recent(self, spec: str) -> None:
        """Forget one that cannot be opened any more."""
        gone = (spec, str(Path(spec).absolute()))
        self._store.setValue("sources/recent", [old for old in self.recent if old not in gone])

    @property
    def gestures_file(self) -> Path:
        """Where own gestures are kept: beside the settings, where these are a file."""
        if os.name == "nt" and self._store.format() is QSettings.Format.NativeFormat:
            return home_folder() / RECORDINGS / GESTURES_FILE
        return Path(self._store.fileName()).parent / GESTURES_FILE

    @property
    def recordings_folder(self) -> Path:
        """Where recordings go."""
        value = self._store.value("record/folder", "")
        return Path(value) if isinstance(value, str) and value else home_folder() / RECORDINGS

    @recordings_folder.setter
    def recordings_folder(self, folder: Path) -> None:
        self._store.setValue("record/folder", str(folder))

    @property
    def record_as_folder(self) -> bool:
        """A folder of pictures rather than a ``.db3``."""
        return self.flag("record_as_folder", False)

    @record_as_folder.setter
    def record_as_folder(self, on: bool) -> None:
        self.set_flag("record_as_folder", on)

    @property
    def tracking(self) -> TrackingSettings:
        """How hands are followed."""
        return TrackingSettings(
            2 if self.flag("two_hands", False) else 1,
            _member(Smoothing, self._store.value("hands/smoothing"), Smoothing.NORMAL),
            _member(SideChoice, self._store.value("hands/side"), SideChoice.EITHER),
        )

    @tracking.setter
    def tracking(self, tracking: TrackingSettings) -> None:
        self.set_flag("two_hands", tracking.hands > 1)
        self._store.setValue("hands/smoothing", tracking.smoothing.value)
        self._store.setValue("hands/side", tracking.side.value)

    def text(self, name: str) -> str:
        """A text by its name, empty if there is none."""
        value = self._store.value(f"texts/{name}", "")
        return value if isinstance(value, str) else ""

    def set_text(self, name: str, text: str) -> None:
        """Remember a text."""
        self._store.setValue(f"texts/{name}", text)

    def blob(self, name: str) -> QByteArray:
        """Bytes kept for Qt (window and docks); empty if there are none."""
        value = self._store.value(f"window/{name}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_blob(self, name: str, value: QByteArray) -> None:
        """Keep bytes for Qt."""
        self._store.setValue(f"window/{name}", value)

    # -- as a whole --------------------------------------------------------------------------

    def drop_invalid(self) -> str:
        """Forget what cannot be used; a sentence about it, empty if there is nothing."""
        if self._store.status() is not QSettings.Status.NoError:
            return f"The settings in {self._store.fileName()} cannot be read; defaults are used."
        bad = [key for key in self._store.allKeys() if usable(key, self._store.value(key)) is False]
        for key in bad:
            self._store.remove(key)
        if not bad:
            return ""
        return f"Some settings cannot be read, so defaults are used for them: {', '.join(bad)}"

    def export_file(self, path: Path) -> None:
        """Write everything that means something elsewhere to ``path``.

        Raises:
            ExportError: if that cannot be written.
        """
        known = {key: self._store.value(key) for key in sorted(self._store.allKeys())}
        write_settings(path, {key: value for key, value in known.items() if usable(key, value)})

    def import_file(self, path: Path) -> tuple[str, ...]:
        """Use the settings in the file ``path``; the keys of those that cannot be used.

        Raises:
            InvalidInputError: if the file is none that this program wrote.
        """
        values, unusable = read_settings(path)
        for key, value in values.items():
            self._store.setValue(key, value)
        self.save()
        return unusable

    def save(self) -> None:
        """Write everything to disk."""
        self._store.sync()


def _member(kind: type[Choice], value: object, default: Choice) -> Choice:
    """The member of an enumeration with this value; ``default`` where there is none."""
    try:
        return kind(value)
    except ValueError:
        return default
