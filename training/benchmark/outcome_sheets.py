"""Contact sheets of outcomes: the worst hands, and every false one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.types import Frame, TrackedHand
from training.benchmark.outcomes import HandOutcome
from training.benchmark.pictures import MAX_TILES, tile, write_sheet


def worst_sheet(path: Path, seen: Sequence[HandOutcome], count: int = MAX_TILES) -> None:
    """Write the hands seen worst to ``path``: not found first, then by error; white is the truth.

    Frames of a recording look alike, so of ``count`` times four only every fourth is shown.
    """

    def error_rank(each: HandOutcome) -> float:
        return float("inf") if each.hand is None else float(np.nan_to_num(each.mean_mm))

    worst = sorted(seen, key=error_rank, reverse=True)
    step = max(1, min(4, len(worst) // count))
    write_sheet(path, [_tile(each) for each in worst[: count * step : step]])


def _tile(each: HandOutcome) -> np.ndarray:
    truth, index = each.truth.joints_mm, each.truth.frame.index
    if each.hand is None:
        return tile(each.truth.frame, truth.mean(axis=0), truth, None, f"{index}: not found")
    side = "" if each.side_right else ", side wrong"
    text = f"{index}: {each.mean_mm:.0f} mm{side}, {each.hand.pose.score:.2f}"
    joints = each.hand.pose.joints_mm
    return tile(each.truth.frame, truth.mean(axis=0), truth, joints, text)


def false_hands_sheet(
    path: Path, seen: Sequence[tuple[Frame, TrackedHand]], count: int = MAX_TILES
) -> None:
    """Write the likeliest false hands to ``path``; nothing if there are none."""
    likeliest = sorted(seen, key=lambda pair: -pair[1].pose.score)[:count]
    tiles = []
    for frame, hand in likeliest:
        joints = hand.pose.joints_mm
        text = f"{frame.index}: {hand.pose.handedness.value}, {hand.pose.score:.2f}"
        tiles.append(tile(frame, joints.mean(axis=0), None, joints, text))
    write_sheet(path, tiles)
