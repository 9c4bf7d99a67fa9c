"""Frames whose hand is known in 3D, and recordings of such frames.

A recording is a folder with ``labels.json``: ``frames``, each with ``index`` (the picture's
number), ``handedness`` and ``joints_mm`` [21][3] in the camera's frame.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.errors import InvalidInputError
from engine.skeleton import FINGER_JOINTS, JOINT_COUNT, Handedness
from engine.sources.folder import FolderSource
from engine.types import Frame

Floats = NDArray[np.float64]

LABELS: Final = "labels.json"
FIST_BELOW: Final = 0.6
OPEN_ABOVE: Final = 0.85
"""Extension of a fist and of an open hand."""


NO_WRIST: Final = tuple(range(1, JOINT_COUNT))
ALL_JOINTS: Final = tuple(range(JOINT_COUNT))


@dataclass(frozen=True, slots=True, eq=False)
class LabelledFrame:
    """One frame with its hand: ``joints_mm`` [21, 3], camera frame; ``scored`` are the joints that
    errors are measured at, none where the label is doubtful."""

    frame: Frame
    joints_mm: Floats
    handedness: Handedness
    scored: tuple[int, ...] = ALL_JOINTS


@dataclass(frozen=True, slots=True)
class LabelledRecording:
    """A recording of ``recordings/tof_hands``: its ``name``; ``use`` "select" if it may choose
    between networks, "report" if it may not; frames with ``doubtful`` labels."""

    name: str
    use: str
    doubtful: range = range(0)


TOF_HANDS: Final = (
    # From frame 209 to 212 and back at 235 the labels jump by 30 to 57 mm, the pictures do not.
    LabelledRecording("P1", "select", range(210, 236)),
    LabelledRecording("P3", "report"),
    LabelledRecording("P5", "report"),
)
"""The wrist of their labels is another point than ours."""


def labelled_frames(
    folder: Path, count: int | None = None, *, doubtful: range = range(0)
) -> list[LabelledFrame]:
    """The labelled frames of ``folder`` in order, or ``count`` of them evenly spread.

    Their wrist is not scored, nor are frames with ``doubtful`` numbers.

    Raises:
        InvalidInputError: if the folder or its labels are missing, damaged or do not fit.
    """
    path = folder / LABELS
    try:
        records = json.loads(path.read_text())["frames"]
        labels = {int(record["index"]): _label(record) for record in records}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInputError(f"labels {path} cannot be read: {error}") from error
    with closing(FolderSource(folder)) as source:
        known = [index for index in sorted(labels) if 0 <= index < source.frame_count]
        if not known:
            raise InvalidInputError(f"{path} has no joints of any frame in {folder}")
        if count is not None and count < len(known):
            known = [known[k] for k in np.linspace(0, len(known) - 1, count).astype(int)]
        return [
            LabelledFrame(
                source.frame_at(index), *labels[index], () if index in doubtful else NO_WRIST
            )
            for index in known
        ]


def _label(record: dict[str, Any]) -> tuple[Floats, Handedness]:
    joints = np.array(record["joints_mm"], np.float64)
    if joints.shape != (JOINT_COUNT, 3) or not np.isfinite(joints).all():
        raise ValueError(f"frame {record['index']} has joints of shape {joints.shape}")
    return joints, Handedness(record["handedness"])


def extension(joints_mm: NDArray[np.floating]) -> Floats:
    """How far the four fingers of hands [..., 21, 3] are stretched: 1 straight, 0.4 a tight fist.

    The distance from knuckle to tip as a share of the way along the bones, mean over the fingers.
    """
    joints = np.asarray(joints_mm, np.float64)
    shares = []
    for name, (first, *_, last) in FINGER_JOINTS.items():
        if name == "thumb":
            continue
        bones = np.diff(joints[..., first : last + 1, :], axis=-2)
        way = np.linalg.norm(bones, axis=-1).sum(axis=-1)
        shares.append(np.linalg.norm(joints[..., last, :] - joints[..., first, :], axis=-1) / way)
    return np.asarray(np.mean(shares, axis=0))
