"""Looks at some of a run's frames for what would keep any hand from being found, and says so."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

import numpy as np

from engine.camera import Camera, FloatArray
from engine.timing import Clock
from engine.types import Frame

CHECK_PERIOD_S: Final = 0.2
"""Time between two looks; one takes half a millisecond at 640x480."""
CHECKS_IN_A_ROW: Final = 3
"""So many checks in a row must find a problem before it is shown, and none before it goes."""
STRIDE_PX: Final = 4
MIN_SHARE: Final = 0.005
"""Share of pixels with depth below which there is none."""
NEAR_MARGIN: Final = 1.4
"""Depth that ends so near to the nearest that can be measured goes on beyond it."""
HOLE_SHARE: Final = 0.02
"""The least hole that counts: a hand's silhouette at 30 cm covers three times as much."""
ALL_NEAR_MM: Final = 200.0
NONE_NEAR_MM: Final = 3_000.0
"""Depths within which a scene with a hand lies; beyond, the unit is likely wrong."""


class DepthMonitor:
    """Follows one run's depth. One thread calls ``check``; any may read ``advice``."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._next_s = float("-inf")
        self._texts: dict[str, str] = {}
        self._scores: dict[str, int] = {}
        self._advice: tuple[str, ...] = ()

    @property
    def advice(self) -> tuple[str, ...]:
        """Sentences about what is wrong now."""
        return self._advice

    def check(self, frame: Frame) -> None:
        """Take ``frame`` into account, if it is time for one."""
        now_s = self._clock()
        if now_s < self._next_s:
            return
        self._next_s = now_s + CHECK_PERIOD_S
        self._note(depth_problems(frame.depth_mm, frame.camera))

    def _note(self, found: Mapping[str, str]) -> None:
        for name in {*self._scores, *found}:
            step = 1 if name in found else -1
            self._scores[name] = min(max(self._scores.get(name, 0) + step, 0), CHECKS_IN_A_ROW)
        shown = set(self._texts)
        for name, score in self._scores.items():
            if score == CHECKS_IN_A_ROW and name in found and name not in shown:
                self._texts[name] = found[name]
            elif score == 0:
                self._texts.pop(name, None)
        self._advice = tuple(self._texts.values())


def depth_problems(depth_mm: FloatArray, camera: Camera) -> dict[str, str]:
    """What one image [H, W] (mm, 0 = no data) suffers from, by a name for it."""
    cells, filled = _cells(depth_mm)
    if not cells.size:  # an image of a few pixels
        return {}
    seen = cells[cells > 0.0]
    if filled.mean() < MIN_SHARE:
        return {"no depth": _no_depth(camera)}
    unit = f"the depth unit ({camera.depth_unit_mm:g} mm)"
    nearest, farthest = (float(mm) for mm in np.percentile(seen, (2.0, 98.0)))
    if farthest < max(ALL_NEAR_MM, 1.2 * camera.nearest_mm):
        return {
            "unit": f"Everything seems nearer than {_in_words(farthest)}. If it is not, {unit} is "
            "too small."
        }
    if nearest > NONE_NEAR_MM:
        return {
            "unit": f"Nothing seems nearer than {_in_words(nearest)}. If something is, {unit} is "
            "too large."
        }
    if _reaches_too_near(cells, filled, camera.nearest_mm):
        return {
            "near": f"Something is too near: this camera measures from "
            f"{_in_words(camera.nearest_mm)} on. Move the hand back."
        }
    return {}


def _no_depth(camera: Camera) -> str:
    if camera.nearest_mm > 0.0:
        near = f"everything is nearer than {_in_words(camera.nearest_mm)}"
    else:
        near = "everything is too near"
    return f"Images come, but without any depth: the lens is covered, or {near}."


def _cells(depth_mm: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Cells of 8 x 8 pixels [h, w]: the mean depth measured (mm, 0 = none), and the share that
    was measured; from every fourth pixel of each direction.
    """
    looked = depth_mm[1::STRIDE_PX, 1::STRIDE_PX]
    height, width = looked.shape[0] // 2, looked.shape[1] // 2
    quarters = np.stack(
        [looked[i : 2 * height : 2, j : 2 * width : 2] for i in (0, 1) for j in (0, 1)]
    )
    share: FloatArray = np.mean(quarters > 0.0, axis=0, dtype=np.float32)
    mean: FloatArray = np.mean(quarters, axis=0)
    return np.divide(mean, share, out=mean, where=share > 0.0), share


def _reaches_too_near(cells: FloatArray, filled: FloatArray, nearest_mm: float) -> bool:
    """Whether depth approaches the nearest that can be measured and breaks off into a hole."""
    near = (cells > 0.0) & (cells < NEAR_MARGIN * nearest_mm)
    if nearest_mm <= 0.0 or not near.any() or filled.all():
        return False
    from scipy import ndimage  # takes a third of the time that the window's start does

    holes, count = ndimage.label(filled == 0.0)
    beside = ndimage.binary_dilation(near, iterations=2)
    touching = np.bincount(holes[beside], minlength=count + 1)
    sizes = np.bincount(holes.ravel(), minlength=count + 1)
    large = (sizes >= HOLE_SHARE * cells.size) & (touching >= 4)
    return bool(large[1:].any())


def _in_words(mm: float) -> str:
    return f"{mm / 1000.0:.1f} m" if mm >= 1000.0 else f"{mm / 10.0:.0f} cm"
