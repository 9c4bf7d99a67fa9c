"""Things that are taken for hands: slats, railings, leaves, shaggy things, bowls, chairs, brushes.

Compiled, like the other props; they go into a ``MeshBuffer``. All are labelled ``Part.DECOY`` but
for surfaces that a sensor measures in patches only, which are ``Part.ROUGH``. Lengths in mm.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.simulation.mesh_buffer import (
    MeshBuffer,
    add_box,
    add_capsule,
    add_ellipsoid,
    add_lathe,
)
from engine.simulation.props import drawn
from engine.simulation.render import Part
from engine.simulation.solids import frame_along, turned

Array = NDArray[Any]

_SLATS, _RAILING, _LEAVES, _SHAGGY, _BOWL, _CHAIR, _BUNCH = range(7)
_CUMULATIVE: Final = np.cumsum(np.array((0.2, 0.13, 0.13, 0.2, 0.14, 0.08, 0.12)))
_DECOY: Final = int(Part.DECOY)
_ROUGH: Final = int(Part.ROUGH)


@njit(cache=True, nogil=True)
def add_decoy(rng: np.random.Generator, buffer: MeshBuffer, centre: Array) -> float:
    """A random one at ``centre`` [3] (camera frame); returns the radius of a ball that holds it."""
    kind = min(np.searchsorted(_CUMULATIVE, rng.random() * _CUMULATIVE[-1]), _BUNCH)
    if kind == _SLATS:
        return _add_slats(rng, buffer, centre)
    if kind == _RAILING:
        return _add_railing(rng, buffer, centre)
    if kind == _LEAVES:
        return _add_leaves(rng, buffer, centre)
    if kind == _SHAGGY:
        return _add_shaggy(rng, buffer, centre)
    if kind == _BOWL:
        return _add_bowl(rng, buffer, centre)
    if kind == _CHAIR:
        return _add_chair(rng, buffer, centre)
    return _add_bunch(rng, buffer, centre)


@njit(cache=True, nogil=True)
def _facing(rng: np.random.Generator, spread_deg: float) -> Array:
    """Axes in columns: the third towards the camera within ``spread_deg`` (sd), any roll."""
    tilt = drawn(rng, spread_deg, spread_deg, 1.0)
    return (turned(tilt[0], tilt[1], 0.0) @ turned(0.0, 0.0, rng.uniform(0.0, 360.0))).astype(
        np.float64
    )


@njit(cache=True, nogil=True)
def _add_slats(rng: np.random.Generator, buffer: MeshBuffer, centre: Array) -> float:
    """Parallel slats as of a blind or a lamp."""
    R = _facing(rng, 22.0)
    count, wide = rng.integers(3, 11), rng.uniform(9.0, 36.0)
    pitch, length = wide * rng.uniform(1.15, 2.2), rng.uniform(90.0, 600.0)
    ragged, turn = rng.uniform(0.0, 0.25), np.deg2rad(rng.normal(0.0, 25.0))
    slat = np.empty((3, 3), np.float32)
    slat[:, 0] = R[:, 0]
    slat[:, 1] = np.cos(turn) * R[:, 1] + np.sin(turn) * R[:, 2]
    slat[:, 2] = np.cos(turn) * R[:, 2] - np.sin(turn) * R[:, 1]
    for k in range(count):
        own = length * (1.0 - ragged * rng.random())
        at = centre + (k - 0.5 * (count - 1)) * pitch * R[:, 1]
        at = at + 0.5 * (length - own) * rng.uniform(-1.0, 1.0) * R[:, 0]
        add_box(buffer, at, slat, np.array([own, wide, rng.uniform(2.0, 8.0)]), _DECOY)
    return float(0.5 * np.hypot(length, count * pitch))


@njit(cache=True, nogil=True)
def _add_railing(rng: np.random.Generator, buffer: MeshBuffer, centre: Array) -> float:
    """Round bars side by side, with rails across: railings, grilles, radiators, shelves."""
    R = _facing(rng, 25.0)
    count, r = rng.integers(3, 10), rng.uniform(4.0, 15.0)
    pitch, length = 2.0 * r * rng.uniform(1.2, 3.0), rng.uniform(90.0, 500.0)
    half = 0.5 * length * R[:, 0]
    for k in range(count):
        at = centre + (k - 0.5 * (count - 1)) * pitch * R[:, 1]
        add_capsule(buffer, at - half, at + half, r, r, _DECOY)
    across = 0.5 * count * pitch * R[:, 1]
    for _ in range(rng.integers(0, 3)):
        at = centre + rng.uniform(-1.0, 1.0) * half
        add_capsule(buffer, at - across, at + across, r, r, _DECOY)
    return float(0.5 * np.hypot(length, count * pitch))


@njit(cache=True, nogil=True)
def _add_leaves(rng: np.random.Generator, buffer: MeshBuffer, centre: Array) -> float:
    """Leaves about a stem."""
    R = _facing(rng, 40.0)
    count, long = rng.integers(3, 11), rng.uniform(25.0, 75.0)
    wide, fan = long * rng.uniform(0.12, 0.5), rng.uniform(0.25, 3.0)
    reach = rng.uniform(0.6, 1.3) * long
    for k in range(count):
        turn = fan * ((k + 0.5) / count - 0.5) * 2.0 + rng.normal(0.0, 0.12)
        way = np.cos(turn) * R[:, 1] + np.sin(turn) * R[:, 0] + rng.normal(0.0, 0.25) * R[:, 2]
        way /= np.sqrt((way * way).sum())
        axes = frame_along(way)
        own = long * rng.uniform(0.7, 1.1)
        radii = np.array([wide, 1.5 + 0.1 * wide, own])
        add_ellipsoid(buffer, centre + reach * way, axes, radii, _DECOY)
    stem = centre - rng.uniform(1.0, 3.0) * long * R[:, 1]
    add_capsule(buffer, stem, centre, rng.uniform(2.0, 14.0), rng.uniform(2.0, 8.0), _DECOY)
    return float(reach + 2.0 * long)


@njit(cache=True, nogil=True)
def _add_shaggy(rng: np.random.Generator, buffer: MeshBuffer, centre: Array) -> float:
    """An animal, a cushion, a plush toy: lumps along a line, measured in patches."""
    way = drawn(rng, 1.0, 1.0, 0.35)
    way /= np.sqrt((way * way).sum())
    r, count = rng.uniform(18.0, 75.0), rng.integers(3, 8)
    length = r * rng.uniform(1.0, 4.5)
    label = _ROUGH if rng.random() < 0.8 else _DECOY
    for k in range(count):
        place = (k / (count - 1) - 0.5) * length
        own = r * rng.uniform(0.65, 1.1)
        at = centre + place * way + drawn(rng, 0.18 * r, 0.18 * r, 0.18 * r)
        radii = own * np.exp(drawn(rng, 0.15, 0.15, 0.15))
        add_ellipsoid(buffer, at, frame_along(drawn(rng, 1.0, 1.0, 1.0)), radii, label)
    for _ in range(rng.integers(0, 5)):  # tufts, ears, paws, a tail
        start = centre + rng.uniform(-0.5, 0.5) * length * way
        end = start + drawn(rng, 0.9 * r, 0.9 * r, 0.5 * r)
        add_capsule(buffer, start, end, 0.3 * r, rng.uniform(0.08, 0.3) * r, label)
    return float(0.5 * length + 1.6 * r)


@njit(cache=True, nogil=True)
def _add_bowl(rng: np.random.Generator, buffer: MeshBuffer, centre: Array) -> float:
    """A bowl, cup, glass, lampshade or vase: turned, open on top, maybe with a handle."""
    tilt = drawn(rng, 25.0, 25.0, 10.0)
    up = -turned(tilt[0] + 25.0, 0.0, tilt[2])[:, 1].astype(np.float64)
    r, tall = rng.uniform(28.0, 110.0), rng.uniform(0.5, 2.4)
    tall *= r
    foot, belly, wall = rng.uniform(0.3, 1.0), rng.uniform(0.7, 1.15), rng.uniform(2.0, 6.0)
    rings = np.empty((10, 2))
    for k in range(5):
        share = k / 4.0
        radius = (
            r * (foot + (1.0 - foot) * share**0.6) * (1.0 + (belly - 1.0) * 4 * share * (1 - share))
        )
        rings[k, 0], rings[k, 1] = share * tall, radius
        rings[9 - k, 0] = min(share * tall + wall, tall)
        rings[9 - k, 1] = max(radius - wall, 1.0)
    base = centre - 0.5 * tall * up
    add_lathe(buffer, base, up, rings, _DECOY)
    if rng.random() < 0.4:
        out = frame_along(up)[:, 0].astype(np.float64)
        top, low = base + 0.8 * tall * up, base + 0.25 * tall * up
        grip = 0.5 * (top + low) + 1.5 * r * out
        for end in (top + 0.9 * r * out, low + 0.9 * r * out):
            add_capsule(buffer, end, grip, 6.0, 6.0, _DECOY)
    return float(np.hypot(1.2 * r, tall))


@njit(cache=True, nogil=True)
def _add_chair(rng: np.random.Generator, buffer: MeshBuffer, centre: Array) -> float:
    """A chair: seat, legs, a back that is a board or bars, maybe arms."""
    R = turned(rng.normal(12.0, 8.0), rng.uniform(-180.0, 180.0), rng.normal(0.0, 4.0))
    side, down, depth = R[:, 0].astype(np.float64), R[:, 1].astype(np.float64), R[:, 2]
    ahead = depth.astype(np.float64)
    wide, deep, tall = rng.uniform(360, 500), rng.uniform(360, 480), rng.uniform(330, 520)
    add_box(buffer, centre, R, np.array([wide, rng.uniform(20, 70), deep]), _DECOY)
    for x in (-0.45, 0.45):
        for z in (-0.45, 0.45):
            top = centre + x * wide * side + z * deep * ahead
            add_capsule(buffer, top, top + 430.0 * down, 14.0, 12.0, _DECOY)
    back = centre + 0.48 * deep * ahead
    if rng.random() < 0.5:
        size = np.array([wide, tall, rng.uniform(15, 50)])
        add_box(buffer, back - 0.5 * tall * down, R, size, _DECOY)
    else:
        for k in range(rng.integers(3, 7)):
            at = back + (0.18 * k - 0.45) * wide * side
            add_capsule(buffer, at, at - tall * down, 9.0, 9.0, _DECOY)
    if rng.random() < 0.5:
        for x in (-0.5, 0.5):
            at = centre + x * wide * side - 200.0 * down
            add_capsule(buffer, at - 0.4 * deep * ahead, at + 0.45 * deep * ahead, 22, 20, _DECOY)
    return 650.0


@njit(cache=True, nogil=True)
def _add_bunch(rng: np.random.Generator, buffer: MeshBuffer, centre: Array) -> float:
    """Rods from one place: pens in a cup, brushes, cutlery, cables, a fork, a tap."""
    R = _facing(rng, 35.0)
    count, r, length = rng.integers(2, 9), rng.uniform(2.5, 11.0), rng.uniform(50.0, 170.0)
    fan = rng.uniform(0.05, 0.5)
    for _ in range(count):
        start = centre + 1.2 * r * (rng.normal() * R[:, 0] + rng.normal() * R[:, 2])
        way = R[:, 1] + rng.normal(0.0, fan) * R[:, 0] + rng.normal(0.0, fan) * R[:, 2]
        own = length * rng.uniform(0.55, 1.1)
        add_capsule(buffer, start, start + own * way, r, r * rng.uniform(0.6, 1.1), _DECOY)
    cup = rng.uniform(1.5, 4.5) * r + 6.0
    rings = np.array(
        [[0.0, 0.9 * cup], [0.5 * length, cup], [0.5 * length, cup - 2], [4.0, cup - 3]]
    )
    add_lathe(buffer, centre - 0.45 * length * R[:, 1], R[:, 1], rings, _DECOY)
    return float(1.2 * length)
