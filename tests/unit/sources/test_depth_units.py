"""What stands for "nothing measured" becomes 0, whatever the numbers' type."""

from __future__ import annotations

import numpy as np
import pytest

from engine.sources.depth_units import depth_in_mm

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("raw", "unit_mm", "expected"),
    [
        (np.array([[0, 1, 65534, 65535]], np.uint16), 0.125, [0.0, 0.125, 8191.75, 0.0]),
        (np.array([[-1, 0, 500, -32768]], np.int16), 1.0, [0.0, 0.0, 500.0, 0.0]),
        (np.array([[NAN, INF, -INF, -0.5, 0.0, 0.75]], np.float32), 1000.0, [0, 0, 0, 0, 0, 750]),
        (np.array([[NAN, 0.75]], np.float64), 1000.0, [0.0, 750.0]),
    ],
)
def test_nothing_is_zero(raw: np.ndarray, unit_mm: float, expected: list[float]) -> None:
    depth_mm = depth_in_mm(raw, unit_mm)
    assert depth_mm.dtype == np.float32
    np.testing.assert_allclose(depth_mm, [expected])


def test_a_camera_may_have_values_of_its_own_for_nothing() -> None:
    raw = np.array([[2047, 500, 32001]], np.uint16)
    np.testing.assert_allclose(depth_in_mm(raw, 1.0, (2047.0, 32001.0)), [[0.0, 500.0, 0.0]])


def test_metres_too_large_for_any_camera_are_nothing() -> None:
    raw = np.array([[0.5, 1e38, 2e30]], np.float32)
    np.testing.assert_array_equal(depth_in_mm(raw, 1000.0), [[500.0, 0.0, 0.0]])
