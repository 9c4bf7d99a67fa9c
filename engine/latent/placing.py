"""A generated hand put before a pinhole camera: its depth as an image, its joints in mm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera, FloatArray
from engine.tracking.crop_coordinates import CROP_SIZE, CUBE_MM, image_depth_mm
from engine.tracking.crop_kernel import SAME_SURFACE_MM
from engine.tracking.generate import PoseDecoder
from engine.tracking.reconstruction import OUTLINE
from engine.types import frozen

HALF_MM: Final = 0.5 * CUBE_MM


class DepthMaker(Protocol):
    """What ``engine.tracking.generate.DepthGenerator`` does."""

    def __call__(self, latent: NDArray[np.floating], perspective: float) -> FloatArray: ...


@dataclass(frozen=True, slots=True)
class VirtualCamera:
    """A ``camera`` and how far before it, on its axis, the cube's centre lies."""

    camera: Camera
    distance_mm: float

    @property
    def perspective(self) -> float:
        """That of the crop which this camera would cut."""
        return HALF_MM / self.distance_mm


@dataclass(frozen=True, slots=True, eq=False)
class PlacedHand:
    """A right hand before a camera: its ``latent`` [29], ``joints_mm`` [21, 3] in mm, camera frame,
    and ``depth_mm`` [H, W], 0 where nothing is."""

    latent: FloatArray
    joints_mm: FloatArray
    depth_mm: FloatArray


def place(
    latent: NDArray[np.floating], view: VirtualCamera, decoder: PoseDecoder, generator: DepthMaker
) -> PlacedHand:
    """The hand of a latent [29] before the camera of ``view``.

    Raises:
        InvalidInputError: if the latent has another size or is not finite.
    """
    values = np.array(latent, np.float32).reshape(-1)
    joints_mm = decoder(values).joints_mm + np.array([0.0, 0.0, view.distance_mm], np.float32)
    crop = generator(values, view.perspective)
    return PlacedHand(frozen(values), frozen(joints_mm), frozen(seen_from(view, crop)))


def seen_from(view: VirtualCamera, crop: FloatArray) -> FloatArray:
    """Depth [H, W] in mm, 0 = nothing, of a crop [128, 128] as the camera of ``view`` sees it.

    The camera looks along the crop's axis, so that depth stays as it is and only pixels move:
    between pixels of one surface it is interpolated, at outlines the nearest pixel is taken.
    """
    camera = view.camera
    scale = 0.5 * CROP_SIZE * view.distance_mm / HALF_MM
    middle = 0.5 * (CROP_SIZE - 1)
    u = (np.arange(camera.width, dtype=np.float64) - camera.cx) * (scale / camera.fx) + middle
    v = (np.arange(camera.height, dtype=np.float64) - camera.cy) * (scale / camera.fy) + middle
    out = np.zeros((camera.height, camera.width), np.float32)
    columns, rows = (np.flatnonzero((x > -0.5) & (x < CROP_SIZE - 0.5)) for x in (u, v))
    z = image_depth_mm(crop, view.distance_mm, nothing=OUTLINE)
    z[z == 0.0] = np.nan
    out[np.ix_(rows, columns)] = _resampled(z, v[rows], u[columns])
    return out


def _resampled(
    z: NDArray[np.floating], v: NDArray[np.floating], u: NDArray[np.floating]
) -> NDArray[np.floating]:
    """``z`` (NaN: nothing) at rows ``v`` and columns ``u``, 0 for nothing."""
    top, left = (np.clip(np.floor(x), 0, CROP_SIZE - 2).astype(np.intp) for x in (v, u))
    down, right = np.clip(v - top, 0.0, 1.0)[:, None], np.clip(u - left, 0.0, 1.0)
    corners = np.stack([z[np.ix_(top + i, left + j)] for i in (0, 1) for j in (0, 1)])
    weights = ((1 - down) * (1 - right), (1 - down) * right, down * (1 - right), down * right)
    between = sum(w * corner for w, corner in zip(weights, corners, strict=True))
    one_surface = corners.max(axis=0) - corners.min(axis=0) < SAME_SURFACE_MM
    nearest = z[np.ix_(top + (down[:, 0] >= 0.5), left + (right >= 0.5))]
    return np.nan_to_num(np.where(one_surface, between, nearest))
