"""Poses for the benchmark's frames that need no data set."""

from __future__ import annotations

import numpy as np
import pytest

from engine.simulation.gestures import gesture_angles
from engine.simulation.orientation import rotation_from_view
from training.benchmark.poses import RealPoses

GESTURES = ("open_palm", "relaxed", "point", "fist_loose")


@pytest.fixture
def poses() -> RealPoses:
    """Four gestures, each seen from its palm."""
    angles = np.array([gesture_angles(name) for name in GESTURES], np.float64)
    turns = rotation_from_view(np.zeros((len(GESTURES), 3)))
    return RealPoses(angles, turns, np.zeros(len(GESTURES)))
