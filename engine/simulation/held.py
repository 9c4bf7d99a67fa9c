"""Things in a hand: pens, phones, balls, bottles, cups, cards, books, tools, cloths.

Compiled; they go into a ``MeshBuffer`` as ``Part.HELD``. Lengths in mm.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.simulation.mesh_buffer import (
    MeshBuffer,
    add_box,
    add_capsule,
    add_cylinder,
    add_ellipsoid,
    add_lathe,
)
from engine.simulation.props import drawn
from engine.simulation.render import Part
from engine.simulation.solids import frame_along

Array = NDArray[Any]

_HELD: Final = int(Part.HELD)
_KINDS: Final = 9


class Grip(NamedTuple):
    """Where a hand holds things: ``palm`` and ``pinch`` [3] (between thumb and index finger), unit
    vectors ``across`` the palm, ``along`` the fingers and ``out`` of the palm [3]."""

    palm: Array
    pinch: Array
    across: Array
    along: Array
    out: Array


@njit(cache=True, nogil=True)
def add_held(rng: np.random.Generator, buffer: MeshBuffer, joints: Array, R: Array) -> None:
    """Something in the hand, placed by its joints [21, 3] (mm); ``R`` [3, 3] is
    ``R_camera_from_hand``."""
    palm = np.zeros(3)
    for joint in (0, 5, 9, 13, 17):
        palm += joints[joint] / 5.0
    pinch = 0.5 * (joints[4] + joints[8]).astype(np.float64)
    axes = R.astype(np.float64)
    grip = Grip(palm, pinch, axes[:, 0].copy(), axes[:, 1].copy(), axes[:, 2].copy())
    kind = rng.integers(0, _KINDS)
    if kind == 0:
        _add_pen(rng, buffer, grip)
    elif kind == 1:
        _add_phone(rng, buffer, grip)
    elif kind == 2:
        r = rng.uniform(18, 40)
        at = palm + grip.out * (r + 14) + grip.along * rng.uniform(15, 45)
        radii = r * np.exp(drawn(rng, 0.12, 0.12, 0.12))
        add_ellipsoid(buffer, at, np.ascontiguousarray(R), radii, _HELD)
    elif kind in (3, 4):
        _add_handle(rng, buffer, grip, kind == 4)
    elif kind == 5:
        _add_cup(rng, buffer, grip)
    elif kind == 6:
        _add_sheet(rng, buffer, grip)
    elif kind == 7:
        _add_cloth(rng, buffer, grip)
    else:
        _add_cable(rng, buffer, grip)


@njit(cache=True, nogil=True)
def _unit(way: Array) -> Array:
    return way / np.sqrt((way * way).sum())


@njit(cache=True, nogil=True)
def _plate(grip: Grip, angle: float) -> Array:
    """Axes of a thing that lies on the palm, turned by ``angle`` (rad)."""
    c, s = np.cos(angle), np.sin(angle)
    axes = np.empty((3, 3), np.float32)
    axes[:, 0] = c * grip.across + s * grip.along
    axes[:, 1] = c * grip.along - s * grip.across
    axes[:, 2] = grip.out
    return axes


@njit(cache=True, nogil=True)
def _add_pen(rng: np.random.Generator, buffer: MeshBuffer, grip: Grip) -> None:
    tilt = _unit(grip.along + drawn(rng, 0.5, 0.5, 0.5) + 0.5 * grip.out)
    r = rng.uniform(3.5, 6)
    start = grip.pinch + tilt * rng.uniform(25, 60)
    add_capsule(buffer, start, grip.pinch - tilt * rng.uniform(60, 110), r, r, _HELD)


@njit(cache=True, nogil=True)
def _add_phone(rng: np.random.Generator, buffer: MeshBuffer, grip: Grip) -> None:
    axes = _plate(grip, np.deg2rad(rng.normal(0, 23)))
    at = grip.palm + grip.out * rng.uniform(20, 32) + grip.along * rng.uniform(0, 40)
    add_box(buffer, at, axes, np.array([74.0, 148.0, 9.0]) * rng.uniform(0.9, 1.1), _HELD)


@njit(cache=True, nogil=True)
def _add_handle(rng: np.random.Generator, buffer: MeshBuffer, grip: Grip, head: bool) -> None:
    """A bottle, stick or handle through the fist, maybe with a ``head``: hammer, racket, brush."""
    r = rng.uniform(8, 20) if head else rng.uniform(9, 36)
    at = grip.palm + grip.out * (r + 14) + grip.along * rng.uniform(10, 35)
    way = _unit(grip.across + drawn(rng, 0.25, 0.25, 0.25))
    end = at + way * rng.uniform(60, 180)
    add_cylinder(buffer, at - way * rng.uniform(50, 130), end, r, r, _HELD)
    if head:
        size = np.array([rng.uniform(20, 120), rng.uniform(15, 60), rng.uniform(20, 90)])
        add_box(buffer, end, frame_along(way), size, _HELD)


@njit(cache=True, nogil=True)
def _add_cup(rng: np.random.Generator, buffer: MeshBuffer, grip: Grip) -> None:
    r, tall = rng.uniform(26, 46), rng.uniform(70, 130)
    at = grip.palm + grip.out * (r + 15) + grip.along * rng.uniform(15, 45)
    way = _unit(grip.across + drawn(rng, 0.2, 0.2, 0.2))
    top, wall = r * rng.uniform(0.95, 1.25), rng.uniform(2, 5)
    rings = np.array([[0.0, r], [tall, top], [tall, top - wall], [wall, r - wall]])
    add_lathe(buffer, at - 0.5 * tall * way, way, rings, _HELD)


@njit(cache=True, nogil=True)
def _add_sheet(rng: np.random.Generator, buffer: MeshBuffer, grip: Grip) -> None:
    """A card, sheet, book or box between thumb and index finger."""
    axes = frame_along(grip.across + drawn(rng, 0.5, 0.5, 0.5))
    scale = rng.uniform(0.5, 2.4)
    size = np.array([86.0 * scale, 54.0 * scale, rng.uniform(1.5, 28.0)])
    way = grip.pinch - grip.palm
    at = grip.pinch + _unit(way) * rng.uniform(0.2, 0.45) * size[0]
    add_box(buffer, at, axes, size, _HELD)


@njit(cache=True, nogil=True)
def _add_cloth(rng: np.random.Generator, buffer: MeshBuffer, grip: Grip) -> None:
    """Lumps in and under the fist: a cloth, a paper bag, a toy."""
    at = grip.palm + 28.0 * grip.out + 25.0 * grip.along
    for _ in range(rng.integers(2, 6)):
        radii = rng.uniform(14, 45) * np.exp(drawn(rng, 0.25, 0.25, 0.25))
        axes = frame_along(drawn(rng, 1.0, 1.0, 1.0))
        place = at + drawn(rng, 30.0, 30.0, 20.0) + rng.uniform(0, 25) * grip.out
        add_ellipsoid(buffer, place, axes, radii, _HELD)


@njit(cache=True, nogil=True)
def _add_cable(rng: np.random.Generator, buffer: MeshBuffer, grip: Grip) -> None:
    """A cable, strap or string that goes through the hand."""
    r, at = rng.uniform(2, 7), grip.palm + 20.0 * grip.out + 20.0 * grip.along
    for sign in (-1.0, 1.0):
        way = sign * grip.across + drawn(rng, 0.5, 0.5, 0.5)
        place = at
        for _ in range(3):
            after = place + way * rng.uniform(30, 80)
            add_capsule(buffer, place, after, r, r, _HELD)
            place, way = after, way + drawn(rng, 0.5, 0.5, 0.5)
