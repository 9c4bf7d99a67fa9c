"""The latent space as people steer it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.assets import asset_path
from engine.errors import InvalidInputError, ModelError
from engine.latent.sampling import RandomHands
from engine.latent.space import (
    CODE,
    ROOT,
    SPACE_FILE,
    LatentSpace,
    euler_deg,
    root_mm,
    rotation_of,
    with_euler_deg,
    with_root_mm,
    with_rotation,
)
from engine.simulation.angles import ANGLE_INDEX
from engine.tracking.generate import PoseDecoder


def test_directions_are_ordered_by_what_they_do_and_each_has_its_own_name(
    space: LatentSpace,
) -> None:
    effects = [direction.effect_mm for direction in space.directions]
    assert len(effects) == 20
    assert effects == sorted(effects, reverse=True)
    assert effects[0] > 5.0 > effects[-1] >= 0.0
    assert len({direction.name for direction in space.directions}) == 20
    assert all(direction.about for direction in space.directions)


def test_an_effect_is_what_the_decoded_joints_do(
    space: LatentSpace, decoder: PoseDecoder, hands: RandomHands
) -> None:
    """The strongest direction's stated effect, against 100 hands of another seed."""
    first = space.directions[0]
    latents = np.stack(list(hands.latents(7, 100)))
    moved = []
    for side in (-0.5, 0.5):
        there = latents.copy()
        there[:, CODE] += side * first.vector
        # In the palm frame, where the root is the origin and nothing turns.
        moved.append(np.stack([hand.joints_mm for hand in decoder.many(there)]))
    joints_mm = float(np.linalg.norm(moved[1] - moved[0], axis=-1).mean())
    # One of the 22 points is the forearm's, which bending fingers leave alone.
    assert joints_mm * 21 / 22 == pytest.approx(first.effect_mm, rel=0.15)


@pytest.mark.parametrize(
    ("name", "sign", "angles"),
    [
        ("fist", 1, ["index_pip_flexion", "middle_pip_flexion", "ring_pip_flexion"]),
        ("index finger out", -1, ["index_mcp_flexion", "index_pip_flexion"]),
        ("thumb across", 1, ["thumb_cmc_flexion"]),
        ("wrist bend", 1, ["wrist_flexion"]),
    ],
)
def test_a_name_says_what_grows(
    name: str, sign: int, angles: list[str], space: LatentSpace, decoder: PoseDecoder
) -> None:
    place = [direction.name for direction in space.directions].index(name)
    ends = []
    for sd in (-2.0, 2.0):
        coordinates = np.zeros(20)
        coordinates[place] = sd
        hand = decoder(space.moved(space.neutral(), coordinates))
        ends.append(hand.angles[[ANGLE_INDEX[angle] for angle in angles]])
    assert (sign * (ends[1] - ends[0]) > 0.1).all()


def test_coordinates_and_codes_go_back_and_forth(space: LatentSpace, hands: RandomHands) -> None:
    latents = np.stack(list(hands.latents(1, 5)))
    coordinates = space.coordinates(latents)
    assert coordinates.shape == (5, 20)
    np.testing.assert_allclose(space.moved(latents, coordinates), latents, atol=1e-4)
    moved = space.moved(latents[0], np.arange(20) / 10)
    np.testing.assert_allclose(space.coordinates(moved), np.arange(20) / 10, atol=1e-4)
    np.testing.assert_array_equal(moved[20:], latents[0][20:])


def test_one_sd_is_one_vector(space: LatentSpace) -> None:
    latent = space.neutral()
    latent[CODE] += space.directions[3].vector
    np.testing.assert_allclose(space.coordinates(latent), np.eye(20)[3], atol=1e-4)


def test_the_population_is_normal_along_the_directions(
    space: LatentSpace, hands: RandomHands
) -> None:
    coordinates = space.coordinates(np.stack(list(hands.latents(3, 200))))
    assert np.abs(coordinates.mean(axis=0)).max() < 0.4
    assert 0.75 < coordinates.std(axis=0).min() <= coordinates.std(axis=0).max() < 1.25


def test_the_neutral_hand_shows_its_palm_in_the_middle(
    space: LatentSpace, decoder: PoseDecoder
) -> None:
    latent = space.neutral()
    hand = decoder(latent)
    assert np.abs(hand.joints_mm.mean(axis=0)).max() < 0.1
    np.testing.assert_allclose(hand.R_crop_from_palm, np.diag([1.0, -1.0, -1.0]), atol=1e-3)
    np.testing.assert_allclose(euler_deg(latent), 0.0, atol=1e-3)
    np.testing.assert_allclose(space.coordinates(latent), 0.0, atol=1e-5)
    # Fingers up, thumb to the right of the picture; y points down.
    assert hand.joints_mm[12, 1] < hand.joints_mm[0, 1]
    assert hand.joints_mm[4, 0] > hand.joints_mm[20, 0]


