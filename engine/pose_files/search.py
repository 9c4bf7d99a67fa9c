"""Finds a pose in recordings without images: by name, like a hand that is shown, or like a frame.

Poses are compared by the directions of the fingers' bones in the frame of the palm, so neither the
place and turn of a hand nor its size and side count. All of a folder is compared at once; an hour
of a hand takes some milliseconds, so there is no index.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from engine.camera import FloatArray
from engine.errors import InvalidInputError, SourceError
from engine.pose_files.file import SUFFIX, PoseFile, read_pose_file
from engine.pose_files.records import HAND, LEFT, Records
from engine.simulation.gestures import GESTURES, gesture_angles
from engine.simulation.model import HandModel
from engine.skeleton import FINGERS, PARENTS, Handedness
from engine.types import TrackedHand

MOVING_BONES: Final = 15
"""Of the 20 bones, which come four a finger: all but the first, those of the palm."""
INDEX, MIDDLE, LITTLE = (FINGERS.index(finger) for finger in ("index", "middle", "little"))
"""Fingers whose palm bones span the palm."""
WITHIN_DEG: Final = 30.0
"""Distance up to which a pose is the same, unless told otherwise."""
CHUNK: Final = 2048
"""Records that are compared at once: few enough to stay in the processor's cache."""
GAP_FRAMES: Final = 3
"""Frames of a stretch in which the pose may be missed."""


@dataclass(frozen=True, slots=True)
class PoseMatch:
    """A stretch of a file in which one hand is in the pose: frames ``first`` to ``last``, nearest
    to it at ``best``, by ``distance_deg``; ``begin_s`` since the file's first frame."""

    path: Path
    first: int
    last: int
    best: int
    begin_s: float
    end_s: float
    track_id: int
    handedness: Handedness
    distance_deg: float


@dataclass(frozen=True, slots=True, eq=False)
class PoseQuery:
    """Poses to look for: ``directions`` [Q, 15, 3] of the fingers' moving bones in the palm's
    frame, unit vectors; any of them will do. ``name`` in words."""

    name: str
    directions: FloatArray


def pose_names() -> tuple[str, ...]:
    """Every name that ``named_pose`` takes."""
    groups = {name.partition("_")[0] for name in GESTURES}
    return tuple(sorted({*GESTURES, *groups}))


def named_pose(name: str) -> PoseQuery:
    """The pose of a name, such as "point" or "fist_tight", or all of a kind, such as "fist".

    Raises:
        InvalidInputError: if there is none.
        ModelError: if the shipped hand is missing or damaged.
    """
    chosen = [each for each in GESTURES if each == name or each.startswith(f"{name}_")]
    if not chosen:
        raise InvalidInputError(
            f"there is no pose {name!r:.80}; there are {', '.join(pose_names())}"
        )
    model = HandModel.load()
    shape, R, t = np.zeros(model.n_shape, np.float32), np.eye(3), np.array([0.0, 0.0, 500.0])
    joints = [
        model.pose(gesture_angles(each), shape, R.astype(np.float32), t).joints_mm
        for each in chosen
    ]
    return PoseQuery(name, _directions_of_joints(np.stack(joints), np.zeros(len(chosen), bool)))


def shown_pose(joints_mm: ArrayLike, side: Handedness, name: str = "the hand shown") -> PoseQuery:
    """The pose of a hand's joints [21, 3] (mm, camera frame)."""
    joints = np.asarray(joints_mm, np.float32)[None]
    left = np.array([side is Handedness.LEFT])
    return PoseQuery(name, _directions_of_joints(joints, left))


def pose_query(pose: str | TrackedHand) -> PoseQuery:
    """The pose of that name, or of that hand.

    Raises:
        InvalidInputError: if there is none.
    """
    if isinstance(pose, str):
        return named_pose(pose)
    return shown_pose(pose.joints_mm, pose.handedness)


