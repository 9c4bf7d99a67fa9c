"""The training loop: learners in turn, schedule, checkpoints, log; one or many processes.

Batches are a function of (seed, step, chunk) alone, so a resumed run sees what an uninterrupted
one would have seen. Chunks go through the networks in groups of ``norm_batch`` samples and
gradients are averaged over the groups, so batch statistics know one group only: several processes
together do what one would. Start several with ``torchrun --nproc_per_node N -m training ...``;
gradients are averaged between them by DistributedDataParallel.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from engine.errors import CancelledError, InvalidInputError, ModelError
from engine.progress import Progress, go_on
from training.learning.batches import Batch, joined
from training.learning.checkpoint import CHECKPOINT, estimator_prefix, load_tensors, save_tensors
from training.learning.chunk_loader import SampleChunk, chunk_loader
from training.learning.config import LoopConfig
from training.learning.learner import Learner
from training.learning.precision import TrainingPrecision, choose_precision
from training.learning.workers import CHUNK, Workers

STATISTICS_SEED = 1 << 39
STATISTICS_CHUNKS = 32
"""Seeds that only the batch statistics of a finished network are measured on."""
Pictures = Callable[[], dict[str, Tensor]]
"""Makes named pictures [3, H, W] uint8 of the averaged networks for TensorBoard."""


class Loop:
    """Trains ``learners`` in turn, one step each, on batches that ``sample_chunk(seed)`` makes.

    ``data_processes`` child processes make the chunks (0: this one, when they are needed);
    ``precision`` "auto", "f32" or "bf16". ``validate(*averages)`` returns named figures for the
    log, ``pictures()`` named pictures; ``progress`` is called at each step.
    ``run_dir`` receives ``checkpoint.safetensors``, ``log.jsonl`` and TensorBoard events. ``kind``
    says what is trained with which preset: a checkpoint of another kind is refused.
    """

    def __init__(
        self,
        learners: Sequence[Learner],
        config: LoopConfig,
        run_dir: Path,
        *,
        sample_chunk: SampleChunk,
        validate: Callable[..., dict[str, float]] | None = None,
        pictures: Pictures | None = None,
        kind: str = "",
        device: str = "cpu",
        precision: str = TrainingPrecision.F32.value,
        data_processes: int = 0,
        progress: Progress = go_on,
    ) -> None:
        self.progress = progress
        self.learners, self.config, self.run_dir = tuple(learners), config, run_dir
        self.sample_chunk, self.validate, self.pictures = sample_chunk, validate, pictures
        self.kind, self.device = kind, torch.device(device)
        self.data_processes = data_processes
        self.workers = Workers()
        if config.batch // config.norm_batch % self.workers.world_size:
            raise InvalidInputError(
                f"a batch of {config.batch} in groups of {config.norm_batch} cannot be shared by "
                f"{self.workers.world_size} processes"
            )
        reduced = choose_precision(precision, self.device) is TrainingPrecision.BF16
        # Each process has measured: all take what the leader found.
        reduced = self.workers.broadcast(decision=reduced)
        self.precision = TrainingPrecision.BF16 if reduced else TrainingPrecision.F32
        for learner in self.learners:
            learner.prepare(self.device, config.betas, config.weight_decay, self.precision)
        self.first_step = self.step = 0
        self.seconds = 0.0

    @property
    def averages(self) -> tuple[nn.Module, ...]:
        """The learners' averaged networks."""
        return tuple(learner.average for learner in self.learners)

    @property
    def settings(self) -> dict[str, Any]:
        """How this start computes: what a record of the run keeps beside the command."""
        return {
            "precision": self.precision.value,
            "norm_batch": self.config.norm_batch,
            "processes": self.workers.world_size,
            "data_processes": self.data_processes,
            "from_step": self.step,
        }

    @property
    def checkpoint_path(self) -> Path:
        """Where the newest state is kept."""
        return self.run_dir / CHECKPOINT

    def resume(self) -> None:
        """Go on from the checkpoint in the run folder; with more steps, until its rate falls.

        Raises:
            ModelError: if it is missing, damaged or of another model or kind.
            InvalidInputError: if this run's batches are not those of the checkpoint, or its rate
                has begun to fall towards another end.
        """
        path = self.checkpoint_path
        tensors, meta = load_tensors(path)
        kind = meta.get("kind", self.kind)
        if kind != self.kind:
            raise ModelError(f"{path} is a run of '{kind}', not of '{self.kind}'")
        require_same_schedule(path, meta, self.config)
        for learner in self.learners:
            learner.restore(tensors, path)
        self.step, self.seconds = int(meta["step"]), float(meta["seconds"])
        self.first_step = int(meta.get("first_step", 0))

    def load_averages(self, path: Path) -> None:
        """Start from the averaged weights of another run, as far as names and shapes agree; an
        estimator also from the discriminator that holds it. A packed run goes on at its step.

        Raises:
            ModelError: if the checkpoint cannot be read or nothing in it fits.
        """
        tensors, meta = load_tensors(path)
        for learner in self.learners:
            learner.load_averages(tensors, path, estimator_prefix(tensors))
        if meta.get("packed"):
            self.first_step = self.step = int(meta["step"])
            self.seconds = float(meta["seconds"])

    def run(self) -> None:
        """Train until ``config.steps``; raises what ``run_until`` does."""
        self.run_until(self.config.steps)

    def run_until(self, last: int) -> None:
        """Train until step ``last`` of the schedule and save.

        Raises:
            ModelError: if a loss becomes NaN or infinite; the last checkpoint stays.
            CancelledError: if the progress ends the work; what was learned is saved.
        """
        self.run_dir.mkdir(parents=True, exist_ok=True)
        modules = [learner.shared(self.workers.world_size) for learner in self.learners]
        leads = self.workers.is_leader
        with ExitStack() as stack:
            writer = SummaryWriter(str(self.run_dir)) if leads else None
            if writer is not None:
                stack.callback(writer.close)
            progress = stack.enter_context(
                tqdm(total=last, initial=self.step, disable=not leads, mininterval=5)
            )
            chunks = stack.enter_context(
                chunk_loader(self.sample_chunk, self._seeds_until(last), self.data_processes)
            )
            self._steps_until(last, modules, chunks, writer, progress)

    def _steps_until(
        self,
        last: int,
        modules: list[nn.Module],
        chunks: Iterator[Batch],
        writer: SummaryWriter | None,
        progress: tqdm[None],
    ) -> None:
        saved = started = time.monotonic()
        done_before = self.seconds
        while self.step < last:
            losses = self._one_step(modules, self._next_groups(chunks))
            progress.update()
            self.seconds = done_before + time.monotonic() - started
            if self.step % 100 == 0:
                self._report(writer, progress, losses)
            if not self.workers.broadcast(self.progress(self.step, self.config.steps)):
                self._save(writer)
                raise CancelledError(f"ended at step {self.step}: go on with --resume")
            if self.workers.broadcast(
                time.monotonic() - saved > 60 * self.config.checkpoint_minutes
            ):
                self._save(writer)
                saved = time.monotonic()
        self._save(writer)

    def _seeds_until(self, last: int) -> Iterator[int]:
        """Seeds of this process's chunks from now on."""
        config = self.config
        count, group = config.batch // CHUNK, config.norm_batch // CHUNK
        for step in range(self.step, last):
            yield from self.workers.chunks(config.seed, step, count, group)

    def _next_groups(self, chunks: Iterator[Batch]) -> list[Batch]:
        """This process's share of the next batch, in groups that are normalised together."""
        config = self.config
        groups = config.batch // config.norm_batch // self.workers.world_size
        return [self._joined(chunks) for _ in range(groups)]

    def _joined(self, chunks: Iterator[Batch]) -> Batch:
        return joined(list(islice(chunks, self.config.norm_batch // CHUNK)), self.device)

    def _one_step(self, modules: list[nn.Module], groups: list[Batch]) -> dict[str, Tensor]:
        config = self.config
        rate = config.rate_at(self.step, self.first_step)
        # A short memory at first, or the average would carry the random start for long.
        keep = min(1 - 1 / config.average_steps, self.step / (self.step + 10))
        losses: dict[str, Tensor] = {}
        for learner, module in zip(self.learners, modules, strict=True):
            if self.step < learner.first or self.step % learner.every:
                continue
            try:
                own = learner.step(module, groups, rate, self.step)
            except ModelError as error:
                raise ModelError(f"{error} at step {self.step}; stopped") from error
            learner.update_average(keep)
            prefix = f"{learner.name}/" if learner.name else ""
            losses |= {prefix + name: value for name, value in own.items()}
        self.step += 1
        return losses

    def _report(
        self, writer: SummaryWriter | None, progress: tqdm[None], losses: dict[str, Tensor]
    ) -> None:
        if writer is None:
            return
        values = {name: value.item() for name, value in losses.items()}
        self._log("train", values, writer)
        progress.set_postfix({name: f"{value:.3g}" for name, value in values.items()})

    def _log(self, kind: str, values: dict[str, float], writer: SummaryWriter) -> None:
        record = {"kind": kind, "step": self.step, "seconds": round(self.seconds, 1), **values}
        with (self.run_dir / "log.jsonl").open("a") as file:
            file.write(json.dumps(record) + "\n")
        for name, value in values.items():
            writer.add_scalar(f"{kind}/{name}", value, self.step)

    def _save(self, writer: SummaryWriter | None) -> None:
        if writer is None:
            return
        for learner in self.learners:
            learner.update_batch_statistics(self._statistics_groups(), self.step)
        tensors: dict[str, Tensor] = {}
        for learner in self.learners:
            tensors |= learner.tensors()
        config = asdict(self.config)
        meta = {
            "kind": self.kind,
            "step": self.step,
            "first_step": self.first_step,
            "seconds": self.seconds,
            "precision": self.precision.value,
            "config": config,
        }
        save_tensors(self.checkpoint_path, tensors, meta)
        if self.validate is not None:
            self._log("validation", self.validate(*self.averages), writer)
        if self.pictures is not None:
            for name, picture in self.pictures().items():
                writer.add_image(name, picture, self.step)

    def _statistics_groups(self) -> Iterator[Batch]:
        a_group = self.config.norm_batch // CHUNK
        groups = max(1, STATISTICS_CHUNKS // a_group)
        seeds = range(STATISTICS_SEED, STATISTICS_SEED + groups * a_group)
        chunks = map(self.sample_chunk, seeds)
        for _ in range(groups):
            yield self._joined(chunks)


def require_same_schedule(path: Path, meta: dict[str, Any], config: LoopConfig) -> None:
    """Check that a run with ``config`` can go on from the checkpoint at ``path``.

    Raises:
        InvalidInputError: if its batches differ, or its rate has begun to fall towards another end.
    """
    before = {"norm_batch": CHUNK, **meta.get("config", {})}
    for name in ("batch", "norm_batch"):
        own = getattr(config, name)
        if before.get(name, own) != own:
            raise InvalidInputError(f"{path} was trained with {name} {before[name]}, not {own}")
    steps, anneal = before.get("steps", config.steps), before.get("anneal", config.anneal)
    falls_from = steps * (1 - anneal)
    if steps != config.steps and falls_from < meta["step"] < steps:
        raise InvalidInputError(
            f"the rate of {path} has been falling since step {round(falls_from)} of {steps}: "
            f"finish it, or begin another run from it with --start-from"
        )
