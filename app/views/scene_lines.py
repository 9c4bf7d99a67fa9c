"""The lines of a 3D picture, alike for every library that draws them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.state.scene import HALO_SIDES, faded, floor_grid, halo_rings
from app.views.scene_process import PictureRequest
from engine.pictures.palette import BONE_RGB, JOINT_RGB
from engine.skeleton import BONES

_BONE_ENDS = np.array(BONES).ravel()

Lines = tuple[NDArray[np.floating], NDArray[np.floating]]
"""Ends [N, 3] of segments in mm, two a segment, and their colours [N, 3] in [0, 1]."""


def grid_lines(request: PictureRequest) -> Lines:
    """The floor."""
    lines, strength = floor_grid(request.target_mm)
    background, full = np.array(request.style.background), np.array(request.style.grid_colour)
    colours = background + strength[:, None] * (full - background)
    return lines.reshape(-1, 3), np.repeat(colours, 2, axis=0)


def sample_lines(request: PictureRequest) -> Lines:
    """The skeletons that are drawn faintly; none, as a rule."""
    samples = request.scene.samples
    if not samples:
        return np.zeros((0, 3)), np.zeros((0, 3))
    places = np.concatenate([joints[_BONE_ENDS] for joints in samples])
    colours = faded(np.array(BONE_RGB) / 255.0, np.array(request.style.background))
    return places, np.tile(np.repeat(colours, 2, axis=0), (len(samples), 1))


def halo_lines(request: PictureRequest) -> Lines:
    """Rings around the joints, as wide as the expected errors; none where they are not wanted."""
    if not request.style.halos:
        return np.zeros((0, 3)), np.zeros((0, 3))
    rings = halo_rings(request.scene, request.T_view_from_camera[:3, :3])
    rgb = faded(np.array(JOINT_RGB) / 255.0, np.array(request.style.background))
    colours = np.repeat(rgb, 2 * HALO_SIDES, axis=0)
    return rings.reshape(-1, 3), np.tile(colours, (len(request.scene.sigmas), 1))
