"""How hands are laid out on disk: as a recording of this program, as MSRA and as NYU.

Each layout writes hands, in order, into a folder that is empty when it starts. Beside the data, its
``latents.csv`` tells each hand's file and latent. Nothing depends on the time or the machine, so
that the same hands give the same bytes.
"""

from __future__ import annotations

import io
import struct
from enum import Enum
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.io import savemat

from engine.camera import Camera, FloatArray
from engine.errors import InvalidInputError
from engine.export.joints import JointsCsvWriter
from engine.latent.placing import PlacedHand, VirtualCamera
from engine.latent.text import to_text
from engine.recording.record import FolderRecorder
from engine.skeleton import FINGER_JOINTS, FINGERS, JOINT_COUNT, WRIST, Handedness
from engine.tracking.crop import crop_straight_ahead
from engine.tracking.generate import LATENT_SIZE
from engine.types import (
    Frame,
    FrameResult,
    HandPose,
    TrackedHand,
    TrackingStatus,
)

LATENTS_FILE: Final = "latents.csv"
JOINTS_FILE: Final = "joints.csv"

STUDIO_VIEW: Final = VirtualCamera(
    # The focal length at which a crop's pixels are the camera's, 450 mm away.
    Camera(320, 240, 64.0 / 0.3, 64.0 / 0.3, 159.5, 119.5, depth_unit_mm=0.1, name="latent studio"),
    450.0,
)
MSRA_VIEW: Final = VirtualCamera(Camera(320, 240, 241.42, 241.42, 160.0, 120.0, name="MSRA"), 450.0)
NYU_VIEW: Final = VirtualCamera(Camera(640, 480, 588.03, 587.07, 320.0, 240.0, name="NYU"), 700.0)


class Layout(Protocol):
    """Writes hands one after the other; ``finish`` completes the folder, ``close`` lets it go.

    Raises:
        OSError, ExportError: from all methods, if something cannot be written.
    """

    @property
    def view(self) -> VirtualCamera: ...

    def write(self, hand: PlacedHand) -> None: ...

    def finish(self) -> None: ...

    def close(self) -> None: ...


class LayoutKind(Enum):
    """Which layout to write."""

    FOLDER = "folder"
    MSRA = "msra"
    NYU = "nyu"


def open_layout(kind: LayoutKind, folder: Path, count: int) -> Layout:
    """A layout of ``count`` hands in an empty ``folder``.

    Raises:
        InvalidInputError: if so few hands cannot be laid out so.
    """
    if kind is LayoutKind.MSRA:
        return MsraLayout(folder, count)
    return NyuLayout(folder) if kind is LayoutKind.NYU else FolderLayout(folder)


class _Latents:
    """``latents.csv``: a hand's file, then its latent to the last digit."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LATENTS_FILE
        self._lines = [",".join(["file", *(f"z{k}" for k in range(LATENT_SIZE))])]

    def add(self, file: str, latent: FloatArray) -> None:
        self._lines.append(f"{file},{to_text(latent)}")

    def finish(self) -> None:
        self._path.write_text("\n".join(self._lines) + "\n", encoding="ascii")


class FolderLayout:
    """A folder recording that this program replays, with ``joints.csv`` as the tracker exports it.

    Depth is stored to a tenth of a mm.
    """

    view = STUDIO_VIEW

    def __init__(self, folder: Path) -> None:
        self._recorder = FolderRecorder(folder, self.view.camera)
        self._joints = JointsCsvWriter(folder / JOINTS_FILE)
        self._latents = _Latents(folder)

    def write(self, hand: PlacedHand) -> None:
        number, camera = self._recorder.written, self.view.camera
        frame = Frame(hand.depth_mm, number * 1000.0 / camera.fps, number, camera)
        self._recorder.write(frame)
        self._joints.write(_as_result(frame, hand, self.view))
        self._latents.add(f"{number:06d}.png", hand.latent)

    def finish(self) -> None:
        self._joints.close()
        self._latents.finish()

    def close(self) -> None:
        self._joints.abandon()


def _as_result(frame: Frame, hand: PlacedHand, view: VirtualCamera) -> FrameResult:
    """What a tracker without fault would say of ``frame``."""
    known = np.zeros(JOINT_COUNT, np.float32)
    pose = HandPose(hand.joints_mm, known, 1.0, Handedness.RIGHT, hand.latent)
    crop = crop_straight_ahead(np.ones((1, 1), np.float32), view.distance_mm)
    return FrameResult(frame, (TrackedHand(0, pose, crop),), TrackingStatus.TRACKING, {})


class MsraLayout:
    """MSRA's (Sun et al., CVPR 2015), as one subject, P0, with the hands shared out evenly, in
    order, among its 17 gestures: ``P0/GESTURE/000000_depth.bin`` and ``joint.txt``."""

    view = MSRA_VIEW
    gestures: Final = (*"123456789", "I", "IP", "L", "MP", "RP", "T", "TIP", "Y")
    joints: Final = (WRIST, *range(5, JOINT_COUNT), 1, 2, 3, 4)
    """The set's joints as ours: the thumb comes last."""

    def __init__(self, folder: Path, count: int) -> None:
        if count < len(self.gestures):
            raise InvalidInputError(
                f"MSRA's layout has {len(self.gestures)} gestures, so it takes that many hands or "
                f"more, not {count}"
            )
        shares = np.array_split(np.arange(count), len(self.gestures))
        self._places = [
            (gesture, place)
            for gesture, share in zip(self.gestures, shares, strict=True)
            for place in range(len(share))
        ]
        self._folder, self._latents = folder, _Latents(folder)
        self._lines: dict[str, list[str]] = {gesture: [] for gesture in self.gestures}
        for gesture in self.gestures:
            (folder / "P0" / gesture).mkdir(parents=True)
        self._written = 0

    def write(self, hand: PlacedHand) -> None:
        gesture, place = self._places[self._written]
        file = f"P0/{gesture}/{place:06d}_depth.bin"
        (self._folder / file).write_bytes(_msra_patch(hand.depth_mm))
        # The set's y points up and its z to the viewer.
        joints = hand.joints_mm[list(self.joints)] * np.array([1.0, -1.0, -1.0])
        self._lines[gesture].append(" ".join(f"{x:z.4f}" for x in joints.ravel().tolist()))
        self._latents.add(file, hand.latent)
        self._written += 1

    def finish(self) -> None:
        for gesture, lines in self._lines.items():
            path = self._folder / "P0" / gesture / "joint.txt"
            path.write_text("\n".join([str(len(lines)), *lines]) + "\n", encoding="ascii")
        self._latents.finish()

    def close(self) -> None:
        """Nothing is held open."""


