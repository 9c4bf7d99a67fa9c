"""Export of the three networks: the engine runs what training made, to the same numbers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.assets import asset_path
from engine.errors import InvalidInputError, ModelError
from engine.inference import Network, model_entry
from engine.simulation.model import HandModel
from engine.skeleton import JOINT_COUNT
from engine.tracking.crop_coordinates import CUBE_MM
from engine.tracking.estimate import ESTIMATOR_CONTRACT
from engine.tracking.generate import LATENT_SIZE, DepthGenerator, PoseDecoder
from tests.crossing_runs import CropFiles, joint_loop
from training.__main__ import main
from training.crops.crop_dataset import CropDataset
from training.crops.crop_sampler import TEST_SEED
from training.crossing.metrics import crops_of
from training.crossing.networks import load_run
from training.crossing.posterior import SceneBatchSampler, live_discriminator
from training.crossing.preset import load_preset
from training.learning.checkpoint import save_tensors
from training.learning.run_record import write_record
from training.models.saved_estimator import load_estimator

ESTIMATOR = asset_path("models", "discriminator.safetensors")
POSE_VAE = asset_path("models", "pose_decoder.safetensors")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, crop_files: CropFiles) -> Path:
    """A run folder whose joint training and posterior have made one step each."""
    folder = tmp_path_factory.mktemp("run")
    preset = load_preset("crossing")
    joint_loop(folder / "joint", preset, POSE_VAE, crop_files, 1).run()
    write_record(folder / "joint", "joint", 0)
    arguments = ["posterior", "--run-folder", str(folder), "--pose-vae", str(POSE_VAE)]
    arguments += ["--estimator", str(ESTIMATOR), "--generator", str(folder / "joint")]
    assert main([*arguments, "--steps", "1"]) == 0
    return folder


@pytest.fixture(scope="module")
def models(run: Path, crop_files: CropFiles, tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("models")
    arguments = ["export", "crossing", "--run-folder", str(run), "--output", str(output)]
    arguments += ["--estimator", str(ESTIMATOR), "--pose-vae", str(POSE_VAE)]
    assert main([*arguments, "--test", str(crop_files.labelled)]) == 0
    return output


def test_the_engine_gives_the_numbers_of_training(
    run: Path, models: Path, crop_files: CropFiles
) -> None:
    networks = load_run(run, load_preset("crossing"), POSE_VAE)
    decoder = PoseDecoder(directory=models, exact=True)
    generator = DepthGenerator(directory=models, exact=True)
    crops = next(crops_of(CropDataset(crop_files.labelled), 4))
    with torch.no_grad():
        latents = networks.latent.encode(crops.points)
        joints = networks.latent.decode(latents)[:, :JOINT_COUNT].numpy()
        depth = networks.generator.hard_outline(latents, crops.perspective).numpy()
    for k, latent in enumerate(latents.numpy()):
        assert np.abs(decoder(latent).joints_mm - joints[k]).max() < 0.5  # mm
        made = generator(latent, float(crops.perspective[k]))
        assert np.abs(made - depth[k, 0]).mean() * CUBE_MM / 2 < 1.0  # mm


def test_the_discriminator_sees_what_the_estimator_saw(models: Path) -> None:
    """Its joints are those of the shipped estimator: only heads were added."""
    entry = model_entry("discriminator", contract=ESTIMATOR_CONTRACT, directory=models)
    network = Network(entry, exact=True)
    preset = load_preset("crossing")
    batch = SceneBatchSampler(preset).chunk(TEST_SEED)
    with torch.no_grad():
        expected = load_estimator(ESTIMATOR)(batch.image)
    for k in range(4):
        image, perspective = batch.image[k : k + 1], batch.perspective[k : k + 1]
        found = network(image.numpy(), perspective.numpy())
        np.testing.assert_allclose(found["joints"][0], expected.joints[k].numpy(), atol=0.02)
        logits = expected.class_logits[k].numpy()
        np.testing.assert_allclose(found["class"][0], logits, atol=0.05)
        assert found["latent"].shape == found["log_sd"].shape == (1, LATENT_SIZE)


def test_a_decoded_pose_is_that_of_the_hand_model(models: Path) -> None:
    rng = np.random.default_rng(0)
    hand = PoseDecoder(directory=models, exact=True)(rng.standard_normal(LATENT_SIZE))
    zero, eye = np.zeros(3, np.float32), np.eye(3, dtype=np.float32)
    posed = HandModel.load().pose_joints(hand.angles, hand.shape, eye, zero)

    def lengths(joints: np.ndarray) -> np.ndarray:
        return np.linalg.norm(joints[:, None] - joints[None], axis=-1)

    np.testing.assert_allclose(lengths(hand.joints_mm), lengths(posed), atol=0.5)


@pytest.mark.parametrize("latent", [np.zeros(5), np.full(LATENT_SIZE, np.nan)])
def test_a_latent_that_is_none_is_refused(models: Path, latent: np.ndarray) -> None:
    with pytest.raises(InvalidInputError, match="latent"):
        PoseDecoder(directory=models)(latent)
    with pytest.raises(InvalidInputError, match="latent"):
        DepthGenerator(directory=models)(latent, 0.3)


def test_the_manifest_says_how_they_were_made(models: Path) -> None:
    entries = json.loads((models / "manifest.json").read_text())
    assert set(entries) == {"pose_decoder", "generator", "discriminator"}
    assert entries["generator"]["measured"]["labelled/iou"] >= 0.0
    assert entries["discriminator"]["measured"]["posterior_mm"] > 0.0
    assert entries["pose_decoder"]["parity"]["joints"] < 0.5
    for entry in entries.values():
        assert "python -m training" in str(entry["trained"])


def test_heads_of_another_estimator_are_refused(run: Path, tmp_path: Path) -> None:
    torch.manual_seed(5)
    other = {f"average.{k}": v for k, v in load_estimator(ESTIMATOR).state_dict().items()}
    other["average.dense.weight"] = torch.randn_like(other["average.dense.weight"])
    save_tensors(tmp_path / "other.safetensors", other, {})
    checkpoint = run / "posterior" / "checkpoint.safetensors"
    with pytest.raises(ModelError, match="not trained on the estimator"):
        live_discriminator(load_preset("crossing"), checkpoint, tmp_path / "other.safetensors")


def test_what_is_missing_for_an_export_is_named(
    tmp_path: Path, crop_files: CropFiles, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["export", "crossing", "--run-folder", str(tmp_path), "--output", str(tmp_path)]
    assert main(arguments) == 2
    assert "--test" in capsys.readouterr().err
    given = ["--test", str(crop_files.labelled), "--estimator", str(ESTIMATOR)]
    assert main([*arguments, *given]) == 2
    assert "checkpoint" in capsys.readouterr().err
