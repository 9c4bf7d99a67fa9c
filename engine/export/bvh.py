"""Hands as BVH motion: a skeleton of the 21 joints in metres, for Blender and other programs.

y is up and z towards the viewer: the camera frame turned by 180 degrees about x. At rest the hand
is flat and its fingers are straight, each along the line from the wrist to its base; bones have
their mean lengths. Every joint has position channels besides its rotation, as an estimated bone is
not of the same length in every frame; so the joints come back exactly. A joint's rotation turns the
bone behind it; the wrist's is that of the palm. Bones are not twisted: 21 points do not show it.

Format: Biovision Hierarchy; Meredith and Maddock, "Motion Capture File Formats Explained", 2001.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from engine.camera import FloatArray
from engine.errors import CancelledError, ExportError
from engine.export.names import side_path
from engine.export.writer import ResultWriter
from engine.output import check_target, is_stream, replacing, shown_path
from engine.skeleton import FINGER_JOINTS, JOINT_NAMES, PARENTS, TIPS, WRIST, Handedness
from engine.types import FrameResult

Array = NDArray[np.float64]

CHANNELS: Final = "Xposition Yposition Zposition Zrotation Xrotation Yrotation"
_ORDER: Final = "ZXY"
_BVH_FROM_CAMERA: Final = np.diag([1e-3, -1e-3, -1e-3])
_BASES: Final = tuple(joints[0] for joints in FINGER_JOINTS.values())
_PALM: Final = _BASES[1:]
"""What is stiff enough to say how the hand is turned: the four knuckles, not the thumb."""
_TIP_M: Final = 0.005
_EPSILON: Final = 1e-9


class BvhWriter(ResultWriter):
    """Gathers the hands of results and writes ``path`` when it is closed; one thread at a time.

    Of each side the likeliest hand of a frame counts. Where it is not seen it stays as it was.
    With hands of both sides there are two files, ``<name>_left.bvh`` and ``<name>_right.bvh``.
    Work that is broken off, unless the user cancelled it, leaves what there is in
    ``<name>.bvh.partial``.

    Raises:
        ExportError: if the file could not be written.
    """

    def __init__(self, path: Path) -> None:
        check_target(path)
        self.path = path
        self._written: tuple[Path, ...] = ()
        self._stamps_ms: list[float] = []
        self._seen: dict[Handedness, dict[int, FloatArray]] = {}

    @property
    def written(self) -> tuple[Path, ...]:
        """The files there are once the writer is closed."""
        return () if is_stream(self.path) else self._written

    def write(self, result: FrameResult) -> None:
        """Note the hands of ``result``."""
        for hand in sorted(result.hands, key=lambda hand: hand.pose.score):
            poses = self._seen.setdefault(hand.pose.handedness, {})
            poses[len(self._stamps_ms)] = hand.pose.joints_mm
        self._stamps_ms.append(result.frame.timestamp_ms)

    def close(self) -> None:
        """Write the files.

        Raises:
            ExportError: if there was no hand or a file cannot be written.
        """
        if not self._seen:
            raise ExportError(
                f"{shown_path(self.path)} is not written: there is no hand in these frames"
            )
        if len(self._seen) > 1 and is_stream(self.path):
            raise ExportError("hands of both sides make two BVH files: give a name ending in .bvh")
        self._save("")

    def _break_off(self, error: BaseException) -> None:
        if not self._seen or isinstance(error, CancelledError) or is_stream(self.path):
            return
        with suppress(ExportError):
            self._save(".partial")
            kept = ", ".join(str(path) for path in self._written)
            error.add_note(f"the frames so far are in {kept}")

    def _save(self, ending: str) -> None:
        steps = np.diff(self._stamps_ms)
        frame_s = float(np.median(steps)) / 1000.0 if len(steps) else 1.0 / 30.0
        for side, poses in self._seen.items():
            path = self.path
            if len(self._seen) > 1:
                path = side_path(path, side)
            path = path.with_name(f"{path.name}{ending}")
            joints = _without_holes(poses, len(self._stamps_ms))
            with replacing(path) as partial:
                partial.write_text(bvh_text(joints, frame_s), encoding="ascii")
            self._written = (*self._written, path)


def bvh_text(joints_mm: NDArray[np.floating], frame_s: float) -> str:
    """A BVH file of ``joints_mm`` [N, 21, 3] (mm, camera frame), one frame every ``frame_s``."""
    points = np.asarray(joints_mm, dtype=np.float64) @ _BVH_FROM_CAMERA
    rest, rotations = _motion(points)
    world = [rotations[:, k] for k in range(len(PARENTS))]
    columns = []
    for joint, parent in enumerate(PARENTS):
        place, local = points[:, joint], world[joint]
        if parent >= 0:
            back = np.swapaxes(world[parent], 1, 2)
            place = np.einsum("nij,nj->ni", back, place - points[:, parent])
            local = back @ local
        angles = Rotation.from_matrix(local).as_euler(_ORDER, degrees=True)
        # Without leaps of 360 degrees, through which programs would draw a line.
        columns += [place, np.unwrap(angles, period=360.0, axis=0)]
    values = np.stack(columns, axis=1)[:, _written_order()].reshape(len(points), -1)
    lines = [" ".join(f"{value:z.6f}" for value in row) for row in values.tolist()]
    head = ["MOTION", f"Frames: {len(lines)}", f"Frame Time: {frame_s:.8f}"]
    return "\n".join(["HIERARCHY", *_hierarchy(WRIST, rest, 0), *head, *lines]) + "\n"


def _motion(points: Array) -> tuple[Array, Array]:
    """Offsets at rest [21, 3], in the palm's frame, and rotations of the joints [N, 21, 3, 3]."""
    count = len(points)
    from_wrist = points - points[:, :1]
    palm = _palm_rotations(from_wrist[:, _PALM])
    rest = np.zeros((len(PARENTS), 3))
    rotations = np.broadcast_to(np.eye(3), (count, len(PARENTS), 3, 3)).copy()
    rotations[:, WRIST] = palm
    for joints in FINGER_JOINTS.values():
        base = joints[0]
        rest[base] = np.einsum("nji,nj->ni", palm, from_wrist[:, base]).mean(axis=0)
        along = _unit(rest[base])
        parent = WRIST
        for joint, child in pairwise(joints):
            bone = points[:, child] - points[:, joint]
            rest[child] = along * np.linalg.norm(bone, axis=-1).mean()
            seen = np.einsum("nji,nj->ni", rotations[:, parent], bone)
            rotations[:, joint] = rotations[:, parent] @ _swing(along, _unit(seen))
            parent = joint
        rotations[:, joints[3]] = rotations[:, joints[2]]
    return rest, rotations