def _msra_patch(depth_mm: FloatArray) -> bytes:
    """The image's size and its smallest part that holds the hand, as the set stores it."""
    rows, columns = np.nonzero(depth_mm)
    top, bottom = (int(rows.min()), int(rows.max()) + 1) if len(rows) else (0, 1)
    left, right = (int(columns.min()), int(columns.max()) + 1) if len(rows) else (0, 1)
    height, width = depth_mm.shape
    header = struct.pack("<6i", width, height, left, top, right, bottom)
    return header + depth_mm[top:bottom, left:right].astype("<f4").tobytes()


class NyuLayout:
    """NYU's (Tompson et al., ACM TOG 2014), as its training split seen by the first camera:
    ``train/depth_1_0000001.png`` and ``train/joint_data.mat``.

    Of the set's 36 points those that are no joints of ours lie between joints, on the wrist's
    sides and on the palm.
    """

    view = NYU_VIEW

    def __init__(self, folder: Path) -> None:
        self._folder, self._latents = folder / "train", _Latents(folder)
        self._folder.mkdir()
        self._points: list[NDArray[np.float64]] = []

    def write(self, hand: PlacedHand) -> None:
        self._points.append(nyu_points(hand.joints_mm.astype(np.float64)))
        name = f"depth_1_{len(self._points):07d}.png"
        depth = np.clip(np.round(hand.depth_mm), 0, 65535).astype(np.uint16)
        packed = np.stack([np.zeros_like(depth), depth >> 8, depth & 255], axis=-1)
        image = Image.fromarray(packed.astype(np.uint8))
        image.save(self._folder / name, format="PNG", compress_level=1)
        self._latents.add(f"train/{name}", hand.latent)

    def finish(self) -> None:
        xyz = np.stack(self._points)[None]
        camera = self.view.camera
        u = xyz[..., 0] / xyz[..., 2] * camera.fx + camera.cx
        v = xyz[..., 1] / xyz[..., 2] * camera.fy + camera.cy
        uvd = np.stack([u, v, xyz[..., 2]], axis=-1)
        tables = {"joint_uvd": uvd, "joint_xyz": xyz * np.array([1.0, -1.0, 1.0])}
        stream = io.BytesIO()
        savemat(stream, tables, do_compression=True)
        # The file's first 116 bytes are free text into which SciPy writes the time.
        text = b"MATLAB 5.0 MAT-file".ljust(116)
        (self._folder / "joint_data.mat").write_bytes(text + stream.getvalue()[116:])
        self._latents.finish()

    def close(self) -> None:
        """Nothing is held open."""


def nyu_points(joints: NDArray[np.float64]) -> NDArray[np.float64]:
    """The set's 36 points of joints [21, 3]: the little to the index finger, each from the tip
    down, the thumb, the wrist's two sides, four points of the palm."""
    points = []
    for finger in (*reversed(FINGERS[1:]), "thumb"):
        base, second, third, tip = joints[list(FINGER_JOINTS[finger])]
        points += [tip, third, (third + second) / 2, second, (second + base) / 2, base]
    index, middle, little = (joints[FINGER_JOINTS[f][0]] for f in ("index", "middle", "little"))
    wrist = joints[WRIST]
    # The wrist is two thirds as wide as the knuckles' row.
    side = (index - little) / 3
    palm = (wrist + middle) / 2
    points += [wrist - side, wrist + side, palm, (wrist + little) / 2, (wrist + index) / 2]
    points.append((palm + joints[FINGER_JOINTS["thumb"][0]]) / 2)
    return np.stack(points)
