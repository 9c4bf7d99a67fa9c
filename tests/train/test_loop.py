"""The training loop: it learns, it resumes exactly, it stops on NaN, its checkpoints are safe."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from engine.errors import InvalidInputError, ModelError
from training.learning.checkpoint import load_tensors, save_tensors
from training.learning.config import LoopConfig
from training.learning.loop import Loop
from training.learning.player import Batch, Player


def make_chunk(seed: int) -> Batch:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(16, 4, 8, 8, generator=generator)
    return {"x": x, "y": x.mean(dim=(1, 2, 3))}


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(4, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 1)
    )


def loss_of(model: nn.Module, batch: Batch) -> dict[str, Tensor]:
    return {"total": (model(batch["x"])[:, 0] - batch["y"]).pow(2).mean()}


def make_loop(run: Path, steps: int) -> Loop:
    config = LoopConfig(steps=steps, batch=16, warmup_steps=5, learning_rate=1e-2)
    return Loop([Player(network(), loss_of)], config, run, make_chunk=make_chunk)


def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    whole = make_loop(tmp_path / "whole", 20)
    whole.run()
    halves = make_loop(tmp_path / "halves", 20)
    halves.run_until(9)
    again = make_loop(tmp_path / "halves", 20)
    again.resume()
    assert again.step == 9
    again.run()
    for name, tensor in whole.players[0].model.state_dict().items():
        torch.testing.assert_close(
            again.players[0].model.state_dict()[name], tensor, rtol=0, atol=0
        )
    for name, tensor in whole.averages[0].state_dict().items():
        torch.testing.assert_close(again.averages[0].state_dict()[name], tensor, rtol=0, atol=0)


def test_nan_stops_the_run_and_keeps_the_last_checkpoint(tmp_path: Path) -> None:
    loop = make_loop(tmp_path, 20)
    loop.run_until(5)
    before = loop.checkpoint_path.read_bytes()
    broken = make_loop(tmp_path, 20)
    broken.resume()
    broken.players[0].loss_of = lambda model, batch: {
        "total": loss_of(model, batch)["total"] * float("nan")
    }
    with pytest.raises(ModelError, match=r"nan at step 5"):
        broken.run()
    assert loop.checkpoint_path.read_bytes() == before


def test_the_log_is_json_lines(tmp_path: Path) -> None:
    loop = make_loop(tmp_path, 100)
    loop.run()
    records = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert records[0]["step"] == 100
    assert records[0]["total"] < 1.0


@pytest.mark.parametrize("damage", [b"", b"not a checkpoint", None])
def test_a_damaged_checkpoint_is_named(tmp_path: Path, damage: bytes | None) -> None:
    path = tmp_path / "checkpoint.safetensors"
    if damage is not None:
        path.write_bytes(damage)
    with pytest.raises(ModelError, match="checkpoint"):
        load_tensors(path)


def test_a_truncated_checkpoint_is_named(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    save_tensors(path, {"a": torch.zeros(100)}, {"step": 1})
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(ModelError, match=r"checkpoint\.safetensors"):
        load_tensors(path)


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    make_loop(tmp_path, 1).run()
    other = make_loop(tmp_path, 2)
    other.players[0].model = nn.Linear(3, 3)
    with pytest.raises(ModelError, match="does not fit"):
        other.resume()


@pytest.mark.parametrize("values", [{"steps": 0}, {"batch": 17}, {"anneal": 0.0}])
def test_a_config_that_cannot_work_is_refused(values: dict[str, float]) -> None:
    with pytest.raises(InvalidInputError):
        LoopConfig(**{"steps": 10, **values})  # type: ignore[arg-type]


def test_the_rate_rises_stays_and_falls_to_nothing() -> None:
    config = LoopConfig(steps=1000, warmup_steps=100, learning_rate=1.0, anneal=0.5)
    assert config.rate_at(0) == pytest.approx(0.01)
    assert config.rate_at(300) == 1.0
    assert config.rate_at(999) < 1e-4
