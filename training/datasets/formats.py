"""What the field's data sets mark on a hand, described once: cameras, joints, sides, orders.

Readers, the benchmark's lists of joints and the fit of the rig all take these facts from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera
from engine.skeleton import FINGER_JOINTS, FINGERS, JOINT_COUNT, JOINT_NAMES, Handedness

Joints = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DatasetFormat:
    """How a data set annotates a hand.

    ``camera`` its depth camera; ``native_joints`` the names in the set's own order;
    ``mediapipe`` says for each of the 21 joints which native ones it is the mean of (none: not
    marked); ``evaluated`` are the native joints the benchmark compares, in its order, and
    ``evaluated_names`` their names.
    """

    name: str
    camera: Camera
    handedness: Handedness
    native_joints: tuple[str, ...]
    mediapipe: tuple[Joints, ...]
    evaluated: Joints
    evaluated_names: tuple[str, ...]

    def to_mediapipe(self, native_mm: NDArray[np.floating]) -> NDArray[np.float32]:
        """Native joints [..., J, 3] as joints [..., 21, 3]; NaN where the set marks none."""
        native = np.asarray(native_mm, np.float32)
        out = np.full((*native.shape[:-2], JOINT_COUNT, 3), np.nan, np.float32)
        for joint, sources in enumerate(self.mediapipe):
            if sources:
                out[..., joint, :] = native[..., list(sources), :].mean(axis=-2)
        return out


def to_mm(uvd: NDArray[np.floating], camera: Camera) -> NDArray[np.float64]:
    """Lists' ``u v d`` [..., 3] (pixels, pixels, mm) to mm in the camera frame, in float64.

    The benchmark takes NYU's fy as negative, so that y points up; distances are the same with
    the y axis down of this program.
    """
    uvd = np.asarray(uvd, np.float64)
    d = uvd[..., 2]
    x = (uvd[..., 0] - camera.cx) * d / camera.fx
    y = (uvd[..., 1] - camera.cy) * d / camera.fy
    return np.stack([x, y, d], axis=-1)


def _single(order: Joints) -> tuple[Joints, ...]:
    return tuple((native,) for native in order)


def _marked(joints: Mapping[int, Joints]) -> tuple[Joints, ...]:
    return tuple(joints.get(joint, ()) for joint in range(JOINT_COUNT))


def _nyu() -> DatasetFormat:
    """The 36 points of the authors' hand model: F1..F4 are the little to the index finger.

    KNUn_B lies at the base of a bone and KNUn_A further along it, so tips are KNU3_A and the
    fingers' PIP and MCP KNU2_B and KNU1_B, the thumb's MCP TH_KNU2_B. KNU3_B stands for DIP and
    IP, as is usual, but lies several mm beyond the joint (the thumb's is 20 mm from the tip). The
    wrist is the middle of PALM_1 and PALM_2, its two sides. No point is surely the thumb's CMC,
    which stays unmarked; the KNU1_A and KNU2_A and the rest of the palm are no joints.
    """
    fingers = tuple(
        f"{finger}_KNU{k}_{side}"
        for finger in ("F1", "F2", "F3", "F4", "TH")
        for k in (3, 2, 1)
        for side in "AB"
    )
    joints: dict[int, Joints] = {0: (30, 31), 2: (27,), 3: (25,), 4: (24,)}
    for place, finger in enumerate(reversed(FINGERS[1:])):
        first = 6 * place
        mcp, pip, dip, tip = FINGER_JOINTS[finger]
        joints |= {tip: (first,), dip: (first + 1,), pip: (first + 3,), mcp: (first + 5,)}
    names = [f"{finger} {part}" for finger in reversed(FINGERS[1:]) for part in ("tip", "root")]
    names += ["thumb tip", "thumb middle", "thumb root", "wrist 1", "wrist 2", "palm"]
    return DatasetFormat(
        name="nyu",
        camera=Camera(640, 480, 588.03, 587.07, 320.0, 240.0, name="NYU"),
        handedness=Handedness.RIGHT,
        native_joints=(*fingers, *(f"PALM_{k}" for k in range(1, 7))),
        mediapipe=_marked(joints),
        evaluated=(0, 3, 6, 9, 12, 15, 18, 21, 24, 25, 27, 30, 31, 32),
        evaluated_names=tuple(names),
    )


def _icvl() -> DatasetFormat:
    """The palm and the middle of each phalanx, not its ends: only the tips are joints here.

    Fitted to the hand's rig they lie 3 to 4 mm short of the tips.
    """
    names = ("palm", *(f"{f}_{part}" for f in FINGERS for part in ("root", "middle", "tip")))
    tips = {FINGER_JOINTS[finger][3]: (3 + 3 * place,) for place, finger in enumerate(FINGERS)}
    return DatasetFormat(
        name="icvl",
        camera=Camera(320, 240, 240.99, 240.96, 160.0, 120.0, name="ICVL"),
        handedness=Handedness.LEFT,
        native_joints=names,
        mediapipe=_marked(tips),
        evaluated=tuple(range(len(names))),
        evaluated_names=tuple(name.replace("_", " ") for name in names),
    )


def _msra() -> DatasetFormat:
    """All 21 joints, the thumb last."""
    parts = ("mcp", "pip", "dip", "tip")
    fingers = (*FINGERS[1:], "thumb")
    names = ("wrist", *(f"{finger}_{part}" for finger in fingers for part in parts))
    return DatasetFormat(
        name="msra",
        camera=Camera(320, 240, 241.42, 241.42, 160.0, 120.0, name="MSRA"),
        handedness=Handedness.RIGHT,
        native_joints=names,
        mediapipe=_single((0, 17, 18, 19, 20, *range(1, 17))),
        evaluated=tuple(range(len(names))),
        evaluated_names=tuple(name.replace("_", " ") for name in names),
    )


def _hands17() -> DatasetFormat:
    """All 21 joints: the wrist, the base of each digit, then the others digit by digit."""
    order = (0, 1, 6, 7, 8, 2, 9, 10, 11, 3, 12, 13, 14, 4, 15, 16, 17, 5, 18, 19, 20)
    names = tuple(JOINT_NAMES[order.index(native)] for native in range(JOINT_COUNT))
    lens = (475.065948, 475.065857, 315.944855, 245.287079)
    return DatasetFormat(
        name="hands17",
        camera=Camera(640, 480, *lens, name="HANDS17"),
        handedness=Handedness.RIGHT,
        native_joints=names,
        mediapipe=_single(order),
        evaluated=tuple(range(len(names))),
        evaluated_names=tuple(name.replace("_", " ") for name in names),
    )


NYU: Final = _nyu()
ICVL: Final = _icvl()
MSRA: Final = _msra()
HANDS17: Final = _hands17()

BENCHMARKS: Final = {form.name: form for form in (NYU, ICVL, MSRA)}
"""The sets for which the community's benchmark collects predictions."""
