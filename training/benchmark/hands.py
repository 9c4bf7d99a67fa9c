"""Hands of another origin than those trained on, in whole frames, each frame alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from training.benchmark.frame_specs import Kind
from training.benchmark.frame_store import fingerprint
from training.benchmark.hand_matches import HandScore, match_frames, score
from training.benchmark.pictures import matches_sheet
from training.benchmark.report import Report, Setting, Table, percent

HARD_SHARE: Final = 0.2
"""Frames of a hard kind, as a share of the usual ones."""
HANDS: Final = (Kind.USUAL, Kind.FIST, Kind.SIDE, Kind.POINTING, Kind.EDGE, Kind.NEAR, Kind.EMPTY)
SCENES: Final = (Kind.EMPTY, Kind.TWO, Kind.FACE, Kind.HOLDING, Kind.SLEEVE, Kind.EDGE)
HEADS: Final = (
    *("frames show", "networks", "hands", "found %", "side right %", "mean mm", "median mm"),
    *("in view mm", "side right: mean mm", "all joints < 30 mm %", "false_positives / 100 frames"),
)


def measure_hands(setting: Setting) -> Report:
    """Poses of real people on a hand of its own origin; the hard views of it."""
    return _measure(setting, HANDS, "hands")


def measure_scenes(setting: Setting) -> Report:
    """What is around the hand: none, another one, a face, a held thing, a sleeve, the edge."""
    return _measure(setting, SCENES, "scenes")


def _measure(setting: Setting, kinds: Sequence[Kind], name: str) -> Report:
    store, rows, notes = setting.frame_store(), [], []
    prints: dict[str, object] = {}
    results: dict[str, dict[str, object]] = {each.name: {} for each in setting.candidates}
    for kind in kinds:
        key = kind.name.lower()
        frames = list(store.frames(kind, count_of(kind, setting.frames)))
        prints[key] = {"count": len(frames), "fingerprint": fingerprint(frames)}
        for candidate in setting.candidates:
            seen = match_frames(candidate.pipeline(), frames, 2 if kind is Kind.TWO else 1)
            figure = score(seen)
            rows.append((kind.value, candidate.name, *cells(figure)))
            results[candidate.name][key] = asdict(figure)
            path = setting.file(f"{name}-{key}-{candidate.name}.png")
            if kind is not Kind.EMPTY:
                matches_sheet(path, frames, seen.hands)
                notes.append(f"the worst of those {kind.value}: {path}")
    table = Table("Each frame alone", HEADS, tuple(rows))
    return Report((table,), {"frames": prints, "networks": results}, tuple(notes))


def count_of(kind: Kind, frames: int) -> int:
    """How many frames of a kind a run of ``frames`` looks at."""
    if kind in (Kind.USUAL, Kind.EMPTY):
        return frames
    return max(1, round(HARD_SHARE * frames))


def cells(figure: HandScore) -> tuple[float, ...]:
    """A row of the table."""
    return (
        figure.hands,
        percent(figure.found),
        percent(figure.side),
        figure.mean_mm,
        figure.median_mm,
        figure.in_view_mm,
        figure.right_side_mm,
        percent(figure.all_under_30mm),
        percent(figure.false_positives),
    )
