"""The commands that train a task and export its network."""

from __future__ import annotations

import argparse
import json
import platform
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch

from engine.errors import InvalidInputError, ModelError
from engine.output import write_text
from engine.tracking.detect import CONTRACT as DETECTOR_CONTRACT
from training.learning.checkpoint import CHECKPOINT, checkpoint_of, load_tensors, restore_module
from training.learning.config import LoopConfig
from training.learning.learner import Learner
from training.learning.loop import Loop
from training.learning.memory import keep_freed_memory
from training.shipping.export import ExportSpec, export
from training.supervised.data import TEST_SEED
from training.supervised.tasks import TASKS

DETECTOR_SPEC = ExportSpec(
    "detector", DETECTOR_CONTRACT, {"image": (1, 2, -1, -1)}, ("heat", "offset")
)


def train(options: argparse.Namespace) -> None:
    """Train ``options.task`` in the run folder ``options.run_folder``.

    Raises:
        InvalidInputError: if the run folder holds another run and ``--resume`` is not given, or a
            folder of ``--hands`` holds no hand.
        ModelError: if the checkpoint does not fit or the loss is not finite.
    """
    keep_freed_memory()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    steps = 2 if options.dry_run else options.steps
    config = LoopConfig(
        steps=steps,
        batch=options.batch,
        learning_rate=options.rate,
        anneal=options.anneal,
        average_steps=options.average_steps,
        norm_batch=min(options.norm_batch, options.batch),
        seed=options.seed,
    )
    task = TASKS[options.task](options.hands)
    with tempfile.TemporaryDirectory() as scratch:
        run = Path(scratch) if options.dry_run else options.run_folder
        loop = Loop(
            [Learner(task.network(), task.loss_of)],
            config,
            run,
            sample_chunk=task.sample_chunk,
            validate=task.validate,
            kind=options.task,
            device=options.device,
            precision=options.precision,
            data_processes=options.data_processes,
        )
        if options.resume:
            loop.resume()
        elif loop.checkpoint_path.exists():
            raise InvalidInputError(f"{run} holds a run already: add --resume or choose another")
        if options.start_from is not None and not options.resume:
            loop.load_averages(checkpoint_of(options.start_from))
        if loop.workers.is_leader:
            write_record(run, options.task, options.seed, loop.settings)
        loop.run()


def write_record(run: Path, task: str, seed: int, settings: dict[str, Any] | None = None) -> None:
    """Add how this run was started, with its ``settings``, to ``run.json``.

    Raises:
        ModelError: if the folder holds a run of another task, or its record is damaged.
    """
    run.mkdir(parents=True, exist_ok=True)
    path = run / "run.json"
    record: dict[str, Any] = {"task": task, "starts": []}
    if path.exists():
        try:
            record = json.loads(path.read_text())
            record["starts"] = list(record["starts"])
            before = record["task"]
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise ModelError(f"{path} is damaged: {error}") from error
        if before != task:
            raise ModelError(f"{run} is a run of '{before}', not of '{task}'")
    arguments = shlex.join(["python", "-m", "training", *sys.argv[1:]])
    start = {"command": arguments, "seed": seed, "torch": torch.__version__, **(settings or {})}
    record["starts"].append(start)
    write_text(path, json.dumps(record, indent=2) + "\n")


def export_detector(run: Path, output: Path) -> None:
    """Export the averaged weights of a detector's run, measured once more on held-out samples.

    Raises:
        ModelError: if the run's checkpoint does not fit or the exported file differs from it.
    """
    task = TASKS["detector"](())
    network = task.network().eval()
    path = run / CHECKPOINT
    tensors, _ = load_tensors(path)
    restore_module(network, tensors, "average.", path)
    examples = task.sample_chunk(TEST_SEED)["image"]
    figures = {"trained": training_record(run), "measured": task.validate(network)}
    export(network, DETECTOR_SPEC, [examples], output, **figures)


def training_record(run: Path) -> dict[str, Any]:
    """How the network in a run folder was trained, for the manifest."""
    _, meta = load_tensors(run / CHECKPOINT)
    record = json.loads((run / "run.json").read_text())
    return {
        "commands": [start["command"] for start in record["starts"]],
        "seed": meta["config"]["seed"],
        "steps": meta["step"],
        "samples": meta["step"] * meta["config"]["batch"],
        "hours": round(meta["seconds"] / 3600, 2),
        "machine": f"{platform.machine()} CPU",
    }
