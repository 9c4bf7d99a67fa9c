"""How hands are shown in the benchmark: the kinds of frames, who, which pose, where, which way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from engine.camera import Camera
from engine.simulation.depth_sensor import SENSORS, DepthSensor
from engine.simulation.orientation import rotation_from_view
from engine.skeleton import Handedness
from training.benchmark.anatomy import draw_person
from training.benchmark.implicit_hand import Hand, PosedHand
from training.benchmark.poses import RealPoses

FloatArray = NDArray[np.float64]


class Kind(Enum):
    """A kind of frames; the value says it in words."""

    USUAL = "usual"
    FIST = "fist"
    SIDE = "seen from the side"
    POINTING = "pointing at the camera"
    EDGE = "cut by the image's edge"
    NEAR = "near (15 to 25 cm)"
    FACE = "before the face"
    HOLDING = "holding a thing"
    SLEEVE = "with a sleeve"
    TWO = "two hands"
    EMPTY = "no hand"


_D405_VGA: Final = replace(
    SENSORS["D405"],
    name="D405_VGA",
    camera=Camera(640, 480, 385.0, 385.0, 319.5, 239.5, depth_unit_mm=0.1, name="D405"),
)
SENSOR_CHOICES: Final[tuple[tuple[DepthSensor, float, float], ...]] = (
    (SENSORS["D435_VGA"], 250.0, 800.0),
    (SENSORS["SR305"], 250.0, 800.0),
    (SENSORS["KINECT_V1"], 450.0, 900.0),
    (_D405_VGA, 180.0, 600.0),
)
"""Sensors of 640 x 480 pixels, and from where to where hands are shown to each (mm)."""
NEAR_RANGE_MM: Final = (150.0, 250.0)
FIST_SHARE: Final = 0.15
"""Share of the real poses, the most curled ones, that fists are made of by curling on: hardly any
pose of NYU and ICVL is a closed fist."""
_FIST_RAD: Final = np.deg2rad((78.0, 0.0, 98.0, 55.0))
_FIST_THUMBS_RAD: Final = np.deg2rad(
    ((21.0, 17.0, 22.0, 37.0, -2.0, 36.0), (21.0, 10.0, 21.0, 22.0, -6.0, 18.0))
)
"""Thumb across the fingers and beside them, solved for that on the benchmark's hand."""
_MIRROR: Final = np.diag([-1.0, 1.0, 1.0])
_MIDDLE_JOINTS: Final = 0.85
_CUT_JOINTS: Final = (0.15, 0.5)
"""Least share of a whole hand's joints in the image; share outside it of a hand that is cut."""


@dataclass(frozen=True, slots=True, eq=False)
class FrameSpec:
    """What is shown to which sensor; no hands in an empty frame."""

    kind: Kind
    sensor: DepthSensor
    hands: tuple[PosedHand, ...]


