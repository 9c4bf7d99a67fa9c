"""Hands at known places, and networks that know where they are."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from engine.camera import Camera
from engine.skeleton import Handedness
from engine.tracking.config import TrackingSettings
from engine.tracking.estimate import CropEvidence
from engine.tracking.pipeline import Pipeline
from engine.tracking.smoothing import Smoothing
from engine.tracking.track import TrackState
from engine.types import Frame, FrameResult, HandCrop, HandPose, HandRegion

CAMERA = Camera(320, 240, 240.0, 240.0, 159.5, 119.5)
RIGHT, LEFT = Handedness.RIGHT, Handedness.LEFT


@dataclass
class KnownHands:
    """Hands at known places; detection and estimation answer from it, off by ``miss_mm``.

    Hands of a ``doubtful`` side are ``less_sharp``. In turned crops joints are seen
    ``turned_off`` mm too high, and as sure as elsewhere. A detection, sure by ``score``, names the
    place it is off from as another one.
    """

    places: dict[Handedness, np.ndarray] = field(default_factory=dict)
    miss_mm: float = 30.0
    wrong_side: bool = False
    turned_off: float = 0.0
    score: float = 0.9
    doubtful: set[Handedness] = field(default_factory=set)
    less_sharp: float = 0.2
    sigma_mm: float = 5.0
    detections: int = 0
    estimates: int = 0
    sides: set[Handedness | None] = field(default_factory=set)

    def detect(self, frame: Frame, max_hands: int) -> tuple[HandRegion, ...]:
        self.detections += 1
        off = np.array([self.miss_mm, 0.0, 0.0])
        return tuple(
            HandRegion(
                centre + off, side.other if self.wrong_side else side, 0.8, self.score, centre[None]
            )
            for side, centre in self.places.items()
        )[:max_hands]

    def estimate(self, crop: HandCrop) -> tuple[HandPose, CropEvidence]:
        assumed = LEFT if crop.mirrored else RIGHT
        self.estimates += 1
        self.sides.add(assumed)
        side, centre = min(
            self.places.items(),
            key=lambda item: float(np.linalg.norm(item[1] - crop.centre_mm)),
            default=(RIGHT, np.full(3, 1e6)),
        )
        upright = np.linspace(-40, 40, 21)[:, None] * [0, 1, 0]
        joints = (np.tile(centre, (21, 1)) + upright).astype(np.float32)
        if abs(crop.R_crop_from_camera[0, 1]) > 0.1:
            joints = joints - np.array([0.0, self.turned_off, 0.0], np.float32)
        if np.linalg.norm(centre - crop.centre_mm) > 100.0:
            evidence = CropEvidence(0.02, 0.02, 0.96, 1.0)
        elif side is assumed:
            evidence = CropEvidence(0.9, 0.08, 0.02, 2.1)
        else:
            evidence = CropEvidence(0.08, 0.9, 0.02, 2.0)
        if side in self.doubtful:
            evidence = replace(evidence, sharpness=evidence.sharpness - self.less_sharp)
        return HandPose(
            joints, np.full(21, self.sigma_mm, np.float32), evidence.hand, assumed
        ), evidence


OFF = TrackingSettings(smoothing=Smoothing.OFF)
TWO = replace(OFF, hands=2)


def make_pipeline(hands: KnownHands) -> Pipeline:
    return Pipeline(hands.detect, hands.estimate)  # type: ignore[arg-type]


def frame(index: int) -> Frame:
    depth = np.full((CAMERA.height, CAMERA.width), 800.0, np.float32)
    return Frame(depth, index * 1000.0 / 30.0, index, CAMERA)


def run(
    pipeline: Pipeline,
    count: int,
    state: TrackState | None = None,
    start: int = 0,
    settings: TrackingSettings = OFF,
) -> tuple[list[FrameResult], TrackState]:
    state = state or pipeline.initial_state()
    results: list[FrameResult] = []
    for index in range(start, start + count):
        result, state = pipeline.step(frame(index), state, settings)
        results.append(result)
    return results, state
