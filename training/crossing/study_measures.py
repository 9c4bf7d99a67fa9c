"""What is measured of a study's run: errors and silhouettes on crops that no training sees."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from torch import nn

from training.crops.crop_dataset import CropDataset
from training.crossing.metrics import crops_of, generator_score, posterior_errors, summary
from training.crossing.networks import Networks
from training.learning.best import ErrorOf
from training.learning.statistics import statistics_measured
from training.models.latent import Latent

STATISTICS_CROPS: Final = 4096
"""Crops on which batch statistics are measured anew."""


def error_on(crops: CropDataset, latent: Latent) -> ErrorOf:
    """The posterior's mean error in mm on ``crops``, of the averaged networks of a run."""

    def error_of(averages: Sequence[nn.Module]) -> float:
        errors = posterior_errors(averages[0], latent, crops, len(crops))
        return summary(errors)["posterior_mm"]

    return error_of


def measured(networks: Networks, paths: dict[str, Path], *, draws: bool) -> dict[str, float]:
    """Errors in mm on each set of ``paths`` that measures, and of a generator that ``draws``."""
    named: dict[str, float] = {}
    for name in (name for name in ("validation", "test", "test_labelled") if name in paths):
        dataset = CropDataset(paths[name])
        count = len(dataset)
        errors = posterior_errors(networks.discriminator, networks.latent, dataset, count)
        named |= {f"{name}/{key}": value for key, value in summary(errors).items()}
        if draws:
            depth = generator_score(networks.generator, networks.latent, dataset, count)
            named |= {f"{name}/depth_mm": depth.silhouette_mm, f"{name}/iou": depth.iou}
    return named


def measured_with_statistics_of(
    crops: CropDataset, networks: Networks, paths: dict[str, Path]
) -> dict[str, float]:
    """Errors in mm once the discriminator's batch statistics are measured anew on ``crops``, whose
    labels it needs not: the simplest adaptation (Li et al., Revisiting Batch Normalization, 2016).
    """
    discriminator = networks.discriminator
    with statistics_measured(discriminator):
        for part in crops_of(crops, STATISTICS_CROPS):
            discriminator(part.image, part.perspective)
    found = {}
    for name in (name for name in ("validation", "test") if name in paths):
        dataset = CropDataset(paths[name])
        errors = posterior_errors(discriminator, networks.latent, dataset, len(dataset))
        found[f"{name}, statistics/posterior_mm"] = summary(errors)["posterior_mm"]
    return found
