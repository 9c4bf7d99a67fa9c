"""NYU and ICVL as labelled data of preset paper: the sets' own joints, from files to the score."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import InvalidInputError
from engine.tracking.crop_coordinates import camera_to_crop_mm
from tests.crossing_runs import CropFiles, tiny_preset
from tests.dataset_files import right_hands, write_icvl, write_nyu
from training.__main__ import main
from training.crops.crop_dataset import CropDataset
from training.crops.crop_sampler import TEST_SEED
from training.crossing.joint_batches import JointBatchSampler
from training.crossing.networks import latent_of
from training.crossing.plan import Inputs, plan_stage
from training.crossing.pose_vae_stage import pose_vae_score
from training.crossing.poses import LabelledPoseSampler
from training.crossing.preset import load_preset
from training.datasets import open_dataset
from training.datasets.crops import cut_annotated
from training.datasets.tables import read_joint_list
from training.learning.checkpoint import load_tensors
from training.models.joint_sets import JOINT_SETS

FRAMES = 24
SETS = ("nyu", "icvl")


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both sets in their authors' layout, training and test."""
    folder = tmp_path_factory.mktemp("sets")
    nyu = write_nyu(folder / "nyu", right_hands(FRAMES), "train", views=1)
    write_nyu(nyu, right_hands(4, seed=1), "test", views=1)
    return {"nyu": nyu, "icvl": write_icvl(folder / "icvl", right_hands(FRAMES))}


@pytest.fixture(scope="module")
def crops(roots: dict[str, Path]) -> dict[str, Path]:
    paths = {name: root.parent / f"{name}.safetensors" for name, root in roots.items()}
    for name, path in paths.items():
        given = ["--dataset", name, "--path", str(roots[name]), "--joints", name]
        assert main(["crops", *given, "--output", str(path)]) == 0
    return paths


@pytest.mark.parametrize("name", SETS)
def test_crops_hold_the_joints_that_the_set_marks(
    name: str, roots: dict[str, Path], crops: dict[str, Path]
) -> None:
    dataset, known = CropDataset(crops[name]), open_dataset(name, roots[name], "train")
    assert dataset.joints == name and len(dataset) == len(known) == FRAMES
    assert dataset.points.shape == (FRAMES, JOINT_SETS[name].points, 3)
    for k in (0, FRAMES - 1):
        expected = camera_to_crop_mm(cut_annotated(known[k]).crop, known[k].native_mm)
        np.testing.assert_allclose(dataset[k].points, expected, atol=1e-3)
    sampler = JointBatchSampler(load_preset(f"paper_{name}"), dataset)
    assert sampler.chunk(0).points.shape[1:] == (JOINT_SETS[name].points, 3)


@pytest.mark.parametrize("name", SETS)
def test_the_pose_vae_learns_the_set_s_poses(name: str, crops: dict[str, Path]) -> None:
    torch.manual_seed(0)
    preset, dataset = load_preset(f"paper_{name}"), CropDataset(crops[name])
    plan = plan_stage("pose-vae", preset, Inputs(dataset))
    assert plan.files == [crops[name]]
    # 201 epochs of 22 poses (2 are held out), told in 16 samples of 16 poses a step.
    assert plan.config.steps == round(201 * (22 // 16) / 16)
    (learner,) = plan.stage.learners
    learner.prepare(torch.device("cpu"), (0.5, 0.999), 0.0)
    for step in range(150):
        batch = plan.stage.sample_chunk(step)
        learner.step(learner.model, [batch], 3e-3, step)
        learner.update_average(0.9)
    held_out = LabelledPoseSampler(dataset).chunk(TEST_SEED).points
    score = pose_vae_score(latent_of(preset, learner.average), held_out)
    assert score["error_mm"] < 10.0


def test_joints_that_do_not_fit_are_named(
    crops: dict[str, Path],
    roots: dict[str, Path],
    crop_files: CropFiles,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(InvalidInputError, match="learns joints hand: its own are nyu"):
        JointBatchSampler(load_preset("paper"), CropDataset(crops["nyu"]))
    # Without labels it does not matter which joints a file has.
    labelled, other = CropDataset(crops["nyu"]), CropDataset(crop_files.unlabelled)
    chunk = JointBatchSampler(load_preset("paper_nyu"), labelled, [other]).chunk(0)
    assert chunk.unlabelled is not None
    given = ["crops", "--dataset", "nyu", "--path", str(roots["nyu"]), "--joints", "icvl"]
    assert main([*given, "--output", str(tmp_path / "x.safetensors")]) == 2
    assert "data set nyu does not mark joints icvl" in capsys.readouterr().err
    given = ["reproduce", "--dataset", "nyu", "--path", str(roots["nyu"]), "--preset", "paper"]
    assert main([*given, "--run-folder", str(tmp_path)]) == 2
    assert "learns joints hand, not those of nyu" in capsys.readouterr().err


@pytest.mark.parametrize("name", SETS)
def test_one_command_goes_from_a_set_s_files_to_its_score(
    name: str, roots: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    preset = tiny_preset("paper", tmp_path)
    text = preset.read_text().replace('kind = "paper"', f'kind = "paper"\njoints = "{name}"')
    preset.write_text(f"resolution = 32\n{text}")
    given = ["reproduce", "--dataset", name, "--path", str(roots[name])]
    given += ["--run-folder", str(tmp_path / "run"), "--preset", str(preset)]
    assert main([*given, "--labels-fraction", "0.5"]) == 0
    out = capsys.readouterr().out
    frames = len(open_dataset(name, roots[name], "test"))
    assert f"predictions.txt: {frames} lines" in out
    assert "mean mm" in out and out.splitlines()[-1].split()[0] == "predictions"
    count = len(JOINT_SETS[name].evaluated)
    for file in ("predictions", "ground_truth"):
        listed = read_joint_list(tmp_path / "run" / f"{file}.txt", count)
        assert listed.shape == (frames, count, 3)
    checkpoints = sorted((tmp_path / "run").glob("*/checkpoint.safetensors"))
    assert [path.parent.name for path in checkpoints] == [
        "alignment", "depth-gan", "joint", "pose-vae",
    ]  # fmt: skip
    record = json.loads((tmp_path / "run" / "joint" / "run.json").read_text())
    assert record["starts"][0]["preset"]["joints"] == name
    # What is done is not done again.
    assert main([*given, "--labels-fraction", "0.5"]) == 0
    assert [load_tensors(path)[1]["step"] for path in checkpoints] == [2] * 4
