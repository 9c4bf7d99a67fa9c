"""Whether estimates are as far off as they say, and sides as often right.

The network's expected error of a joint is the scale of a Laplace distribution of its distance from
the truth (``training.supervised.losses``), whose mean distance is the scale itself. So in any group
of joints the mean error should be the mean expected one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.figure import Figure

from training.benchmark.frame_specs import Kind
from training.benchmark.hand_matches import HandMatch, match_frames
from training.benchmark.hands import HANDS, SCENES, count_of
from training.benchmark.report import Report, Row, Setting, Table, percent
from training.figures import save_figure

GROUPS: Final = 10
SIDE_EDGES: Final = (0.5, 0.7, 0.9, 0.97, 0.99, 1.0)
LOST_MM: Final = 40.0
JOINT_HEADS: Final = (
    *("networks", "joints", "expected mm", "mean error mm", "median mm", "side right: mean mm"),
)
SIDE_HEADS: Final = (
    *("networks", "side predicted with", "hands", "predicted, mean %", "right %", "mean mm"),
    f"over {LOST_MM:.0f} mm %",
)


@dataclass(frozen=True, slots=True)
class Group:
    """Joints of similar expected error: how many, their mean ``expected`` and ``error`` in mm, the
    ``median`` error, and that mean ``error_side_right`` where the side is right."""

    joints: int
    expected: float
    error: float
    median: float
    error_side_right: float


@dataclass(frozen=True, slots=True)
class SideGroup:
    """Hands whose side has a probability in [``low``, ``high``]: how many, the mean probability
    ``predicted``, the share that is ``right``, the mean error in mm, the share ``lost``."""

    low: float
    high: float
    hands: int
    predicted: float
    right: float
    error: float
    lost: float


def measure_expected_errors(setting: Setting) -> Report:
    """Expected errors against true ones, and probabilities of the side against its being right."""
    store = setting.frame_store()
    kinds = [kind for kind in dict.fromkeys((*HANDS, *SCENES)) if kind is not Kind.EMPTY]
    frames = {kind: list(store.frames(kind, count_of(kind, setting.frames))) for kind in kinds}
    rows: list[Row] = []
    side_rows: list[Row] = []
    curves: dict[str, tuple[list[Group], list[SideGroup]]] = {}
    for each in setting.candidates:
        hands: list[HandMatch] = []
        for kind in kinds:
            hands += match_frames(each.pipeline(), frames[kind], 2 if kind is Kind.TWO else 1).hands
        found = [hand for hand in hands if hand.found]
        groups, sides = joint_groups(found), side_groups(found)
        curves[each.name] = groups, sides
        rows += [
            (each.name, g.joints, g.expected, g.error, g.median, g.error_side_right) for g in groups
        ]
        side_rows += [_side_row(each.name, group) for group in sides]
    path = setting.output / "calibration.png"
    save_curves(path, curves)
    tables = (
        Table("Joints, by their expected error", JOINT_HEADS, tuple(rows)),
        Table("Hands, by how sure their side is", SIDE_HEADS, tuple(side_rows)),
    )
    figures = {
        name: {"mean_expected_mm": _mean(groups, "expected"), "mean_mm": _mean(groups, "error")}
        for name, (groups, _) in curves.items()
    }
    return Report(tables, figures, (f"curves: {path}",))


def joint_groups(found: Sequence[HandMatch], count: int = GROUPS) -> list[Group]:
    """All joints of ``found``, in ``count`` groups of the same size by their expected error."""
    expected = np.array([hand.sigma_mm for hand in found]).reshape(-1)
    errors = np.array([hand.errors_mm for hand in found]).reshape(-1)
    is_right = np.repeat([hand.side_right for hand in found], len(errors) // max(len(found), 1))
    groups = []
    for chosen in np.array_split(np.argsort(expected, kind="stable"), count):
        if not len(chosen):
            continue
        right = errors[chosen][is_right[chosen]]
        groups.append(
            Group(
                len(chosen),
                float(expected[chosen].mean()),
                float(errors[chosen].mean()),
                float(np.median(errors[chosen])),
                float(right.mean()) if len(right) else float("nan"),
            )
        )
    return groups


def side_groups(found: Sequence[HandMatch]) -> list[SideGroup]:
    """The hands of ``found`` by the probability of their side; empty groups are left out."""
    predicted = np.array([hand.side_score for hand in found])
    right = np.array([hand.side_right for hand in found], bool)
    errors = np.array([hand.errors_mm.mean() for hand in found])
    groups = []
    for low, high in pairwise(SIDE_EDGES):
        inside = (predicted >= low) & ((predicted < high) | (high == SIDE_EDGES[-1]))
        if inside.any():
            means = (
                float(part[inside].mean()) for part in (predicted, right, errors, errors > LOST_MM)
            )
            groups.append(SideGroup(low, high, int(inside.sum()), *means))
    return groups


def save_curves(path: Path, curves: dict[str, tuple[list[Group], list[SideGroup]]]) -> None:
    """Draw expected against true errors, and predicted against true shares of right sides.

    Raises:
        ExportError: if the file cannot be written.
    """
    figure = Figure(figsize=(10.0, 4.6), layout="constrained")
    joints, sides = figure.subplots(1, 2)
    for name, (groups, by_side) in curves.items():
        joints.plot([g.expected for g in groups], [g.error for g in groups], "o-", label=name)
        right = [g.error_side_right for g in groups]
        joints.plot([g.expected for g in groups], right, "o--", label=f"{name}, side right")
        sides.plot([g.predicted for g in by_side], [g.right for g in by_side], "o-", label=name)
    for axes, what in ((joints, "error of joints, mm"), (sides, "share of right sides")):
        low, high = axes.get_xlim()
        axes.plot([low, high], [low, high], color="0.7", linewidth=1.0, zorder=0)
        axes.set_xlabel(f"{what}, as predicted")
        axes.set_ylabel("as it is")
        axes.legend(fontsize="small")
    save_figure(figure, path)


def _side_row(name: str, group: SideGroup) -> Row:
    predicted = f"{group.low:.0%} to {group.high:.0%}"
    shares = percent(group.predicted), percent(group.right)
    return (name, predicted, group.hands, *shares, group.error, percent(group.lost))


def _mean(groups: Sequence[Group], what: str) -> float:
    weights = [group.joints for group in groups]
    return float(np.average([getattr(group, what) for group in groups], weights=weights))
