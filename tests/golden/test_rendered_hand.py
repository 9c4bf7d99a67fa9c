"""A small rendered hand against a stored picture: nothing in geometry or renderer may drift."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.camera import Camera
from engine.simulation.gestures import gesture_angles
from engine.simulation.model import HandModel
from engine.simulation.render import rasterize
from engine.simulation.scene import face_parts
from engine.simulation.solids import turned

STORED = Path(__file__).parent / "rendered_hand.npz"
CAMERA = Camera(80, 80, 110.0, 110.0, 39.5, 39.5)


def picture() -> tuple[np.ndarray, np.ndarray]:
    model = HandModel.load()
    R = turned(20.0, 30.0, 10.0) @ np.diag([1.0, -1.0, -1.0])
    angles = gesture_angles("relaxed")
    posed = model.pose(angles, np.zeros(model.n_shape), R, np.array([0.0, 50.0, 350.0]))
    depth, labels = np.zeros((80, 80), np.float32), np.zeros((80, 80), np.uint8)
    lens = (CAMERA.fx, CAMERA.fy, CAMERA.cx, CAMERA.cy)
    rasterize(depth, labels, posed.vertices_mm, model.faces, face_parts(model, True), *lens)
    return depth, labels


def test_rendered_hand_is_unchanged() -> None:
    depth, labels = picture()
    with np.load(STORED) as stored:
        assert np.mean(labels == stored["labels"]) > 0.998
        same = labels == stored["labels"]
        assert np.abs(depth - stored["depth_mm"])[same].max() < 0.5
