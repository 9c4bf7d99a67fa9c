"""Two processes of one chunk each do what one process does with both."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.distributed
from torch.multiprocessing import spawn

from tests.crossing_runs import (
    CropFiles,
    free_port,
    joint_loop,
    run_both_loops,
    tiny_preset,
    weights_of,
    worker,
)
from training.__main__ import main
from training.crossing.preset import load_preset
from training.learning import loop as training_loop

WORLD = 2


@pytest.fixture(scope="module")
def both_ways(
    tmp_path_factory: pytest.TempPathFactory, vaes: dict[str, Path], crop_files: CropFiles
) -> tuple[Path, Path]:
    """Folders of the runs of one process and of two."""
    if not (torch.distributed.is_available() and torch.distributed.is_gloo_available()):
        pytest.skip("this torch has no gloo to join processes with")
    folder = tmp_path_factory.mktemp("processes")
    given = (tiny_preset("crossing", folder, batch=32), vaes["crossing"], crop_files)
    try:
        spawn(worker, (WORLD, free_port(), folder / "two", *given), nprocs=WORLD)
    except OSError as error:
        pytest.skip(f"processes cannot be started: {error}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training_loop, "STATISTICS_CHUNKS", 1)
        run_both_loops(folder / "one", *given)
    return folder / "one", folder / "two"


@pytest.mark.parametrize("kind", ["joint", "estimator"])
def test_two_processes_learn_what_one_does(kind: str, both_ways: tuple[Path, Path]) -> None:
    one, two = (weights_of(folder / kind) for folder in both_ways)
    assert one.keys() == two.keys() and len(one) > 20
    for name, tensor in one.items():
        torch.testing.assert_close(two[name], tensor, rtol=0, atol=1e-4, msg=name)


def test_the_weights_have_moved(
    tmp_path: Path, both_ways: tuple[Path, Path], vaes: dict[str, Path], crop_files: CropFiles
) -> None:
    """Far more than what the processes may differ by, or the test above would say nothing."""
    preset = load_preset(tiny_preset("crossing", tmp_path, batch=32))
    fresh = joint_loop(tmp_path, preset, vaes["crossing"], crop_files, 3)
    moved = weights_of(both_ways[1] / "joint")
    for learner in fresh.learners:
        state = learner.model.state_dict()
        gaps = [
            float((moved[f"{learner.name}.model.{name}"] - tensor).abs().max())
            for name, tensor in state.items()
            if f"{learner.name}.model.{name}" in moved
        ]
        assert max(gaps) > 1e-3


def test_a_batch_that_cannot_be_shared_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "5")
    monkeypatch.setattr(torch.distributed, "is_initialized", lambda: True)
    assert main(["pose-vae", "--run-folder", str(tmp_path)]) == 2
    assert (
        "a batch of 32 in groups of 16 cannot be shared by 5 processes" in capsys.readouterr().err
    )
    assert not list(tmp_path.iterdir())
