"""The commands that train a task and export its network."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch

from engine.errors import InvalidInputError
from training.learning.checkpoint import checkpoint_of
from training.learning.config import LoopConfig
from training.learning.learner import Learner
from training.learning.loop import Loop
from training.learning.memory import keep_freed_memory
from training.learning.run_record import write_record
from training.models.estimator import HandEstimator
from training.models.trunk import TrunkConfig
from training.supervised.tasks import TASKS


def train(options: argparse.Namespace) -> None:
    """Train ``options.task`` in the run folder ``options.run_folder``.

    Raises:
        InvalidInputError: if the run folder holds another run and ``--resume`` is not given, a
            folder of ``--hands`` holds no hand, or a stage has no block.
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
    network = task.network() if options.blocks is None else estimator_of(options.blocks)
    with tempfile.TemporaryDirectory() as scratch:
        run = Path(scratch) if options.dry_run else options.run_folder
        loop = Loop(
            [Learner(network, task.loss_of)],
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


def estimator_of(blocks: Sequence[int]) -> HandEstimator:
    """An estimator with so many residual ``blocks`` in each of its stages.

    Raises:
        InvalidInputError: if a stage has none.
    """
    if min(blocks) < 1:
        raise InvalidInputError(f"each stage needs a block, not {' '.join(map(str, blocks))}")
    return HandEstimator(TrunkConfig(blocks=tuple(blocks)))
