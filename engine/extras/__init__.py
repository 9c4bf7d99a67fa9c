"""Libraries that only some uses need: imported when they are used, and named when missing."""

from __future__ import annotations

from enum import Enum
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from engine.errors import MissingExtraError


class Extra(Enum):
    """An extra of the package: the value is its name, as in ``crossing-hands[rerun]``."""

    RERUN = "rerun"
    ROS = "ros"
    LSL = "lsl"
    VIDEO = "video"
    OPEN3D = "open3d"


_MODULES = {
    Extra.RERUN: "rerun",
    Extra.ROS: "rosbags.rosbag2",
    Extra.LSL: "pylsl",
    Extra.VIDEO: "av",
    Extra.OPEN3D: "open3d",
}
_PACKAGES = {
    Extra.RERUN: "rerun-sdk",
    Extra.ROS: "rosbags",
    Extra.LSL: "pylsl",
    Extra.VIDEO: "av",
    Extra.OPEN3D: "open3d",
}


def load_extra(extra: Extra) -> ModuleType:
    """The library of ``extra``.

    Raises:
        MissingExtraError: if it is not installed, with the command that installs it, or if it
            cannot be loaded.
    """
    try:
        return import_module(_MODULES[extra])
    except ModuleNotFoundError as error:
        raise _missing(extra) from error
    except (ImportError, OSError, RuntimeError) as error:
        raise MissingExtraError(
            f"{_PACKAGES[extra]} is installed but cannot be loaded: {error}"
        ) from error


def require_extra(extra: Extra) -> None:
    """Do nothing if the library of ``extra`` is installed; it is not loaded.

    Raises:
        MissingExtraError: if it is not, with the command that installs it.
    """
    if find_spec(_MODULES[extra].partition(".")[0]) is None:
        raise _missing(extra)


def _missing(extra: Extra) -> MissingExtraError:
    package = _PACKAGES[extra]
    return MissingExtraError(
        f"this needs {package}, which is not installed: run 'python -m pip install {package}'"
    )
