"""What the baked hand looks like: rest pose and the first shape components."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.bake.preview import VIEWS, draw_mesh, save_sheet


def preview_hand(arrays: dict[str, NDArray[np.generic]], folder: Path) -> None:
    """Write the rest pose from four sides and the first shape components at +-2 sd as PNGs."""
    vertices = arrays["vertices"].astype(np.float64)
    joints = arrays["joints"].astype(np.float64)
    faces, parts = arrays["faces"].astype(np.int64), arrays["bone_of_vertex"].astype(np.int64)
    save_sheet(
        [
            draw_mesh(vertices, faces, view, name, joints, parts, (760, 900), 240, (0, 70, 0))
            for name, view in VIEWS.items()
        ],
        2,
        folder / "rest.png",
    )
    shapes = [
        draw_mesh(
            vertices + sign * arrays["shape_basis"][i].astype(np.float64),
            faces,
            VIEWS["palm"],
            f"component {i} at {sign:+d} sd",
            joints + sign * arrays["joint_basis"][i].astype(np.float64),
            span_mm=400,
            centre=(0, 0, 0),
        )
        for sign in (-2, 2)
        for i in range(6)
    ]
    save_sheet(shapes, 6, folder / "shapes.png")
