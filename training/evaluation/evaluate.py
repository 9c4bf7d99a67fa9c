"""Measure the shipped pipeline: on held-out synthetic frames, and on marked real frames."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from tqdm import tqdm

from engine.camera import Camera, FloatArray
from engine.errors import InvalidInputError
from engine.output import write_text
from engine.pictures.png import read_depth_png
from engine.simulation.model import HandModel
from engine.simulation.scene import Scene, render
from engine.simulation.scene_sampler import SceneSampler
from engine.simulation.sensors import SENSORS, sense
from engine.skeleton import Handedness
from engine.sources.depth_units import depth_in_mm
from engine.tracking.pipeline import Pipeline
from engine.types import Frame, TrackedHand
from training.crops.crop_sampler import SENSOR_USE, TEST_SEED

TEST_SENSORS: Final = ("D435_VGA", "SR305", "D405", "KINECT_V1")
MATCH_MM: Final = 100.0
"""A hand counts as found if its joints' mean lies within this of the truth's."""
MIN_VISIBLE_PX: Final = 400
COLUMNS: Final = (
    *("sensor", "found", "centre < 25 mm", "side", "joint error mm (median)"),
    *("all joints < 30 mm", "quiet without hand"),
)
CLEAR: Final = 2
"""Flag of a real frame's joint that could be marked exactly."""


@dataclass(frozen=True, slots=True)
class SyntheticScore:
    """Rates in [0, 1] and errors in mm over ``frames`` with one hand and ``empty`` without.

    ``centre_25mm``, ``side``, ``joint_mm``, ``median_mm`` and ``all_under_30mm`` are over the
    frames in which the hand was found; ``quiet`` is the share of empty frames without a hand.
    """

    sensor: str
    frames: int
    empty: int
    found: float
    centre_25mm: float
    side: float
    joint_mm: float
    median_mm: float
    all_under_30mm: float
    quiet: float


def synthetic_frames(
    sensor_name: str, hands: int, count: int, seed: int = 0, model: HandModel | None = None
) -> Iterator[tuple[Frame, Scene]]:
    """Full-resolution frames of random scenes with their truth, never drawn in training; of the
    hand ``model``, or of the shipped one.

    With a hand in the scene, enough of it is in view to be recognised.
    """
    sensor = SENSORS[sensor_name]
    camera, use = sensor.camera, SENSOR_USE[sensor_name]
    scenes = SceneSampler(model or HandModel.load())
    numbers = [TEST_SEED, seed, sorted(SENSORS).index(sensor_name), hands]
    rng = np.random.default_rng(numbers)
    index = 0
    while index < count:
        scene = scenes.sample(rng, camera, hands, use.near_mm, use.far_mm)
        rendering = render(scene, camera)
        shown = (rendering.labels > 1) & (rendering.labels <= 17)
        if hands and (shown.sum() < MIN_VISIBLE_PX or not _centre_in_view(scene, camera)):
            continue
        depth = sense(sensor, rendering.depth_mm, camera.fx, rng, 0, rendering.labels)
        yield Frame(depth, index * 1000.0 / camera.fps, index, camera), scene
        index += 1


def _centre_in_view(scene: Scene, camera: Camera) -> bool:
    u, v = camera.project(scene.hands[0].posed.joints_mm.mean(axis=0))
    return bool(0 <= u < camera.width and 0 <= v < camera.height)


def score_synthetic(
    pipeline: Pipeline, sensor_name: str, count: int, seed: int = 0
) -> SyntheticScore:
    """Run ``pipeline`` on each frame alone."""
    state = pipeline.initial_state()
    found, near, side, errors, worst = [], [], [], [], []
    for frame, scene in tqdm(synthetic_frames(sensor_name, 1, count, seed), total=count):
        truth = scene.hands[0]
        joints = truth.posed.joints_mm
        hands = pipeline.step(frame, state)[0].hands
        hand = _nearest(hands, joints)
        found.append(hand is not None)
        if hand is None:
            continue
        near.append(np.linalg.norm(hand.crop.centre_mm - joints.mean(axis=0)) < 25.0)
        side.append(hand.pose.handedness is truth.handedness)
        distance = np.linalg.norm(hand.pose.joints_mm - joints, axis=-1)
        errors.append(distance.mean())
        worst.append(distance.max())
    quiet = [
        not pipeline.step(frame, state)[0].hands
        for frame, _ in tqdm(synthetic_frames(sensor_name, 0, count, seed), total=count)
    ]
    return SyntheticScore(
        sensor=sensor_name,
        frames=len(found),
        empty=len(quiet),
        found=float(np.mean(found)),
        centre_25mm=float(np.mean(near)),
        side=float(np.mean(side)),
        joint_mm=float(np.mean(errors)),
        median_mm=float(np.median(errors)),
        all_under_30mm=float(np.mean(np.array(worst) < 30.0)),
        quiet=float(np.mean(quiet)),
    )


