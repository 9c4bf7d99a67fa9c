"""The compiled part of ``engine.simulation.sensors``: disparity in, degraded depth out.

Window averaging, fattening, edge loss and flying pixels follow from the least, greatest and mean
disparity in each pixel's matching window, which separable filters give at a fixed cost. Loops run
along rows without branches where they can, so that the compiler vectorises them.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numba import njit

FIELD_COUNT: Final = 5


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
    fine: float
    mid: float
    coarse: float
    steps: float
    slope: float
    holes: float
    near_mm: float
    far_mm: float
    unit_mm: float


class Noise(NamedTuple):
    """Where a kernel finds its noise: fine, medium, coarse, and two fields for the outlines.

    Noise ``k`` of pixel (v, u) is ``fields[i, v0 + v, u0 + u]`` with i, v0, u0 = ``places[k]``.
    """

    fields: np.ndarray
    places: np.ndarray


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def field_of(noise, k):  # type: ignore[no-untyped-def]
    """Field of noise ``k`` and its offsets, unsigned: indices need no check for negative ones,
    without which the compiler would not vectorise."""
    v, u = np.uint64(noise.places[k, 1]), np.uint64(noise.places[k, 2])
    return noise.fields[noise.places[k, 0]], v, u


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def mix_noise(fields, places, memory, noise):  # type: ignore[no-untyped-def]
    """Mix the noise at ``places`` into ``noise`` [5, H, W] in place, keeping ``memory`` of the old.

    The variance stays 1; memory 0 forgets the old.
    """
    old, share = np.float32(memory), np.float32(np.sqrt(1.0 - memory * memory))
    height, width = noise.shape[1:]
    for k in range(FIELD_COUNT):
        field, v0, u0 = field_of(Noise(fields, places), k)
        for v in range(height):
            for u in range(width):
                value = field[v0 + np.uint64(v), u0 + np.uint64(u)]
                noise[k, v, u] = value if memory == 0.0 else old * noise[k, v, u] + share * value


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _disparity(depth, fb, out):  # type: ignore[no-untyped-def]
    """Disparity of each pixel; 0 where there is nothing."""
    focal, none = np.float32(fb), np.float32(0.0)
    for v in range(depth.shape[0]):
        for u in range(depth.shape[1]):
            z = depth[v, u]
            out[v, u] = focal / z if z > none else none


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _fold(source, step, radius, kind, out):  # type: ignore[no-untyped-def]
    """Least (kind 0), greatest (1) or sum (2) of 2 radius + 1 values ``step`` apart, flat arrays.

    Running over the flat image keeps the loops long; values within ``radius`` of a border mix
    with the next row and are not used.
    """
    size = source.shape[0]
    for i in range(size):
        out[i] = source[i]
    for k in range(step, step * radius + 1, step):
        count = size - 2 * k
        after, before, into = source[2 * k :], source[:count], out[k : size - k]
        if kind == 0:
            for i in range(count):
                into[i] = min(into[i], after[i], before[i])
        elif kind == 1:
            for i in range(count):
                into[i] = max(into[i], after[i], before[i])
        else:
            for i in range(count):
                into[i] += after[i] + before[i]


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy", inline="always")
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


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _average(d, noise, p, out):  # type: ignore[no-untyped-def]
    """Average over the matching window where it is flat, decide about edges where it is not."""
    height, width = d.shape
    radius, size = p.radius, height * width
    out[:] = d
    if radius < 1 or height <= 2 * radius or width <= 2 * radius:
        return
    rows, low = np.empty(size, np.float32), np.empty((height, width), np.float32)
    high, mean = np.empty((height, width), np.float32), np.empty((height, width), np.float32)
    flat = d.reshape(size)
    _fold(flat, 1, radius, 0, rows)
    _fold(rows, width, radius, 0, low.reshape(size))
    _fold(flat, 1, radius, 1, rows)
    _fold(rows, width, radius, 1, high.reshape(size))
    _fold(flat, 1, radius, 2, rows)
    _fold(rows, width, radius, 2, mean.reshape(size))
    share = np.float32(1.0 / (2 * radius + 1) ** 2)
    edge, half = np.float32(p.edge_mm / p.fb), np.float32(128.5)
    fatten, flying = np.float32(p.fatten), np.float32(p.flying)
    far_loss, near_loss = np.float32(p.far_loss), np.float32(p.near_loss)
    ragged = np.float32(p.ragged)
    fine, fine_v, fine_u = field_of(noise, 0)
    mid, mid_v, mid_u = field_of(noise, 1)
    beside, beside_v, beside_u = field_of(noise, 3)
    above, above_v, above_u = field_of(noise, 4)
    for v in range(radius, height - radius):
        row = np.uint64(v)
        for u in range(radius, width - radius):
            lo, hi, average = low[v, u], high[v, u], share * mean[v, u]
            if hi - lo <= edge * hi * hi:
                out[v, u] = average
                continue
            # Read a little beside the pixel, so that outlines become ragged. The sums are
            # positive, so that truncation rounds down.
            column = np.uint64(u)
            su = u - 128 + np.int64(half + ragged * beside[beside_v + row, beside_u + column])
            sv = v - 128 + np.int64(half + ragged * above[above_v + row, above_u + column])
            own = d[min(max(sv, 0), height - 1), min(max(su, 0), width - 1)]
            out[v, u] = _edge_pixel(
                own, min(lo, own), max(hi, own), average,
                fine[fine_v + row, fine_u + column], mid[mid_v + row, mid_u + column],
                fatten, far_loss, near_loss, flying,
            )  # fmt: skip


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
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


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _grazing(d, noise, slope, out):  # type: ignore[no-untyped-def]
    """Lose most pixels of surfaces that are seen at a grazing angle.

    dz/dx = (z / f) tan(angle) and dz = -z dd / d, so tan(angle) = f dd / d.
    """
    height, width = d.shape
    limit, chance, none = np.float32(2.0 * slope), np.float32(1.5), np.float32(0.0)
    fine, v0, u0 = field_of(noise, 0)
    for v in range(1, height - 1):
        for u in range(1, width - 1):
            left, right, up, down = d[v, u - 1], d[v, u + 1], d[v - 1, u], d[v + 1, u]
            steep = limit * d[v, u]
            lost = (abs(right - left) > steep) | (abs(down - up) > steep)
            lost = lost & (left > none) & (right > none) & (up > none) & (down > none)
            lost = lost & (fine[v0 + np.uint64(v), u0 + np.uint64(u)] < chance)
            out[v, u] = none if lost else out[v, u]


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def _measure(flat, noise, p, out):  # type: ignore[no-untyped-def]
    """Noise, quantisation, holes, range and rounding: disparity ``flat`` to depth ``out``."""
    height, width = flat.shape
    w0, w1 = np.float32(p.noise * p.fine), np.float32(p.noise * p.mid)
    w2, fb = np.float32(p.noise * p.coarse), np.float32(p.fb)
    near, far = np.float32(p.near_mm), np.float32(p.far_mm)
    unit, per_unit = np.float32(p.unit_mm), np.float32(1.0 / p.unit_mm)
    # A continuous sensor still gets steps, far below its depth unit.
    steps = np.float32(p.steps if p.steps > 0.0 else 4096.0)
    step, holes = np.float32(1.0) / steps, np.float32(p.holes * np.sqrt(2.0))
    half, least, none = np.float32(0.5), np.float32(1e-3), np.float32(0.0)
    ceiling = np.float32(2.0 * p.far_mm)
    fine, fine_v, fine_u = field_of(noise, 0)
    mid, mid_v, mid_u = field_of(noise, 1)
    coarse, coarse_v, coarse_u = field_of(noise, 2)
    for v in range(height):
        row = np.uint64(v)
        for u in range(width):
            column = np.uint64(u)
            own, f = flat[v, u], fine[fine_v + row, fine_u + column]
            m = mid[mid_v + row, mid_u + column]
            noisy = own + w0 * f + w1 * m + w2 * coarse[coarse_v + row, coarse_u + column]
            noisy = np.float32(np.int32(noisy * steps + half)) * step
            z = fb / (noisy if noisy > least else least)
            z = z if z < ceiling else ceiling
            z = np.float32(np.int32(z * per_unit + half)) * unit
            good = (own > none) & (z >= near) & (z <= far) & (f + m > holes)
            out[v, u] = z if good else none


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def darken(labels, noise, levels, out):  # type: ignore[no-untyped-def]
    """Lose patches of the parts that reflect too little, by one z-score a label."""
    height, width = out.shape
    if levels.max() < np.float32(-1e8):
        return
    ragged = np.float32(0.3)
    mid, mid_v, mid_u = field_of(noise, 1)
    coarse, coarse_v, coarse_u = field_of(noise, 2)
    for v in range(height):
        row = np.uint64(v)
        for u in range(width):
            column = np.uint64(u)
            lost = coarse[coarse_v + row, coarse_u + column] < levels[labels[v, u]]
            if lost and mid[mid_v + row, mid_u + column] < ragged:
                out[v, u] = np.float32(0.0)


@njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def degrade(depth, labels, dark, origin_u, fields, places, values):  # type: ignore[no-untyped-def]
    """All effects in order on ``depth`` [H, W] (mm); returns a new image of the same shape.

    ``labels`` [H, W], or anything of another shape if unknown, index ``dark`` [256], the z-score
    below which the coarse noise loses a pixel. ``fields`` and ``places`` make a ``Noise`` and
    ``values`` [20] the ``SensorValues``: plain arrays, since passing named tuples takes longer
    than one of the effects.
    """
    noise, x = Noise(fields, places), values
    p = SensorValues(
        x[0], int(x[1]), x[2], x[3], x[4], x[5], x[6], x[7], int(x[8]), x[9] > 0, x[10],
        x[11], x[12], x[13], x[14], x[15], x[16], x[17], x[18], x[19],
    )  # fmt: skip
    height, width = depth.shape
    d = np.empty((height, width), np.float32)
    flat = np.empty((height, width), np.float32)
    out = np.empty((height, width), np.float32)
    _disparity(depth, p.fb, d)
    _average(d, noise, p, flat)
    _shadow(d, origin_u, p, flat)
    _grazing(d, noise, p.slope, flat)
    _measure(flat, noise, p, out)
    if labels.shape[0] == height and labels.shape[1] == width:
        darken(labels, noise, dark, out)
    return out
