"""The shipped pose decoder: held-out poses survive coding, random latents are hands."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.assets import asset_path
from engine.simulation.angles import LOWER_RAD, UPPER_RAD
from engine.skeleton import JOINT_COUNT
from engine.tracking.generate import LATENT_SIZE, PoseDecoder
from training.crossing.metrics import plausible_bones
from training.crossing.networks import build
from training.crossing.pose_vae_stage import held_out_poses
from training.crossing.preset import load_preset
from training.models.latent import RigLatent


@pytest.fixture(scope="module")
def decoder() -> PoseDecoder:
    return PoseDecoder(exact=True)


def test_held_out_poses_come_back_within_what_was_measured(decoder: PoseDecoder) -> None:
    """1.63 mm on 2,048 poses (``assets/models/manifest.json``)."""
    networks = build(load_preset("crossing"), asset_path("models", "pose_decoder.safetensors"))
    assert isinstance(networks.latent, RigLatent)
    points = held_out_poses()[:200]
    with torch.no_grad():
        latents = networks.latent.encode(points).numpy()
    joints = np.stack([decoder(latent).joints_mm for latent in latents])
    error = np.linalg.norm(joints - points[:, :JOINT_COUNT].numpy(), axis=-1).mean()
    assert error < 2.0


def test_random_latents_are_hands(decoder: PoseDecoder) -> None:
    rng = np.random.default_rng(0)
    hands = [decoder(latent) for latent in rng.standard_normal((300, LATENT_SIZE))]
    joints = torch.from_numpy(np.stack([hand.joints_mm for hand in hands]))
    reference = held_out_poses()[:, :JOINT_COUNT]
    assert float(plausible_bones(joints, reference).float().mean()) > 0.98
    for hand in hands:
        assert np.all(hand.angles >= LOWER_RAD - 1e-3) and np.all(hand.angles <= UPPER_RAD + 1e-3)
        R = hand.R_crop_from_palm
        np.testing.assert_allclose(R @ R.T, np.eye(3), atol=1e-4)
        assert np.linalg.det(R) == pytest.approx(1.0, abs=1e-4)


def test_many_latents_decode_as_each_alone(decoder: PoseDecoder) -> None:
    latents = np.random.default_rng(1).standard_normal((5, LATENT_SIZE)).astype(np.float32)
    together = decoder.many(latents)
    assert len(together) == 5
    for latent, hand in zip(latents, together, strict=True):
        np.testing.assert_allclose(hand.joints_mm, decoder(latent).joints_mm, atol=1e-2)
        np.testing.assert_allclose(hand.angles, decoder(latent).angles, atol=1e-4)
