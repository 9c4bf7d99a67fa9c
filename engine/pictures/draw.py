"""Pictures of results: depth in false colours and the colour image, skeletons over both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import wrap
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from engine.camera import Camera, FloatArray, Intrinsics
from engine.errors import ExportError, SourceError
from engine.output import check_target, is_stream, replacing
from engine.pictures.palette import BONE_RGB, JOINT_RGB, OUTLINE_RGB, WRIST_RGB, depth_palette
from engine.pictures.view import PictureView
from engine.skeleton import BONES
from engine.types import FrameResult, TrackedHand

PICTURE_SUFFIXES: Final = (".png", ".jpg", ".jpeg")
MIN_WIDTH_PX: Final = 640
SMOOTHING: Final = 2
"""Lines are drawn this much larger and scaled down, which smooths their edges."""
NEAREST_MM: Final = 1.0


def depth_range_mm(depth_mm: FloatArray) -> tuple[float, float]:
    """Near and far limits in mm that show the bulk of a depth image [H, W] (0 = no data)."""
    seen = depth_mm[depth_mm > 0]
    if seen.size == 0:
        return 200.0, 2_000.0
    near, far = np.percentile(seen, (0.5, 95.0))
    return float(near), float(max(far, near * 1.5))


def colourise(
    depth_mm: FloatArray, range_mm: tuple[float, float] | None = None
) -> NDArray[np.uint8]:
    """Colours [H, W, 3] of a depth image [H, W] in mm, over ``range_mm`` or its own range."""
    table = depth_palette(*(range_mm or depth_range_mm(depth_mm)))
    packed = table[np.clip(depth_mm, 0, len(table) - 1).astype(np.uint16)]
    channels = [(packed >> shift & 0xFF).astype(np.uint8) for shift in (16, 8, 0)]
    return np.stack(channels, axis=-1)


def draw_result(
    result: FrameResult,
    view: PictureView = PictureView.DEPTH,
    range_mm: tuple[float, float] | None = None,
) -> Image.Image:
    """Depth in false colours over ``range_mm`` (None: its own range), the colour image, or both
    side by side, with each hand's bones, joints and side drawn over them.

    Small images are enlarged to at least 640 pixels in width. Where colour is missing or damaged,
    the picture says so.
    """
    pictures = []
    if view.depth:
        pixels = colourise(result.frame.depth_mm, range_mm)
        pictures.append(_drawn(result, pixels, result.frame.camera.project))
    if view.colour:
        pictures.append(_drawn_colour(result))
    return pictures[0] if len(pictures) == 1 else _side_by_side(*pictures)


def _drawn_colour(result: FrameResult) -> Image.Image:
    colour, camera = result.frame.colour, result.frame.camera
    reason = result.frame.colour_problem or "no colour"
    if colour is not None:
        try:
            return _drawn(result, colour.pixels(), colour.camera.project)
        except SourceError as error:
            reason = str(error)
        camera = Camera(*_lens_of(colour.camera))
    width = max(MIN_WIDTH_PX, camera.width)
    picture = Image.new("RGB", (width, width * camera.height // camera.width), OUTLINE_RGB)
    pen = ImageDraw.Draw(picture)
    lines = wrap(reason, 60)
    place = (width / 2.0, picture.height / 2.0)
    pen.multiline_text(
        place, "\n".join(lines), WRIST_RGB, anchor="mm", align="center", font_size=width // 40
    )
    return picture


def _lens_of(lens: Intrinsics) -> tuple[int, int, float, float, float, float]:
    return lens.width, lens.height, lens.fx, lens.fy, lens.cx, lens.cy


def _drawn(
    result: FrameResult,
    pixels: NDArray[np.uint8],
    project: Callable[[FloatArray], FloatArray],
) -> Image.Image:
    """``pixels`` [H, W, 3] with the hands where ``project`` puts points in mm, in pixels."""
    height, width = pixels.shape[:2]
    scale = max(1, -(-MIN_WIDTH_PX // width)) * SMOOTHING
    size = (width * scale, height * scale)
    picture = Image.fromarray(pixels).resize(size, Image.Resampling.NEAREST)
    pen = ImageDraw.Draw(picture)
    for hand in result.hands:
        # Pixel (0, 0) is the centre of the top-left pixel, which Pillow calls (0.5, 0.5).
        points = (project(hand.pose.joints_mm) + 0.5) * scale
        _draw_hand(pen, hand, points, width_px=max(2, size[0] // 160))
    return picture.resize((size[0] // SMOOTHING, size[1] // SMOOTHING), Image.Resampling.BOX)


def _side_by_side(left: Image.Image, right: Image.Image) -> Image.Image:
    """Both of the left one's height."""
    width = max(1, round(right.width * left.height / right.height))
    if right.size != (width, left.height):
        right = right.resize((width, left.height), Image.Resampling.BILINEAR)
    picture = Image.new("RGB", (left.width + width, left.height))
    picture.paste(left, (0, 0))
    picture.paste(right, (left.width, 0))
    return picture


def check_picture(path: Path) -> None:
    """Make the folder of the picture ``path``.

    Raises:
        ExportError: if it cannot be written there or its suffix names no format.
    """
    if path.suffix.lower() not in PICTURE_SUFFIXES and not is_stream(path):
        raise ExportError(f"cannot write {path}: pictures end in .png or .jpg")
    check_target(path)


def save_picture(result: FrameResult, path: Path, view: PictureView = PictureView.DEPTH) -> None:
    """Write ``draw_result`` to ``path``; the suffix chooses the format, PNG if there is none.

    Raises:
        ExportError: if it cannot be written.
    """
    check_picture(path)
    with replacing(path) as partial:
        draw_result(result, view).save(partial, format=None if partial.suffix else "PNG")


def _draw_hand(
    pen: ImageDraw.ImageDraw, hand: TrackedHand, points: FloatArray, width_px: int
) -> None:
    """Draw one hand; ``points`` [21, 2] are its joints in picture coordinates."""
    depth = hand.pose.joints_mm[:, 2]
    shown = np.isfinite(points).all(axis=1) & (depth > NEAREST_MM)
    far_first = sorted(range(len(BONES)), key=lambda bone: -float(depth[list(BONES[bone])].sum()))
    for bone in far_first:
        parent, child = BONES[bone]
        if not (shown[parent] and shown[child]):
            continue
        line = [*points[parent].tolist(), *points[child].tolist()]
        pen.line(line, fill=OUTLINE_RGB, width=2 * width_px)
        pen.line(line, fill=BONE_RGB[bone], width=width_px)
        for joint in (parent, child):
            _dot(pen, points[joint], 1.5 * width_px, OUTLINE_RGB)
            _dot(pen, points[joint], 1.1 * width_px, JOINT_RGB[joint])
    if shown.any():
        text = f"{hand.pose.handedness.value} {hand.pose.score:.2f}"
        low, high = points[shown].min(axis=0), points[shown].max(axis=0)
        place = (float(low[0]), float(high[1]) + 3.0 * width_px)
        pen.text(
            place,
            text,
            fill=WRIST_RGB,
            font_size=5 * width_px,
            stroke_width=width_px // 2,
            stroke_fill=OUTLINE_RGB,
        )


def _dot(pen: ImageDraw.ImageDraw, at: FloatArray, radius: float, colour: tuple[int, ...]) -> None:
    x, y = at.tolist()
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
