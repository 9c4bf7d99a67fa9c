"""Which files an export writes."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Final

from engine.skeleton import Handedness

BVH_SUFFIX: Final = ".bvh"


def side_path(path: Path, side: Handedness) -> Path:
    """Where one side's motion goes if hands of both are seen."""
    return path.with_name(f"{path.stem}_{side.value}{path.suffix}")


def possible_outputs(target: Path) -> tuple[Path, ...]:
    """The files, or the folder, that an export to ``target`` may write."""
    if target.suffix.lower() == BVH_SUFFIX:
        return (target, *(side_path(target, side) for side in Handedness))
    return (target,)


class JointsFormat(Enum):
    """What a file of joints can be; the value is its ending without the dot."""

    CSV = "csv"
    JSON_LINES = "jsonl"
    BVH = "bvh"
    POSE = "pose"
    ROS = "mcap"
    ROTATIONS = "npz"

    @classmethod
    def of(cls, path: Path) -> JointsFormat:
        """The format that the ending of ``path`` names; CSV if it names none."""
        known = {f".{each.value}": each for each in cls}
        return known.get(path.suffix.lower(), cls.CSV)
