"""What the 3D view shows of a result, as plain arrays in mm (camera frame). Knows no renderer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import FloatArray
from engine.pictures.palette import depth_ramp
from engine.tracking.crop_coordinates import camera_to_crop_mm
from engine.types import Frame, FrameResult, TrackedHand

MAX_POINTS: Final = 20_000
"""Points drawn per hand; more hide the skeleton and cost time without showing more."""
GRID_STEP_MM: Final = 50.0
GRID_CELLS: Final = 14
FLOOR_BELOW_MM: Final = 140.0
FOLLOW_MS: Final = 180.0
"""Time constant with which the view's target follows the hand."""
HALO_SIDES: Final = 28
FAINT_ALPHA: Final = 0.55
"""Opacity of sampled skeletons and halos."""
JUMP_MM: Final = 250.0
"""A hand farther away than this is another one: the view goes there at once."""

_RAMP: Final[FloatArray] = (depth_ramp(np.linspace(0.12, 1.0, 256)) / 255.0).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """``skeletons`` of [21, 3]; ``points`` [N, 3] with ``colours`` [N, 3] in [0, 1]; ``samples``
    of [21, 3] (of a posterior) are drawn as thin lines; ``sigmas`` [21] of the skeletons, as far
    as they are known, are their joints' expected errors; all mm."""

    skeletons: tuple[FloatArray, ...]
    points: FloatArray
    colours: FloatArray
    samples: tuple[FloatArray, ...] = ()
    sigmas: tuple[FloatArray, ...] = ()


EMPTY_SCENE: Final = Scene(
    (), np.zeros((0, 3), dtype=np.float32), np.zeros((0, 3), dtype=np.float32)
)


def scene_from_result(result: FrameResult) -> Scene:
    """The skeletons and the measured points around each hand."""
    clouds = [hand_cloud(result.frame, hand) for hand in result.hands]
    if not clouds:
        return EMPTY_SCENE
    return Scene(
        tuple(hand.pose.joints_mm for hand in result.hands),
        np.concatenate([points for points, _ in clouds]),
        np.concatenate([colours for _, colours in clouds]),
        sigmas=tuple(hand.pose.sigma_mm for hand in result.hands),
    )


def hand_cloud(frame: Frame, hand: TrackedHand) -> tuple[FloatArray, FloatArray]:
    """Measured points inside the hand's cube: points [N, 3] mm and colours [N, 3] by depth."""
    crop, camera = hand.crop, frame.camera
    half = crop.cube_mm / 2.0
    centre = crop.centre_mm
    u, v = camera.project(centre)
    reach = half * math.sqrt(2.0) / max(float(centre[2]) - half, 50.0)
    u0, u1 = _span(u, reach * camera.fx, camera.width)
    v0, v1 = _span(v, reach * camera.fy, camera.height)
    stride = max(1, round(math.sqrt((u1 - u0) * (v1 - v0) / (2.5 * MAX_POINTS))))
    depth = frame.depth_mm[v0:v1:stride, u0:u1:stride]
    rows, columns = np.nonzero(np.abs(depth - centre[2]) < half * math.sqrt(2.0))
    z = depth[rows, columns]
    uv = np.stack([u0 + columns * stride, v0 + rows * stride], axis=-1).astype(np.float32)
    points = camera.unproject(uv, z)
    local = camera_to_crop_mm(crop, points)
    inside = np.all(np.abs(local) < half, axis=1)
    points, nearness = points[inside], 0.5 - 0.6 * local[inside, 2] / half
    keep = slice(None, None, max(1, math.ceil(len(points) / MAX_POINTS)))
    shade = np.clip(nearness[keep] * 255.0, 0, 255).astype(np.intp)
    return points[keep], _RAMP[shade]


def _span(centre_px: float, reach_px: float, size: int) -> tuple[int, int]:
    low = int(np.clip(centre_px - reach_px, 0, size))
    return low, int(np.clip(centre_px + reach_px + 1, low, size))


def follow_target(
    target_mm: FloatArray | None, result: FrameResult, elapsed_ms: float
) -> FloatArray | None:
    """The view's next target [3] mm: eases towards the hands, stays where the last one was."""
    if not result.hands:
        return target_mm
    middle = np.mean([hand.pose.joints_mm.mean(axis=0) for hand in result.hands], axis=0)
    return eased(target_mm, middle, elapsed_ms)


def eased(
    target_mm: FloatArray | None, middle_mm: NDArray[np.floating], elapsed_ms: float
) -> FloatArray:
    """The view's next target [3] mm on its way to ``middle_mm`` [3]; jumps over long distances."""
    if target_mm is None or np.linalg.norm(middle_mm - target_mm) > JUMP_MM:
        return np.asarray(middle_mm, np.float32)
    share = 1.0 - math.exp(-max(elapsed_ms, 0.0) / FOLLOW_MS)
    return (target_mm + share * (middle_mm - target_mm)).astype(np.float32)


def faded(colours: NDArray[np.floating], background: NDArray[np.floating]) -> NDArray[np.floating]:
    """``colours`` [..., 3] of what is faint before ``background`` [3]."""
    return background + FAINT_ALPHA * (colours - background)


def halo_rings(scene: Scene, R_view_from_camera: NDArray[np.float64]) -> NDArray[np.float64]:
    """A ring around each joint as large as its expected error, turned to the viewer: segment ends
    [H * 21, HALO_SIDES, 2, 3] mm, in the order of ``scene.sigmas`` and of the joints."""
    if not scene.sigmas:
        return np.zeros((0, HALO_SIDES, 2, 3))
    joints = np.concatenate(scene.skeletons[: len(scene.sigmas)]).astype(np.float64)
    turn = np.linspace(0.0, 2.0 * np.pi, HALO_SIDES + 1)
    ring = np.stack([np.cos(turn), np.sin(turn)], axis=-1) @ R_view_from_camera[:2]
    sigma = np.concatenate(scene.sigmas).astype(np.float64)
    corners = joints[:, None] + sigma[:, None, None] * ring
    return np.stack([corners[:, :-1], corners[:, 1:]], axis=2)


def floor_grid(target_mm: FloatArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Grid below the target: segment ends [M, 2, 3] mm and strengths [M] that fade outwards.

    The lines lie on whole multiples of the step in the camera's frame, so that a moving hand is
    seen to move although the view follows it.
    """
    base = np.round(np.asarray(target_mm[[0, 2]], dtype=np.float64) / GRID_STEP_MM) * GRID_STEP_MM
    ticks = (np.arange(GRID_CELLS + 1) - GRID_CELLS / 2) * GRID_STEP_MM
    along, across = np.meshgrid(ticks[:-1], ticks, indexing="ij")
    starts = np.stack([along.ravel(), across.ravel()], axis=-1)
    ends = starts + np.array([GRID_STEP_MM, 0.0])
    flat = np.concatenate([np.stack([starts, ends], 1), np.stack([starts, ends], 1)[..., ::-1]])
    flat = flat + base
    middle = flat.mean(axis=1) - np.asarray(target_mm[[0, 2]], dtype=np.float64)
    radius = GRID_CELLS / 2 * GRID_STEP_MM
    strength = np.clip(1.0 - np.linalg.norm(middle, axis=1) / radius, 0.0, 1.0)
    y = np.full(flat.shape[:2], float(target_mm[1]) + FLOOR_BELOW_MM)
    lines = np.stack([flat[..., 0], y, flat[..., 1]], axis=-1)
    visible = strength > 0.02
    return lines[visible], strength[visible]
