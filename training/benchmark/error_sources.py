"""What costs most: the mean error, split along the data's way, by joint and by what is seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from engine.skeleton import JOINT_NAMES, Handedness
from engine.tracking.crop import cut_crop
from engine.tracking.estimate import Estimator
from training.benchmark.benchmark_frames import BenchmarkFrame
from training.benchmark.changes import Change, changed_frames
from training.benchmark.frame_specs import Kind
from training.benchmark.hand_matches import HandMatch, match_frames
from training.benchmark.report import Candidate, Report, Row, Setting, Table
from training.benchmark.sides import accuracy_by_evidence, side_evidence

Floats = NDArray[np.float64]

CHANGED_SHARE: Final = 0.4
"""Frames with a change, as a share of the usual ones."""
_FAR_MM: Final = (0.0, 350.0, 500.0, 650.0, np.inf)


def measure_error_sources(setting: Setting) -> Report:
    """Where the mean error of the usual frames comes from, for steering training."""
    store, tables = setting.frame_store(), []
    frames = list(store.frames(Kind.USUAL, setting.frames))
    figures: dict[str, Any] = {}
    for candidate in setting.candidates:
        seen = [hand for hand in match_frames(candidate.pipeline(), frames).hands if hand.found]
        exact = exact_errors(candidate, frames)
        count = max(1, round(CHANGED_SHARE * setting.frames))
        changed = {
            change.value: float(
                exact_errors(candidate, changed_frames(store, change, count)).mean()
            )
            for change in Change
        }
        rows = {**_along_the_way(seen, exact), **_parts(seen)}
        joints = _joints(seen)
        sides = accuracy_by_evidence(side_evidence(candidate, frames))
        figures[candidate.name] = {
            "mean_mm": rows,
            "changed_mm": changed,
            "joints": joints,
            "sides": sides,
        }
        tables += [
            _table(f"{candidate.name}: along the way", "mean error of", rows),
            _table(f"{candidate.name}: exact crops of changed frames", "usual frames", changed),
            Table(f"{candidate.name}: exact crops", ("the side, by", "%"), tuple(sides.items())),
            _joint_table(candidate.name, joints),
            _table(f"{candidate.name}: by distance and sensor", "of", _by_what(seen)),
        ]
    return Report(tuple(tables), {"networks": figures})


def exact_errors(candidate: Candidate, frames: Iterable[BenchmarkFrame]) -> Floats:
    """Joint errors [N, 21] in mm where the crop is exact and its side right: the network alone."""
    estimator = Estimator(device=candidate.device, directory=candidate.directory)
    errors = []
    for each in frames:
        for truth in each.truths:
            left = truth.handedness is Handedness.LEFT
            centre = truth.joints_mm.mean(axis=0)
            crop = cut_crop(each.frame.depth_mm, each.frame.camera, centre, mirrored=left)
            joints = estimator(crop)[0].joints_mm
            errors.append(np.linalg.norm(joints - truth.joints_mm, axis=-1))
    return np.array(errors, np.float64)


def _along_the_way(seen: Sequence[HandMatch], exact: Floats) -> dict[str, float]:
    errors = np.array([hand.errors_mm for hand in seen])
    right = np.array([hand.side_right for hand in seen])
    near = np.array([hand.centre_off_mm for hand in seen]) < 25.0
    return {
        "all hands found": float(errors.mean()),
        "side right": float(errors[right].mean()),
        "side right and crop within 25 mm": float(errors[right & near].mean()),
        "crop exact, side given (network alone, one look)": float(exact.mean()),
    }


def _parts(seen: Sequence[HandMatch]) -> dict[str, float]:
    """What stays of the error of hands with the right side as more of it is taken away."""
    left: dict[str, list[float]] = {"place": [], "place and turn": [], "place, turn and size": []}
    for hand in seen:
        if not hand.side_right:
            continue
        truth = hand.truth.joints_mm.astype(np.float64)
        a, b = truth - truth.mean(axis=0), hand.joints_mm - hand.joints_mm.mean(axis=0)
        turned = Rotation.align_vectors(a, b)[0].apply(b)
        size = float((turned * a).sum() / (turned * turned).sum())
        for name, rest in zip(left, (b - a, turned - a, size * turned - a), strict=True):
            left[name].append(float(np.linalg.norm(rest, axis=-1).mean()))
    return {f"side right, {name} put right": float(np.mean(v)) for name, v in left.items()}


def _joints(seen: Sequence[HandMatch]) -> dict[str, dict[str, float]]:
    """Mean error of each joint, and its bias along its own bone and in depth (right sides)."""
    hands = [hand for hand in seen if hand.side_right]
    errors = np.array([hand.errors_mm for hand in hands])
    offsets = np.array([hand.joints_mm - hand.truth.joints_mm for hand in hands])
    truth = np.array([hand.truth.joints_mm for hand in hands], np.float64)
    way = truth[:, 9] - truth[:, 0]
    way /= np.linalg.norm(way, axis=-1, keepdims=True)
    along = (offsets * way[:, None]).sum(axis=-1)
    return {
        name: {
            "mean_mm": float(errors[:, k].mean()),
            "towards_fingers_mm": float(along[:, k].mean()),
            "deeper_mm": float(offsets[:, k, 2].mean()),
        }
        for k, name in enumerate(JOINT_NAMES)
    }


def _by_what(seen: Sequence[HandMatch]) -> dict[str, float]:
    """Mean error of hands with the right side, by distance, sensor and side."""
    errors = np.array([hand.errors_mm.mean() for hand in seen])
    right = np.array([hand.side_right for hand in seen])
    z = np.array([hand.truth.joints_mm[:, 2].mean() for hand in seen])
    rows = {}
    for low, high in pairwise(_FAR_MM):
        chosen = right & (z >= low) & (z < high)
        if chosen.any():
            name = f"{low:.0f} to {high:.0f} mm away ({int(chosen.sum())} hands)"
            rows[name] = float(errors[chosen].mean())
    for name in sorted({hand.sensor for hand in seen}):
        chosen = right & np.array([hand.sensor == name for hand in seen])
        rows[name] = float(errors[chosen].mean()) if chosen.any() else float("nan")
    for side in Handedness:
        chosen = right & np.array([hand.truth.handedness is side for hand in seen])
        rows[f"{side.value} hands"] = float(errors[chosen].mean()) if chosen.any() else float("nan")
    return rows


def _table(title: str, head: str, rows: dict[str, float]) -> Table:
    return Table(title, (head, "mean mm"), tuple(rows.items()))


def _joint_table(name: str, joints: dict[str, dict[str, float]]) -> Table:
    heads = ("joint", "mean mm", "towards the fingers mm", "deeper mm")
    rows: tuple[Row, ...] = tuple((joint, *each.values()) for joint, each in joints.items())
    return Table(f"{name}: joints, sides right", heads, rows)