class FrameSampler:
    """Draws frames from real poses. Read-only; one generator a frame makes each repeatable."""

    def __init__(self, poses: RealPoses) -> None:
        self._poses = poses
        order = np.argsort(-poses.curl())
        self._fists = order[: max(1, round(FIST_SHARE * len(order)))]

    def draw(self, kind: Kind, rng: np.random.Generator) -> FrameSpec:
        """A frame of ``kind``, without what is around the hands."""
        sensor, near, far = SENSOR_CHOICES[int(rng.integers(len(SENSOR_CHOICES)))]
        if kind is Kind.NEAR:
            sensor, (near, far) = _D405_VGA, NEAR_RANGE_MM
        if kind is Kind.EMPTY:
            return FrameSpec(kind, sensor, ())
        hand = self._hand(kind, rng, sensor.camera, near, far)
        if kind is Kind.TWO:
            return FrameSpec(kind, sensor, (hand, self._beside(rng, sensor.camera, hand)))
        return FrameSpec(kind, sensor, (hand,))

    def _hand(
        self, kind: Kind, rng: np.random.Generator, camera: Camera, near: float, far: float
    ) -> PosedHand:
        hand, angles, turn = Hand(draw_person(rng)), *self._pose(kind, rng)
        side = Handedness.RIGHT if rng.random() < 0.5 else Handedness.LEFT
        z = near * (far / near) ** rng.random()
        fits = _is_cut if kind is Kind.EDGE else _is_whole
        margin = 0.0 if kind is Kind.EDGE else 0.15

        def place() -> PosedHand:
            share = margin + (1.0 - 2.0 * margin) * rng.random(2)
            uv = share * (camera.width - 1, camera.height - 1)
            return hand.pose(angles, turned(turn, side), camera.unproject(uv, np.array(z)), side)

        return _first_that(place, lambda posed: fits(posed, camera))

    def _pose(self, kind: Kind, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Angles [24] and ``R_camera_from_hand`` [3, 3], of a right hand."""
        chosen = self._fists if kind is Kind.FIST else np.arange(len(self._poses))
        index = int(rng.choice(chosen))
        angles = self._poses.angles[index].copy()
        angles[:2] = np.clip(np.deg2rad(rng.normal((5.0, -5.0), (18.0, 9.0))), -0.9, 0.9)
        if kind is Kind.FIST:
            _curl(angles, rng)
        if kind is Kind.SIDE:
            view = (rng.normal(0, 30), rng.normal(5, 15), rng.choice((-90, 90)) + rng.normal(0, 15))
        elif kind is Kind.POINTING:
            view = (rng.normal(0, 40), rng.uniform(50, 95), rng.uniform(-180, 180))
        else:
            real = self._poses.R_camera_from_hand[index]
            roll = rng.normal(0, 20) + (rng.choice((-80, 80)) if rng.random() < 0.2 else 0.0)
            shaken = Rotation.from_rotvec(np.deg2rad(rng.normal(0, 8, 3))).as_matrix()
            spun = Rotation.from_euler("z", roll, degrees=True).as_matrix()
            return angles, spun @ shaken @ real
        return angles, rotation_from_view(np.array([view]))[0]

    def _beside(self, rng: np.random.Generator, camera: Camera, first: PosedHand) -> PosedHand:
        """The other hand, 130 to 350 mm beside the first one and whole in the image if that can
        be."""
        hand, angles, turn = Hand(draw_person(rng)), *self._pose(Kind.TWO, rng)
        side = first.handedness.other
        centre = first.joints_mm.mean(axis=0)

        def place() -> PosedHand:
            step = np.array([rng.uniform(130, 350), rng.normal(0, 60), rng.normal(0, 50)])
            step[0] *= rng.choice((-1.0, 1.0), p=(0.15, 0.85)) * _outward(side)
            at = centre + step
            at[2] = max(at[2], 180.0)
            return hand.pose(angles, turned(turn, side), at, side)

        return _first_that(place, lambda posed: _is_whole(posed, camera))


def _curl(angles: FloatArray, rng: np.random.Generator) -> None:
    """Close the hand ``angles`` [24] to a fist, loose or tight."""
    share = rng.uniform(0.65, 1.0)
    fingers = angles[8:].reshape(4, 4)
    fist = _FIST_RAD + np.deg2rad(rng.normal(0.0, (6.0, 2.0, 6.0, 6.0), (4, 4)))
    fingers[:] = (1.0 - share) * fingers + share * fist
    thumb = _FIST_THUMBS_RAD[int(rng.integers(2))] + np.deg2rad(rng.normal(0.0, 4.0, 6))
    angles[2:8] = (1.0 - share) * angles[2:8] + share * thumb


def turned(R_camera_from_hand: FloatArray, side: Handedness) -> FloatArray:
    """The rotation of a right hand, as its mirror image is turned for a left one."""
    if side is Handedness.RIGHT:
        return R_camera_from_hand
    return np.asarray(_MIRROR @ R_camera_from_hand @ _MIRROR)


def in_image(joints_mm: NDArray[np.floating], camera: Camera) -> NDArray[np.bool_]:
    """Which joints [..., 3] (mm, camera frame) lie within the image."""
    u, v = np.moveaxis(camera.project(joints_mm), -1, 0)
    return np.asarray((u >= 0) & (v >= 0) & (u <= camera.width - 1) & (v <= camera.height - 1))


def _outward(side: Handedness) -> float:
    """Where a person's hand of ``side`` is in the image of a camera that faces the person."""
    return 1.0 if side is Handedness.LEFT else -1.0


def _is_whole(hand: PosedHand, camera: Camera) -> bool:
    share = float(in_image(hand.joints_mm, camera).mean())
    return share >= _MIDDLE_JOINTS and bool((hand.joints_mm[:, 2] > 80.0).all())


def _is_cut(hand: PosedHand, camera: Camera) -> bool:
    outside = 1.0 - float(in_image(hand.joints_mm, camera).mean())
    return _CUT_JOINTS[0] <= outside <= _CUT_JOINTS[1] and bool((hand.joints_mm[:, 2] > 80.0).all())


def _first_that(place: Callable[[], PosedHand], fits: Callable[[PosedHand], bool]) -> PosedHand:
    """The first placing that fits, the last one tried if none does."""
    posed = place()
    for _ in range(200):
        if fits(posed):
            break
        posed = place()
    return posed