def _palm_rotations(knuckles: Array) -> Array:
    """Palm to world [N, 3, 3] from the knuckles relative to the wrist [N, 4, 3].

    At rest y points to the knuckles, x from the index to the little finger.
    """
    along = _unit(knuckles.mean(axis=1))
    across = knuckles[:, -1] - knuckles[:, 0]
    normal = np.cross(across, along)
    flat = np.linalg.norm(normal, axis=-1, keepdims=True) > _EPSILON
    aside = np.eye(3)[np.abs(along).argmin(axis=-1)]
    normal = _unit(np.where(flat, normal, np.cross(aside, along)))
    return np.stack([np.cross(along, normal), along, normal], axis=-1)


def _swing(from_: Array, to: Array) -> Array:
    """The shortest rotations [N, 3, 3] that take ``from_`` [3] to ``to`` [N, 3], unit vectors.

    Rodrigues' formula; half a turn about any axis across where the two are opposite.
    """
    axis = np.cross(from_, to)
    cosine = to @ from_
    opposite = cosine < -1.0 + 1e-9
    aside = np.cross(from_, np.eye(3)[np.abs(from_).argmin()])
    length = np.linalg.norm(axis, axis=-1)
    axis = np.where(opposite[:, None], _unit(aside), axis / np.maximum(length, _EPSILON)[:, None])
    angle = np.where(opposite, np.pi, np.arctan2(length, cosine))
    return Rotation.from_rotvec(axis * angle[:, None]).as_matrix()


def _unit(vectors: Array) -> Array:
    """Vectors [..., 3] of length 1; y where there is no direction."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    upwards = np.array([0.0, 1.0, 0.0])
    return np.where(length > _EPSILON, vectors / np.maximum(length, _EPSILON), upwards)


def _children(joint: int) -> list[int]:
    return [child for child, parent in enumerate(PARENTS) if parent == joint]


def _depth_first(joint: int) -> list[int]:
    return [joint, *(found for child in _children(joint) for found in _depth_first(child))]


def _written_order() -> list[int]:
    """The columns (place and rotation of each joint) in the order of the hierarchy."""
    return [column for joint in _depth_first(WRIST) for column in (2 * joint, 2 * joint + 1)]


def _hierarchy(joint: int, rest: Array, level: int) -> list[str]:
    indent = "\t" * level
    kind = "ROOT" if joint == WRIST else "JOINT"
    lines = [
        f"{indent}{kind} {JOINT_NAMES[joint]}",
        f"{indent}{{",
        f"{indent}\t{_offset(rest[joint])}",
        f"{indent}\tCHANNELS 6 {CHANNELS}",
    ]
    for child in _children(joint):
        lines += _hierarchy(child, rest, level + 1)
    if joint in TIPS:
        end = _offset(_unit(rest[joint]) * _TIP_M)
        lines += [f"{indent}\tEnd Site", f"{indent}\t{{", f"{indent}\t\t{end}", f"{indent}\t}}"]
    return [*lines, f"{indent}}}"]


def _offset(vector: Sequence[float] | Array) -> str:
    return "OFFSET " + " ".join(f"{value:z.6f}" for value in vector)


def _without_holes(poses: dict[int, FloatArray], count: int) -> Array:
    """Joints of all frames [count, 21, 3]; where there are none, the last before or first after."""
    last = poses[min(poses)]
    return np.array([last := poses.get(index, last) for index in range(count)], dtype=np.float64)
