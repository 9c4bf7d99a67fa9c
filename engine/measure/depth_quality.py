"""How good a depth image is, from the image alone: pure functions of one image.

The measures are robust and simple, so that figures of different cameras compare; those of cameras
that are known to work lie in ``assets/cameras/normals.json``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera, FloatArray
from engine.skeleton import BONES

NEAR_SHARE: Final = 0.2
"""Depth that counts for the noise differs from the hand's by no more than this share."""
BENT_SHARE: Final = 0.03
"""Second differences above this share of the depth are edges, not noise."""
EDGE_MM: Final = 60.0
"""A jump in depth across two pixels that is an edge."""
BETWEEN_SHARE: Final = 0.2
"""The pixel in the middle of an edge flies where it is so far, as a share of the jump, from both
sides."""
POINTS_ON_BONE: Final = (0.2, 0.5, 0.8)
_D2_OF_NOISE: Final = np.sqrt(6.0) * np.sqrt(2.0 / np.pi)
"""Mean of |a - 2 b + c| for independent normal noise of standard deviation 1."""


@dataclass(frozen=True, slots=True)
class DepthQuality:
    """One image's measures; NaN where an image has nothing to measure it by.

    ``nearest_mm`` and ``farthest_mm``: the 1st and 99th percentile of depth; ``holes``: share of
    pixels without depth; ``noise_mm``: standard deviation of depth from pixel to pixel;
    ``flying``: share of the edges' pixels that hang between both sides.
    """

    nearest_mm: float
    farthest_mm: float
    holes: float
    noise_mm: float
    flying: float


def depth_quality(depth_mm: FloatArray, at_mm: float | None = None) -> DepthQuality:
    """Measure an image [H, W] (mm, 0 = no data), its noise at the depth ``at_mm`` (None: at the
    median depth)."""
    seen = depth_mm[depth_mm > 0.0]
    if not seen.size:
        return DepthQuality(np.nan, np.nan, 1.0, np.nan, np.nan)
    near, middle, far = (float(mm) for mm in np.percentile(seen, (1.0, 50.0, 99.0)))
    return DepthQuality(
        nearest_mm=near,
        farthest_mm=far,
        holes=1.0 - seen.size / depth_mm.size,
        noise_mm=noise_mm(depth_mm, middle if at_mm is None else at_mm),
        flying=flying_share(depth_mm),
    )


def noise_mm(depth_mm: FloatArray, at_mm: float) -> float:
    """Standard deviation of depth from pixel to pixel near the depth ``at_mm``, from second
    differences along rows, which leave out slopes; NaN where too little lies there. Noise that
    neighbouring pixels share is not seen."""
    left, middle, right = depth_mm[:, :-2], depth_mm[:, 1:-1], depth_mm[:, 2:]
    there = np.abs(middle - at_mm) < NEAR_SHARE * at_mm
    bent = np.abs(left - 2.0 * middle + right)
    counted = bent[there & (left > 0) & (right > 0) & (bent < BENT_SHARE * at_mm)]
    return float(counted.mean() / _D2_OF_NOISE) if counted.size >= 100 else float("nan")


def flying_share(depth_mm: FloatArray) -> float:
    """Share of edges whose middle pixel hangs between both sides; NaN without edges."""
    flying = edges = 0
    for image in (depth_mm, depth_mm.T):
        left, middle, right = image[:, :-2], image[:, 1:-1], image[:, 2:]
        jump = np.abs(right - left)
        edge = (left > 0) & (middle > 0) & (right > 0) & (jump > EDGE_MM)
        apart = np.minimum(np.abs(middle - left), np.abs(middle - right)) > BETWEEN_SHARE * jump
        edges += int(edge.sum())
        flying += int((edge & apart).sum())
    return flying / edges if edges >= 20 else float("nan")


def holes_on_hand(depth_mm: FloatArray, camera: Camera, joints_mm: NDArray[np.floating]) -> float:
    """Share of points along the bones of a hand [21, 3] (mm, camera frame) at which the image has
    no depth; NaN where less than half of them are in it."""
    parents, children = np.array(BONES).T
    joints = np.asarray(joints_mm, np.float32)
    points = np.concatenate(
        [joints[parents] + share * (joints[children] - joints[parents]) for share in POINTS_ON_BONE]
    )
    u, v = np.rint(camera.project(points)).astype(np.int64).T
    inside = (u >= 0) & (v >= 0) & (u < camera.width) & (v < camera.height)
    if 2 * int(inside.sum()) < len(points):
        return float("nan")
    return float((depth_mm[v[inside], u[inside]] <= 0.0).mean())
