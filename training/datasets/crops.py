"""Dataset frames cut with the live crop: what the networks train on and are measured with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.camera import FloatArray
from engine.errors import InvalidInputError
from engine.skeleton import Handedness
from engine.tracking.crop import cut_crop
from engine.tracking.crop_coordinates import CUBE_MM, camera_to_uvd
from engine.types import HandCrop, freeze_arrays
from training.datasets.frames import AnnotatedFrame


@dataclass(frozen=True, slots=True, eq=False)
class AnnotatedCrop:
    """A crop with its joints in the normalised coordinates of ``crop_coordinates``.

    ``joints`` [21, 3] in MediaPipe order and ``native`` [J, 3] in the set's own; NaN where not
    marked. A left hand is mirrored, as live, so that the image shows a right one.
    """

    crop: HandCrop
    joints: FloatArray
    native: FloatArray
    name: str

    def __post_init__(self) -> None:
        freeze_arrays(self, "joints", "native")


def annotated_centre(frame: AnnotatedFrame) -> NDArray[np.float32]:
    """Where to cut: the mean [3] of the marked joints in mm, camera frame.

    Of the 21 joints where all are marked, as live; else of the set's own points, which lie evenly
    over the hand where a few of the 21 need not.

    Raises:
        InvalidInputError: if nothing is marked.
    """
    joints = frame.joints_mm if np.isfinite(frame.joints_mm).all() else frame.native_mm
    marked = joints[np.isfinite(joints).all(axis=-1)]
    if not len(marked):
        raise InvalidInputError(f"{frame.name} has no marked joints to cut a crop around")
    return marked.mean(axis=0)


def cut_around(
    frame: AnnotatedFrame,
    centre_mm: NDArray[np.floating],
    cube_mm: float = CUBE_MM,
    roll_rad: float = 0.0,
) -> HandCrop:
    """Cut the cube around ``centre_mm`` [3] (mm, camera frame); a left hand is mirrored.

    Raises:
        InvalidInputError: naming the frame, if the centre does not lie in front of the camera.
    """
    try:
        return cut_crop(
            frame.depth_mm,
            frame.camera,
            centre_mm,
            mirrored=frame.handedness is Handedness.LEFT,
            cube_mm=cube_mm,
            roll_rad=roll_rad,
        )
    except InvalidInputError as error:
        raise InvalidInputError(f"{frame.name}: {error}") from error


def cut_annotated(
    frame: AnnotatedFrame,
    *,
    cube_mm: float = CUBE_MM,
    centre_sd_mm: float = 0.0,
    roll_rad: float = 0.0,
    rng: np.random.Generator | None = None,
) -> AnnotatedCrop:
    """Cut a frame's hand as the live program does.

    ``centre_sd_mm`` moves the centre by a normal error drawn from ``rng``, as detection would;
    ``roll_rad`` turns the crop about the line of sight.

    Raises:
        InvalidInputError: naming the frame, if nothing is marked or lies in front of the camera,
            or noise is asked for without ``rng``.
    """
    centre = annotated_centre(frame)
    if centre_sd_mm:
        if rng is None:
            raise InvalidInputError("noise on a crop's centre needs a random generator")
        centre = centre + rng.normal(0.0, centre_sd_mm, 3).astype(np.float32)
    crop = cut_around(frame, centre, cube_mm, roll_rad)
    joints, native = camera_to_uvd(crop, frame.joints_mm), camera_to_uvd(crop, frame.native_mm)
    return AnnotatedCrop(crop, joints, native, frame.name)
