"""The compiled part of ``engine.hand.sensors``: disparity in, degraded depth out.

Window averaging, fattening, edge loss and flying pixels follow from the least, greatest and mean
disparity in each pixel's matching window, which separable filters give at a fixed cost. Loops run
along rows without branches where they can, so that the compiler vectorises them.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import njit

FIELD_COUNT: Final = 5
_LAST_HAND_PART: Final = 19
"""Labels 1..19 are hands and forearms (``engine.hand.render.Part``)."""


class SensorValues(NamedTuple):
    """Parameters as the kernel uses them; probabilities are z-scores, lengths pixels or mm."""

    fb: float
    radius: int
    edge_mm: float
    fatten: float
    far_loss: float
    near_loss: float
    flying: float
    ragged: float
    shadow: int
    border: bool
    noise: float
    mix: tuple[float, float, float]
    steps: float
    slope: float
    holes: float
    dark: float
    near_mm: float
    far_mm: float
    unit_mm: float


@njit(cache=True, fastmath=True)
def mix_fields(old, new, memory):  # type: ignore[no-untyped-def]
    """Advance a noise field in place by one frame; its variance stays 1."""
    share = np.float32(np.sqrt(1.0 - memory * memory))
    for v in range(old.shape[0]):
        for u in range(old.shape[1]):
            old[v, u] = memory * old[v, u] + share * new[v, u]


@njit(cache=True, fastmath=True)
def _disparity(depth, warp_u, warp_v, ragged, fb, out):  # type: ignore[no-untyped-def]
    """Disparity of each pixel, read a little beside it so that outlines become ragged."""
    height, width = depth.shape
    amount, focal, half = np.float32(ragged), np.float32(fb), np.float32(128.5)
    inverse = np.empty((height, width), np.float32)
    for v in range(height):
        for u in range(width):
            z = depth[v, u]
            inverse[v, u] = focal / z if z > np.float32(0.0) else np.float32(0.0)
    for v in range(height):
        for u in range(width):
            # Truncation rounds like floor because the sum is kept positive.
            su = u - 128 + np.int32(half + amount * warp_u[v, u])
            sv = v - 128 + np.int32(half + amount * warp_v[v, u])
            out[v, u] = inverse[min(max(sv, 0), height - 1), min(max(su, 0), width - 1)]


@njit(cache=True, fastmath=True)
def _row_extrema(row, radius, low, high):  # type: ignore[no-untyped-def]
    """Least and greatest value in a window of 2 radius + 1 along a row."""
    width = row.shape[0]
    for u in range(width):
        low[u] = row[u]
        high[u] = row[u]
    for k in range(1, radius + 1):
        for u in range(width - k):
            low[u] = min(low[u], row[u + k])
            high[u] = max(high[u], row[u + k])
        for u in range(k, width):
            low[u] = min(low[u], row[u - k])
            high[u] = max(high[u], row[u - k])


@njit(cache=True, fastmath=True)
def _row_sum(row, radius, out):  # type: ignore[no-untyped-def]
    """Sum over a window of 2 radius + 1 along a row, exact away from the row's ends."""
    width = row.shape[0]
    for u in range(width):
        out[u] = row[u]
    for k in range(1, radius + 1):
        for u in range(width - k):
            out[u] += row[u + k]
        for u in range(k, width):
            out[u] += row[u - k]


@njit(cache=True, fastmath=True, inline="always")
def _edge_pixel(own, low, high, mean, fine, mid, fatten, far_loss, near_loss, flying):  # type: ignore[no-untyped-def]
    """Disparity of a pixel whose window holds more than one surface; 0 = lost."""
    spread = high - low
    near_share = (mean - low) / spread
    if min(own - low, high - own) > np.float32(0.25) * spread:
        return mean  # a steep but steady surface
    if own - low < high - own:  # the far side of the edge
        if near_share > np.float32(0.25) and mid < fatten:
            return high
        if own == np.float32(0.0) or (fine < far_loss and near_share > np.float32(0.15)):
            return np.float32(0.0)
    elif mid < near_loss + np.float32(1.5) * (np.float32(0.5) - near_share):
        return np.float32(0.0)  # thin and lonely things go first
    if -fine < flying:
        return mean
    return own


@njit(cache=True, fastmath=True)
def _average(d, fine, mid, p, out):  # type: ignore[no-untyped-def]
    """Average over the matching window where it is flat, decide about edges where it is not."""
    height, width = d.shape
    radius = p.radius
    low, high = np.empty((height, width), np.float32), np.empty((height, width), np.float32)
    sums = np.empty((height, width), np.float32)
    for v in range(height):
        _row_extrema(d[v], radius, low[v], high[v])
        _row_sum(d[v], radius, sums[v])
    share = np.float32(1.0 / (2 * radius + 1) ** 2)
    lo, hi = np.empty(width, np.float32), np.empty(width, np.float32)
    total = np.empty(width, np.float32)
    edge = np.float32(p.edge_mm / p.fb)
    fatten, flying = np.float32(p.fatten), np.float32(p.flying)
    far_loss, near_loss = np.float32(p.far_loss), np.float32(p.near_loss)
    for v in range(height):
        inside = v >= radius and v < height - radius
        lo[:], hi[:], total[:] = low[v], high[v], sums[v]
        for k in range(1, radius + 1):
            for j in (max(v - k, 0), min(v + k, height - 1)):
                for u in range(width):
                    lo[u] = min(lo[u], low[j, u])
                    hi[u] = max(hi[u], high[j, u])
                    total[u] += sums[j, u]
        for u in range(width):
            own, mean = d[v, u], total[u] * share
            if hi[u] - lo[u] > edge * hi[u] * hi[u]:
                out[v, u] = _edge_pixel(
                    own, lo[u], hi[u], mean, fine[v, u], mid[v, u],
                    fatten, far_loss, near_loss, flying,
                )  # fmt: skip
            elif inside and u >= radius and u < width - radius:
                out[v, u] = mean
            else:
                out[v, u] = own


