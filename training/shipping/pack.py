"""Pack a run that is not finished: small enough to keep beside the code, and to go on from.

A checkpoint holds weights, averages and the optimiser in float32. The pack keeps the averages in
float16, the schedule, the step and the log. ``--start-from PACK`` goes on at that step with a new
optimiser, whose rate rises again over the warm-up.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import Final

import torch

from engine.errors import ModelError
from training.learning.checkpoint import CHECKPOINT, load_tensors, save_tensors

RECORDS: Final = ("run.json", "log.jsonl")
"""Files of a run folder that are kept beside the weights."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``python -m training pack``."""
    parser.add_argument("--run-folder", type=Path, required=True, help="the run to pack")
    parser.add_argument("--output", type=Path, required=True, help="folder of the pack")


def run(options: argparse.Namespace) -> None:
    """Keep a run's averaged weights in float16 with its schedule, step and log."""
    size = pack(options.run_folder, options.output)
    sys.stderr.write(f"wrote {options.output}, {size / 1e6:.1f} MB\n")


def pack(folder: Path, output: Path) -> int:
    """Pack the run in ``folder`` into ``output``; returns the size in bytes.

    Raises:
        ModelError: if the checkpoint is missing or damaged, or has no averaged weights.
    """
    tensors, meta = load_tensors(folder / CHECKPOINT)
    averages = {
        name: tensor.to(torch.float16) if tensor.is_floating_point() else tensor
        for name, tensor in tensors.items()
        if name.startswith("average.") or ".average." in name
    }
    if not averages:
        raise ModelError(f"{folder / CHECKPOINT} has no averaged weights")
    save_tensors(output / CHECKPOINT, averages, {**meta, "packed": True})
    for name in RECORDS:
        if (folder / name).exists():
            shutil.copyfile(folder / name, output / name)
    return sum(path.stat().st_size for path in output.iterdir())
