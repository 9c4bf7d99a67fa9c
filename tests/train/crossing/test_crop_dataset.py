"""CropDataset files: what is written is read, damage is named, joints lie where the crop shows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from engine.camera import Camera
from engine.errors import ExportError, InvalidInputError
from engine.tracking.crop import cut_crop
from engine.tracking.crop_coordinates import CROP_SIZE, CUBE_MM, camera_to_uvd
from tests.crossing_runs import CropFiles, altered
from training.crops.crop_dataset import FORMAT, CropDataset, Sample, sample_of, write_crops
from training.crops.domain_sampler import Domain
from training.crops.synthetic_domains import DOMAINS, write_domain

CAMERA = Camera(320, 240, 240.0, 240.0, 159.5, 119.5)


def samples(count: int) -> list[Sample]:
    rng = np.random.default_rng(0)
    shape = (CROP_SIZE, CROP_SIZE)
    return [
        Sample(
            rng.uniform(-1, 1, shape).astype(np.float32),
            float(np.float32(rng.uniform(0.1, 0.5))),
            rng.normal(0, 50, (22, 3)).astype(np.float32),
        )
        for _ in range(count)
    ]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    written = samples(5)
    written[2].points[3] = np.nan
    path = tmp_path / "new" / "some.safetensors"
    assert write_crops(path, iter(written), {"made of": "noise"}) == 5
    dataset = CropDataset(path)
    assert len(dataset) == 5 and dataset.meta == {"made of": "noise"}
    for k, sample in enumerate(written):
        assert np.abs(dataset[k].image - sample.image).max() <= 0.5 / 32767 + 1e-7
        assert dataset[k].perspective == sample.perspective
        np.testing.assert_array_equal(dataset[k].points, sample.points)
    assert dataset.marks([0, 21]) and not dataset.marks([2, 3])
    assert len(CropDataset(path, limit=2)) == 2 and CropDataset(path, limit=2).marks([3])
    with pytest.raises(IndexError):
        dataset[5]
    assert [p.name for p in path.parent.iterdir()] == ["some.safetensors"]


def test_the_file_is_one_that_the_library_reads(tmp_path: Path) -> None:
    path = tmp_path / "some.safetensors"
    written = samples(3)
    write_crops(path, written, {})
    stored = load_file(path)
    np.testing.assert_array_equal(stored["points"], np.stack([s.points for s in written]))
    assert stored["depth"].dtype == np.int16


def test_a_failure_leaves_the_older_file(tmp_path: Path) -> None:
    path = tmp_path / "some.safetensors"
    write_crops(path, samples(2), {})
    before = path.read_bytes()

    def failing() -> object:
        yield samples(1)[0]
        raise InvalidInputError("frame 7 is damaged")

    with pytest.raises(InvalidInputError, match="frame 7"):
        write_crops(path, failing(), {})  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match=r"no crop of a hand for .*some"):
        write_crops(path, [], {})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="cannot write"):
        write_crops(tmp_path / "file" / "some.safetensors", samples(1), {})


def foreign(path: Path) -> None:
    save_file({"depth": np.zeros(3, np.int16)}, path)


def save_depth(path: Path, depth: np.ndarray) -> None:
    arrays = {
        "depth": depth,
        "perspective": np.zeros(2, np.float32),
        "points": np.zeros((2, 22, 3), np.float32),
    }
    save_file(arrays, path, metadata={"format": FORMAT, "meta": "{}"})


def other_shapes(path: Path) -> None:
    save_depth(path, np.zeros((2, 64, 64), np.int16))


def other_type(path: Path) -> None:
    save_depth(path, np.zeros((2, 128, 128), np.float16))


def one_missing(path: Path) -> None:
    arrays = {"depth": np.zeros((2, 128, 128), np.int16), "points": np.zeros((2, 22, 3))}
    save_file(arrays, path, metadata={"format": FORMAT, "meta": "{}"})


def scalar(path: Path) -> None:
    save_file({"depth": np.array(3, np.int16)}, path, metadata={"format": FORMAT, "meta": "{}"})


def no_meta(path: Path) -> None:
    save_file({"depth": np.zeros(3, np.int16)}, path, metadata={"format": FORMAT})


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-9]),
        lambda path: path.write_bytes(path.read_bytes()[:5000]),
        lambda path: path.write_bytes(b"\xff" * 5000),
        *(foreign, other_shapes, other_type, one_missing, scalar, no_meta),
    ],
)
def test_damage_is_one_error_that_names_the_file(
    tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    path = tmp_path / "hurt.safetensors"
    write_crops(path, samples(2), {})
    damage(path)
    with pytest.raises(InvalidInputError, match=r"hurt\.safetensors"):
        CropDataset(path)


@pytest.mark.parametrize("mirrored", [False, True])
def test_points_lie_where_the_crop_shows_them(mirrored: bool) -> None:
    rng = np.random.default_rng(0)
    points = (np.array([40.0, -30.0, 450.0]) + rng.uniform(-60, 60, (21, 3))).astype(np.float32)
    depth = np.zeros((240, 320), np.float32)
    crop = cut_crop(depth, CAMERA, points.mean(axis=0), mirrored=mirrored, roll_rad=0.7)
    sample = sample_of(crop, points)
    assert np.isnan(sample.points[21]).all()
    uvd = camera_to_uvd(crop, points)
    # By hand: metres of the cube's plane, grown with the distance along the axis.
    half = CUBE_MM / 2
    growth = 1 + uvd[:, 2] * sample.perspective
    expected = half * np.stack([uvd[:, 0] * growth, uvd[:, 1] * growth, uvd[:, 2]], axis=1)
    np.testing.assert_allclose(sample.points[:21], expected, atol=2e-3)
    distances = np.linalg.norm(points - points[0], axis=1)
    inside = np.linalg.norm(sample.points[:21] - sample.points[0], axis=1)
    np.testing.assert_allclose(inside, distances, atol=1e-3)


def test_unlabelled_crops_have_no_points() -> None:
    crop = cut_crop(np.zeros((240, 320), np.float32), CAMERA, np.array([0.0, 0.0, 400.0]))
    assert np.isnan(sample_of(crop).points).all()
    assert sample_of(crop).perspective == pytest.approx(CUBE_MM / 2 / 400.0)


def test_a_domain_shows_hands_where_its_points_are(labelled: CropDataset) -> None:
    on_hand = 0
    for sample in (labelled[k] for k in range(len(labelled))):
        growth = 1 + sample.points[:21, 2] / (CUBE_MM / 2) * sample.perspective
        uv = sample.points[:21, :2] / (CUBE_MM / 2) / growth[:, None]
        cells = ((uv + 1) * CROP_SIZE / 2).astype(int).clip(0, CROP_SIZE - 1)
        shown = sample.image[cells[:, 1], cells[:, 0]]
        # A joint lies behind the skin that is seen, or behind another finger.
        on_hand += int(np.sum(shown * CUBE_MM / 2 < sample.points[:21, 2] + 5.0))
    assert on_hand > 0.85 * 21 * len(labelled)


def test_a_domain_is_the_same_each_time(tmp_path: Path, labelled: CropDataset) -> None:
    sample = DOMAINS["labelled"].sampler().sample(3)
    np.testing.assert_allclose(sample.image, labelled[3].image, atol=2e-5)
    write_domain("labelled", 2, tmp_path / "two.safetensors")
    assert json.dumps(CropDataset(tmp_path / "two.safetensors").meta, sort_keys=True) == (
        '{"count": 2, "domain": "labelled"}'
    )
    with pytest.raises(InvalidInputError, match="no domain 'nowhere'"):
        write_domain("nowhere", 2, tmp_path / "two.safetensors")


def test_points_can_be_left_unmarked(tmp_path: Path, crop_files: CropFiles) -> None:
    path = altered(CropDataset(crop_files.labelled), [1, 21], tmp_path / "partly.safetensors")
    assert CropDataset(path).marks([0, 2]) and not CropDataset(path).marks([1])


def test_a_domain_with_scenes_shows_more_than_the_hand() -> None:
    domain = DOMAINS["unlabelled"]
    assert isinstance(domain, Domain)
    seen = [each.sampler() for each in (domain, replace(domain, scenes=False))]
    covered = [
        np.mean([(sampler.sample(seed).image < 0.999).mean() for seed in range(24)])
        for sampler in seen
    ]
    assert covered[0] > 1.2 * covered[1]
