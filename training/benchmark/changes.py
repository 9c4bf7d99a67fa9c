"""The usual frames of the benchmark with one thing changed, to see what that thing costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from functools import cache

import numpy as np
from tqdm import tqdm

from engine.simulation.depth_sensor import SENSORS
from engine.simulation.model import HandModel
from engine.simulation.render import Part, draw_mesh
from engine.simulation.sampler import PoseSampler
from engine.simulation.scene import face_parts
from engine.skeleton import Handedness
from engine.types import frozen
from training.benchmark.anatomy import AVERAGE
from training.benchmark.benchmark_frames import (
    BenchmarkFrame,
    Truth,
    draw_surroundings,
    render_frame,
    sensed,
    surroundings,
)
from training.benchmark.frame_specs import FrameSampler, FrameSpec, Kind, in_image
from training.benchmark.frame_store import FrameStore
from training.benchmark.implicit_hand import Hand, PosedHand


class Change(Enum):
    """What is changed; the value says it in words."""

    NONE = "as they are"
    NO_NOISE = "perfect sensor"
    NOTHING_AROUND = "nothing around hand and forearm"
    AVERAGE_HAND = "everybody has the mean hand"
    TRAINED_POSES = "poses as in training"
    TRAINED_SHAPE = "hands as in training"


def changed_frames(store: FrameStore, change: Change, count: int) -> Iterator[BenchmarkFrame]:
    """The first ``count`` usual frames with ``change``: all else is alike."""
    sampler = FrameSampler(store.poses)
    for index in tqdm(range(count), desc=change.value, leave=False):
        rng = np.random.default_rng([store.seed, list(Kind).index(Kind.USUAL), index, 0])
        spec = _changed(sampler.draw(Kind.USUAL, rng), change, index)
        if change is Change.TRAINED_SHAPE:
            yield _with_trained_shape(spec, rng, index)
        else:
            yield render_frame(spec, rng, index, surrounded=change is not Change.NOTHING_AROUND)


def _changed(spec: FrameSpec, change: Change, index: int) -> FrameSpec:
    hand = spec.hands[0]
    if change is Change.NO_NOISE:
        ideal = replace(SENSORS["IDEAL"], camera=spec.sensor.camera)
        return replace(spec, sensor=ideal)
    if change is Change.AVERAGE_HAND:
        return replace(spec, hands=(_posed(Hand(AVERAGE), hand, hand.angles),))
    if change is Change.TRAINED_POSES:
        angles = _trained_poses().sample(np.random.default_rng([index, 7])).astype(np.float64)
        return replace(spec, hands=(_posed(hand.owner, hand, angles),))
    return spec


def _posed(owner: Hand, like: PosedHand, angles: np.ndarray) -> PosedHand:
    """A hand placed and turned ``like`` another one."""
    return owner.pose(angles, like.R_camera_from_hand, like.joints_mm.mean(axis=0), like.handedness)


@cache
def _trained_hand() -> HandModel:
    return HandModel.load()


@cache
def _trained_poses() -> PoseSampler:
    return PoseSampler(_trained_hand())


def _with_trained_shape(spec: FrameSpec, rng: np.random.Generator, index: int) -> BenchmarkFrame:
    """The frame with the mesh that networks are trained on in the hand's place, in its pose."""
    model, hand, camera = _trained_hand(), spec.hands[0], spec.sensor.camera
    shape = np.random.default_rng([index, 8]).standard_normal(model.n_shape).astype(np.float32)
    pose = (hand.angles, shape, hand.R_camera_from_hand)
    joints = model.pose_joints(*pose, np.zeros(3), hand.handedness)
    centre = hand.joints_mm.mean(axis=0) - joints.mean(axis=0)
    posed = model.pose(*pose, centre, hand.handedness)
    depth = np.zeros((camera.height, camera.width), np.float32)
    labels = np.zeros(depth.shape, np.uint8)
    draw_surroundings(depth, labels, surroundings(rng, camera, spec), camera)
    lens = (camera.fx, camera.fy, camera.cx, camera.cy)
    faces, parts = model.faces_of(hand.handedness), face_parts(model, True)
    draw_mesh(depth, labels, posed.vertices_mm, faces, parts, *lens, True)
    made = sensed(spec, depth, labels, rng, index)
    pixels = int(((labels > Part.FOREARM) & (labels <= Part.LAST_BONE)).sum())
    side: Handedness = hand.handedness
    seen = in_image(posed.joints_mm, camera)
    return replace(made, truths=(Truth(frozen(posed.joints_mm), side, seen, pixels),))
