"""Checkpoints as safetensors (never pickles), written atomically and checked when read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from engine.errors import ModelError
from engine.output import replacing

FORMAT = "crossing-hands/1"
CHECKPOINT: Final = "checkpoint.safetensors"
"""Its name in a run folder, or in the folder of one of its stages."""


def checkpoint_of(path: Path) -> Path:
    """The checkpoint in the run folder ``path``; another path is one itself."""
    return path / CHECKPOINT if path.is_dir() else path


EXPORTED: Final = "average.estimator."
"""Names of the estimator's weights in an exported discriminator begin so."""


def estimator_prefix(tensors: Mapping[str, Tensor]) -> str:
    """How the names of an estimator's averaged weights begin: in an exported discriminator, or in
    a run's checkpoint."""
    return EXPORTED if any(name.startswith(EXPORTED) for name in tensors) else "average."


def save_tensors(path: Path, tensors: dict[str, Tensor], meta: dict[str, Any]) -> None:
    """Write ``tensors`` and ``meta`` (JSON) to ``path``; an older file survives a crash."""
    with replacing(path) as partial:
        save_file(
            {name: tensor.detach().contiguous().cpu() for name, tensor in tensors.items()},
            partial,
            metadata={"format": FORMAT, "meta": json.dumps(meta)},
        )


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what ``save_tensors`` wrote.

    Raises:
        ModelError: if the file is missing, damaged or of another format.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                raise ModelError(f"{path} is not a checkpoint of this program ({FORMAT})")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return tensors, _Meta(path, json.loads(metadata["meta"]))
    except KeyError as error:
        raise ModelError(f"cannot read checkpoint {path}: it says nothing of {error}") from error
    except (OSError, SafetensorError, ValueError, TypeError, RecursionError) as error:
        raise ModelError(f"cannot read checkpoint {path}: {error}") from error


class _Meta(dict[str, Any]):
    """What a checkpoint says of itself; what it does not say is named where it is asked for."""

    def __init__(self, path: Path, fields: dict[str, Any]) -> None:
        super().__init__(**fields)
        self._path = path

    def __missing__(self, name: str) -> Any:
        raise ModelError(f"checkpoint {self._path} says nothing of {name!r}")


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimizer's per-parameter state as flat named tensors."""
    state = optimizer.state_dict()["state"]
    return {
        f"optimizer.{index}.{key}": torch.as_tensor(value)
        for index, entries in state.items()
        for key, value in entries.items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Put back what ``optimizer_tensors`` took."""
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer."):
            _, index, key = name.split(".", 2)
            state.setdefault(int(index), {})[key] = tensor
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": state, "param_groups": groups})
    # The fused optimiser walks through memory, so its state must lie as the parameters do.
    for parameter, entries in optimizer.state.items():
        for key, value in entries.items():
            if value.shape == parameter.shape:
                entries[key] = torch.empty_like(parameter).copy_(value)


def restore_module(module: nn.Module, tensors: dict[str, Tensor], prefix: str, path: Path) -> None:
    """Load the tensors whose names start with ``prefix`` into ``module``.

    Raises:
        ModelError: if a tensor is missing, superfluous or of another shape.
    """
    own = {name[len(prefix) :]: t for name, t in tensors.items() if name.startswith(prefix)}
    try:
        module.load_state_dict(own)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:300]
        raise ModelError(f"checkpoint {path} does not fit this model: {reason}") from error