@pytest.mark.parametrize(
    ("angles", "same"),
    [
        ((0, 0, 0), (0, 0, 0)),
        ((170, -80, -100), (170, -80, -100)),
        ((30, 90, 0), (30, 90, 0)),
        ((30, -90, 0), (30, -90, 0)),
        ((30, 90, 20), (10, 90, 0)),
        ((400, 20, -190), (40, 20, 170)),
        ((0, 120, 0), (180, 60, 180)),
    ],
)
def test_angles_set_are_angles_read(
    angles: tuple[float, ...], same: tuple[float, ...], space: LatentSpace
) -> None:
    turned = with_euler_deg(space.neutral(), angles)
    read = euler_deg(turned)
    again = with_euler_deg(space.neutral(), read)
    np.testing.assert_allclose(rotation_of(again), rotation_of(turned), atol=1e-4)
    assert np.abs((read - same + 180) % 360 - 180).max() < 0.05


def test_turning_keeps_the_root_and_the_code(space: LatentSpace, decoder: PoseDecoder) -> None:
    latent = with_root_mm(space.neutral(), (10.0, -20.0, 30.0))
    turned = with_euler_deg(latent, (180.0, 0.0, 0.0))
    np.testing.assert_allclose(root_mm(turned), (10.0, -20.0, 30.0), atol=1e-4)
    np.testing.assert_allclose(decoder(turned).root_mm, (10.0, -20.0, 30.0), atol=1e-2)
    np.testing.assert_array_equal(turned[CODE], latent[CODE])
    # The back: the thumb is left of the little finger now.
    joints = decoder(turned).joints_mm
    assert joints[4, 0] < joints[20, 0]


def test_a_rotation_read_is_the_decoders(decoder: PoseDecoder) -> None:
    latents = np.random.default_rng(0).standard_normal((20, 29)).astype(np.float32)
    decoded = np.stack([hand.R_crop_from_palm for hand in decoder.many(latents)])
    np.testing.assert_allclose(rotation_of(latents), decoded, atol=1e-3)


def test_nothing_given_is_written_to(space: LatentSpace) -> None:
    latent = space.neutral()
    latent.setflags(write=False)
    with_root_mm(with_rotation(with_euler_deg(latent, (1, 2, 3)), np.eye(3)), (1, 2, 3))
    space.moved(latent, np.ones(20))
    assert np.isfinite(latent[ROOT]).all()


def test_columns_along_each_other_tell_no_rotation() -> None:
    for columns in ([0.0] * 6, [0, 1, 0, 0, 2, 0]):
        latent = np.zeros(29)
        latent[20:26] = columns
        with pytest.raises(InvalidInputError, match="rotation"):
            rotation_of(latent)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A folder with a manifest and a space that fit each other."""
    for name in ("manifest.json", SPACE_FILE):
        shutil.copy(asset_path("models", name), tmp_path / name)
    return tmp_path


def changed(folder: Path, name: str, **fields: Any) -> None:
    record = json.loads((folder / name).read_text())
    (folder / name).write_text(json.dumps(record | fields))


def test_a_space_that_fits_is_loaded(models: Path, space: LatentSpace) -> None:
    np.testing.assert_array_equal(LatentSpace.load(models).mean, space.mean)


@pytest.mark.parametrize("name", [SPACE_FILE, "manifest.json"])
def test_a_missing_file_is_named(models: Path, name: str) -> None:
    (models / name).unlink()
    with pytest.raises(ModelError, match=f"{name} is missing"):
        LatentSpace.load(models)


@pytest.mark.parametrize(
    "fields",
    [
        {"mean": [0.0] * 19},
        {"mean": [float("nan")] * 20},
        {"mean": [1e300] * 20},
        {"mean": [10**400] * 20},
        {"mean": "none"},
        {"directions": []},
        {"directions": [{"name": "x", "about": "y", "mm": 1.0, "vector": [1e300] * 20}] * 20},
        {"directions": [{"name": "x", "about": "y", "mm": 1.0, "vector": [0.0] * 20}] * 20},
        {"centre_mm": [0.0, 1.0]},
    ],
)
def test_a_damaged_space_is_refused(models: Path, fields: dict[str, Any]) -> None:
    changed(models, SPACE_FILE, **fields)
    with pytest.raises(ModelError, match="damaged"):
        LatentSpace.load(models)


@pytest.mark.parametrize("field", ["contract", "pose_decoder", "pose_weights"])
def test_a_space_of_another_decoder_is_refused(models: Path, field: str) -> None:
    changed(models, SPACE_FILE, **{field: "another"})
    with pytest.raises(ModelError, match="another pose decoder"):
        LatentSpace.load(models)
