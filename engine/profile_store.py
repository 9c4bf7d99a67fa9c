"""The user's profiles: where they lie, which there are, adding and removing one."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.caches import PROGRAM, user_home
from engine.errors import InvalidInputError, ModelError
from engine.output import cannot_write, replacing_folder
from engine.profiles import PROFILE_FILE, Profile, check_name, read_profile

PROFILES: Final = "profiles"


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """A folder among the user's profiles: its ``path`` and ``profile``, or the ``problem`` in one
    sentence for which it cannot be used."""

    path: Path
    profile: Profile | None
    problem: str = ""

    @property
    def key(self) -> str:
        """The folder's name, by which it is chosen and remembered."""
        return self.path.name


def data_folder() -> Path | None:
    """The program's folder for the user's own data, which need not exist yet; None without a home.

    ``$XDG_DATA_HOME/crossing-hands`` or ``~/.local/share/crossing-hands`` on Linux,
    ``~/Library/Application Support`` on macOS, ``%APPDATA%`` on Windows.
    """
    named, home = Path(os.environ.get("XDG_DATA_HOME", "")), user_home()
    if named.is_absolute():
        return named / PROGRAM
    if home is None:
        return None
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming") / PROGRAM
    shared = "Library/Application Support" if sys.platform == "darwin" else ".local/share"
    return home / shared / PROGRAM


def profiles_folder() -> Path:
    """Where profiles lie, which need not exist yet.

    Raises:
        ModelError: if there is no place for the user's data.
    """
    folder = data_folder()
    if folder is None:
        raise ModelError("profiles cannot be kept: there is no home folder (or XDG_DATA_HOME)")
    return folder / PROFILES


def list_profiles(folder: Path | None = None) -> tuple[StoredProfile, ...]:
    """All profiles of the user (or in ``folder``), by name, each verified; none where there can be
    none. It reads every file of them."""
    try:
        folder = folder or profiles_folder()
        entries = sorted(
            (each for each in folder.iterdir() if each.is_dir() and not each.name.startswith(".")),
            key=lambda path: path.name.casefold(),
        )
    except (OSError, ModelError):
        return ()
    return tuple(_stored(path) for path in entries)


def profile_path(key: str, folder: Path | None = None) -> Path:
    """The folder of the profile ``key``.

    Raises:
        InvalidInputError: if that is no profile's name.
        ModelError: if there is none.
    """
    check_name(key)
    path = (folder or profiles_folder()) / key
    if not (path / PROFILE_FILE).is_file():
        raise ModelError(f"there is no profile {key!r}: `main.py profiles` lists them")
    return path


def find_profile(key: str) -> Path | None:
    """The folder of the profile ``key``; None if there is none of that name."""
    try:
        return profile_path(key)
    except (InvalidInputError, ModelError):
        return None


def add_profile(directory: Path, folder: Path | None = None) -> StoredProfile:
    """Copy the profile in ``directory`` among the user's, under its own name.

    Only the files it is made of are copied, and they are verified again after that.

    Raises:
        ModelError: if it is none, or damaged.
        InvalidInputError: if there is one of this name already.
        ExportError: if it cannot be written.
    """
    profile = read_profile(directory)
    target = (folder or profiles_folder()) / profile.name
    if target.exists():
        raise InvalidInputError(f"there is a profile {profile.name!r} already: remove it first")
    with replacing_folder(target) as partial:
        for name in (PROFILE_FILE, *profile.files):
            shutil.copyfile(directory / name, partial / name)
        read_profile(partial)
    return StoredProfile(target, profile)


def remove_profile(key: str, folder: Path | None = None) -> None:
    """Delete the profile ``key`` of the user, damaged or not.

    Raises:
        InvalidInputError: if that is no profile's name.
        ModelError: if there is none.
        ExportError: if it cannot be deleted.
    """
    path = profile_path(key, folder)
    try:
        if path.is_symlink():
            path.unlink()
        else:
            shutil.rmtree(path)
    except OSError as error:
        raise cannot_write(path, error) from error


def _stored(path: Path) -> StoredProfile:
    try:
        return StoredProfile(path, read_profile(path))
    except ModelError as error:
        return StoredProfile(path, None, str(error))