def pose_in_file(path: Path, frame: int) -> PoseQuery:
    """The pose of the first hand in a frame of a file.

    Raises:
        SourceError: if it cannot be read, or has no such frame.
        InvalidInputError: if there is no hand in it.
    """
    file = read_pose_file(path)
    if not 0 <= frame < file.frame_count:
        raise SourceError(f"{path} has no frame {frame}, only 0 to {file.frame_count - 1}")
    hands = file.frame(frame).hands
    if not hands:
        raise InvalidInputError(f"{path} shows no hand in frame {frame}")
    return shown_pose(hands[0].joints_mm, hands[0].handedness, f"{path.name}:{frame}")


def pose_files_in(folder: Path) -> tuple[Path, ...]:
    """The ``.pose`` files in a folder and the folders in it, or the one file that it is.

    Raises:
        SourceError: if it is not there, or has none.
    """
    try:
        if folder.is_file():
            return (folder,)
        if not folder.is_dir():
            raise SourceError(f"{folder}: no such file or folder")
        found = tuple(sorted(path for path in folder.rglob(f"*{SUFFIX}") if path.is_file()))
    except OSError as error:
        raise SourceError(f"{folder} cannot be read: {error.strerror or error}") from error
    if not found:
        raise SourceError(f"{folder} has no {SUFFIX} files")
    return found


def search_poses(
    folder: Path, query: PoseQuery, *, within_deg: float = WITHIN_DEG
) -> tuple[list[PoseMatch], list[str]]:
    """The stretches of all files in ``folder`` in which a hand is in a pose, the nearest first; and
    a sentence for each file that cannot be read or not as a whole.

    Raises:
        SourceError: if there are no files, or none that can be read.
        InvalidInputError: if the limit is none.
    """
    if not 0.0 < within_deg <= 180.0:
        raise InvalidInputError(f"the limit must be up to 180 degrees, not {within_deg:g}")
    matches, notices, files = [], [], pose_files_in(folder)
    for path in files:
        try:
            file = read_pose_file(path)
        except SourceError as error:
            notices.append(str(error))
            continue
        if file.notice:
            notices.append(file.notice)
        matches += find_in_file(file, query, within_deg)
    if len(notices) == len(files) and not matches and len(files) == 1:
        raise SourceError(notices[0])
    return sorted(matches, key=lambda match: match.distance_deg), notices


def find_in_file(file: PoseFile, query: PoseQuery, within_deg: float) -> list[PoseMatch]:
    """The stretches of one file, in order."""
    distance = distances_deg(file, query)
    hits = np.flatnonzero(distance <= within_deg)
    if not hits.size:
        return []
    frames = np.searchsorted(file.begins, hits, side="right") - 1
    tracks = file.records["track"][hits].astype(np.int64)
    order = np.lexsort((frames, tracks))
    hits, frames, tracks = hits[order], frames[order], tracks[order]
    breaks = (np.diff(frames) > GAP_FRAMES) | (np.diff(tracks) != 0)
    stretches = np.split(np.arange(len(hits)), np.flatnonzero(breaks) + 1)
    return [_match(file, hits[part], frames[part], distance) for part in stretches]


def distances_deg(file: PoseFile, query: PoseQuery) -> FloatArray:
    """How far each record [N] of a file is from the nearest pose of the query: the angle whose
    cosine is the mean of those between their bones; infinite where there is no hand."""
    weights = _weights(query.directions)
    parts = [
        _mean_cosine(file.records[first : first + CHUNK], weights)
        for first in range(0, len(file.records), CHUNK)
    ]
    angles = np.degrees(np.arccos(np.clip(np.concatenate(parts), -1.0, 1.0)))
    return np.where(file.records["flags"] & HAND, angles, np.float32(np.inf)).astype(np.float32)


