"""Early stopping: the averaged networks of a run as they were where another set of data likes them
best."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from torch import Tensor, nn

from training.learning.checkpoint import load_tensors, save_tensors
from training.learning.loop import Loop

BEST: Final = "best.safetensors"
"""Its name in a run folder."""
ErrorOf = Callable[[Sequence[nn.Module]], float]
"""What is measured of the averaged networks; less is better."""


class BestAverages:
    """Trains a loop and keeps the averages with the least error in ``BEST``. Used by one thread, in
    one process.

    They are measured ``every`` so many steps, and before the first one if they are ``trained``
    then. With ``patience`` the training ends once so many measurements in a row have found nothing
    better. What was measured lies beside the averages, so a run that was broken off goes on.
    """

    def __init__(
        self,
        run: Path,
        error_of: ErrorOf,
        *,
        every: int,
        patience: int | None = None,
        trained: bool = True,
    ) -> None:
        self.path = run / BEST
        self._error_of, self._every, self._patience = error_of, every, patience
        self._trained = trained
        self.curve: dict[int, float] = {}
        """Error at each step that was measured."""

    @property
    def step(self) -> int:
        """The step of the least error; the first one of equals."""
        return min(self.curve, key=lambda step: (self.curve[step], step))

    def train(self, loop: Loop) -> None:
        """To the end of the loop's schedule, or as far as the patience goes.

        Raises:
            ModelError: if a loss is not finite or what was kept is damaged.
        """
        if self.path.exists():
            _, meta = load_tensors(self.path)
            self.curve = {int(step): float(error) for step, error in meta["curve"]}
        if self._trained or loop.step > 0:
            self._measure(loop)
        while loop.step < loop.config.steps and not self._impatient():
            loop.run_until(min(loop.config.steps, (loop.step // self._every + 1) * self._every))
            self._measure(loop)

    def _measure(self, loop: Loop) -> None:
        if loop.step in self.curve:
            return
        error = self._error_of(loop.averages)
        self.curve[loop.step] = error if math.isfinite(error) else math.inf
        kept: dict[str, Tensor] = {}
        if self.step == loop.step:
            for learner in loop.learners:
                kept |= learner.average_tensors()
        else:
            kept, _ = load_tensors(self.path)
        curve = sorted(self.curve.items())
        save_tensors(self.path, kept, {"step": self.step, "curve": curve})

    def _impatient(self) -> bool:
        if self._patience is None or not self.curve:
            return False
        return sum(step > self.step for step in self.curve) >= self._patience
