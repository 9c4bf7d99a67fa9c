"""Small shaded pictures of meshes for looking at what was baked (orthographic, painter's order)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from engine.output import replacing

VIEWS = {
    "palm": np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], float),
    "back": np.array([[-1, 0, 0], [0, 1, 0], [0, 0, -1]], float),
    "thumb side": np.array([[0, 0, -1], [0, 1, 0], [1, 0, 0]], float),
    "finger tips": np.array([[-1, 0, 0], [0, 0, 1], [0, 1, 0]], float),
}
"""Rotations from the hand frame to the picture's (x right, y up, z to the viewer)."""

_PALETTE = np.array(
    [[225, 200, 180], [205, 215, 235], [235, 190, 190], [195, 225, 190], [240, 225, 170]], float
)


def draw_mesh(
    vertices: NDArray[np.floating],
    faces: NDArray[np.integer],
    view: NDArray[np.floating],
    title: str = "",
    points: NDArray[np.floating] | None = None,
    parts: NDArray[np.integer] | None = None,
    size: tuple[int, int] = (420, 520),
    span_mm: float = 330.0,
    centre: Sequence[float] = (0.0, 40.0, 0.0),
) -> Image.Image:
    """One shaded view of a mesh [V, 3], [F, 3] in mm; back faces are drawn red so that a
    wrong winding is seen; ``points`` [K, 3] are drawn on top, joined in the 21-joint order.
    """
    scale = min(size) / span_mm
    posed = (vertices - np.asarray(centre)) @ view.T
    xy = posed[:, :2] * [scale, -scale] + np.array(size) / 2
    corners = posed[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12
    image = Image.new("RGB", size, (30, 32, 38))
    draw = ImageDraw.Draw(image)
    for face in np.argsort(corners[:, :, 2].mean(1)):
        light = normals[face] @ np.array([0.3, 0.45, 0.84])
        part = 0 if parts is None else int(parts[faces[face, 0]])
        colour = _PALETTE[part % len(_PALETTE)] * max(0.15, light)
        if normals[face, 2] < 0:
            colour = np.array([200.0, 0.0, 0.0])
        draw.polygon([tuple(p) for p in xy[faces[face]]], fill=tuple(int(c) for c in colour))
    if points is not None:
        dots = ((points - np.asarray(centre)) @ view.T)[:, :2] * [scale, -scale]
        dots += np.array(size) / 2
        for i, (u, v) in enumerate(dots):
            parent = 0 if i % 4 == 1 else i - 1
            if i and len(dots) == 21:
                draw.line([tuple(dots[parent]), (u, v)], fill=(20, 90, 220), width=2)
            draw.ellipse([u - 3, v - 3, u + 3, v + 3], fill=(255, 60, 30))
    draw.text((6, 4), title, fill=(255, 255, 255))
    return image


def save_sheet(images: Sequence[Image.Image], columns: int, path: Path) -> None:
    """Put pictures of one size side by side, ``columns`` to a row, into a PNG file.

    Raises:
        ExportError: if it cannot be written.
    """
    width, height = images[0].size
    rows = -(-len(images) // columns)
    sheet = Image.new("RGB", (columns * width, rows * height))
    for i, image in enumerate(images):
        sheet.paste(image, ((i % columns) * width, (i // columns) * height))
    with replacing(path) as partial:
        sheet.save(partial)
