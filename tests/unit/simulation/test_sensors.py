"""The sensor models: stated noise, losses where they belong, reproducible and alive in time."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from engine.camera import Camera
from engine.errors import InvalidInputError
from engine.simulation.render import Part
from engine.simulation.sensors import SENSORS, DepthSensor, SensorState, sense

REAL = [sensor for sensor in SENSORS.values() if not sensor.ideal]
NAMES = [sensor.name for sensor in REAL]
SMALL = Camera(200, 160, 475.0, 475.0, 99.5, 79.5)


def wall(z: float, shape: tuple[int, int] = (160, 200)) -> np.ndarray:
    return np.full(shape, z, np.float32)


def step(near: float, far: float) -> np.ndarray:
    """A far wall with a near bar across the middle columns."""
    depth = wall(far)
    depth[:, 90:120] = near
    return depth


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("sensor", REAL, ids=NAMES)
def test_noise_has_the_stated_spread(sensor: DepthSensor) -> None:
    z = 520.3
    seen = sense(sensor, wall(z), sensor.camera.fx, rng(), origin_u=150)
    error = (seen - z)[seen > 0]
    spread = np.hypot(sensor.noise_mm(z), sensor.camera.depth_unit_mm / np.sqrt(12))
    assert 0.5 * spread < error.std() < 2.0 * spread
    assert abs(error.mean()) < 2.0 * spread
    assert (seen == 0).mean() < 0.05


@pytest.mark.parametrize("sensor", REAL, ids=NAMES)
def test_nothing_stays_nothing(sensor: DepthSensor) -> None:
    assert not sense(sensor, wall(0.0), sensor.camera.fx, rng()).any()


@pytest.mark.parametrize("sensor", REAL, ids=NAMES)
def test_range_and_unit_hold(sensor: DepthSensor) -> None:
    bands = np.repeat(np.geomspace(30, 9000, 20), 8).astype(np.float32)
    depth = np.tile(bands[:, None], (1, 200))
    seen = sense(sensor, depth, sensor.camera.fx, rng(), origin_u=400)
    measured = seen[seen > 0]
    assert measured.min() >= sensor.near_mm
    assert measured.max() <= sensor.far_mm
    units = measured.astype(np.float64) / sensor.camera.depth_unit_mm
    assert np.abs(units - units.round()).max() < 0.01


@pytest.mark.parametrize("sensor", REAL, ids=NAMES)
def test_losses_gather_at_edges(sensor: DepthSensor) -> None:
    sensor = replace(sensor, far_mm=3000.0)
    seen = sense(sensor, step(450.0, 700.0), sensor.camera.fx, rng(), origin_u=250)
    lost = seen == 0
    near_edges = lost[:, 86:94].mean() + lost[:, 116:124].mean()
    assert near_edges > 0.2
    assert lost[:, 98:112].mean() < 0.03


@pytest.mark.parametrize("side", [-1, 1])
def test_shadow_is_one_sided_and_as_wide_as_the_disparity_step(side: int) -> None:
    quiet = DepthSensor(
        *("still", SMALL, 50.0),
        window_px=3, fatten=0.0, edge_loss=0.0, near_loss=0.0, flying=0.0, ragged_px=0.0,
        shadow=side, border=False, noise_px=0.0, holes=0.0, dark=0.0,
    )  # fmt: skip
    lost = (sense(quiet, step(450.0, 700.0), SMALL.fx, rng()) == 0).sum(axis=0) > 80
    width = 475.0 * 50.0 * (1 / 450.0 - 1 / 700.0)
    shaded = lost[:88].sum() if side < 0 else lost[122:].sum()
    other = lost[122:].sum() if side < 0 else lost[:88].sum()
    assert abs(shaded - width) < 4
    assert other == 0


def test_left_border_is_blind_for_stereo_only() -> None:
    stereo, coded = SENSORS["D435"], SENSORS["SR305"]
    width = int(stereo.camera.fx * stereo.baseline_mm / 600.0)
    assert not sense(stereo, wall(600.0), stereo.camera.fx, rng())[:, : width - 2].any()
    assert sense(coded, wall(600.0), coded.camera.fx, rng())[:, : width - 2].mean() > 500


def test_ideal_sensor_changes_nothing() -> None:
    depth = step(450.0, 700.0)
    assert np.array_equal(sense(SENSORS["IDEAL"], depth, 475.0, rng()), depth)


def test_input_is_not_changed_and_seed_decides() -> None:
    depth = step(450.0, 700.0)
    first, again, other = (sense(SENSORS["D435"], depth, 425.0, rng(s), 250) for s in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert np.array_equal(depth, step(450.0, 700.0))


@pytest.mark.parametrize("name", ["SR305", "D435", "D405"])
def test_noise_evolves_between_frames(name: str) -> None:
    state = SensorState(SENSORS[name], SMALL, seed=3)
    frames = [state.sense(wall(520.0)) for _ in range(6)]
    inner = [frame[20:-20, 60:-20].astype(np.float64) - 520.0 for frame in frames]
    valid = np.all([frame[20:-20, 60:-20] > 0 for frame in frames], axis=0)
    series = [errors[valid] for errors in inner]
    near = np.mean([np.corrcoef(a, b)[0, 1] for a, b in itertools.pairwise(series)])
    assert 0.2 < near < 0.98
    assert np.corrcoef(series[0], series[-1])[0, 1] < near


def test_state_is_reproducible() -> None:
    states = [SensorState(SENSORS["SR305"], SMALL, seed=5) for _ in range(2)]
    for _ in range(3):
        first, second = (state.sense(step(450.0, 700.0)) for state in states)
        assert np.array_equal(first, second)


def test_only_other_surfaces_than_skin_are_dark() -> None:
    sensor = replace(SENSORS["SR305"], dark=1.0)
    skin, cloth = np.full((160, 200), 9, np.uint8), np.full((160, 200), Part.BODY, np.uint8)
    lost = [
        np.mean([(sense(sensor, wall(520.0), 476.0, rng(s), 0, x) == 0).mean() for s in range(8)])
        for x in (skin, cloth)
    ]
    assert lost[0] < 0.02
    assert lost[1] > lost[0] + 0.03


def test_reduced_image_keeps_the_noise_in_mm() -> None:
    sensor = SENSORS["D435"]
    seen = sense(sensor, wall(520.0, (120, 160)), sensor.camera.fx / 4, rng(), origin_u=60)
    error = (seen - 520.0)[seen > 0]
    assert 0.5 * sensor.noise_mm(520.0) < error.std() < 2.0 * sensor.noise_mm(520.0)


def test_randomised_sensors_are_valid_and_differ() -> None:
    generator = rng()
    drawn = [SENSORS["D405"].randomised(generator) for _ in range(50)]
    assert len({sensor.noise_px for sensor in drawn}) == 50
    assert {sensor.shadow for sensor in drawn} == {-1, 1}
    assert all(sensor.window_px % 2 == 1 for sensor in drawn)


@pytest.mark.parametrize(
    ("field", "value"), [("fatten", 1.5), ("baseline_mm", -1.0), ("noise_px", np.nan)]
)
def test_bad_parameters_are_named(field: str, value: float) -> None:
    with pytest.raises(InvalidInputError, match=field.split("_")[0]):
        replace(SENSORS["D435"], **{field: value})  # type: ignore[arg-type]


def test_too_large_an_image_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="fit"):
        sense(SENSORS["D435"], np.zeros((2000, 10), np.float32), 425.0, rng())
