"""The mean of the weights of several networks that were trained on from one another.

Networks on one way of training lie in one basin of the loss, and their mean in its middle: off by
less than each of them, at the cost of one (Wortsman et al., "Model soups", ICML 2022).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from engine.errors import InvalidInputError, ModelError
from engine.output import write_text
from training.learning.checkpoint import (
    CHECKPOINT,
    checkpoint_of,
    estimator_prefix,
    load_tensors,
    save_tensors,
)
from training.learning.run_record import write_record
from training.models.trunk import deepened

AVERAGE: Final = "average."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``python -m training average``."""
    parser.add_argument(
        "--networks",
        type=Path,
        nargs="+",
        required=True,
        metavar="RUN",
        help="run folders and exported files of one kind of network; the last must be a run",
    )
    parser.add_argument("--run-folder", type=Path, required=True, help="where the mean is written")


def run(options: argparse.Namespace) -> None:
    """Write the mean of the averaged weights of two or more networks as a run that is finished.

    Raises:
        InvalidInputError: if there are fewer than two, the last is no run folder, or the folder to
            write to holds a run.
        ModelError: if a file is damaged or holds another network.
    """
    average(options.networks, options.run_folder)
    sys.stderr.write(f"wrote {options.run_folder}\n")


def average(networks: Sequence[Path], output: Path) -> None:
    """As ``run``; ``output`` says of itself what the runs among ``networks`` say, with their steps
    and times summed. In residual blocks that a network lacks it counts as the identity."""
    runs = [path for path in networks if path.is_dir()]
    if len(networks) < 2 or networks[-1] not in runs:
        raise InvalidInputError("give two networks or more, the last one a run folder")
    if (output / CHECKPOINT).exists():
        raise InvalidInputError(f"{output} holds a run already: choose another")
    files = [checkpoint_of(path) for path in networks]
    loaded = [load_tensors(file) for file in files]
    weights = [
        averaged(*each) for each in zip(files, (tensors for tensors, _ in loaded), strict=True)
    ]
    deepest = max(weights, key=len)
    first, *others = (deepened(each, deepest) for each in weights)
    for file, other in zip(files[1:], others, strict=True):
        if {k: v.shape for k, v in other.items()} != {k: v.shape for k, v in first.items()}:
            raise ModelError(f"{file} holds another network than {files[0]}")
    mean = {AVERAGE + name: _mean([each[name] for each in (first, *others)]) for name in first}
    metas = [meta for path, (_, meta) in zip(networks, loaded, strict=True) if path in runs]
    records = [_record(path) for path in runs]
    if len({meta["kind"] for meta in metas}) > 1:
        raise ModelError(f"{', '.join(map(str, runs))} are runs of different networks")
    sums = {name: sum(meta[name] for meta in metas) for name in ("step", "seconds")}
    save_tensors(output / CHECKPOINT, mean, {**metas[-1], **sums, "packed": True})
    starts = [start for record in records for start in record["starts"]]
    record = {**records[-1], "starts": starts}
    write_text(output / "run.json", json.dumps(record, indent=2) + "\n")
    write_record(output, record["task"], metas[-1]["config"]["seed"])


def averaged(file: Path, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The averaged weights among the ``tensors`` of a checkpoint or an exported file, by their
    names in the network.

    Raises:
        ModelError: if there are none.
    """
    prefix = estimator_prefix(tensors)
    found = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
    if not found:
        raise ModelError(f"{file} has no averaged weights")
    return found


def _mean(tensors: Sequence[Tensor]) -> Tensor:
    """The mean in float32; of whole numbers (how many batches were seen) the last."""
    if not tensors[0].is_floating_point():
        return tensors[-1]
    return torch.stack([tensor.float() for tensor in tensors]).mean(dim=0)


def _record(run_folder: Path) -> dict[str, Any]:
    path = run_folder / "run.json"
    try:
        record = json.loads(path.read_text())
        return {"task": record["task"], "starts": list(record["starts"])}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ModelError(f"{path} is damaged: {error}") from error
