"""A probe learns a posterior on first convolutions that stand still."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.crossing_runs import CropFiles
from training.__main__ import main
from training.crossing.networks import build
from training.crossing.preset import load_preset
from training.crossing.probe import FIRST
from training.learning.best import BEST
from training.learning.checkpoint import load_tensors, save_tensors


@pytest.fixture
def given(vaes: dict[str, Path], crop_files: CropFiles, tiny: dict[str, Path]) -> list[str]:
    options = ["--preset", str(tiny["paper"]), "--pose-vae", str(vaes["paper"]), "--steps", "2"]
    crops = str(crop_files.labelled)
    return ["probe", *options, "--labelled", crops, "--validation", crops, "--every", "1"]


def learned(run: Path) -> dict[str, torch.Tensor]:
    return load_tensors(run / BEST)[0]


def test_a_posterior_learns_on_convolutions_that_stand_still(
    given: list[str], vaes: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.manual_seed(5)
    other = build(load_preset("paper"), vaes["paper"]).discriminator.state_dict()
    path = tmp_path / "gan.safetensors"
    save_tensors(path, {f"discriminator.average.{k}": v for k, v in other.items()}, {})
    assert main([*given, "--convolutions", str(path), "--run-folder", str(tmp_path / "a")]) == 0
    lines = capsys.readouterr().out.splitlines()
    errors = {int(step): float(mm) for step, mm in (line.split("|")[1:3] for line in lines[2:4])}
    assert list(errors) == [1, 2]
    assert lines[-1] == f"best: {min(errors.values()):.2f} mm"
    assert main([*given, "--run-folder", str(tmp_path / "b")]) == 0
    taken, untrained = learned(tmp_path / "a"), learned(tmp_path / "b")
    weights = [name for name in taken if name.startswith(FIRST) and name.endswith("weight")]
    assert weights
    for name in weights:
        torch.testing.assert_close(taken[name], other[name.removeprefix("discriminator.average.")])
        assert not torch.equal(taken[name], untrained[name])
    head = "discriminator.average.posterior.last.weight"
    assert not torch.equal(taken[head], other["posterior.last.weight"])


def test_a_probe_that_cannot_be_is_refused(
    given: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "empty.safetensors"
    save_tensors(path, {"a": torch.zeros(1)}, {})
    run = ["--run-folder", str(tmp_path / "run")]
    assert main([*given, "--convolutions", str(path), *run]) == 2
    assert "does not hold the first convolutions" in capsys.readouterr().err
    assert main([*given, "--preset", "crossing", *run]) == 2
    assert "no posterior on frozen convolutions" in capsys.readouterr().err
