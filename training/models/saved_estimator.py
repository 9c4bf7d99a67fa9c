"""An estimator read from what training or a release wrote, whatever its size."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from engine.errors import ModelError
from training.learning.checkpoint import (
    checkpoint_of,
    estimator_prefix,
    load_tensors,
    restore_module,
)
from training.models.estimator import CLASS_CHANNELS, HandEstimator
from training.models.trunk import FOLD, TrunkConfig


def load_estimator(path: Path) -> HandEstimator:
    """The averaged weights of a run folder, its checkpoint or a ``discriminator.safetensors``, as a
    network in evaluation mode of the size that the weights have.

    Raises:
        ModelError: if the file is missing, damaged or holds no estimator.
    """
    file = checkpoint_of(path)
    tensors, _ = load_tensors(file)
    prefix = estimator_prefix(tensors)
    own = {name[len(prefix) :]: t for name, t in tensors.items() if name.startswith(prefix)}
    network = HandEstimator(*_size(own, file))
    restore_module(network, tensors, prefix, file)
    return network.eval()


def _size(weights: Mapping[str, Tensor], path: Path) -> tuple[TrunkConfig, int]:
    """The trunk's configuration and the resolution that ``weights`` were trained with."""
    laterals = [name for name in weights if name.startswith("trunk.lateral.")]
    levels = range(sum(name.endswith(".0.weight") for name in laterals))
    try:
        stem = weights["trunk.stem.0.weight"]
        config = TrunkConfig(
            inputs=stem.shape[1] // FOLD**2,
            stem=stem.shape[0],
            channels=tuple(weights[f"trunk.stages.{k}.0.first.0.weight"].shape[0] for k in levels),
            blocks=tuple(_blocks(weights, k) for k in levels),
            fused=tuple(weights[f"trunk.lateral.{k}.0.weight"].shape[0] for k in levels),
        )
        hints = weights["classify.0.weight"].shape[1] - 3 * weights["sigma.bias"].shape[0]
    except KeyError as error:
        raise ModelError(f"{path} holds no estimator: {error} is missing") from error
    return config, 32 * round((hints / CLASS_CHANNELS) ** 0.5)


def _blocks(weights: Mapping[str, Tensor], level: int) -> int:
    stage = f"trunk.stages.{level}."
    return len({name[len(stage) :].split(".")[0] for name in weights if name.startswith(stage)})
