"""Advice about depth that cannot be right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.camera import Camera, FloatArray
from engine.run.depth_monitor import CHECKS_IN_A_ROW, DepthMonitor, depth_problems
from engine.sources import open_source
from engine.types import Frame
from tests.fakes import FakeClock

CAMERA = Camera(320, 240, 300.0, 300.0, 159.5, 119.5, nearest_mm=170.0)


def scene(hand_mm: float = 400.0, wall_mm: float = 1200.0) -> FloatArray:
    """A wall, and a sheet before it that comes from the right, nearer and nearer."""
    depth = np.full((240, 320), wall_mm, np.float32)
    depth[80:170, 120:] = np.linspace(hand_mm, 2.0 * hand_mm, 200)
    return depth


def measured(depth_mm: FloatArray, nearest_mm: float = CAMERA.nearest_mm) -> FloatArray:
    return np.where(depth_mm >= nearest_mm, depth_mm, 0.0).astype(np.float32)


@pytest.mark.parametrize(
    ("depth", "camera", "name"),
    [
        (measured(scene(400.0)), CAMERA, ""),
        (measured(scene(100.0)), CAMERA, "near"),
        (measured(scene(100.0)), replace(CAMERA, nearest_mm=0.0), ""),
        (np.zeros((240, 320), np.float32), CAMERA, "no depth"),
        (scene() * np.float32(0.1), CAMERA, "unit"),
        (scene() * np.float32(0.1), replace(CAMERA, nearest_mm=0.0), "unit"),
        (scene() * np.float32(10.0), CAMERA, "unit"),
        (scene(300.0, 2500.0), CAMERA, ""),
        (np.full((4, 64), 500.0, np.float32), CAMERA.resized(64, 4), ""),
    ],
)
def test_each_trouble_is_seen_and_nothing_else(
    depth: FloatArray, camera: Camera, name: str
) -> None:
    assert list(depth_problems(depth, camera)) == ([name] if name else [])


def test_words_carry_the_numbers() -> None:
    assert "17 cm" in depth_problems(measured(scene(100.0)), CAMERA)["near"]
    small = depth_problems(scene() * np.float32(0.1), replace(CAMERA, depth_unit_mm=0.1))["unit"]
    assert "12 cm" in small
    assert "0.1 mm" in small
    assert "4.4 m" in depth_problems(scene() * np.float32(10.0), CAMERA)["unit"]


def test_holes_far_from_the_nearest_depth_are_nothing_to_tell_of() -> None:
    depth = scene(400.0)
    depth[:, :60] = 0.0
    assert depth_problems(depth, CAMERA) == {}


def test_advice_comes_with_patience_and_goes_again() -> None:
    clock = FakeClock()
    monitor = DepthMonitor(clock)

    def look(depth: FloatArray) -> tuple[str, ...]:
        clock.advance(0.3)
        monitor.check(Frame(depth, 0.0, 0, CAMERA))
        return monitor.advice

    dark, good = np.zeros((240, 320), np.float32), measured(scene())
    assert [look(dark) for _ in range(CHECKS_IN_A_ROW - 1)] == [()] * (CHECKS_IN_A_ROW - 1)
    (advice,) = look(dark)
    assert "without any depth" in advice
    assert look(good) == (advice,)
    assert [look(good) for _ in range(CHECKS_IN_A_ROW)][-1] == ()


def test_frames_that_come_fast_are_not_all_looked_at() -> None:
    clock = FakeClock()
    monitor = DepthMonitor(clock)
    for _ in range(50):
        clock.advance(0.01)
        monitor.check(Frame(np.zeros((240, 320), np.float32), 0.0, 0, CAMERA))
    assert len(monitor.advice) == 1
    assert sum(monitor._scores.values()) == CHECKS_IN_A_ROW


def test_the_synthetic_camera_gives_nothing_to_tell_of() -> None:
    source = open_source("synthetic")
    assert source.camera.nearest_mm > 0.0
    for _ in range(3):
        frame = source.read()
        assert frame is not None
        assert depth_problems(frame.depth_mm, frame.camera) == {}
    source.close()
