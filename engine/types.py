"""One frozen type a stage: Frame -> HandRegion -> HandCrop -> HandPose -> FrameResult.

Arrays held by these types are not writeable, so they may cross threads freely. Units and frames
are those of ``engine.camera``: millimetres in the camera frame (x right, y down, z forward).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera, FloatArray, crop_camera
from engine.colour import ColourImage
from engine.errors import InvalidInputError
from engine.skeleton import JOINT_COUNT, Handedness

LATENT_CODE: Final = slice(0, 20)
"""The part of a latent [29] that holds the hand's shape and pose, without its turn and place."""


def frozen(array: NDArray[np.generic]) -> FloatArray:
    """Return ``array`` as a contiguous float32 array that cannot be written to."""
    result = np.ascontiguousarray(array, dtype=np.float32)
    if result is array and result.flags.writeable:
        result = result.view()
    result.setflags(write=False)
    return result


def freeze_arrays(stage: object, *names: str) -> None:
    """Make these arrays of a frozen dataclass read-only float32, in its ``__post_init__``."""
    for name in names:
        value = getattr(stage, name)
        if value is not None:
            object.__setattr__(stage, name, frozen(value))


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One depth image.

    ``depth_mm`` [H, W] float32, z in mm, 0 = no measurement; ``timestamp_ms`` on the source's own
    clock; ``index`` counts the source's frames from 0. ``colour`` is the colour image taken beside
    it; where there is none, ``colour_problem`` may say why.

    Raises:
        InvalidInputError: if the image's shape is not that of ``camera``.
    """

    depth_mm: FloatArray
    timestamp_ms: float
    index: int
    camera: Camera
    colour: ColourImage | None = None
    colour_problem: str = ""

    def __post_init__(self) -> None:
        freeze_arrays(self, "depth_mm")
        expected = (self.camera.height, self.camera.width)
        if self.depth_mm.shape != expected:
            raise InvalidInputError(
                f"depth image is {self.depth_mm.shape}, its camera says {expected}"
            )


@dataclass(frozen=True, slots=True, eq=False)
class HandRegion:
    """Where a hand is, before its pose is known.

    ``centre_mm`` [3], mm, camera frame: the mean of the hand's 21 joints as far as it is known;
    ``handedness`` the likelier side and ``side_log_odds`` (at least 0) how much the whole image
    speaks for it, 0 where the detector does not tell; ``score`` the probability that this is a hand
    at all; ``others_mm`` [K, 3] where else it may be, at other depths, the likeliest first.
    """

    centre_mm: FloatArray
    handedness: Handedness
    side_log_odds: float
    score: float
    others_mm: FloatArray = field(default_factory=lambda: np.zeros((0, 3), np.float32))

    def __post_init__(self) -> None:
        freeze_arrays(self, "centre_mm", "others_mm")


@dataclass(frozen=True, slots=True, eq=False)
class HandCrop:
    """A cube cut around a hand, seen by a virtual camera that looks straight at its centre.

    ``image`` [128, 128] float32: (z - centre z) / (cube / 2) clipped to [-1, 1], linear in mm,
    +1 where nothing was measured or beyond the cube, 1.5 (``crop_kernel.OUTSIDE``) beyond the
    camera's image. The virtual camera shares the real camera's position; ``R_crop_from_camera``
    [3, 3] turns it so that the cube's centre lies on its axis. ``distance_mm`` is the distance of
    the cube's centre from the camera. ``mirrored`` is True if the image was flipped left to right,
    so that a left hand is shown as a right one.
    """

    image: FloatArray
    centre_mm: FloatArray
    cube_mm: float
    distance_mm: float
    R_crop_from_camera: FloatArray
    mirrored: bool

    def __post_init__(self) -> None:
        freeze_arrays(self, "image", "centre_mm", "R_crop_from_camera")

    @property
    def perspective(self) -> float:
        """Half the cube's side over the distance of its centre: how strongly the crop tapers."""
        return 0.5 * self.cube_mm / self.distance_mm

    @property
    def camera(self) -> Camera:
        """The virtual camera; a mirrored image is flipped left to right from what it sees."""
        return crop_camera(self.perspective, self.image.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class HandPose:
    """The estimate for one hand.

    ``joints_mm`` [21, 3] in mm, camera frame, in the order of ``skeleton.JOINT_NAMES``;
    ``sigma_mm`` [21] expected error of each joint in mm; ``score`` the probability that a hand, of
    either side, is there; ``latent`` [29] the mean of the posterior in the shared latent space and
    ``latent_sd`` [29] its spread (of the crop alone, before any smoothing), None where no network
    gave them.
    """

    joints_mm: FloatArray
    sigma_mm: FloatArray
    score: float
    handedness: Handedness
    latent: FloatArray | None = None
    latent_sd: FloatArray | None = None

    def __post_init__(self) -> None:
        freeze_arrays(self, "joints_mm", "sigma_mm", "latent", "latent_sd")
        if self.joints_mm.shape != (JOINT_COUNT, 3) or self.sigma_mm.shape != (JOINT_COUNT,):
            raise InvalidInputError("a hand pose needs joints [21, 3] and sigmas [21]")


@dataclass(frozen=True, slots=True, eq=False)
class TrackedHand:
    """A hand with its identity: ``track_id`` stays the same while it is followed; ``side_score`` is
    the probability, of all frames so far, that it is of the side it is taken for; ``gesture`` is
    the name of the gesture it holds, None for none, and ``gesture_held_ms`` for how long."""

    track_id: int
    pose: HandPose
    crop: HandCrop
    side_score: float = 1.0
    gesture: str | None = None
    gesture_held_ms: float = 0.0

    @property
    def joints_mm(self) -> FloatArray:
        """[21, 3] in mm, camera frame, in the order of ``skeleton.JOINT_NAMES``."""
        return self.pose.joints_mm

    @property
    def handedness(self) -> Handedness:
        """The side it is taken for."""
        return self.pose.handedness

    @property
    def expected_error_mm(self) -> FloatArray:
        """[21]: how far off each joint is expected to be."""
        return self.pose.sigma_mm

    @property
    def confidence(self) -> float:
        """Probability that a hand, of either side, is there."""
        return self.pose.score

    @property
    def latent(self) -> FloatArray | None:
        """[29]: its place in the shared latent space."""
        return self.pose.latent


class TrackingStatus(Enum):
    """What the program knows about the scene after a frame."""

    NO_HAND = "no hand"
    TRACKING = "tracking"
    LOST = "lost"
    """A followed hand has just vanished; it is being looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameResult:
    """Everything one step says about one frame; ``stage_ms`` maps a stage's name to its time.

    ``due_s`` is when the frame was read, or due in a replay, on the run's monotonic clock; None
    outside of a run.
    """

    frame: Frame
    hands: tuple[TrackedHand, ...]
    status: TrackingStatus
    stage_ms: Mapping[str, float]
    due_s: float | None = None
