"""Every stage runs, alone and in a row; a resumed joint run is the uninterrupted one."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.crossing_runs import CropFiles, joint_loop
from training.__main__ import main
from training.crossing.preset import load_preset
from training.crossing.stage import STAGES, stage_config
from training.learning.checkpoint import load_tensors

PRESETS = ("crossing", "paper")


def arguments(crop_files: CropFiles, preset: Path, folder: Path, *more: str) -> list[str]:
    return [
        *("--run-folder", str(folder), "--preset", str(preset)),
        *("--labelled", str(crop_files.labelled), "--unlabelled", str(crop_files.unlabelled)),
        *("--test", str(crop_files.labelled), *more),
    ]


@pytest.fixture(scope="module")
def run_of(
    tmp_path_factory: pytest.TempPathFactory, tiny: dict[str, Path], crop_files: CropFiles
) -> Callable[[str], Path]:
    """Gives the folder of a preset's run, which is made when first asked for."""
    runs = tmp_path_factory.mktemp("runs")

    def made(name: str) -> Path:
        folder = runs / name
        if not folder.exists():
            assert main(["crossing", *arguments(crop_files, tiny[name], folder)]) == 0
        return folder

    return made


@pytest.mark.parametrize("name", PRESETS)
def test_all_stages_run_in_a_row(
    name: str, run_of: Callable[[str], Path], tiny: dict[str, Path], crop_files: CropFiles
) -> None:
    folder = run_of(name)
    preset = load_preset(tiny[name])
    stages = [stage for stage in STAGES if stage_config(preset, stage).steps]
    assert stages[0] == "pose-vae" and stages[-1] == "joint"
    for stage in stages:
        tensors, meta = load_tensors(folder / stage / "checkpoint.safetensors")
        assert meta["step"] == 2
        assert all(t.isfinite().all() for t in tensors.values() if t.is_floating_point())
        record = json.loads((folder / stage / "run.json").read_text())
        assert record["task"] == f"{stage} of tiny_{name}"
        assert any((folder / stage).glob("events.out.tfevents.*"))
    lines = (folder / "joint" / "log.jsonl").read_text().splitlines()
    figures = json.loads(lines[-1])
    assert {"labelled/posterior_mm", "labelled/depth_mm", "labelled/iou"} <= figures.keys()
    if name == "paper":
        return
    # What is done is not done again.
    assert main(["crossing", *arguments(crop_files, tiny[name], folder)]) == 0
    for stage in stages:
        record = json.loads((folder / stage / "run.json").read_text())
        assert len(record["starts"]) == 2


@pytest.mark.parametrize(
    ("stage", "name"),
    [
        ("pose-vae", "paper"),
        ("depth-gan", "paper"),
        ("alignment", "paper"),
        ("joint", "crossing"),
        ("crossing", "crossing"),
    ],
)
def test_a_dry_run_keeps_nothing(
    stage: str,
    name: str,
    run_of: Callable[[str], Path],
    tiny: dict[str, Path],
    crop_files: CropFiles,
    tmp_path: Path,
) -> None:
    folder = run_of(name) if stage in STAGES[1:] else tmp_path / "new"
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    given = arguments(crop_files, tiny[name], folder, "--dry-run")
    given = [*given[:4], "--dry-run"] if stage == "pose-vae" else given
    assert main([stage, *given]) == 0
    assert not (tmp_path / "new").exists()
    assert before == {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_a_resumed_joint_run_equals_an_uninterrupted_one(
    tmp_path: Path, tiny: dict[str, Path], vaes: dict[str, Path], crop_files: CropFiles
) -> None:
    preset = load_preset(tiny["crossing"])
    given = (preset, vaes["crossing"], crop_files, 4)
    whole = joint_loop(tmp_path / "whole", *given)
    whole.run()
    joint_loop(tmp_path / "halves", *given).run_until(3)
    again = joint_loop(tmp_path / "halves", *given)
    again.resume()
    assert again.step == 3 and len(again.learners) == 2
    again.run()
    one, _ = load_tensors(tmp_path / "whole" / "checkpoint.safetensors")
    other, _ = load_tensors(tmp_path / "halves" / "checkpoint.safetensors")
    assert one.keys() == other.keys()
    assert any(name.startswith("generator.optimizer.") for name in one)
    # Nothing reads the running statistics of the networks that learn (those of their averages are
    # measured when they are saved), and each saving moves them on.
    unread = re.compile(r"\.model\..*(running_mean|running_var|num_batches_tracked)$")
    for name in filter(lambda name: not unread.search(name), one):
        torch.testing.assert_close(other[name], one[name], rtol=0, atol=0, msg=name)


def test_a_run_says_what_it_was_made_of(
    run_of: Callable[[str], Path], crop_files: CropFiles
) -> None:
    record = json.loads((run_of("paper") / "joint" / "run.json").read_text())
    start = record["starts"][0]
    digest = hashlib.sha256(crop_files.labelled.read_bytes()).hexdigest()
    assert start["data"][str(crop_files.labelled)] == digest
    assert {str(crop_files.unlabelled)} < start["data"].keys()
    assert start["preset"]["joint"]["weights"]["synthesised"] == 0.0
    assert start["preset"]["joint_stage"]["steps"] == 2
    assert start["precision"] in ("f32", "bf16")
    assert start["versions"]["numpy"] == np.__version__
    commit = start["commit"]
    assert commit is None or re.fullmatch(r"[0-9a-f]{40}\+?", commit)
