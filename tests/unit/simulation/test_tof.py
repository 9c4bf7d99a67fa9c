"""Time-of-flight sensors: soft edges, hollows that look deeper, no shadow, noise with distance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.camera import Camera
from engine.simulation.depth_sensor import DepthSensor, TimeOfFlight
from engine.simulation.sensors import SENSORS, SensorState, sense

TOF = SENSORS["SENZ3D"]
FX = TOF.camera.fx


def quiet(**changes: float) -> DepthSensor:
    """The sensor without noise and holes, and with some of its effects."""
    tof = TimeOfFlight(soft=0.0, multipath=0.0, near_noise_mm=0.0, far_noise_mm=0.0)
    return replace(TOF, holes=0.0, dark=0.0, edge_loss=0.0, tof=replace(tof, **changes))


def box_before_wall() -> NDArray[np.float32]:
    depth = np.full((90, 120), 700.0, np.float32)
    depth[30:60, 40:80] = 400.0
    return depth


def test_the_same_generator_gives_the_same_picture_and_the_input_stays() -> None:
    depth = box_before_wall()
    first, again = (sense(TOF, depth, FX, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first, again)
    assert np.array_equal(depth, box_before_wall())


def test_edges_are_soft_and_there_is_no_shadow() -> None:
    seen = sense(quiet(soft=0.8), box_before_wall(), FX, np.random.default_rng(0))
    assert (seen > 0).all()
    assert (seen[45, 60], seen[10, 10]) == (400.0, 700.0)
    beside = seen[45, 36:44]
    assert ((beside > 410) & (beside < 690)).any()
    hard = sense(quiet(), box_before_wall(), FX, np.random.default_rng(0))
    assert np.array_equal(hard, box_before_wall())


def test_a_hollow_looks_5_to_20_mm_deeper_than_it_is() -> None:
    depth = np.full((90, 120), 450.0, np.float32)
    depth[:, 57:63] = 480.0  # as between two fingers
    seen = sense(quiet(multipath=0.35), depth, FX, np.random.default_rng(0))
    assert 4.0 < seen[45, 60] - 480.0 < 20.0
    assert seen[45, 20] == 450.0


def test_noise_grows_with_the_distance_and_on_dark_skin() -> None:
    def spread(sensor: DepthSensor, z: float) -> float:
        flat = np.full((120, 160), z, np.float32)
        seen = sense(sensor, flat, FX, np.random.default_rng(1))
        return float(seen[seen > 0].std())

    assert spread(TOF, 300.0) < 0.6 * spread(TOF, 1000.0)
    assert spread(TOF, 300.0) == pytest.approx(TOF.noise_mm(300.0), rel=0.4)
    drawn = [TOF.randomised(np.random.default_rng(k)).noise_mm(500.0) for k in range(40)]
    assert max(drawn) > 2.0 * min(drawn)


def test_what_is_too_far_or_not_there_is_empty() -> None:
    depth = np.zeros((40, 60), np.float32)
    assert not sense(TOF, depth, FX, np.random.default_rng(0)).any()
    depth[:] = TOF.far_mm + 300.0
    assert not sense(TOF, depth, FX, np.random.default_rng(0)).any()


def test_a_stream_s_noise_evolves() -> None:
    camera = Camera(60, 40, FX, FX, 29.5, 19.5)
    state = SensorState(TOF, camera, seed=1)
    flat = np.full((40, 60), 500.0, np.float32)
    a, b = state.sense(flat), state.sense(flat)
    assert not np.array_equal(a, b)
    both = (a > 0) & (b > 0)
    assert np.corrcoef(a[both], b[both])[0, 1] > 0.2
