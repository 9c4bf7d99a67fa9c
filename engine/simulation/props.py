"""Things around and in a hand: furniture, mugs, balls, monitors, pens, phones.

Compiled, because every scene has several; they go into a ``MeshBuffer``.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from engine.camera import FloatArray
from engine.simulation.mesh_buffer import (
    MeshBuffer,
    add_box,
    add_capsule,
    add_cylinder,
    add_ellipsoid,
    mesh_buffer,
)
from engine.simulation.render import Part
from engine.simulation.solids import Mesh, frame_along, turned

Labelled = tuple[Mesh, int]
Array = NDArray[Any]

_BOX, _MONITOR, _MUG, _BOTTLE, _BALL, _ROD = range(6)
_CUMULATIVE: Final = np.cumsum((0.3, 0.12, 0.12, 0.1, 0.12, 0.14))
"""Shares of the kinds, summed; blobs take the rest."""
_CLUTTER: Final = int(Part.CLUTTER)


@njit(cache=True, nogil=True)
def drawn(rng: np.random.Generator, x: float, y: float, z: float) -> Array:
    """Three normal numbers [3] with mean 0 and the given spreads."""
    result = np.empty(3)
    result[0], result[1], result[2] = rng.normal(0, x), rng.normal(0, y), rng.normal(0, z)
    return result


@njit(cache=True, nogil=True)
def _rotation(rng: np.random.Generator, upright: bool) -> Array:
    if upright:  # furniture stands: turned about the vertical, seen slightly from above or below
        angles = drawn(rng, 12.0, 60.0, 6.0)
        return turned(angles[0], angles[1], angles[2])
    frame = frame_along(drawn(rng, 1.0, 1.0, 1.0))
    spin = 2.0 * np.pi * rng.random()
    c, s = np.float32(np.cos(spin)), np.float32(np.sin(spin))
    R = frame.copy()
    for i in range(3):
        R[i, 0] = c * frame[i, 0] + s * frame[i, 1]
        R[i, 1] = c * frame[i, 1] - s * frame[i, 0]
    return R


@njit(cache=True, nogil=True)
def add_thing(rng: np.random.Generator, buffer: MeshBuffer, centre: Array, scale: float) -> float:
    """A random object at ``centre`` [3] (mm), ``scale`` times its usual size; returns its radius.

    The radius in mm is that of a ball about the centre that holds it.
    """
    kind = np.searchsorted(_CUMULATIVE, rng.random())
    R = _rotation(rng, rng.random() < 0.7)
    size, up = np.empty(3), R[:, 1].astype(np.float64)
    if kind in (_BOX, _MONITOR):
        low, high = ((30, 30, 30), (220, 260, 220))
        if kind == _MONITOR:
            low, high = ((300, 180, 15), (620, 380, 50))
        for k in range(3):
            size[k] = rng.uniform(low[k], high[k]) * scale
        add_box(buffer, centre, R, size, _CLUTTER)
        return float(np.sqrt((size * size).sum()) / 2)
    if kind in (_MUG, _BOTTLE):
        r = rng.uniform(25, 48) * scale
        length = r * (rng.uniform(1.8, 2.6) if kind == _MUG else rng.uniform(5, 8))
        up *= length / 2
        add_cylinder(buffer, centre - up, centre + up, r, r, _CLUTTER)
        if kind == _MUG:  # the handle
            side = centre + R[:, 0] * (r * 1.45)
            add_capsule(buffer, side - 0.5 * up, side + 0.5 * up, 6.0, 6.0, _CLUTTER)
        else:  # the neck
            add_cylinder(buffer, centre - 1.4 * up, centre - up, 0.35 * r, 0.5 * r, _CLUTTER)
        return float(np.hypot(r, 0.75 * length))
    if kind == _ROD:
        r = rng.uniform(8, 45) * scale
        length = rng.uniform(120, 700) * scale
        up *= length / 2
        add_capsule(buffer, centre - up, centre + up, r, r * rng.uniform(0.6, 1), _CLUTTER)
        return float(length / 2 + r)
    usual = rng.uniform(25, 120) * scale
    spread = 0.05 if kind == _BALL else 0.4
    size[:] = usual * np.exp(drawn(rng, spread, spread, spread))
    add_ellipsoid(buffer, centre, R, size, _CLUTTER)
    return float(size.max())


def thing(
    centre_mm: FloatArray, scale: float, rng: np.random.Generator
) -> tuple[list[Labelled], float]:
    """A random object at ``centre_mm`` [3], as :func:`add_thing` makes it, and its radius in mm."""
    buffer = mesh_buffer()
    radius = add_thing(rng, buffer, np.asarray(centre_mm, np.float64), float(scale))
    vertices, faces, _ = buffer.mesh()
    return [((vertices, faces), Part.CLUTTER)], radius
