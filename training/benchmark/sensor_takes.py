"""Takes of a person of another size before a sensor that training does not know: one to adapt to
without labels, another one to judge."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

import numpy as np
from scipy.spatial.transform import Rotation, Slerp
from tqdm import tqdm

from engine.output import write_text
from engine.recording.record import FolderRecorder
from engine.simulation.mesh_buffer import add_mesh, mesh_buffer
from engine.simulation.person import CHEST_MM, sample_person
from engine.simulation.surroundings import (
    add_clutter,
    clearance,
    extent_of,
    lens_of,
    sample_planes,
    upright,
)
from engine.skeleton import Handedness
from engine.types import Frame
from training.benchmark.anatomy import draw_person
from training.benchmark.benchmark_frames import Surroundings, draw_surroundings, skin_points
from training.benchmark.frame_specs import turned
from training.benchmark.implicit_hand import Hand, PosedHand
from training.benchmark.labelled_frames import ALL_JOINTS, LABELS, labelled_frames
from training.benchmark.outcomes import figures, outcomes
from training.benchmark.poses import RealPoses, real_poses
from training.benchmark.report import Report, Row, Setting, Table, percent
from training.benchmark.sphere_tracing import draw_implicit
from training.benchmark.unknown_sensor import CAMERA, UnknownSensor

FOLDER: Final = "unknown-sensor-1"
TAKES: Final = {"learn": 420, "judge": 240}
"""Frames of each take."""
PERSON_SEED: Final = 2024
SIZE: Final = 1.12
GIRTH: Final = 1.12
"""Of the person's hand, as shares of the mean."""
HELD: Final = 12
"""Frames from one pose to the next."""
NEAR_MM: Final = 330.0
FAR_MM: Final = 620.0
GAP_MM: Final = 220.0
"""Between the hand and the body behind it."""
HEADS: Final = (
    *("take", "use", "networks", "frames", "found %", "side right %", "mean mm", "median mm"),
    *("all joints < 30 mm %", "false hands / 100 frames"),
)


def person() -> Hand:
    """The hand of the takes."""
    drawn = draw_person(np.random.default_rng(PERSON_SEED))
    return Hand(replace(drawn, size=SIZE, girth=GIRTH))


def take_frames(poses: RealPoses, count: int, number: int) -> Iterator[tuple[Frame, PosedHand]]:
    """``count`` frames of take ``number``: a right hand that goes from one real pose to the next
    before a person, things and perhaps a wall."""
    rng = np.random.default_rng([PERSON_SEED, number])
    hands = list(_movement(poses, count, rng))
    around = _behind(rng, hands[::HELD])
    sensor = UnknownSensor(number)
    for index, hand in enumerate(hands):
        depth = np.zeros((CAMERA.height, CAMERA.width), np.float32)
        labels = np.zeros(depth.shape, np.uint8)
        draw_surroundings(depth, labels, around, CAMERA)
        draw_implicit(depth, labels, hand.surface, CAMERA, first=True)
        yield Frame(sensor.sense(depth), index * 1000.0 / CAMERA.fps, index, CAMERA), hand


def _movement(poses: RealPoses, count: int, rng: np.random.Generator) -> Iterator[PosedHand]:
    hand, steps = person(), -(-count // HELD) + 1
    chosen = rng.choice(len(poses), steps, replace=False)
    angles = poses.angles[chosen].copy()
    angles[:, :2] = np.clip(np.deg2rad(rng.normal((5.0, -5.0), (18.0, 9.0), (steps, 2))), -0.9, 0.9)
    turns = Slerp(np.arange(steps), Rotation.from_matrix(poses.R_camera_from_hand[chosen]))
    z = NEAR_MM * (FAR_MM / NEAR_MM) ** rng.random(steps)
    centres = np.column_stack([rng.normal(0.0, 0.1, (steps, 2)) * z[:, None], z])
    for index in range(count):
        first, share = divmod(index / HELD, 1.0)
        share = share * share * (3.0 - 2.0 * share)
        k = int(first)
        pose = (1.0 - share) * angles[k] + share * angles[k + 1]
        centre = (1.0 - share) * centres[k] + share * centres[k + 1]
        turn = turned(turns(k + share).as_matrix(), Handedness.RIGHT)
        yield hand.pose(pose, turn, centre, Handedness.RIGHT)


def _behind(rng: np.random.Generator, hands: list[PosedHand]) -> Surroundings:
    """A person, things and planes behind all places where the hand will be."""
    points = np.concatenate([skin_points(hand) for hand in hands])
    skin, body, R = extent_of(points), sample_person(rng), upright(rng)
    origin = points.mean(axis=0) - R @ CHEST_MM + np.array([130.0, 0.0, 0.0])
    placed = body.vertices @ R.T + origin
    origin[2] += clearance(placed.astype(np.float32), skin, GAP_MM)
    buffer = mesh_buffer()
    turn, shift = np.asarray(R, np.float32), np.asarray(origin, np.float32)
    add_mesh(buffer, body.vertices, body.faces, body.parts, turn, shift)
    bodies = int(buffer.used[0])
    add_clutter(rng, buffer, lens_of(CAMERA), skin, 4)
    return Surroundings(*buffer.mesh(), sample_planes(rng, points, buffer.vertices[:bodies]))


def make_takes(poses: RealPoses, folder: Path) -> None:
    """Record the takes into ``folder``, a folder recording each, with the hand's joints; those that
    lie there stay.

    Raises:
        ExportError: if one cannot be written.
    """
    for number, (name, count) in enumerate(TAKES.items()):
        take = folder / name
        if (take / LABELS).exists():
            continue
        records = []
        with FolderRecorder(take, CAMERA) as recorder:
            frames = take_frames(poses, count, number)
            for frame, hand in tqdm(frames, desc=f"making {take}", total=count, leave=False):
                recorder.write(frame)
                joints = np.round(hand.joints_mm.astype(float), 2).tolist()
                records.append({"index": frame.index, "handedness": "right", "joints_mm": joints})
        write_text(take / LABELS, json.dumps({"frames": records}) + "\n")


def measure_unknown_sensor(setting: Setting) -> Report:
    """A hand of another size before a sensor of another kind: what adapting to it is judged on.

    ``adapt`` learns from the folder ``learn`` beside the judged one; its labels take no part.
    """
    folder = setting.store / FOLDER
    make_takes(real_poses(setting.data, setting.store), folder)
    rows: list[Row] = []
    found: dict[str, object] = {}
    judge = folder / "judge"
    every = labelled_frames(judge)
    some = labelled_frames(judge, setting.frames)
    for candidate in setting.candidates:
        for follow in (False, True):
            frames = [replace(each, scored=ALL_JOINTS) for each in (every if follow else some)]
            figure = figures(outcomes(candidate.pipeline(), frames, follow=follow))
            how = "followed" if follow else "each alone"
            shares = (figure.frames, percent(figure.found), percent(figure.side))
            errors = (figure.mean_mm, figure.median_mm, percent(figure.all_under_30mm))
            rows.append((how, "report", candidate.name, *shares, *errors, 100 * figure.false_hands))
            found[f"{how}, {candidate.name}"] = asdict(figure)
    table = Table(f"The take {judge}", HEADS, tuple(rows))
    return Report((table,), {"networks": found}, (f"to adapt to: {folder / 'learn'}",))
