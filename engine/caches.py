"""Where compiled code is kept between runs: numba's kernels and OpenVINO's networks.

Kernels lie beside their sources where these may be written to. Else, and for the networks, a
folder of the user's own is taken: the cache folder of the home, or one in the temporary folder
where there is no home. Nothing is ever made in a home that does not exist, nor in the working
folder. Nothing here imports numba or OpenVINO, which read these settings when they are imported.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Final

PROGRAM: Final = "crossing-hands"
KERNELS_VARIABLE: Final = "NUMBA_CACHE_DIR"
NO_KERNELS_VARIABLE: Final = "CROSSING_HANDS_NO_KERNEL_CACHE"
_KERNEL_FOLDERS: Final = ("tracking", "simulation")
_OTHERS_MAY_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH


@cache
def cache_folder() -> Path | None:
    """The folder for compiled code, made if it is not there; None where there can be none.

    Others cannot write to it, since what lies in it is run.
    """
    return next((folder for folder in _candidates() if _make_own(folder)), None)


def user_home() -> Path | None:
    """The user's home folder; None where there is none."""
    try:
        home = Path.home()
    except RuntimeError:  # no HOME, and nobody knows this user
        return None
    return home if home.is_absolute() and home.is_dir() else None


def home_folder() -> Path:
    """The user's home, or the root of the file system where there is none."""
    return user_home() or Path(Path.cwd().anchor)


def keep_kernels_elsewhere() -> str:
    """Point numba to ``cache_folder`` if its kernels cannot lie beside their sources.

    Returns one sentence about it, empty if there is nothing to say. Child processes keep what is
    chosen here.
    """
    if os.environ.get(KERNELS_VARIABLE) or os.environ.get(NO_KERNELS_VARIABLE):
        if os.environ.get(NO_KERNELS_VARIABLE):
            _keep_no_kernels()
        return ""
    engine = Path(__file__).parent
    if all(_writable(engine / name) for name in _KERNEL_FOLDERS):
        return ""
    folder = cache_folder()
    if folder is not None:
        os.environ[KERNELS_VARIABLE] = str(folder / "kernels")
        return f"{engine} may not be written to, so compiled code is kept in {folder}"
    os.environ[NO_KERNELS_VARIABLE] = "1"
    _keep_no_kernels()
    return (
        f"neither {engine} nor a cache folder may be written to: code is compiled anew at each "
        "start, which takes a minute"
    )


def drop_damaged_kernels() -> None:
    """Take away compiled kernels that were not written to their end, as a power cut leaves them.

    numba fails on them at every start. Its files are pickles: the first byte and the last are known
    (Python's ``pickle``: PROTO and STOP).
    """
    for folder in _kernel_folders():
        for path in folder.glob("*.nb[ic]"):
            with suppress(OSError):
                if not _whole_pickle(path):
                    path.unlink()


def kernels_kept() -> bool:
    """Whether kernels of an earlier start are there, without which this one takes a minute."""
    return any(next(folder.glob("*.nbi"), None) for folder in _kernel_folders())


def _kernel_folders() -> list[Path]:
    elsewhere = os.environ.get(KERNELS_VARIABLE)
    if elsewhere:
        return list(Path(elsewhere).glob("*"))
    return [Path(__file__).parent / name / "__pycache__" for name in _KERNEL_FOLDERS]


def _whole_pickle(path: Path) -> bool:
    with path.open("rb") as file:
        first = file.read(1)
        if not first:
            return False
        file.seek(-1, os.SEEK_END)
        return (first, file.read(1)) == (b"\x80", b".")


def silence_telemetry() -> None:
    """Keep OpenVINO's telemetry from being loaded, which makes a folder in the home and starts
    processes; OpenVINO goes on without it."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]


def _keep_no_kernels() -> None:
    from numba.core.dispatcher import Dispatcher

    Dispatcher.enable_caching = lambda _: None  # type: ignore[method-assign, assignment]


def _candidates() -> list[Path]:
    found = []
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    home = user_home()
    if named.is_absolute():
        found.append(named)
    elif home is not None and sys.platform == "win32":
        found.append(Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local"))
    elif home is not None:
        found.append(home / ("Library/Caches" if sys.platform == "darwin" else ".cache"))
    folders = [folder / PROGRAM for folder in found]
    temporary = _temporary()
    if temporary is not None:
        folders.append(temporary / f"{PROGRAM}-{_user()}")
    return folders


def _temporary() -> Path | None:
    """The temporary folder; the working folder, which Python takes at worst, is none."""
    try:
        folder = Path(tempfile.gettempdir())
    except OSError:
        return None
    return None if folder == Path.cwd() else folder


def _user() -> str:
    return str(os.getuid()) if sys.platform != "win32" else os.environ.get("USERNAME", "user")


def _make_own(folder: Path) -> bool:
    """Make ``folder``, for this user alone; whether it is there and nobody else's."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if sys.platform != "win32":
            # A link in the temporary folder may be another user's.
            if {folder.lstat().st_uid, folder.stat().st_uid} != {os.getuid()}:
                return False
            if folder.stat().st_mode & _OTHERS_MAY_WRITE:
                folder.chmod(0o700)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def _writable(folder: Path) -> bool:
    """Whether numba may keep kernels beside the sources in ``folder``."""
    kept = folder / "__pycache__"
    return os.access(kept if kept.exists() else folder, os.W_OK | os.X_OK)
