"""Chunks of the joint training: labelled crops, unlabelled ones in two views, how latents mix.

Everything random is drawn here from the chunk's seed, so a step is a function of its chunks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.errors import InvalidInputError
from engine.skeleton import JOINT_NAMES
from training.crops.augment import NONE, View, view
from training.crops.batches import CropImages
from training.crops.crop_dataset import CropDataset, Sample
from training.crossing.networks import needed_points
from training.crossing.preset import Preset
from training.datasets.formats import BENCHMARKS as FORMATS
from training.learning.workers import CHUNK
from training.models.joint_sets import HAND
from training.models.sizes import shrunk


class UnlabelledViews(NamedTuple):
    """Unlabelled crops in the ``teacher``'s view and in the ``student``'s, whose points are
    ``turn`` [N, 3, 3] @ the teacher's + ``shift`` [N, 3] mm."""

    teacher: CropImages
    student: CropImages
    turn: Tensor
    shift: Tensor


class Mixture(NamedTuple):
    """How random latents are mixed of others: each of ``shares`` [N, M], which sum to 1, is of the
    latent at place ``partners`` [N, M] in [0, 1) among however many there are."""

    shares: Tensor
    partners: Tensor

    def weights(self, count: int) -> Tensor:
        """Weights [N, count] over so many latents."""
        places = (self.partners * count).long().clamp(max=count - 1)
        weights = self.shares.new_zeros(len(self.shares), count)
        return weights.scatter_add(1, places, self.shares)


class JointBatch(NamedTuple):
    """Labelled crops: ``image`` [N, 1, H, H] at the preset's resolution H, ``perspective`` [N] and
    ``points`` [N, P, 3] mm, crop frame; ``mix`` of latents and ``normal`` [N, 64] from N(0, 1)."""

    image: Tensor
    perspective: Tensor
    points: Tensor
    mix: Mixture
    normal: Tensor
    unlabelled: UnlabelledViews | None = None


class GanBatch(NamedTuple):
    """Crops, labelled or not: ``image`` [N, 1, H, H] and ``perspective`` [N]; ``uniform`` [N, 64]
    noise in (-1, 1)."""

    image: Tensor
    perspective: Tensor
    uniform: Tensor