@njit(cache=True, fastmath=True)
def _shadow(d, origin_u, p, out):  # type: ignore[no-untyped-def]
    """Remove what the second view (imager or projector) cannot see behind nearer things.

    A point at column u with disparity d lies at u - d in a view to the right (shadow on the left
    of near things), at u + d in one to the left; there the nearer one hides the farther.
    """
    height, width = d.shape
    tolerance = np.float32(1.0)
    for v in range(height):
        if p.shadow < 0:
            reach = np.float32(1e9)
            for u in range(width - 1, -1, -1):
                seen = np.float32(u) - d[v, u]
                if d[v, u] > 0.0:
                    if seen > reach + tolerance or (p.border and seen + origin_u < 0.0):
                        out[v, u] = 0.0
                    reach = min(reach, seen)
        elif p.shadow > 0:
            reach = np.float32(-1e9)
            for u in range(width):
                seen = np.float32(u) + d[v, u]
                if d[v, u] > 0.0:
                    if seen < reach - tolerance:
                        out[v, u] = 0.0
                    reach = max(reach, seen)


@njit(cache=True, fastmath=True)
def _grazing(d, fine, slope, keep):  # type: ignore[no-untyped-def]
    """Set ``keep`` to 0 on most pixels of surfaces seen at a grazing angle, else to 1.

    dz/dx = (z / f) tan(angle) and dz = -z dd / d, so tan(angle) = f dd / d.
    """
    height, width = d.shape
    limit, chance = np.float32(2.0 * slope), np.float32(0.8)
    keep[:] = np.float32(1.0)
    for v in range(1, height - 1):
        above, row, below, luck, out = d[v - 1], d[v], d[v + 1], fine[v], keep[v]
        for u in range(1, width - 1):
            left, right, up, down = row[u - 1], row[u + 1], above[u], below[u]
            steep = max(abs(right - left), abs(down - up)) > limit * row[u]
            whole = min(min(left, right), min(up, down)) > np.float32(0.0)
            lost = steep & whole & (luck[u] < chance)
            out[u] = np.float32(0.0) if lost else np.float32(1.0)


@njit(cache=True, fastmath=True)
def _measure(flat, keep, fine, mid, coarse, p, out):  # type: ignore[no-untyped-def]
    """Noise, quantisation, holes, range and rounding: disparity ``flat`` to depth ``out``."""
    height, width = flat.shape
    w0, w1 = np.float32(p.noise * p.mix[0]), np.float32(p.noise * p.mix[1])
    w2, fb = np.float32(p.noise * p.mix[2]), np.float32(p.fb)
    near, far = np.float32(p.near_mm), np.float32(p.far_mm)
    unit, per_unit = np.float32(p.unit_mm), np.float32(1.0 / p.unit_mm)
    # A continuous sensor still gets steps, far below its depth unit.
    steps = np.float32(p.steps if p.steps > 0.0 else 4096.0)
    step, holes = np.float32(1.0) / steps, np.float32(p.holes * np.sqrt(2.0))
    half, least, none = np.float32(0.5), np.float32(1e-3), np.float32(0.0)
    for v in range(height):
        row, kept, f, m, c, result = flat[v], keep[v], fine[v], mid[v], coarse[v], out[v]
        for u in range(width):
            noisy = row[u] + w0 * f[u] + w1 * m[u] + w2 * c[u]
            noisy = max(np.floor(noisy * steps + half) * step, least)
            z = np.floor(fb / noisy * per_unit + half) * unit
            good = (row[u] > none) & (z >= near) & (z <= far)
            good = good & (f[u] + m[u] > holes) & (kept[u] > none)
            result[u] = z if good else none


@njit(cache=True, fastmath=True)
def _darken(labels, mid, coarse, dark, out):  # type: ignore[no-untyped-def]
    """Lose patches of surfaces that reflect too little; skin never does."""
    level = np.float32(dark)
    for v in range(out.shape[0]):
        for u in range(out.shape[1]):
            if coarse[v, u] < level and mid[v, u] < np.float32(0.3):
                if not 0 < labels[v, u] <= _LAST_HAND_PART:
                    out[v, u] = np.float32(0.0)


@njit(cache=True, fastmath=True)
def degrade(depth, labels, origin_u, fine, mid, coarse, warp_u, warp_v, p):  # type: ignore[no-untyped-def]
    """All effects in order on ``depth`` [H, W] (mm); returns a new image of the same shape."""
    height, width = depth.shape
    d = np.empty((height, width), np.float32)
    flat = np.empty((height, width), np.float32)
    out = np.empty((height, width), np.float32)
    _disparity(depth, warp_u, warp_v, p.ragged, p.fb, d)
    if p.radius > 0:
        _average(d, fine, mid, p, flat)
    else:
        flat[:] = d
    _shadow(d, origin_u, p, flat)
    keep = np.empty((height, width), np.float32)
    _grazing(d, fine, p.slope, keep)
    _measure(flat, keep, fine, mid, coarse, p, out)
    if labels.shape[0] == height and labels.shape[1] == width:
        _darken(labels, mid, coarse, p.dark, out)
    return out
