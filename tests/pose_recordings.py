"""Small recordings without images of our own making, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.camera import Camera
from engine.pose_files.records import PoseFrame, PoseHand, encode_frame, encode_header
from engine.simulation.gestures import gesture_angles
from engine.simulation.model import HandModel
from engine.simulation.orientation import R_CAMERA_FROM_SHOWN_PALM, rotation_from_view
from engine.skeleton import Handedness

CAMERA = Camera(320, 240, 300.0, 300.0, 159.5, 119.5, name="test camera")
RATE_MS = 1000.0 / 30.0


def gesture_joints(
    name: str, turn_deg: float = 0.0, side: Handedness = Handedness.RIGHT, scale: float = 1.0
) -> np.ndarray:
    """Joints [21, 3] of a named pose, turned about the line of sight, half a metre away."""
    model = HandModel.load()
    shape = np.zeros(model.n_shape, np.float32)
    R = rotation_from_view(np.array([[turn_deg, 10.0, 20.0]]))[0].astype(np.float32)
    if side is Handedness.LEFT:
        mirror = np.diag([-1.0, 1.0, 1.0]).astype(np.float32)
        R = mirror @ R @ mirror
    at = np.array([20.0, -10.0, 500.0], np.float32)
    joints = model.pose(gesture_angles(name), shape, R, np.zeros(3, np.float32), side).joints_mm
    return np.asarray(scale * joints + at, np.float32)


def neutral_latent() -> np.ndarray:
    """A latent [29] of the shipped space: a hand at the cube's centre, palm to the camera."""
    latent = np.zeros(29, np.float32)
    R = R_CAMERA_FROM_SHOWN_PALM
    latent[20:26] = np.concatenate([R[:, 0], R[:, 1]])
    latent[26:29] = (0.0, 1.2, 0.0)
    return latent


def pose_hand(
    joints_mm: np.ndarray,
    side: Handedness = Handedness.RIGHT,
    track_id: int = 0,
    latent: np.ndarray | None = None,
) -> PoseHand:
    return PoseHand(
        track_id=track_id,
        handedness=side,
        mirrored=side is Handedness.LEFT,
        score=0.9,
        side_score=0.8,
        error_mm=5.0,
        cube_mm=270.0,
        centre_mm=joints_mm.mean(axis=0),
        joints_mm=joints_mm,
        latent=latent,
    )


def write_pose_file(path: Path, frames: Sequence[Sequence[PoseHand]]) -> Path:
    """A file with these hands, 30 frames a second."""
    records = [
        encode_frame(PoseFrame(index, 100.0 + RATE_MS * index, tuple(hands)))
        for index, hands in enumerate(frames)
    ]
    path.write_bytes(encode_header(CAMERA) + np.concatenate(records).tobytes())
    return path
