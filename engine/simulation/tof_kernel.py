"""What a time-of-flight camera makes of a perfect z-map: compiled, the counterpart of
``sensor_kernel`` for sensors that do not triangulate.

A pixel measures the mean phase of all light that comes back to it: near edges that of two surfaces
(soft edges, flying pixels), in hollows that of light which was reflected twice and came a longer
way (multipath). There is no shadow. Noise grows as the amplitude falls: with the square of the
distance, on dark and on steep surfaces (Hansard et al., "Time-of-Flight Cameras", 2013).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import njit

from engine.simulation.sensor_kernel import Noise, darken, field_of

HOLLOW_REACH_MM: Final = 16.0
"""Within this distance surfaces throw light into one another."""


class TofValues(NamedTuple):
    """Parameters as the kernel uses them: lengths mm, ``spread`` pixels."""

    fx: float
    soft: float
    multipath: float
    hollow_mm: float
    near_noise: float
    far_noise: float
    fine: float
    mid: float
    coarse: float
    edge_loss: float
    steepest: float
    holes: float
    near_mm: float
    far_mm: float
    unit_mm: float


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _mix(depth, soft, out):  # type: ignore[no-untyped-def]
    """Share light with the four neighbours: the mean of depths, each by its amplitude."""
    height, width = depth.shape
    none, one = np.float32(0.0), np.float32(1.0)
    share = np.float32(0.25 * soft)
    for v in range(height):
        up, down = max(v - 1, 0), min(v + 1, height - 1)
        for u in range(width):
            left, right = max(u - 1, 0), min(u + 1, width - 1)
            own = depth[v, u]
            weight = one / (own * own) if own > none else none
            light, total = weight * own, weight
            for z in (depth[v, left], depth[v, right], depth[up, u], depth[down, u]):
                if z > none:
                    w = share / (z * z)
                    light += w * z
                    total += w
            out[v, u] = light / total if own > none else none


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _row_sums(image, radius, total, count):  # type: ignore[no-untyped-def]
    """Sum and number of the pixels that are not 0 within ``radius`` along each row."""
    height, width = image.shape
    none, one = np.float32(0.0), np.float32(1.0)
    for v in range(height):
        summed, number = none, none
        for u in range(-radius, width):
            if u + radius < width:
                ahead = image[v, u + radius]
                summed += ahead
                number += one if ahead > none else none
            if u >= 0:
                total[v, u], count[v, u] = summed, number
            if u >= radius:
                behind = image[v, u - radius]
                summed -= behind
                number -= one if behind > none else none


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _box_mean(image, radius, out):  # type: ignore[no-untyped-def]
    """Mean of the pixels that are not 0 in a square, from running sums."""
    height, width = image.shape
    total = np.empty((height, width), np.float32)
    count = np.empty((height, width), np.float32)
    _row_sums(image, radius, total, count)
    sums, numbers = np.zeros(width, np.float32), np.zeros(width, np.float32)
    for v in range(-radius, height):
        if v + radius < height:
            sums += total[v + radius]
            numbers += count[v + radius]
        if v >= 0:
            out[v] = sums / np.maximum(numbers, np.float32(0.5))
        if v >= radius:
            sums -= total[v - radius]
            numbers -= count[v - radius]


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _nearest(depth):  # type: ignore[no-untyped-def]
    """The least depth on a coarse grid; 0 if there is nothing."""
    least = np.float32(1e9)
    for v in range(0, depth.shape[0], 4):
        for u in range(0, depth.shape[1], 4):
            if depth[v, u] > 0.0:
                least = min(least, depth[v, u])
    return least if least < 1e8 else np.float32(0.0)


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _measure(mixed, around, noise, p, out):  # type: ignore[no-untyped-def]
    """Multipath, noise, lost edges, range and rounding: ``mixed`` light to depth ``out``;
    ``around`` is the mean about every other pixel."""
    height, width = mixed.shape
    none, one, unit = np.float32(0.0), np.float32(1.0), np.float32(p.unit_mm)
    hollow, gain = np.float32(p.hollow_mm), np.float32(p.multipath)
    per_unit, half = np.float32(1.0 / p.unit_mm), np.float32(0.5)
    w0, w1, w2 = np.float32(p.fine), np.float32(p.mid), np.float32(p.coarse)
    near_noise, far_noise = np.float32(p.near_noise), np.float32(p.far_noise * 1e-6)
    per_fx, steepest, most = np.float32(0.5 * p.fx), np.float32(p.steepest), np.float32(4.0)
    fine, fine_v, fine_u = field_of(noise, 0)
    mid, mid_v, mid_u = field_of(noise, 1)
    coarse, coarse_v, coarse_u = field_of(noise, 2)
    for v in range(height):
        row, up, down = np.uint64(v), max(v - 1, 0), min(v + 1, height - 1)
        for u in range(width):
            column, left, right = np.uint64(u), max(u - 1, 0), min(u + 1, width - 1)
            z = max(mixed[v, u], one)
            excess = min(max(z - around[v >> 1, u >> 1], none), hollow)
            across, along = mixed[v, right] - mixed[v, left], mixed[down, u] - mixed[up, u]
            slope = per_fx / z * max(abs(across), abs(along))
            f = fine[fine_v + row, fine_u + column]
            m = mid[mid_v + row, mid_u + column]
            sd = (near_noise + far_noise * z * z) * (one + min(slope, most))
            noisy = w0 * f + w1 * m + w2 * coarse[coarse_v + row, coarse_u + column]
            seen = z + gain * excess * (one - excess / hollow) + sd * noisy
            seen = np.float32(np.int32(seen * per_unit + half)) * unit
            lost = (slope > steepest) & (f < p.edge_loss)
            good = (mixed[v, u] > none) & (seen >= p.near_mm) & (seen <= p.far_mm)
            out[v, u] = seen if good and not lost and f + m > p.holes else none


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def degrade_tof(depth, labels, dark, fields, places, values):  # type: ignore[no-untyped-def]
    """All effects on ``depth`` [H, W] (mm); returns a new image. See ``sensor_kernel.degrade``;
    ``values`` [15] the ``TofValues``."""
    noise, x = Noise(fields, places), values
    p = TofValues(
        x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7], x[8], x[9], x[10], x[11], x[12], x[13],
        x[14],
    )  # fmt: skip
    height, width = depth.shape
    mixed = np.empty((height, width), np.float32)
    out = np.empty((height, width), np.float32)
    _mix(depth, p.soft, mixed)
    reach = HOLLOW_REACH_MM * p.fx / (_nearest(depth) + 40.0)
    # What surrounds a hollow is smooth: every other pixel tells it.
    coarse = mixed[::2, ::2].copy()
    around = np.empty_like(coarse)
    _box_mean(coarse, int(min(max(0.5 * reach, 1.0), 12.0)), around)
    _measure(mixed, around, noise, p, out)
    if labels.shape[0] == height and labels.shape[1] == width:
        darken(labels, noise, dark, out)
    return out
