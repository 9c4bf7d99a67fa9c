"""A sensor that training does not know: how it is wrong, and the takes that it made."""

from __future__ import annotations

import dataclasses
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from engine.simulation.angles import ANGLE_COUNT
from training.adaptation.recordings import open_recording
from training.benchmark import sensor_takes
from training.benchmark.labelled_frames import labelled_frames
from training.benchmark.poses import RealPoses
from training.benchmark.unknown_sensor import CAMERA, UnknownErrors, UnknownSensor

QUIET = UnknownErrors(noise_mm=1e-6, white_mm=0.0, wave_mm=0.0)


def scene() -> np.ndarray:
    """A box before a wall."""
    depth = np.full((CAMERA.height, CAMERA.width), 900.0, np.float32)
    depth[80:160, 100:220] = 500.0
    return depth


def test_lengths_are_off_by_the_scale() -> None:
    seen = UnknownSensor(0, QUIET).sense(scene())
    assert np.median(seen[110:130, 140:180]) == pytest.approx(515.0, abs=1.0)
    assert np.median(seen[:40]) == pytest.approx(927.0, abs=1.0)


def test_near_things_grow_and_outlines_are_lost_or_soft() -> None:
    seen = UnknownSensor(0, QUIET).sense(scene())
    row = seen[120]
    assert row[98] == pytest.approx(515.0, abs=40.0) or row[98] == 0.0
    outline = row[90:104]
    assert ((outline == 0.0) | ((outline > 530.0) & (outline < 900.0))).sum() >= 3


def test_noise_hangs_together_in_space_and_time() -> None:
    errors = dataclasses.replace(QUIET, noise_mm=4.0, white_mm=0.0)
    sensor, flat = UnknownSensor(0, errors), np.full((CAMERA.height, CAMERA.width), 500.0)
    first, then = (sensor.sense(flat.astype(np.float32)) - 515.0 for _ in range(2))
    assert 2.5 < first.std() < 6.0
    beside = np.corrcoef(first[:, :-6].ravel(), first[:, 6:].ravel())[0, 1]
    later = np.corrcoef(first.ravel(), then.ravel())[0, 1]
    assert beside > 0.5
    assert later == pytest.approx(0.8, abs=0.08)


def test_what_is_not_there_is_not_measured() -> None:
    seen = UnknownSensor(0).sense(np.zeros_like(scene()))
    assert (seen > 0.0).mean() < 0.001


def test_takes_are_recordings_with_the_hands_joints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensor_takes, "TAKES", {"learn": 2, "judge": 3})
    turns = Rotation.from_euler("x", np.linspace(0.0, 40.0, 4)[:, None], degrees=True).as_matrix()
    poses = RealPoses(np.zeros((4, ANGLE_COUNT)), turns, np.zeros(4))
    sensor_takes.make_takes(poses, tmp_path)
    judge = labelled_frames(tmp_path / "judge")
    assert len(judge) == 3
    joints = judge[0].joints_mm
    u, v = CAMERA.project(joints[9])
    shown = judge[0].frame.depth_mm[round(float(v)), round(float(u))]
    # The skin lies before the joint, and lengths are 3% too long.
    assert shown == pytest.approx(joints[9, 2] * 1.03, abs=45.0)
    way = np.linalg.norm(np.diff(joints[[0, 9, 10, 11, 12]], axis=0), axis=1).sum()
    assert way == pytest.approx(192.0 * sensor_takes.SIZE, rel=0.12)
    with closing(open_recording(tmp_path / "learn")) as source:
        assert source.frame_count == 2
        assert source.camera.serial == CAMERA.serial
