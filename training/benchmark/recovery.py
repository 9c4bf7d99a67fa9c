"""A hand that is gone, and one that comes back somewhere else.

A hand is followed for some frames, then the same sensor sees a scene without one, then another
scene with a hand in it. How soon is it found, and what is reported in between?
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

from engine.tracking.pipeline import Pipeline
from engine.types import Frame, TrackedHand
from training.benchmark.benchmark_frames import BenchmarkFrame
from training.benchmark.frame_specs import Kind
from training.benchmark.hand_matches import MATCH_MM
from training.benchmark.report import Report, Row, Setting, Table, percent

FOLLOWED: Final = 3
GONE: Final = 6
BACK: Final = 5
"""Frames of each stretch."""
HEADS: Final = (
    *("networks", "recoveries", "found in the 1st frame %", "by the 2nd %", "by the 3rd %"),
    *("by the 5th %", "reported while gone: in the 1st frame %", "2nd %", "3rd %", "6th %"),
)


@dataclass(frozen=True, slots=True)
class Recovery:
    """Frames until the hand was found again, from 1 on, None if it was not; whether a hand was
    ``reported`` in each frame without one."""

    found_after: int | None
    reported: tuple[bool, ...]


def measure_recovery(setting: Setting) -> Report:
    """How soon a hand that was lost is found in another place, and what is reported in between."""
    store = setting.frame_store()
    hands = list(store.frames(Kind.USUAL, setting.frames))
    empty = list(store.frames(Kind.EMPTY, setting.frames))
    rows: list[Row] = []
    figures: dict[str, object] = {}
    for candidate in setting.candidates:
        pipeline = candidate.pipeline()
        recoveries = [follow_through(pipeline, *shown) for shown in scenes(hands, empty)]
        found = [percent(share_found(recoveries, frames)) for frames in (1, 2, 3, BACK)]
        reported = np.mean([each.reported for each in recoveries], axis=0)
        false_positives = [percent(float(reported[frame])) for frame in (0, 1, 2, GONE - 1)]
        rows.append((candidate.name, len(recoveries), *found, *false_positives))
        figures[candidate.name] = {"found": found, "reported": reported.tolist()}
    return Report((Table("After a loss", HEADS, tuple(rows)),), figures)


def scenes(
    hands: Sequence[BenchmarkFrame], empty: Sequence[BenchmarkFrame]
) -> Iterator[tuple[BenchmarkFrame, BenchmarkFrame, BenchmarkFrame]]:
    """A hand, no hand and another hand, all of one sensor; each frame begins one loss at most."""
    for name in sorted({each.sensor for each in hands}):
        with_hand = [each for each in hands if each.sensor == name]
        without = [each for each in empty if each.sensor == name]
        for index, (before, after) in enumerate(pairwise(with_hand)):
            if without:
                yield before, without[index % len(without)], after


def follow_through(
    pipeline: Pipeline, before: BenchmarkFrame, between: BenchmarkFrame, after: BenchmarkFrame
) -> Recovery:
    """Follow the hand of ``before`` through ``between`` into ``after``."""
    stretches = [before.frame] * FOLLOWED + [between.frame] * GONE + [after.frame] * BACK
    state, found_after = pipeline.initial_state(), None
    reported = []
    for index, frame in enumerate(_in_a_row(stretches)):
        result, state = pipeline.step(frame, state)
        back = index - FOLLOWED - GONE
        if FOLLOWED <= index < FOLLOWED + GONE:
            reported.append(bool(result.hands))
        elif back >= 0 and found_after is None and _is_there(result.hands, after):
            found_after = back + 1
    return Recovery(found_after, tuple(reported))


def share_found(recoveries: Sequence[Recovery], frames: int) -> float:
    """The share of ``recoveries`` after which the hand was found within so many ``frames``."""
    found = [each.found_after is not None and each.found_after <= frames for each in recoveries]
    return float(np.mean(found)) if found else float("nan")


def _in_a_row(frames: Sequence[Frame]) -> Iterator[Frame]:
    for index, frame in enumerate(frames):
        yield replace(frame, index=index, timestamp_ms=index * 1000.0 / frame.camera.fps)


def _is_there(hands: Sequence[TrackedHand], shown: BenchmarkFrame) -> bool:
    centres = [truth.joints_mm.mean(axis=0) for truth in shown.truths]
    return any(
        float(np.linalg.norm(hand.pose.joints_mm.mean(axis=0) - centre)) < MATCH_MM
        for hand in hands
        for centre in centres
    )
