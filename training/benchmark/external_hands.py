"""Frames of hands that no network was trained on, in scenes of training's own kind.

The hands are files of the project's own format (``HandModel.load``): what differs from training is
the hand alone, its mesh, rig and proportions, and the seeds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Final

import numpy as np

from engine.simulation.model import HandModel
from engine.skeleton import Handedness
from engine.sources.synthetic import SyntheticCamera
from engine.types import Frame
from training.benchmark.labelled_frames import LabelledFrame
from training.evaluation.evaluate import synthetic_frames

EXTERNAL_HANDS: Final = ("leap_revamped", "aframe_high")
"""Folders of ``hands`` that judge and are never trained on."""
SENSORS: Final = ("D435_VGA", "SR305", "D405", "KINECT_V1")
FOLLOWED_S: Final = 5.0
FIRST_TAKE: Final = 40_000
"""Seeds of the movements begin here: those of the window and of tests are small."""


def still_frames(model: HandModel, count: int, seed: int) -> Iterator[LabelledFrame]:
    """``count`` frames with a hand, an equal part from each of ``SENSORS``."""
    for sensor, part in _parts(count):
        for frame, scene in synthetic_frames(sensor, 1, part, seed, model):
            hand = scene.hands[0]
            joints = hand.posed.joints_mm.astype(np.float64)
            yield LabelledFrame(frame, joints, hand.handedness)


def empty_frames(count: int, seed: int) -> Iterator[Frame]:
    """``count`` frames without a hand, an equal part from each of ``SENSORS``."""
    for sensor, part in _parts(count):
        yield from (frame for frame, _ in synthetic_frames(sensor, 0, part, seed))


def _parts(count: int) -> list[tuple[str, int]]:
    share, rest = divmod(count, len(SENSORS))
    return [(sensor, share + (k < rest)) for k, sensor in enumerate(SENSORS)]


def moving_frames(model: HandModel, take: int, seed: int) -> Iterator[LabelledFrame]:
    """A movement of ``FOLLOWED_S`` seconds; left and right hands and the sensors take turns."""
    side = (Handedness.RIGHT, Handedness.LEFT)[take % 2]
    sensor = SENSORS[take % len(SENSORS)]
    number = FIRST_TAKE + 1000 * seed + take
    with closing(SyntheticCamera(number, sensor, handedness=side, model=model)) as camera:
        for index in range(round(FOLLOWED_S * camera.camera.fps)):
            frame = camera.read()
            assert frame is not None
            yield LabelledFrame(frame, camera.truth(index).joints_mm.astype(np.float64), side)
