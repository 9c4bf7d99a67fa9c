"""The training loop: it learns, it resumes exactly, it stops on NaN, its checkpoints are safe."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from engine.errors import InvalidInputError, ModelError
from training.learning import precision
from training.learning.batches import joined
from training.learning.checkpoint import FORMAT, load_tensors, save_tensors
from training.learning.config import LoopConfig
from training.learning.learner import Learner
from training.learning.loop import Loop
from training.learning.precision import choose_precision
from training.shipping.pack import pack


class Samples(NamedTuple):
    x: Tensor
    y: Tensor


def sample_chunk(seed: int) -> Samples:
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(16, 4, 8, 8, generator=generator)
    return Samples(x, x.mean(dim=(1, 2, 3)))


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(4, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 1)
    )


def loss_of(model: nn.Module, batch: Samples, step: int) -> dict[str, Tensor]:
    return {"total": (model(batch.x)[:, 0] - batch.y).pow(2).mean()}


def make_loop(run: Path, steps: int) -> Loop:
    config = LoopConfig(steps=steps, batch=16, warmup_steps=5, learning_rate=1e-2)
    return Loop([Learner(network(), loss_of)], config, run, sample_chunk=sample_chunk)


def test_a_resumed_run_equals_an_uninterrupted_one(tmp_path: Path) -> None:
    whole = make_loop(tmp_path / "whole", 20)
    whole.run()
    halves = make_loop(tmp_path / "halves", 20)
    halves.run_until(9)
    again = make_loop(tmp_path / "halves", 20)
    again.resume()
    assert again.step == 9
    again.run()
    for name, tensor in whole.learners[0].model.state_dict().items():
        torch.testing.assert_close(
            again.learners[0].model.state_dict()[name], tensor, rtol=0, atol=0
        )
    for name, tensor in whole.averages[0].state_dict().items():
        torch.testing.assert_close(again.averages[0].state_dict()[name], tensor, rtol=0, atol=0)


def test_nan_stops_the_run_and_keeps_the_last_checkpoint(tmp_path: Path) -> None:
    loop = make_loop(tmp_path, 20)
    loop.run_until(5)
    before = loop.checkpoint_path.read_bytes()
    broken = make_loop(tmp_path, 20)
    broken.resume()
    broken.learners[0].loss_of = lambda model, batch, step: {
        "total": loss_of(model, batch, step)["total"] * float("nan")
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


@pytest.mark.parametrize("said", [{}, {"meta": "[1]"}, {"meta": "{"}, {"meta": "[" * 100_000}])
def test_a_checkpoint_that_says_nothing_of_itself_is_named(
    tmp_path: Path, said: dict[str, str]
) -> None:
    path = tmp_path / "checkpoint.safetensors"
    save_file({"a": torch.zeros(1)}, path, metadata={"format": FORMAT, **said})
    with pytest.raises(ModelError, match=r"checkpoint\.safetensors"):
        load_tensors(path)


def test_what_a_checkpoint_does_not_say_is_named(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    save_tensors(path, {"a": torch.zeros(1)}, {"step": 1})
    _, meta = load_tensors(path)
    assert (meta["step"], meta.get("seconds")) == (1, None)
    with pytest.raises(ModelError, match="nothing of 'seconds'"):
        meta["seconds"]


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    make_loop(tmp_path, 1).run()
    other = make_loop(tmp_path, 2)
    other.learners[0].model = nn.Linear(3, 3)
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


def test_a_longer_run_is_exact_until_the_rate_falls(tmp_path: Path) -> None:
    longer = make_loop(tmp_path / "longer", 40)
    longer.run_until(12)
    short = make_loop(tmp_path / "short", 20)
    short.run_until(9)
    lengthened = make_loop(tmp_path / "short", 40)
    lengthened.resume()
    lengthened.run_until(12)
    for name, tensor in longer.learners[0].model.state_dict().items():
        found = lengthened.learners[0].model.state_dict()[name]
        torch.testing.assert_close(found, tensor, rtol=0, atol=0)


def test_a_run_whose_rate_is_falling_is_not_lengthened(tmp_path: Path) -> None:
    make_loop(tmp_path, 20).run_until(16)
    with pytest.raises(InvalidInputError, match="falling since step 12 of 20"):
        make_loop(tmp_path, 40).resume()


def test_a_run_of_another_batch_is_refused(tmp_path: Path) -> None:
    make_loop(tmp_path, 20).run_until(2)
    config = LoopConfig(steps=20, batch=32, warmup_steps=5)
    other = Loop([Learner(network(), loss_of)], config, tmp_path, sample_chunk=sample_chunk)
    with pytest.raises(InvalidInputError, match="batch 16, not 32"):
        other.resume()


def test_chunks_made_in_other_processes_are_the_same(tmp_path: Path) -> None:
    alone = make_loop(tmp_path / "alone", 6)
    alone.run()
    beside = make_loop(tmp_path / "beside", 6)
    beside.data_processes = 2
    beside.run()
    for name, tensor in alone.learners[0].model.state_dict().items():
        found = beside.learners[0].model.state_dict()[name]
        torch.testing.assert_close(found, tensor, rtol=0, atol=0)


def test_groups_are_normalised_together(tmp_path: Path) -> None:
    sizes = []

    def watched(model: nn.Module, batch: Samples, step: int) -> dict[str, Tensor]:
        sizes.append(len(batch.x))
        return loss_of(model, batch, step)

    config = LoopConfig(steps=1, batch=64, norm_batch=32, warmup_steps=1)
    Loop([Learner(network(), watched)], config, tmp_path, sample_chunk=sample_chunk).run_until(1)
    assert set(sizes) == {32}


def test_a_process_that_dies_is_told_and_the_checkpoint_stays(tmp_path: Path) -> None:
    make_loop(tmp_path, 20).run_until(2)
    before = (tmp_path / "checkpoint.safetensors").read_bytes()

    def deadly(seed: int) -> Samples:
        if torch.utils.data.get_worker_info() is not None:
            os.kill(os.getpid(), signal.SIGKILL)
        return sample_chunk(seed)

    config = LoopConfig(steps=20, batch=16, warmup_steps=5, learning_rate=1e-2)
    loop = Loop(
        [Learner(network(), loss_of)], config, tmp_path, sample_chunk=deadly, data_processes=1
    )
    loop.resume()
    with pytest.raises(ModelError, match="makes training samples has died"):
        loop.run()
    assert (tmp_path / "checkpoint.safetensors").read_bytes() == before


def test_bf16_learns_and_keeps_its_weights_in_float32(tmp_path: Path) -> None:
    config = LoopConfig(steps=100, batch=16, warmup_steps=5, learning_rate=1e-2)
    learner = Learner(network(), loss_of)
    Loop([learner], config, tmp_path, sample_chunk=sample_chunk, precision="bf16").run()
    assert all(weight.dtype == torch.float32 for weight in learner.model.parameters())
    record = json.loads((tmp_path / "log.jsonl").read_text().splitlines()[0])
    assert record["total"] < 0.1


@pytest.mark.parametrize(
    ("plain", "reduced", "expected"), [(1.0, 0.5, "bf16"), (1.0, 1.0, "f32"), (0.5, 1.0, "f32")]
)
def test_auto_takes_bf16_where_it_was_measured_to_pay(
    monkeypatch: pytest.MonkeyPatch, plain: float, reduced: float, expected: str
) -> None:
    seconds = {False: plain, True: reduced}
    monkeypatch.setattr(precision, "_is_bf16_known", lambda: True)
    monkeypatch.setattr(precision, "_learning_seconds", lambda *, reduced: seconds[reduced])
    precision.has_fast_bf16.cache_clear()
    assert choose_precision("auto", torch.device("cpu")).value == expected
    precision.has_fast_bf16.cache_clear()


def test_a_precision_that_does_not_exist_is_named() -> None:
    with pytest.raises(InvalidInputError, match="'f12'"):
        choose_precision("f12", torch.device("cpu"))


def test_a_packed_run_goes_on_at_its_step(tmp_path: Path) -> None:
    first = make_loop(tmp_path / "run", 20)
    first.run_until(7)
    assert pack(tmp_path / "run", tmp_path / "pack") < 20_000
    again = make_loop(tmp_path / "again", 20)
    again.load_averages(tmp_path / "pack" / "checkpoint.safetensors")
    assert again.step == 7
    for name, tensor in first.averages[0].state_dict().items():
        found = again.learners[0].model.state_dict()[name]
        torch.testing.assert_close(found, tensor, rtol=1e-3, atol=1e-3, check_dtype=False)
    again.run_until(9)
    resumed = make_loop(tmp_path / "again", 20)
    resumed.resume()
    assert (resumed.step, resumed.first_step) == (9, 7)


def test_chunks_are_joined_field_by_field() -> None:
    class Nested(NamedTuple):
        first: Samples
        missing: Tensor | None
        second: Tensor

    chunks = [Nested(sample_chunk(k), None, torch.full((2,), float(k))) for k in (1, 2)]
    whole = joined(chunks, torch.device("cpu"))
    assert isinstance(whole, Nested) and isinstance(whole.first, Samples)
    assert torch.equal(whole.first.x[16:], chunks[1].first.x) and len(whole.first.y) == 32
    assert whole.missing is None and whole.second.tolist() == [1.0, 1.0, 2.0, 2.0]
