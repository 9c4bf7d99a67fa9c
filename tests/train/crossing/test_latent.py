"""The latent spaces: what they keep, how they turn, what lies between two latents."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from engine.camera import Camera
from engine.simulation.angles import LOWER_RAD, UPPER_RAD
from engine.simulation.model import HandModel
from engine.tracking.crop import cut_crop
from engine.tracking.crop_coordinates import CUBE_MM, camera_to_uvd, uvd_to_camera
from training.crops.crop_dataset import CropDataset, sample_of
from training.crossing.joint_batches import random_mixture
from training.crossing.networks import build
from training.crossing.poses import PoseBatchSampler
from training.crossing.preset import load_preset
from training.models.depth_gan import crop_coordinates, metric_points
from training.models.latent import PaperLatent, RigLatent
from training.models.palm import palm_rotation, root_of
from training.models.pose_vae import UNIT_MM
from training.models.rig import FOREARM_POINT_MM, Rig, joints_of, pivots_of


@pytest.fixture(scope="module")
def rig_latent(vaes: dict[str, Path]) -> RigLatent:
    latent = build(load_preset("crossing"), vaes["crossing"]).latent
    assert isinstance(latent, RigLatent)
    return latent


@pytest.fixture(scope="module")
def paper_latent(vaes: dict[str, Path]) -> PaperLatent:
    latent = build(load_preset("paper"), vaes["paper"]).latent
    assert isinstance(latent, PaperLatent)
    return latent


@pytest.fixture(scope="module")
def points(labelled: CropDataset) -> Tensor:
    return torch.from_numpy(np.stack([labelled[k].points for k in range(16)]))


def about_z(degrees: float) -> Tensor:
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return torch.tensor([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]], dtype=torch.float32)


def test_rotation_and_root_come_back_exactly(rig_latent: RigLatent, points: Tensor) -> None:
    decoded = rig_latent.decode(rig_latent.encode(points))
    after, before = pivots_of(decoded), pivots_of(points)
    torch.testing.assert_close(root_of(after), root_of(before), rtol=0, atol=2e-3)
    torch.testing.assert_close(palm_rotation(after), palm_rotation(before), rtol=0, atol=1e-4)


def test_what_the_code_says_comes_back_whole(rig_latent: RigLatent, points: Tensor) -> None:
    latents = rig_latent.encode(points)
    again = rig_latent.encode(rig_latent.decode(latents))
    torch.testing.assert_close(again[:, -9:], latents[:, -9:], rtol=0, atol=1e-4)
    code, rotation, root = rig_latent.split(latents)
    inside = (rig_latent.decode(latents) - root) @ rotation
    other = torch.cat([code, latents[:, -9:].roll(1, dims=0)], dim=1)
    _, rotation, root = rig_latent.split(other)
    turned = (rig_latent.decode(other) - root) @ rotation
    torch.testing.assert_close(turned, inside, rtol=0, atol=5e-3)


@pytest.mark.parametrize("degrees", [-170.0, -45.0, 10.0, 90.0, 180.0])
def test_a_roll_moves_rotation_and_offset_linearly(
    rig_latent: RigLatent, points: Tensor, degrees: float
) -> None:
    turn = about_z(degrees)
    before, after = rig_latent.encode(points), rig_latent.encode(points @ turn.T)
    size = rig_latent.vae.code_size
    torch.testing.assert_close(after[:, :size], before[:, :size], rtol=0, atol=2e-4)
    linear = torch.block_diag(turn, turn, turn)
    torch.testing.assert_close(after[:, size:], before[:, size:] @ linear.T, rtol=0, atol=1e-4)


def test_points_that_are_not_known_are_filled_in(rig_latent: RigLatent, points: Tensor) -> None:
    partly = points.clone()
    partly[:, [1, 8, 21]] = torch.nan
    latents = rig_latent.encode(partly)
    assert latents.isfinite().all()
    torch.testing.assert_close(latents[:, -9:], rig_latent.encode(points)[:, -9:])
    moved = partly.clone()
    moved[:, 12] += 20.0
    assert not torch.allclose(rig_latent.encode(moved)[:, :-9], latents[:, :-9])


def test_the_paper_s_offset_is_the_root(paper_latent: PaperLatent, points: Tensor) -> None:
    latents = paper_latent.encode(points)
    assert latents.shape == (16, 23)
    torch.testing.assert_close(UNIT_MM * latents[:, -3:], root_of(points)[:, 0])
    shifted = points + torch.tensor([10.0, -20.0, 30.0])
    moved = paper_latent.encode(shifted) - latents
    torch.testing.assert_close(moved[:, :-3], torch.zeros(16, 20), rtol=0, atol=2e-5)
    gap = paper_latent.decode(paper_latent.encode(shifted)) - paper_latent.decode(latents)
    expected = torch.tensor([10.0, -20.0, 30.0]).expand_as(gap)
    torch.testing.assert_close(gap, expected, rtol=0, atol=2e-3)


def test_mixed_latents_are_convex_and_their_rotations_proper(
    rig_latent: RigLatent, paper_latent: PaperLatent, points: Tensor
) -> None:
    weights = random_mixture(np.random.default_rng(0), 64, 5).weights(len(points))
    torch.testing.assert_close(weights.sum(dim=1), torch.ones(64))
    assert ((weights > 0).sum(dim=1) <= 5).all() and (weights >= 0).all()
    latents = rig_latent.encode(points)
    between = rig_latent.mix(weights, latents)
    plain = weights @ latents
    torch.testing.assert_close(between[:, :-9], plain[:, :-9])
    torch.testing.assert_close(between[:, -3:], plain[:, -3:])
    _, rotation, _ = rig_latent.split(between)
    torch.testing.assert_close(torch.linalg.det(rotation), torch.ones(64), rtol=0, atol=1e-5)
    eye = torch.eye(3).expand(64, 3, 3)
    torch.testing.assert_close(rotation @ rotation.transpose(1, 2), eye, rtol=0, atol=1e-5)
    six = rotation[:, :, :2].transpose(1, 2).flatten(1)
    torch.testing.assert_close(between[:, -9:-3], six, rtol=0, atol=1e-6)
    codes = paper_latent.encode(points)
    torch.testing.assert_close(paper_latent.mix(weights, codes), weights @ codes)


def test_a_latent_alone_stays_what_it_is(rig_latent: RigLatent, points: Tensor) -> None:
    latents = rig_latent.encode(points)
    same = rig_latent.mix(torch.eye(len(points)), latents)
    torch.testing.assert_close(same, latents, rtol=0, atol=1e-5)


def test_the_rig_is_the_engine_s() -> None:
    model, rng = HandModel.load(), np.random.default_rng(0)
    angles = rng.uniform(LOWER_RAD, UPPER_RAD, (20, 24)).astype(np.float32)
    shapes = rng.normal(0, 1, (20, model.n_shape)).astype(np.float32)
    pivots = Rig(model)(torch.from_numpy(angles), torch.from_numpy(shapes))
    found = joints_of(pivots).numpy()
    torch.testing.assert_close(pivots_of(joints_of(pivots)), pivots, rtol=0, atol=1e-3)
    for k in range(20):
        posed = model.pose(angles[k], shapes[k], np.eye(3, dtype=np.float32), np.zeros(3))
        np.testing.assert_allclose(found[k, :21], posed.joints_mm, atol=1e-3)
        way = FOREARM_POINT_MM * model.forearm_direction(angles[k])
        forearm = pivots[k, 0].numpy() + way
        np.testing.assert_allclose(found[k, 21], forearm, atol=1e-3)


def test_poses_are_the_same_each_time_and_their_palms_known() -> None:
    sampler = PoseBatchSampler()
    first, again, other = sampler.chunk(5), sampler.chunk(5), sampler.chunk(6)
    for tensor, same, another in zip(first, again, other, strict=True):
        assert torch.equal(tensor, same) and not torch.equal(tensor, another)
    assert (first.known[:, [0, 5, 9, 13, 17]] == 1).all()
    assert 0.5 < float(first.known.mean()) < 1.0


@pytest.mark.parametrize("mirrored", [False, True])
def test_crop_coordinates_and_metric_points_are_the_engine_s(mirrored: bool) -> None:
    rng = np.random.default_rng(0)
    camera = Camera(320, 240, 240.0, 240.0, 159.5, 119.5)
    centre = np.array([70.0, -50.0, 380.0])
    crop = cut_crop(np.zeros((240, 320), np.float32), camera, centre, mirrored=mirrored)
    inside = (centre + rng.uniform(-120, 120, (21, 3))).astype(np.float32)
    sample = sample_of(crop, inside)
    points = torch.from_numpy(sample.points[None, :21])
    perspective = torch.tensor([sample.perspective])
    uvd = crop_coordinates(points, perspective)
    np.testing.assert_allclose(uvd[0].numpy(), camera_to_uvd(crop, inside), atol=1e-5)
    np.testing.assert_allclose(uvd_to_camera(crop, uvd[0].numpy()), inside, atol=2e-3)
    torch.testing.assert_close(metric_points(uvd, perspective), points, rtol=0, atol=1e-3)
    some = torch.from_numpy(rng.uniform(-1, 1, (4, 21, 3)).astype(np.float32))
    spread = torch.tensor([0.1, 0.2, 0.4, 0.6])
    back = crop_coordinates(metric_points(some, spread), spread)
    torch.testing.assert_close(back, some, rtol=0, atol=1e-5)
    assert float(metric_points(some, spread)[..., 2].abs().max()) <= CUBE_MM / 2
