"""The training loop: players in turn, schedule, checkpoints, log; one or many processes.

Batches are a function of (seed, step, chunk) alone, so a resumed run sees what an uninterrupted
one would have seen. Each chunk goes through the networks by itself and gradients are averaged over
the chunks, so batch statistics, and all else that joins samples, know one chunk only: several
processes together do what one would. Start several with ``torchrun --nproc_per_node N -m training
...``; gradients are averaged between them by DistributedDataParallel.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from engine.errors import InvalidInputError, ModelError
from training.learning.checkpoint import CHECKPOINT, load_tensors, save_tensors
from training.learning.player import Batch, Player
from training.learning.workers import CHUNK, Workers
from training.models.live import estimator_prefix

RECALIBRATION_SEED = 1 << 39
RECALIBRATION_CHUNKS = 32
"""Seeds that only the batch statistics of a finished network are measured on."""
Pictures = Callable[[], dict[str, Tensor]]
"""Makes named pictures [3, H, W] uint8 of the averaged networks for TensorBoard."""


@dataclass(frozen=True, slots=True)
class LoopConfig:
    """``steps`` optimiser steps of ``batch`` samples over all processes; ``learning_rate`` rises
    over ``warmup_steps``, stays, and falls to 0 as a cosine over the last ``anneal`` share.
    ``betas`` of Adam; ``average_steps`` time constant of the weights' moving average.
    """

    steps: int
    batch: int = 64
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.01
    betas: tuple[float, float] = (0.9, 0.999)
    warmup_steps: int = 300
    anneal: float = 0.4
    average_steps: int = 500
    seed: int = 0
    checkpoint_minutes: float = 4.0

    def __post_init__(self) -> None:
        if self.steps < 1 or self.batch < CHUNK or self.batch % CHUNK:
            raise InvalidInputError(f"steps must be positive and batch a multiple of {CHUNK}")
        if not 0 < self.anneal <= 1:
            raise InvalidInputError(f"anneal must lie in (0, 1], not {self.anneal}")

    def rate_at(self, step: int) -> float:
        """Learning rate of optimiser step ``step`` (from 0)."""
        start = self.steps * (1 - self.anneal)
        rate = self.learning_rate * min(1.0, (step + 1) / self.warmup_steps)
        if step > start:
            rate *= 0.5 * (1 + math.cos(math.pi * (step - start) / (self.steps - start)))
        return rate


class Loop:
    """Trains ``players`` in turn, one step each, on batches that ``make_chunk(seed)`` makes;
    ``step`` is added to them.

    ``validate(*averages)`` returns named figures for the log, ``pictures()`` named pictures.
    ``run_dir`` receives ``checkpoint.safetensors``, ``log.jsonl`` and TensorBoard events. ``kind``
    says what is trained with which preset: a checkpoint of another kind is refused.
    """

    def __init__(
        self,
        players: Sequence[Player],
        config: LoopConfig,
        run_dir: Path,
        *,
        make_chunk: Callable[[int], Batch],
        validate: Callable[..., dict[str, float]] | None = None,
        pictures: Pictures | None = None,
        kind: str = "",
        device: str = "cpu",
    ) -> None:
        self.players, self.config, self.run_dir = tuple(players), config, run_dir
        self.make_chunk, self.validate, self.pictures = make_chunk, validate, pictures
        self.kind, self.device = kind, torch.device(device)
        self.workers = Workers()
        if config.batch // CHUNK % self.workers.world:
            raise InvalidInputError(
                f"a batch of {config.batch} cannot be shared by {self.workers.world} processes"
            )
        for player in self.players:
            player.prepare(self.device, config.betas, config.weight_decay)
        self.step = 0
        self.seconds = 0.0

    @property
    def averages(self) -> tuple[nn.Module, ...]:
        """The players' averaged networks."""
        return tuple(player.average for player in self.players)

    @property
    def checkpoint_path(self) -> Path:
        """Where the newest state is kept."""
        return self.run_dir / CHECKPOINT

    def resume(self) -> None:
        """Go on from the checkpoint in the run folder.

        Raises:
            ModelError: if it is missing, damaged or of another model or kind.
        """
        path = self.checkpoint_path
        tensors, meta = load_tensors(path)
        kind = meta.get("kind", self.kind)
        if kind != self.kind:
            raise ModelError(f"{path} is a run of '{kind}', not of '{self.kind}'")
        for player in self.players:
            player.restore(tensors, path)
        self.step, self.seconds = int(meta["step"]), float(meta["seconds"])

    def adopt(self, path: Path) -> None:
        """Start from the averaged weights of another run, as far as names and shapes agree; an
        estimator also from the discriminator that holds it.

        Raises:
            ModelError: if the checkpoint cannot be read or nothing in it fits.
        """
        tensors, _ = load_tensors(path)
        for player in self.players:
            player.adopt(tensors, path, estimator_prefix(tensors))

    def run(self) -> None:
        """Train until ``config.steps``; raises what ``run_until`` does."""
        self.run_until(self.config.steps)

    def run_until(self, last: int) -> None:
        """Train until step ``last`` of the schedule and save.

        Raises:
            ModelError: if a loss becomes NaN or infinite; the last checkpoint stays.
        """
        self.run_dir.mkdir(parents=True, exist_ok=True)
        modules = [player.shared(self.workers.world) for player in self.players]
        leads = self.workers.leads
        with ExitStack() as stack:
            writer = SummaryWriter(str(self.run_dir)) if leads else None
            if writer is not None:
                stack.callback(writer.close)
            progress = stack.enter_context(
                tqdm(total=last, initial=self.step, disable=not leads, mininterval=5)
            )
            self._steps_until(last, modules, writer, progress)

    def _steps_until(
        self,
        last: int,
        modules: list[nn.Module],
        writer: SummaryWriter | None,
        progress: tqdm[None],
    ) -> None:
        saved = started = time.monotonic()
        done_before = self.seconds
        while self.step < last:
            losses = self._one_step(modules)
            progress.update()
            self.seconds = done_before + time.monotonic() - started
            if self.step % 100 == 0:
                self._report(writer, progress, losses)
            if self.workers.agreed(time.monotonic() - saved > 60 * self.config.checkpoint_minutes):
                self._save(writer)
                saved = time.monotonic()
        self._save(writer)

    def _one_step(self, modules: list[nn.Module]) -> dict[str, Tensor]:
        config = self.config
        seeds = self.workers.chunks(config.seed, self.step, config.batch // CHUNK)
        chunks = [self._chunk(seed) for seed in seeds]
        rate = config.rate_at(self.step)
        # A short memory at first, or the average would carry the random start for long.
        keep = min(1 - 1 / config.average_steps, self.step / (self.step + 10))
        losses: dict[str, Tensor] = {}
        for player, module in zip(self.players, modules, strict=True):
            if self.step < player.first or self.step % player.every:
                continue
            try:
                own = player.take_step(module, chunks, rate)
            except ModelError as error:
                raise ModelError(f"{error} at step {self.step}; stopped") from error
            player.update_average(keep)
            prefix = f"{player.name}/" if player.name else ""
            losses |= {prefix + name: value for name, value in own.items()}
        self.step += 1
        return losses

    def _chunk(self, seed: int) -> Batch:
        chunk = {key: value.to(self.device) for key, value in self.make_chunk(seed).items()}
        return {**chunk, "step": torch.tensor(self.step)}

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
        for player in self.players:
            seeds = range(RECALIBRATION_SEED, RECALIBRATION_SEED + RECALIBRATION_CHUNKS)
            player.recalibrate(self._chunk(seed) for seed in seeds)
        tensors: dict[str, Tensor] = {}
        for player in self.players:
            tensors |= player.tensors()
        config = asdict(self.config)
        meta = {"kind": self.kind, "step": self.step, "seconds": self.seconds, "config": config}
        save_tensors(self.checkpoint_path, tensors, meta)
        if self.validate is not None:
            self._log("validation", self.validate(*self.averages), writer)
        if self.pictures is not None:
            for name, picture in self.pictures().items():
                writer.add_image(name, picture, self.step)
