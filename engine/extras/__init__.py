"""Libraries that only some uses need: imported when they are used, and named when missing."""

from __future__ import annotations

from enum import Enum
from importlib import import_module
from types import ModuleType

from engine.errors import MissingExtraError


class Extra(Enum):
    """An extra of the package: the value is its name, as in ``crossing-hands[rerun]``."""

    RERUN = "rerun"
    ROS = "ros"
    LSL = "lsl"
    VIDEO = "video"


_MODULES = {
    Extra.RERUN: "rerun",
    Extra.ROS: "rosbags.rosbag2",
    Extra.LSL: "pylsl",
    Extra.VIDEO: "av",
}
_PACKAGES = {
    Extra.RERUN: "rerun-sdk",
    Extra.ROS: "rosbags",
    Extra.LSL: "pylsl",
    Extra.VIDEO: "av",
}


def load_extra(extra: Extra) -> ModuleType:
    """The library of ``extra``.

    Raises:
        MissingExtraError: if it is not installed, with the command that installs it, or if it
            cannot be loaded.
    """
    package = _PACKAGES[extra]
    try:
        return import_module(_MODULES[extra])
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"this needs {package}, which is not installed: run 'python -m pip install {package}'"
        ) from error
    except (ImportError, OSError, RuntimeError) as error:
        raise MissingExtraError(f"{package} is installed but cannot be loaded: {error}") from error
