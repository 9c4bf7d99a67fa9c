"""Real frames with marks made by eye, each frame alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from engine.skeleton import FINGER_JOINTS, TIPS
from engine.tracking.pipeline import Pipeline
from engine.types import TrackedHand
from training.benchmark.marked_frames import MarkedFrame
from training.benchmark.pictures import Picture, draw_skeleton, write_sheet
from training.benchmark.report import Candidate, Row, percent
from training.contact_sheets import colourised

BEHIND_SKIN_MM: Final = (-5.0, 30.0)
"""Where a visible joint can lie relative to the skin before it, errors of the camera included."""
TILE_PX: Final = 480
MARGIN: Final = 0.25


@dataclass(frozen=True, slots=True)
class RealScore:
    """Errors at clearly marked joints of the hands found, in px of the camera and in mm.

    ``aside_mm`` the px error at the estimated depth; ``behind_mm`` how far joints lie behind the
    marked skin; ``plausible`` share of joints that can lie there at all; ``own_finger`` share of
    frames in which every clear fingertip is nearer to its own estimated tip than to another;
    ``wrong_finger`` clear joints of fingers that lie nearest to a bone of another finger.
    """

    frames: int
    found: float
    side: float
    mean_px: float
    median_px: float
    aside_mm: float
    behind_mm: float
    plausible: float
    own_finger: float
    wrong_finger: int
    per_joint_px: tuple[float, ...]


HEADS: Final = (
    *("recording", "use", "networks", "frames", "found %", "side right %", "mean px", "median px"),
    *("aside mm", "behind skin mm", "depth plausible %", "own finger %", "wrong-finger joints"),
)


def measure_marked(
    name: str, frames: Sequence[MarkedFrame], candidate: Candidate, sheet: Path | None
) -> tuple[Row, RealScore]:
    """A row of ``HEADS`` for one labelled recording, its figures, and an overlay of every frame."""
    pipeline = candidate.pipeline()
    hands = [_first(pipeline, each) for each in frames]
    figure = score(frames, hands)
    if sheet is not None:
        write_sheet(sheet, [_tile(*pair) for pair in zip(frames, hands, strict=True)], 4)
    return (name, "report", candidate.name, *_cells(figure)), figure


def _first(pipeline: Pipeline, each: MarkedFrame) -> TrackedHand | None:
    hands = pipeline.step(each.frame, pipeline.initial_state())[0].hands
    return hands[0] if hands else None


def score(frames: Sequence[MarkedFrame], hands: Sequence[TrackedHand | None]) -> RealScore:
    """Compare the hands found in ``frames`` (None: none) with the marks."""
    px, aside, behind = (np.full((len(frames), 21), np.nan) for _ in range(3))
    right, own, wrong = [], [], 0
    for k, (each, hand) in enumerate(zip(frames, hands, strict=True)):
        if hand is None:
            continue
        joints, camera = hand.pose.joints_mm.astype(np.float64), each.frame.camera
        uv = camera.project(joints)
        off = np.linalg.norm(uv - each.uv, axis=-1)
        px[k] = np.where(each.clear, off, np.nan)
        aside[k] = px[k] * joints[:, 2] / camera.fx
        behind[k] = np.where(each.clear, joints[:, 2] - each.skin_mm, np.nan)
        right.append(hand.pose.handedness is each.handedness)
        own.append(_own_fingers(each, uv))
        wrong += _wrong_fingers(each, uv)
    depths = behind[np.isfinite(behind)]
    low, high = BEHIND_SKIN_MM
    return RealScore(
        frames=len(frames),
        found=len(right) / max(len(frames), 1),
        side=_mean(right),
        mean_px=_mean(px[np.isfinite(px)]),
        median_px=float(np.median(px[np.isfinite(px)])) if right else float("nan"),
        aside_mm=_mean(aside[np.isfinite(aside)]),
        behind_mm=_mean(depths),
        plausible=_mean((depths > low) & (depths < high)),
        own_finger=_mean(own),
        wrong_finger=wrong,
        per_joint_px=tuple(_mean(column[np.isfinite(column)]) for column in px.T),
    )


def _mean(values: Sequence[bool] | NDArray[np.generic]) -> float:
    return float(np.mean(np.asarray(values, np.float64))) if len(values) else float("nan")


def _own_fingers(each: MarkedFrame, uv: NDArray[np.floating]) -> bool:
    """True if each clear tip's mark is nearest to the estimated tip of its own finger."""
    tips = np.array(TIPS)
    gaps = np.linalg.norm(each.uv[tips][:, None] - uv[tips][None], axis=-1)
    return bool((gaps.argmin(axis=1) == np.arange(len(tips)))[each.clear[tips]].all())


def _wrong_fingers(each: MarkedFrame, uv: NDArray[np.floating]) -> int:
    """Clear joints beyond the knuckles whose mark lies nearest to a bone of another finger.

    ``uv`` [21, 2] estimated; a bone runs from a joint to the next one of its finger.
    """
    wrong = 0
    for own, joints in enumerate(FINGER_JOINTS.values()):
        for joint in joints[1:]:
            if not each.clear[joint]:
                continue
            off = [
                min(_to_segment(each.uv[joint], uv[a], uv[b]) for a, b in pairwise(finger))
                for finger in FINGER_JOINTS.values()
            ]
            wrong += int(np.argmin(off)) != own
    return wrong


def _to_segment(
    point: NDArray[np.floating], start: NDArray[np.floating], end: NDArray[np.floating]
) -> float:
    way = end - start
    share = np.clip((point - start) @ way / max(float(way @ way), 1e-9), 0.0, 1.0)
    return float(np.linalg.norm(point - start - share * way))


def _cells(figure: RealScore) -> tuple[float, ...]:
    return (
        figure.frames,
        percent(figure.found),
        percent(figure.side),
        figure.mean_px,
        figure.median_px,
        figure.aside_mm,
        figure.behind_mm,
        percent(figure.plausible),
        percent(figure.own_finger),
        figure.wrong_finger,
    )


def _tile(each: MarkedFrame, hand: TrackedHand | None) -> Picture:
    """The marked hand enlarged: white rings are clear marks, bones the estimate."""
    low, high = each.uv.min(axis=0), each.uv.max(axis=0)
    side = float((high - low).max()) * (1.0 + 2.0 * MARGIN)
    corner = 0.5 * (low + high) - 0.5 * side
    left, top = map(float, corner)
    box = (left, top, left + side, top + side)
    picture = Image.fromarray(colourised(each.frame.depth_mm)).transform(
        (TILE_PX, TILE_PX), Image.Transform.EXTENT, box, Image.Resampling.NEAREST
    )
    draw, scale = ImageDraw.Draw(picture), TILE_PX / side
    text = f"{Path(each.name).parent.name}/{Path(each.name).stem}: not found"
    if hand is not None:
        uv = each.frame.camera.project(hand.pose.joints_mm)
        off = np.linalg.norm(uv - each.uv, axis=-1)[each.clear]
        draw_skeleton(draw, (uv + 0.5 - corner) * scale, None, 3)
        text = f"{Path(each.name).stem}: {off.mean():.1f} px, {hand.pose.handedness.value}"
    for u, v in ((each.uv + 0.5 - corner) * scale)[each.clear]:
        draw.ellipse([u - 4, v - 4, u + 4, v + 4], outline=(255, 255, 255), width=2)
    draw.text((5, 4), text, fill=(255, 255, 255), stroke_width=2, stroke_fill=(0, 0, 0))
    return np.asarray(picture)