class JointBatchSampler:
    """Draws crops from datasets. Used by one thread.

    ``labelled`` counts with its first ``fraction``; every crop of ``unlabelled`` counts, whether
    or not its points are known, and so does the ``rest`` of ``labelled`` unless that is False.

    Joints that a labelled crop does not show are NaN in its points, and losses are means over those
    it shows. Only what the latent needs must be there: without a latent a crop could teach no more
    than the dense head, and every other loss would have to tell two kinds of labelled crops apart.
    """

    def __init__(
        self,
        preset: Preset,
        labelled: CropDataset,
        unlabelled: Sequence[CropDataset] = (),
        *,
        fraction: float = 1.0,
        rest: bool = True,
    ) -> None:
        """Take the datasets.

        Raises:
            InvalidInputError: if ``labelled`` lacks joints or ``fraction`` is not in (0, 1].
        """
        require_labels(preset, labelled)
        if not 0.0 < fraction <= 1.0:
            raise InvalidInputError(f"the fraction of labels must lie in (0, 1], not {fraction}")
        self._preset, self._labelled = preset, labelled
        self.label_count = max(1, round(fraction * len(labelled)))
        unused = rest and self.label_count < len(labelled)
        self._pool = [(labelled, self.label_count, len(labelled))] if unused else []
        self._pool += [(dataset, 0, len(dataset)) for dataset in unlabelled]
        self.unlabelled_count = sum(last - first for _, first, last in self._pool)

    def chunk(self, seed: int) -> JointBatch:
        """16 labelled crops, and as many unlabelled ones if there are any."""
        rng = np.random.default_rng(seed)
        preset = self._preset
        indices = rng.integers(0, self.label_count, CHUNK)
        labelled = [view(self._labelled[int(i)], preset.weak, rng).sample for i in indices]
        unlabelled = self._unlabelled(rng) if self.unlabelled_count else None
        normal = torch.from_numpy(rng.standard_normal((CHUNK, 64)).astype(np.float32))
        mix = random_mixture(rng, CHUNK, preset.joint.mixed)
        points = _tensor([sample.points for sample in labelled])
        return JointBatch(*self._images(labelled), points, mix, normal, unlabelled)

    def observed(self, seed: int) -> GanBatch:
        """16 crops of all that are given, labelled or not."""
        rng = np.random.default_rng(seed)
        samples = []
        for index in rng.integers(0, self.crop_count, CHUNK).tolist():
            count = self.label_count
            sample = self._labelled[index] if index < count else self._at(index - count)
            samples.append(view(sample, self._preset.weak, rng).sample)
        uniform = torch.from_numpy(rng.uniform(-1, 1, (CHUNK, 64)).astype(np.float32))
        return GanBatch(*self._images(samples), uniform)

    @property
    def crop_count(self) -> int:
        """Crops, labelled or not."""
        return self.label_count + self.unlabelled_count

    def _unlabelled(self, rng: np.random.Generator) -> UnlabelledViews:
        preset = self._preset
        samples = [self._at(int(rng.integers(self.unlabelled_count))) for _ in range(CHUNK)]
        teacher = [view(sample, preset.weak, rng) for sample in samples]
        seen = self._images([each.sample for each in teacher])
        if preset.strong == NONE == preset.weak:
            return UnlabelledViews(seen, seen, *_student_from_teacher(teacher, teacher))
        student = [view(sample, preset.strong, rng) for sample in samples]
        shown = self._images([each.sample for each in student])
        return UnlabelledViews(seen, shown, *_student_from_teacher(teacher, student))

    def _at(self, index: int) -> Sample:
        """The unlabelled crop of number ``index``."""
        for dataset, first, last in self._pool:
            if index < last - first:
                return dataset[first + index]
            index -= last - first
        raise AssertionError("unreachable: the index lies within the pool")

    def _images(self, samples: Sequence[Sample]) -> CropImages:
        images = _tensor([sample.image for sample in samples])[:, None]
        perspective = torch.tensor([sample.perspective for sample in samples])
        return CropImages(shrunk(images, self._preset.resolution), perspective)


def require_labels(preset: Preset, dataset: CropDataset) -> None:
    """Check that every crop has the joints that the preset's latent needs.

    Raises:
        InvalidInputError: naming the dataset, and a joint that is missing or the joints it has.
    """
    if dataset.joints != preset.joints:
        raise InvalidInputError(
            f"{dataset.path} cannot serve as labelled with preset {preset.name}, which learns "
            f"joints {preset.joints}: its own are {dataset.joints}"
        )
    for point in needed_points(preset):
        if not dataset.marks([point]):
            raise InvalidInputError(
                f"{dataset.path} cannot serve as labelled with preset {preset.name}: "
                f"{_point_name(preset, point)} is not marked on every crop"
            )


def _point_name(preset: Preset, point: int) -> str:
    if preset.joints == HAND.name:
        return JOINT_NAMES[point]
    return FORMATS[preset.joints].native_joints[point]


def random_mixture(rng: np.random.Generator, rows: int, mixed: int) -> Mixture:
    """Random convex combinations of ``mixed`` latents each."""
    shares = rng.dirichlet(np.ones(mixed), rows).astype(np.float32)
    return Mixture(
        torch.from_numpy(shares),
        torch.from_numpy(rng.random((rows, mixed), np.float32)),
    )


def _student_from_teacher(
    teacher: Sequence[View], student: Sequence[View]
) -> tuple[Tensor, Tensor]:
    """How points move from the teacher's view to the student's: turns and shifts."""
    turns, shifts = [], []
    for a, b in zip(teacher, student, strict=True):
        turn = b.turn @ np.linalg.inv(a.turn)
        turns.append(turn)
        shifts.append(b.shift - turn @ a.shift)
    return _tensor(turns), _tensor(shifts)


def _tensor(arrays: Sequence[NDArray[Any]]) -> Tensor:
    return torch.from_numpy(np.stack(arrays).astype(np.float32))
