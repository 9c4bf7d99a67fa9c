"""Export of the three networks: the engine runs what training made, to the same numbers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.camera import Camera
from engine.crop import CUBE_MM, cut_crop
from engine.errors import InvalidInputError, ModelError
from engine.generate import LATENT_SIZE, LatentModel, perspective_of
from engine.hand.model import HandModel
from engine.skeleton import JOINT_COUNT
from tests.crossing_runs import Materials, joint_loop, untrained_vae
from training.__main__ import main
from training.checkpoint import load_tensors
from training.crossing.export import load_run
from training.crossing.material import Material
from training.crossing.measure import crops_of
from training.crossing.preset import load_preset


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, materials: Materials) -> Path:
    """A run folder whose joint training has made one step."""
    folder = tmp_path_factory.mktemp("run")
    preset = load_preset("crossing")
    vae = untrained_vae(preset, folder / "pose-vae" / "checkpoint.safetensors")
    joint_loop(folder / "joint", preset, vae, materials, 1).run()
    return folder


@pytest.fixture(scope="module")
def models(run: Path, materials: Materials, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("models")
    arguments = ["export", "crossing", "--run-folder", str(run), "--output", str(output)]
    assert main([*arguments, "--test", str(materials.labelled)]) == 0
    return output


def test_the_engine_gives_the_numbers_of_training(
    run: Path, models: Path, materials: Materials
) -> None:
    networks = load_run(run, "crossing")
    model = LatentModel(directory=models, exact=True)
    crops = next(crops_of(Material(materials.labelled), 4))
    with torch.no_grad():
        latents = networks.latent.encode(crops.points)
        joints = networks.latent.decode(latents)[:, :JOINT_COUNT].numpy()
        depth = networks.generator(latents, crops.perspective).numpy()
    for k, latent in enumerate(latents.numpy()):
        assert np.abs(model.pose(latent).joints_mm - joints[k]).max() < 0.5  # mm
        made = model.depth(latent, float(crops.perspective[k]))
        assert np.abs(made - depth[k, 0]).mean() * CUBE_MM / 2 < 0.5  # mm


def test_a_decoded_pose_is_that_of_the_hand_model(models: Path) -> None:
    rng = np.random.default_rng(0)
    hand = LatentModel(directory=models, exact=True).pose(rng.standard_normal(LATENT_SIZE))
    zero, eye = np.zeros(3, np.float32), np.eye(3, dtype=np.float32)
    posed = HandModel.load().pose_joints(hand.angles, hand.shape, eye, zero)

    def lengths(joints: np.ndarray) -> np.ndarray:
        return np.linalg.norm(joints[:, None] - joints[None], axis=-1)

    np.testing.assert_allclose(lengths(hand.joints_mm), lengths(posed), atol=0.5)


def test_a_crop_is_believed_to_be_something(models: Path) -> None:
    depth = np.zeros((120, 160), np.float32)
    depth[40:80, 60:100] = 400.0
    crop = cut_crop(depth, Camera(160, 120, 150.0, 150.0, 79.5, 59.5), np.array([0.0, 0.0, 400.0]))
    assert perspective_of(crop) == pytest.approx(CUBE_MM / 2 / 400.0)
    belief = LatentModel(directory=models).believe(crop)
    assert belief.latent.shape == belief.embedding.shape == (LATENT_SIZE,)
    assert np.isfinite(belief.latent).all()


@pytest.mark.parametrize("latent", [np.zeros(5), np.full(LATENT_SIZE, np.nan)])
def test_a_latent_that_is_none_is_refused(models: Path, latent: np.ndarray) -> None:
    model = LatentModel(directory=models)
    with pytest.raises(InvalidInputError, match="latent"):
        model.pose(latent)
    with pytest.raises(InvalidInputError, match="latent"):
        model.depth(latent, 0.3)


def test_the_manifest_says_how_they_were_made(models: Path) -> None:
    entries = json.loads((models / "manifest.json").read_text())
    assert set(entries) == {"pose_decoder", "generator", "discriminator"}
    assert entries["generator"]["measured"]["iou"] >= 0.0
    assert entries["discriminator"]["measured"]["posterior_mm"] > 0.0
    assert entries["pose_decoder"]["parity"]["joints"] < 0.5


def test_a_run_without_a_joint_training_is_named(tmp_path: Path, materials: Materials) -> None:
    with pytest.raises(ModelError, match="checkpoint"):
        load_tensors(tmp_path / "joint" / "checkpoint.safetensors")
    arguments = ["export", "crossing", "--run-folder", str(tmp_path), "--output", str(tmp_path)]
    assert main([*arguments, "--test", str(materials.labelled)]) == 2
    assert main(arguments) == 2
