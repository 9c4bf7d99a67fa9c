"""Contact sheets of what was seen: the truth in white, estimates in the fingers' colours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from engine.output import replacing
from engine.pictures.palette import BONE_RGB
from engine.skeleton import BONES
from engine.types import Frame
from training.benchmark.benchmark_frames import BenchmarkFrame
from training.benchmark.hand_matches import HandMatch
from training.contact_sheets import colourised

Picture = NDArray[np.uint8]

TILE_PX: Final = 300
"""Side of a tile."""
VIEW_MM: Final = 280.0
"""What a tile shows, at the hand's distance."""
MAX_TILES: Final = 24
COLUMNS: Final = 6
TRUTH_COLOUR: Final = (255, 255, 255)


def tile(
    frame: Frame,
    centre_mm: NDArray[np.floating],
    truth_mm: NDArray[np.floating] | None,
    estimate_mm: NDArray[np.floating] | None,
    text: str,
) -> Picture:
    """A square cut around ``centre_mm`` [3] of ``frame`` with skeletons [21, 3] (mm) over it."""
    camera = frame.camera
    side = VIEW_MM * camera.fx / float(centre_mm[2])
    left, top = camera.project(np.asarray(centre_mm)) - 0.5 * side
    box = (left, top, left + side, top + side)
    cut = Image.fromarray(colourised(frame.depth_mm)).transform(
        (TILE_PX, TILE_PX), Image.Transform.EXTENT, box, Image.Resampling.NEAREST
    )
    draw, scale = ImageDraw.Draw(cut), TILE_PX / side
    corner = np.array([left, top])
    if truth_mm is not None:
        draw_skeleton(draw, (camera.project(truth_mm) - corner) * scale, TRUTH_COLOUR, 1)
    if estimate_mm is not None:
        draw_skeleton(draw, (camera.project(estimate_mm) - corner) * scale, None, 2)
    draw.text((4, 3), text, fill=(255, 255, 255), stroke_width=2, stroke_fill=(0, 0, 0))
    return np.asarray(cut)


def draw_skeleton(
    draw: Any, uv: NDArray[np.floating], colour: tuple[int, int, int] | None, width: int
) -> None:
    """Bones between joints [21, 2] in pixels; in the fingers' colours if ``colour`` is None."""
    for (parent, child), shade in zip(BONES, BONE_RGB, strict=True):
        ends = [*map(float, uv[parent]), *map(float, uv[child])]
        draw.line(ends, fill=colour or shade, width=width)


def matches_sheet(
    path: Path, frames: Sequence[BenchmarkFrame], seen: Sequence[HandMatch], count: int = MAX_TILES
) -> None:
    """Write the hands seen worst to ``path``: not found first, then by error."""
    by_index = {each.frame.index: each.frame for each in frames}

    def error_rank(hand: HandMatch) -> float:
        return float(hand.errors_mm.mean()) if hand.found else float("inf")

    tiles = []
    for hand in sorted(seen, key=error_rank, reverse=True)[:count]:
        text = f"{hand.sensor} {hand.index}: not found"
        if hand.found:
            side = "" if hand.side_right else ", side wrong"
            text = f"{hand.sensor} {hand.index}: {hand.errors_mm.mean():.0f} mm{side}"
        truth = hand.truth.joints_mm
        estimate = hand.joints_mm if hand.found else None
        tiles.append(tile(by_index[hand.index], truth.mean(axis=0), truth, estimate, text))
    write_sheet(path, tiles)


def write_sheet(path: Path, tiles: Sequence[Picture], columns: int = COLUMNS) -> None:
    """Write pictures of one size in rows.

    Raises:
        ExportError: if the file cannot be written.
    """
    if not tiles:
        return
    height, width = tiles[0].shape[:2]
    rows = -(-len(tiles) // columns)
    sheet = np.zeros((rows * height, min(columns, len(tiles)) * width, 3), np.uint8)
    for k, each in enumerate(tiles):
        row, column = divmod(k, columns)
        sheet[row * height : (row + 1) * height, column * width : (column + 1) * width] = each
    with replacing(path) as partial:
        Image.fromarray(sheet).save(partial)
