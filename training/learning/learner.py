"""A network in training: its optimiser, its loss and the moving average of its weights."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from engine.errors import ModelError
from training.learning.batches import Batch
from training.learning.checkpoint import optimizer_tensors, restore_module, restore_optimizer
from training.learning.precision import TrainingPrecision, autocast
from training.learning.statistics import statistics_measured

LossOf = Callable[[nn.Module, Any, int], dict[str, Tensor]]
"""Named losses, their sum as ``total``, of a module on a batch at an optimiser step."""
GRADIENT_LIMIT = 5.0
"""Largest norm of a step's gradient."""


@contextmanager
def parameters_frozen(module: nn.Module) -> Iterator[None]:
    """Gradients pass through ``module`` but none are made for its parameters."""
    wanted = [parameter for parameter in module.parameters() if parameter.requires_grad]
    for parameter in wanted:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in wanted:
            parameter.requires_grad_(True)


class Learner:
    """One of the networks that a loop trains in turn; used by one thread.

    ``loss_of(model, batch, step)`` returns named losses of a group of chunks.
    ``name`` tells learners of one run apart; a learner alone has none. ``rate`` scales the run's
    learning rate; the learner moves ``every`` so many steps, not before step ``first``. ``partial``
    learners may leave parameters unused. ``statistics(model, batch)`` shows the network the samples
    on which the average's batch statistics are measured (else what its loss shows it).
    """

    def __init__(
        self,
        model: nn.Module,
        loss_of: LossOf,
        *,
        name: str = "",
        rate: float = 1.0,
        every: int = 1,
        first: int = 0,
        partial: bool = False,
        statistics: Callable[[nn.Module, Any], object] | None = None,
    ) -> None:
        self.model, self.loss_of, self.name = model, loss_of, name
        self.rate, self.every, self.first, self.partial = rate, every, first, partial
        self.statistics = statistics
        self.average = copy.deepcopy(model).eval().requires_grad_(False)

    def prepare(
        self,
        device: torch.device,
        betas: tuple[float, float],
        weight_decay: float,
        precision: TrainingPrecision = TrainingPrecision.F32,
    ) -> None:
        """Move to ``device`` and make the optimiser; losses are computed in ``precision``."""
        self._device, self._precision = device, precision
        self.model.to(device, memory_format=torch.channels_last)
        self.average.to(device, memory_format=torch.channels_last)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), betas=betas, weight_decay=weight_decay, fused=True
        )

    def shared(self, world: int) -> nn.Module:
        """The module to call in training: the model itself, or one that averages gradients."""
        if world == 1:
            return self.model
        return DistributedDataParallel(
            self.model, forward_sync_buffers=False, find_unused_parameters=self.partial
        )

    def step(
        self, module: nn.Module, groups: Sequence[Batch], rate: float, step: int
    ) -> dict[str, Tensor]:
        """Optimiser step number ``step`` on the mean gradient of ``groups``; returns the mean
        losses.

        Raises:
            ModelError: if a loss or the gradient is not finite; nothing has moved then.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = rate * self.rate
        self.model.train()
        self.optimizer.zero_grad(set_to_none=True)
        sums: dict[str, Tensor] = {}
        for index, group in enumerate(groups):
            with ExitStack() as stack:
                if isinstance(module, DistributedDataParallel) and index + 1 < len(groups):
                    stack.enter_context(module.no_sync())
                with autocast(self._precision, self._device):
                    losses = self.loss_of(module, group, step)
                (losses["total"] / len(groups)).backward()
            for name, value in losses.items():
                sums[name] = sums.get(name, torch.zeros_like(value)) + value.detach()
        means = {name: value / len(groups) for name, value in sums.items()}
        self._check(means)
        self.optimizer.step()
        return means

    def _check(self, losses: dict[str, Tensor]) -> None:
        who = f"the loss of the {self.name}" if self.name else "the loss"
        if not torch.isfinite(losses["total"]):
            raise ModelError(f"{who} is {losses['total'].item()}")
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), GRADIENT_LIMIT)
        if not torch.isfinite(norm):
            raise ModelError(f"the gradient of {who} is {norm.item()}")

    def update_average(self, keep: float) -> None:
        """Move the average towards the weights by the share 1 - ``keep``."""
        with torch.no_grad():
            pairs = zip(self.average.parameters(), self.model.parameters(), strict=True)
            for mean, live in pairs:
                mean.lerp_(live, 1 - keep)

    def update_batch_statistics(self, groups: Iterable[Batch], step: int) -> None:
        """Measure the average network's batch statistics anew, as ``step`` uses it.

        Running statistics lag behind at a high learning rate, and those of an average of weights
        are not the average of statistics: measured on the detector, hits rose from 86 to 90%.
        """
        with statistics_measured(self.average) as any_to_measure:
            for group in groups if any_to_measure else ():
                if self.statistics is None:
                    self.loss_of(self.average, group, step)
                else:
                    self.statistics(self.average, group)

    def load_averages(
        self, tensors: dict[str, Tensor], path: Path, before: str = "average."
    ) -> None:
        """Start from averaged weights as far as names and shapes agree; their names begin with
        ``before``.

        Raises:
            ModelError: if nothing in ``tensors`` fits.
        """
        own = self.model.state_dict()
        prefix = f"{self._prefix}{before}"
        fitting = {
            name: tensors[prefix + name]
            for name, tensor in own.items()
            if prefix + name in tensors and tensors[prefix + name].shape == tensor.shape
        }
        if not fitting:
            raise ModelError(f"no weight of {path} fits this network")
        self.model.load_state_dict({**own, **fitting})
        self.average.load_state_dict(self.model.state_dict())

    def tensors(self) -> dict[str, Tensor]:
        """All state, named; ``restore`` takes it back."""
        named = {f"model.{k}": v for k, v in self.model.state_dict().items()}
        named |= optimizer_tensors(self.optimizer)
        state = {self._prefix + name: tensor for name, tensor in named.items()}
        return state | self.average_tensors()

    def average_tensors(self) -> dict[str, Tensor]:
        """The averaged network, named as ``tensors`` has it."""
        prefix = f"{self._prefix}average."
        return {prefix + name: tensor for name, tensor in self.average.state_dict().items()}

    def restore(self, tensors: dict[str, Tensor], path: Path) -> None:
        """Put back what ``tensors`` gave.

        Raises:
            ModelError: if it is of another network.
        """
        prefix = self._prefix
        own = {name[len(prefix) :]: t for name, t in tensors.items() if name.startswith(prefix)}
        restore_module(self.model, own, "model.", path)
        restore_module(self.average, own, "average.", path)
        restore_optimizer(self.optimizer, own)

    @property
    def _prefix(self) -> str:
        return f"{self.name}." if self.name else ""
