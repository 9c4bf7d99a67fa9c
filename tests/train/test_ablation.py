"""Each run of the ablation changes what it says, is done once, and is reported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.simulation.angles import LOWER_RAD, UPPER_RAD
from engine.simulation.render import Part
from engine.simulation.scene import render
from engine.simulation.sensors import SENSORS
from engine.tracking.crop_coordinates import CUBE_MM
from training.ablation.data import VariantCrops
from training.ablation.networks import network_of
from training.ablation.run import (
    AblationConfig,
    benchmark_batches,
    errors_mm,
    report,
    run_variant,
)
from training.ablation.variants import BASE, FURTHER, VARIANTS, SceneOptions, Variant
from training.benchmark.benchmark_frames import BenchmarkFrame, render_frame
from training.benchmark.frame_specs import FrameSampler, Kind
from training.benchmark.poses import RealPoses
from training.crops.crop_sampler import CropSampler
from training.models.estimator import Estimate

CAMERA = SENSORS["SR305"].camera.resized(160, 120)


def parts_seen(scene: SceneOptions) -> set[int]:
    """All parts in pictures of twelve scenes with one hand."""
    scenes = VariantCrops(scene).scenes
    seen: set[int] = set()
    for seed in range(12):
        sampled = scenes.sample(np.random.default_rng(seed), CAMERA, 1, 250.0, 600.0)
        seen |= set(np.unique(render(sampled, CAMERA).labels).tolist())
    return seen


def test_a_world_without_things_shows_a_hand_and_its_arm() -> None:
    assert {int(Part.BODY), int(Part.WALL)} <= parts_seen(SceneOptions())
    bare = parts_seen(SceneOptions(things=False))
    assert bare <= {0, *range(Part.FOREARM, Part.LAST_BONE + 1), int(Part.ARM)}
    assert int(Part.FOREARM) in bare


def test_a_hand_without_forearm_ends_at_the_wrist() -> None:
    seen = parts_seen(SceneOptions(forearm=False, things=False))
    assert int(Part.FOREARM) not in seen
    assert int(Part.ARM) not in seen
    assert int(Part.LAST_BONE) in seen


@pytest.mark.parametrize("factor", [0.0, 2.0])
def test_shapes_differ_as_much_as_asked(factor: float) -> None:
    def shape(scene: SceneOptions) -> np.ndarray:
        scenes = VariantCrops(scene).scenes
        return scenes.sample(np.random.default_rng(3), CAMERA).hands[0].shape

    assert shape(SceneOptions(shape_sd=factor)) == pytest.approx(factor * shape(SceneOptions()))


def test_poses_without_the_sampler_fill_their_limits() -> None:
    scenes = VariantCrops(SceneOptions(sampler=False)).scenes
    angles = np.stack(
        [scenes.sample(np.random.default_rng(k), CAMERA).hands[0].angles for k in range(60)]
    )
    share = (angles - LOWER_RAD) / (UPPER_RAD - LOWER_RAD)
    assert share.min(axis=0).max() < 0.15
    assert share.max(axis=0).min() > 0.85


def test_crops_without_noise_are_exact() -> None:
    """Second differences of a smooth surface are those of its shape, not of a sensor."""

    def rough(scene: SceneOptions) -> float:
        images = [VariantCrops(scene).chunk(seed).image.numpy()[:, 0] for seed in (5, 6)]
        image = np.concatenate(images)
        before, middle, after = image[:, :, :-2], image[:, :, 1:-1], image[:, :, 2:]
        bend = before + after - 2.0 * middle
        smooth = (np.abs(bend) < 0.06) & (np.maximum(np.maximum(before, after), middle) < 1.0)
        return float(bend[smooth].std())

    assert rough(SceneOptions(noise=False)) < 0.8 * rough(SceneOptions())


def test_a_larger_cube_shows_the_same_joints_nearer_to_the_middle() -> None:
    usual, large = (
        CropSampler.load().chunk(9),
        VariantCrops(SceneOptions(cube_mm=2 * CUBE_MM)).chunk(9),
    )
    assert torch.equal(usual.hand_class, large.hand_class)
    hands = usual.hand_class < 2
    assert torch.allclose(usual.joints[hands], 2 * large.joints[hands], atol=1e-4)


def test_crops_without_augmentation_lie_on_the_hand() -> None:
    chunk = VariantCrops(SceneOptions(augmented=False)).chunk(4)
    middles = chunk.joints[chunk.hand_class < 2].mean(dim=1)
    assert float(middles[:, :2].abs().max()) < 0.05


@pytest.fixture
def frames(poses: RealPoses) -> tuple[BenchmarkFrame, ...]:
    """Frames of hands that are not the trained one."""
    sampler, rng = FrameSampler(poses), np.random.default_rng(0)
    return tuple(render_frame(sampler.draw(Kind.USUAL, rng), rng, index) for index in range(4))


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.folder)
def test_every_network_estimates_whole_hands(variant: Variant) -> None:
    network = network_of(variant).eval()
    with torch.no_grad():
        estimate = network(torch.rand(2, 1, 128, 128))
    assert estimate.joints.shape == (2, 21, 3)
    assert estimate.class_logits.shape == (2, 3)


@pytest.mark.parametrize("dense", [True, False])
def test_a_run_is_done_once_and_reported(
    dense: bool, tmp_path: Path, frames: tuple[BenchmarkFrame, ...]
) -> None:
    config = AblationConfig(tmp_path / "runs", crops=64, test_chunks=1, frames=frames)
    variant = replace(BASE, dense=dense, resolution=32)
    found = run_variant(variant, config)
    assert found["crops"] == 64
    assert found["bench_mm"] > 0
    path = tmp_path / "runs" / variant.folder / "result.json"
    written = path.stat().st_mtime_ns
    assert run_variant(variant, config) == found
    assert path.stat().st_mtime_ns == written
    row = report([found]).splitlines()[-1]
    assert row.startswith("| base | 64 |")
    assert f"{found['bench_mm']:.1f}" in row


def test_networks_that_know_the_answer_have_no_error(frames: tuple[BenchmarkFrame, ...]) -> None:
    """Truths are cut, mirrored and measured in one way: who tells them is right to the hair."""

    class Oracle(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rows = iter(benchmark_batches(frames, CUBE_MM))

        def forward(self, image: torch.Tensor) -> Estimate:
            row = next(self.rows)
            assert torch.equal(row.image, image)
            logits = torch.nn.functional.one_hot(row.hand_class, 3).float()
            return Estimate(row.joints, logits, logits, logits)

    errors, sides = errors_mm(Oracle(), list(benchmark_batches(frames, CUBE_MM)), CUBE_MM)
    assert errors.max() == 0.0
    assert sides == 1.0


def test_a_trained_network_goes_on_where_it_was(
    tmp_path: Path, frames: tuple[BenchmarkFrame, ...]
) -> None:
    """One step from the shipped weights leaves it as good as it was, far better than from none."""
    shipped = Path("assets/models/discriminator.safetensors")
    config = AblationConfig(tmp_path, crops=64, test_chunks=2, frames=frames, start=shipped)
    assert run_variant(FURTHER[0], config)["held_out_mm"] < 22.0


def test_further_runs_differ_in_their_world_alone() -> None:
    assert FURTHER[0].name == BASE.name
    assert len(FURTHER) > 5
    assert len({variant.scene for variant in FURTHER}) >= len(FURTHER) - 1
    assert {(v.resolution, v.dense, v.trunk, v.length) for v in FURTHER} == {
        (128, True, BASE.trunk, 1.0)
    }


def test_runs_have_names_and_folders_of_their_own() -> None:
    assert len({variant.name for variant in VARIANTS}) == len(VARIANTS)
    assert len({variant.folder for variant in VARIANTS}) == len(VARIANTS)