def _nearest(hands: tuple[TrackedHand, ...], joints_mm: FloatArray) -> TrackedHand | None:
    def gap(hand: TrackedHand) -> float:
        return float(np.linalg.norm(hand.pose.joints_mm.mean(axis=0) - joints_mm.mean(axis=0)))

    best = min(hands, key=gap, default=None)
    return best if best is not None and gap(best) < MATCH_MM else None


@dataclass(frozen=True, slots=True)
class RealScore:
    """2D error in pixels at clearly visible marked joints of real frames."""

    frames: int
    found: int
    side: int
    clear_px: float
    clear_median_px: float
    per_joint_px: tuple[float, ...]


def real_frames(labels: Path) -> Iterator[tuple[Frame, dict[str, Any]]]:
    """Marked frames of a known camera with their records.

    Raises:
        InvalidInputError: if the label file cannot be read.
    """
    try:
        records = json.loads(labels.read_text())
    except (OSError, ValueError) as error:
        raise InvalidInputError(f"labels {labels} cannot be read: {error}") from error
    for index, record in enumerate(records):
        lens = record["camera"]
        if lens is None:
            continue
        width, height = record["width"], record["height"]
        fx, fy, cx, cy, unit_mm = (float(lens[k]) for k in ("fx", "fy", "cx", "cy", "unit_mm"))
        camera = Camera(width, height, fx, fy, cx, cy, depth_unit_mm=unit_mm)
        path = labels.parent.parent / record["file"]
        depth = depth_in_mm(read_depth_png(path, width, height), unit_mm)
        yield Frame(depth, index * 1000.0, index, camera), record


def score_real(pipeline: Pipeline, labels: Path) -> RealScore:
    """Run ``pipeline`` on each marked frame alone and compare projected joints with the marks."""
    found = side = frames = 0
    errors: list[FloatArray] = []
    for frame, record in real_frames(labels):
        frames += 1
        result, _ = pipeline.step(frame, pipeline.initial_state())
        if not result.hands:
            continue
        found += 1
        pose = result.hands[0].pose
        side += pose.handedness is Handedness(record["handedness"])
        marks = np.array([[m[0], m[1], m[2]] for m in record["joints"]], dtype=np.float64)
        distance = np.linalg.norm(frame.camera.project(pose.joints_mm) - marks[:, :2], axis=-1)
        errors.append(np.where(marks[:, 2] == CLEAR, distance, np.nan))
    table = np.array(errors)
    return RealScore(
        frames=frames,
        found=found,
        side=int(side),
        clear_px=float(np.nanmean(table)),
        clear_median_px=float(np.nanmedian(table)),
        per_joint_px=tuple(_mean_px(column) for column in table.T),
    )


def _mean_px(column: FloatArray) -> float:
    """Mean of what was marked clearly, NaN for a joint that never was."""
    clear = column[np.isfinite(column)]
    return round(float(clear.mean()), 2) if clear.size else float("nan")


def report(
    pipeline: Pipeline, count: int, seed: int, labels: Path | None, output: Path | None
) -> str:
    """Score everything asked for; a Markdown table, also written to ``output`` as JSON."""
    scores = [score_synthetic(pipeline, name, count, seed) for name in TEST_SENSORS]
    lines = ["| " + " | ".join(COLUMNS) + " |", "|---" * len(COLUMNS) + "|"]
    for s in scores:
        rates = [f"{100 * x:.1f}%" for x in (s.found, s.centre_25mm, s.side)]
        more = [f"{100 * x:.1f}%" for x in (s.all_under_30mm, s.quiet)]
        error = f"{s.joint_mm:.1f} ({s.median_mm:.1f})"
        lines.append("| " + " | ".join([s.sensor, *rates, error, *more]) + " |")
    result: dict[str, object] = {"synthetic": [asdict(s) for s in scores]}
    if labels is not None:
        real = score_real(pipeline, labels)
        result["real"] = asdict(real)
        lines.append(
            f"\nreal frames: found {real.found}/{real.frames}, side right {real.side}, "
            f"clear joints {real.clear_px:.2f} px (median {real.clear_median_px:.2f})"
        )
    if output is not None:
        write_text(output, json.dumps(result, indent=2) + "\n")
    return "\n".join(lines)
