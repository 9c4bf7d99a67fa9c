"""The mean of networks that were trained on from one another, as a run that can be released."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.assets import asset_path
from engine.errors import InvalidInputError, ModelError
from training.learning.checkpoint import CHECKPOINT, load_tensors, save_tensors
from training.learning.run_record import training_record
from training.models.trunk import Trunk, TrunkConfig, deepened
from training.shipping.average import average, averaged

SHIPPED = asset_path("models", "detector.safetensors")


def averaged_weights(file: Path) -> dict[str, torch.Tensor]:
    return averaged(file, load_tensors(file)[0])


def run_beside(shipped: Path, folder: Path, *, offset: float, steps: int) -> Path:
    """A run folder with the weights of ``shipped`` and ``offset`` added to each."""
    weights = averaged_weights(shipped)
    tensors = {
        f"average.{name}": value.float() + offset if value.is_floating_point() else value
        for name, value in weights.items()
    }
    meta = {"kind": "detector", "step": steps, "seconds": 1800.0, "config": {"seed": 4, "batch": 8}}
    save_tensors(folder / CHECKPOINT, tensors, meta)
    starts = [{"command": f"python -m training detector --steps {steps}"}]
    (folder / "run.json").write_text(json.dumps({"task": "detector", "starts": starts}))
    return folder


def test_the_mean_lies_between_and_says_what_it_was_made_of(tmp_path: Path) -> None:
    runs = [run_beside(SHIPPED, tmp_path / f"{k}", offset=0.3 * k, steps=100 * k) for k in (1, 2)]
    average([SHIPPED, *runs], tmp_path / "mean")
    before, mean = averaged_weights(SHIPPED), averaged_weights(tmp_path / "mean" / CHECKPOINT)
    for name, value in before.items():
        if value.is_floating_point():
            torch.testing.assert_close(mean[name], value.float() + 0.3, atol=1e-5, rtol=1e-5)
    record = training_record(tmp_path / "mean")
    assert record["steps"] == 300
    assert record["samples"] == 2400
    assert [command.split()[-1] for command in record["commands"][:2]] == ["100", "200"]
    _, meta = load_tensors(tmp_path / "mean" / CHECKPOINT)
    assert meta["packed"]
    with pytest.raises(InvalidInputError, match="holds a run already"):
        average([SHIPPED, *runs], runs[1])


def test_a_shallower_network_is_the_identity_where_it_has_no_block(tmp_path: Path) -> None:
    torch.manual_seed(0)
    config = TrunkConfig(1, 8, (8, 16), (1, 1), (8, 16))
    shallow, deep = Trunk(config).eval(), Trunk(replace(config, blocks=(2, 3))).eval()
    for value in deep.state_dict().values():
        if value.is_floating_point():
            value.add_(0.1)
    weights, deeper = (
        {f"trunk.{name}": value for name, value in each.state_dict().items()}
        for each in (shallow, deep)
    )
    filled = deepened(weights, deeper)
    assert list(filled) == [*weights, *(name for name in deeper if name not in weights)]
    same = Trunk(deep.config).eval()
    same.load_state_dict({name.removeprefix("trunk."): value for name, value in filled.items()})
    image = torch.rand(2, 1, 64, 64)
    for wanted, found in zip(shallow(image), same(image), strict=True):
        torch.testing.assert_close(found, wanted)
    assert deepened(weights, {"trunk.stages.0.0.other": image}) == weights


def test_what_cannot_be_averaged_is_refused(tmp_path: Path) -> None:
    run = run_beside(SHIPPED, tmp_path / "run", offset=0.1, steps=10)
    for networks in ([run], [run, SHIPPED]):
        with pytest.raises(InvalidInputError, match="two networks or more"):
            average(networks, tmp_path / "mean")
    with pytest.raises(ModelError, match="holds another network"):
        average([asset_path("models", "discriminator.safetensors"), run], tmp_path / "mean")
    (run / "run.json").write_text("{}")
    with pytest.raises(ModelError, match="damaged"):
        average([SHIPPED, run], tmp_path / "mean")
    assert not (tmp_path / "mean").exists()
