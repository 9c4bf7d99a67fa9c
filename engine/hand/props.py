"""Things around and in a hand: furniture, mugs, balls, monitors, pens, phones."""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.camera import FloatArray
from engine.hand.render import Part
from engine.hand.solids import Mesh, box, capsule, cylinder, ellipsoid, frame_along, turned

Labelled = tuple[Mesh, int]

_KINDS: Final = ("box", "monitor", "mug", "bottle", "ball", "rod", "blob")
_CUMULATIVE: Final = np.cumsum((0.3, 0.12, 0.12, 0.1, 0.12, 0.14))
"""Shares of the kinds, summed; the last kind takes the rest."""


def _rotation(rng: np.random.Generator, upright: bool) -> FloatArray:
    if upright:  # furniture stands: turned about the vertical, seen slightly from above or below
        angles = rng.normal(0, [12, 60, 6])
        return turned(*angles)
    return frame_along(rng.standard_normal(3)) @ turned(0.0, 0.0, 360.0 * rng.random())


def thing(
    centre_mm: FloatArray, scale: float, rng: np.random.Generator
) -> tuple[list[Labelled], float]:
    """A random object at ``centre_mm`` [3], ``scale`` times its usual size; and its radius in mm.

    The radius is that of a ball about the centre that holds it.
    """
    kind = _KINDS[int(np.searchsorted(_CUMULATIVE, rng.random()))]
    R = _rotation(rng, rng.random() < 0.7)
    centre = np.asarray(centre_mm, np.float32)
    meshes: list[Mesh]
    if kind in ("box", "monitor"):
        low, high = ((30, 30, 30), (220, 260, 220)) if kind == "box" else (
            (300, 180, 15), (620, 380, 50)
        )  # fmt: skip
        size = rng.uniform(low, high) * scale
        meshes, radius = [box(centre, R, size)], float(np.linalg.norm(size)) / 2
    elif kind in ("mug", "bottle"):
        r = rng.uniform(25, 48) * scale
        length = r * (rng.uniform(1.8, 2.6) if kind == "mug" else rng.uniform(5, 8))
        up = R[:, 1] * length / 2
        meshes = [cylinder(centre - up, centre + up, r, r)]
        if kind == "mug":  # the handle
            out = R[:, 0] * r * 1.45
            meshes.append(capsule(centre + out - 0.5 * up, centre + out + 0.5 * up, 6, 6))
        else:  # the neck
            meshes.append(cylinder(centre - 1.4 * up, centre - up, 0.35 * r, 0.5 * r))
        radius = float(np.hypot(r, 0.75 * length))
    elif kind == "rod":
        r, length = rng.uniform(8, 45) * scale, rng.uniform(120, 700) * scale
        along = R[:, 1] * length / 2
        meshes = [capsule(centre - along, centre + along, r, r * rng.uniform(0.6, 1))]
        radius = length / 2 + r
    else:
        spread = 0.05 if kind == "ball" else 0.4
        radii = rng.uniform(25, 120) * scale * np.exp(rng.normal(0, spread, 3))
        meshes, radius = [ellipsoid(centre, R, radii)], float(radii.max())
    return [(mesh, Part.CLUTTER) for mesh in meshes], radius


def held(
    joints_mm: FloatArray, R_camera_from_hand: FloatArray, rng: np.random.Generator
) -> list[Labelled]:
    """Something in the hand, placed by its joints [21, 3]: a pen, phone, ball or bottle."""
    across, along, out = np.asarray(R_camera_from_hand, np.float32).T
    palm = joints_mm[[0, 5, 9, 13, 17]].mean(axis=0)
    kind = rng.integers(4)
    if kind == 0:
        pinch = 0.5 * (joints_mm[4] + joints_mm[8])
        tilt = along + rng.normal(0, 0.5, 3) + 0.5 * out
        tilt = tilt / np.linalg.norm(tilt)
        r = rng.uniform(3.5, 6)
        ends = pinch + tilt * rng.uniform(25, 60), pinch - tilt * rng.uniform(60, 110)
        return [(capsule(*ends, r, r), Part.HELD)]
    if kind == 1:
        axes = np.stack([across, along, out], axis=1) @ turned(0.0, 0.0, rng.normal(0, 23))
        at = palm + out * rng.uniform(20, 32) + along * rng.uniform(0, 40)
        return [(box(at, axes, np.array([74, 148, 9]) * rng.uniform(0.9, 1.1)), Part.HELD)]
    if kind == 2:
        r = rng.uniform(18, 40)
        at = palm + out * (r + 14) + along * rng.uniform(15, 45)
        axes = np.stack([across, along, out], axis=1)
        return [(ellipsoid(at, axes, np.full(3, r)), Part.HELD)]
    r = rng.uniform(12, 36)
    at = palm + out * (r + 14) + along * rng.uniform(10, 35)
    way = across + rng.normal(0, 0.25, 3)
    way = way / np.linalg.norm(way)
    ends = at - way * rng.uniform(60, 130), at + way * rng.uniform(60, 130)
    return [(cylinder(*ends, r, r), Part.HELD)]