def _mean_cosine(records: Records, weights: FloatArray) -> FloatArray:
    """The mean cosine [N] between the bones of records and those of the nearest of Q poses.

    Rather than turn every bone of every record into the palm's frame, the products of all bones
    with those of a pose are summed first, which is one multiplication by ``weights`` [45, 9 Q].
    """
    steps = records["bones"].reshape(len(records), 5, 4, 3)
    # The step of all moving bones is the same, so they need not be mm.
    moving = steps[:, :, 1:].astype(np.float32).reshape(len(records), -1, 3)
    lengths = np.sqrt(np.einsum("nbi,nbi->nb", moving, moving))
    moving /= np.maximum(lengths, 1e-6)[..., None]
    palm = steps[:, :, 0].astype(np.float32)
    axes = _palm_axes(palm, (records["flags"] & LEFT) > 0).reshape(len(records), 1, 9)
    summed = (moving.reshape(len(records), -1) @ weights).reshape(len(records), -1, 9)
    best = np.einsum("nqi,nqi->nq", summed, np.broadcast_to(axes, summed.shape)).max(axis=1)
    return np.asarray(best / MOVING_BONES, np.float32)


def _weights(directions: FloatArray) -> FloatArray:
    """What unit bones [15 * 3] are multiplied by to give, for each of Q poses, the sum over the
    bones of pose direction times bone, [Q, 3, 3] (row: palm axis, column: camera axis)."""
    count, bones, _ = directions.shape
    weights = np.zeros((bones, 3, count, 3, 3), np.float32)
    for axis in range(3):
        weights[:, axis, :, :, axis] = directions.transpose(1, 0, 2)
    return weights.reshape(3 * bones, 9 * count)


def _directions_of_joints(joints_mm: FloatArray, left: NDArray[np.bool_]) -> FloatArray:
    bones = np.asarray(joints_mm[:, 1:] - joints_mm[:, PARENTS[1:]], np.float32)
    fingers = bones.reshape(len(bones), 5, 4, 3)
    moving = fingers[:, :, 1:].reshape(len(bones), -1, 3)
    moving = moving / np.maximum(np.linalg.norm(moving, axis=-1, keepdims=True), 1e-6)
    return np.asarray(
        np.einsum("nij,nbj->nbi", _palm_axes(fingers[:, :, 0], left), moving), np.float32
    )


def _palm_axes(palm: FloatArray, left: NDArray[np.bool_]) -> FloatArray:
    """Axes of the palm [N, 3, 3] (rows: to the thumb, to the middle knuckle, out of the palm) in
    the camera frame, of bones [N, 5, 3] from the wrist to each finger's first joint; a left hand's
    are those of its mirror image."""
    y = _unit(palm[:, MIDDLE])
    across = palm[:, INDEX] - palm[:, LITTLE]
    x = _unit(across - np.einsum("ni,ni->n", across, y)[:, None] * y)
    z = np.cross(x, y)
    z[left] *= -1.0
    return np.stack([x, y, z], axis=1)


def _unit(vectors: FloatArray) -> FloatArray:
    length = np.sqrt(np.einsum("ni,ni->n", vectors, vectors))
    return vectors / np.maximum(length, 1e-6)[:, None]


def _match(
    file: PoseFile, hits: NDArray[np.intp], frames: NDArray[np.intp], distance: FloatArray
) -> PoseMatch:
    best = int(np.argmin(distance[hits]))
    record = file.records[hits[best]]
    stamps = file.records["timestamp_ms"]
    begin, end = (float(stamps[file.begins[frames[k]]] - stamps[0]) / 1000.0 for k in (0, -1))
    left = bool(record["flags"] & LEFT)
    return PoseMatch(
        path=file.path,
        first=int(frames[0]),
        last=int(frames[-1]),
        best=int(frames[best]),
        begin_s=begin,
        end_s=end,
        track_id=int(record["track"]),
        handedness=Handedness.LEFT if left else Handedness.RIGHT,
        distance_deg=float(distance[hits[best]]),
    )
