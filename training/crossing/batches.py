"""Chunks of the joint training: labelled crops, unlabelled ones in two views, how latents mix.

Everything random is drawn here from the chunk's seed, so a step is a function of its chunks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.errors import InvalidInputError
from training.crossing.augment import View, view
from training.crossing.material import Material, Sample
from training.crossing.preset import Preset
from training.player import Batch
from training.workers import CHUNK


class JointMaker:
    """Draws crops from materials. Used by one thread.

    ``labelled`` counts with its first ``fraction``; every crop of ``unlabelled`` counts, whether
    or not its points are known.
    """

    def __init__(
        self,
        preset: Preset,
        labelled: Material,
        unlabelled: Sequence[Material] = (),
        *,
        fraction: float = 1.0,
    ) -> None:
        """Take the materials.

        Raises:
            InvalidInputError: if ``labelled`` has no labels or ``fraction`` is not in (0, 1].
        """
        if not labelled.labelled:
            raise InvalidInputError(f"{labelled.path} has crops without labels")
        if not 0.0 < fraction <= 1.0:
            raise InvalidInputError(f"the fraction of labels must lie in (0, 1], not {fraction}")
        self._preset, self._labelled = preset, labelled
        self.label_count = max(1, round(fraction * len(labelled)))
        # Crops whose labels are not used are still seen.
        self._pool = [(labelled, self.label_count, len(labelled))] if fraction < 1.0 else []
        self._pool += [(material, 0, len(material)) for material in unlabelled]
        self.unlabelled_count = sum(last - first for _, first, last in self._pool)

    def chunk(self, seed: int) -> Batch:
        """16 of each: ``image``, ``perspective``, ``points`` labelled; ``seen_image``,
        ``seen_perspective`` unlabelled as the teacher sees them, ``told_...`` as the pupil does,
        with the pupil's points = ``turn`` @ the teacher's + ``shift``; ``mix`` [16, K] convex
        weights over all K latents; ``uniform`` [16, 64] numbers in (-1, 1)."""
        rng = np.random.default_rng(seed)
        preset = self._preset
        indices = rng.integers(0, self.label_count, CHUNK)
        shown = [view(self._labelled[int(i)], preset.weak, rng).sample for i in indices]
        batch = _stacked("", shown) | {"points": _tensor([s.points for s in shown])}
        sources = CHUNK
        if self.unlabelled_count:
            samples = [self._draw(rng) for _ in range(CHUNK)]
            seen = [view(sample, preset.weak, rng) for sample in samples]
            told = [view(sample, preset.strong, rng) for sample in samples]
            batch |= _stacked("seen_", [v.sample for v in seen])
            batch |= _stacked("told_", [v.sample for v in told])
            batch |= _between(seen, told)
            sources += CHUNK
        batch["uniform"] = torch.from_numpy(rng.uniform(-1, 1, (CHUNK, 64)).astype(np.float32))
        batch["mix"] = torch.from_numpy(mixing(rng, CHUNK, sources, preset.joint.mixed))
        return batch

    def _draw(self, rng: np.random.Generator) -> Sample:
        index = int(rng.integers(self.unlabelled_count))
        for material, first, last in self._pool:
            if index < last - first:
                return material[first + index]
            index -= last - first
        raise AssertionError("unreachable: the index lies within the pool")


def mixing(rng: np.random.Generator, rows: int, sources: int, mixed: int) -> NDArray[np.float32]:
    """Weights [rows, sources] of random convex combinations of ``mixed`` sources each."""
    weights = np.zeros((rows, sources), np.float32)
    for row in weights:
        chosen = rng.choice(sources, min(mixed, sources), replace=False)
        row[chosen] = rng.dirichlet(np.ones(len(chosen)))
    return weights


def _stacked(prefix: str, samples: Sequence[Sample]) -> Batch:
    return {
        f"{prefix}image": _tensor([sample.image for sample in samples])[:, None],
        f"{prefix}perspective": torch.tensor([sample.perspective for sample in samples]),
    }


def _between(seen: Sequence[View], told: Sequence[View]) -> Batch:
    """How points move from the one view to the other."""
    turns, shifts = [], []
    for a, b in zip(seen, told, strict=True):
        turn = b.turn @ np.linalg.inv(a.turn)
        turns.append(turn)
        shifts.append(b.shift - turn @ a.shift)
    return {"turn": _tensor(turns), "shift": _tensor(shifts)}


def _tensor(arrays: Sequence[NDArray[Any]]) -> torch.Tensor:
    return torch.from_numpy(np.stack(arrays).astype(np.float32))
