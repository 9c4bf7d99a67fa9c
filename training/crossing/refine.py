"""Test-time refinement: descend in the latent space until the drawn hand looks like the observed.

As in the authors' code (not reported in the paper): from the posterior's mean, minimise
||m(x) - m(G(z))||^2 + pull * ||z - z0||^2 over z, m being the metric embedding. Beside it the
clipped depth error itself can be descended, which needs no discriminator in the loop.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from engine.errors import InvalidInputError
from engine.skeleton import JOINT_COUNT
from training.crops.crop_dataset import CropDataset
from training.crossing.losses import reconstruction_loss
from training.crossing.metrics import crops_of
from training.crossing.networks import Networks, load_run
from training.crossing.posterior import shipped_networks
from training.crossing.preset import load_preset

OBJECTIVES: Final = ("embedding", "depth")


@dataclass(frozen=True, slots=True)
class RefineConfig:
    """``steps`` of Adam at ``rate``; ``pull`` towards the first estimate; ``clip`` of the squared
    depth error of a pixel (half cubes); ``objective`` what is descended."""

    steps: int = 20
    rate: float = 0.02
    pull: float = 0.001
    clip: float = 0.02
    objective: str = "embedding"

    def __post_init__(self) -> None:
        if self.objective not in OBJECTIVES:
            raise InvalidInputError(f"objective must be one of {', '.join(OBJECTIVES)}")
        if self.steps < 0 or not self.rate > 0:
            raise InvalidInputError("steps must not be negative and rate must be positive")


def refine(networks: Networks, image: Tensor, perspective: Tensor, config: RefineConfig) -> Tensor:
    """Latents [N, size] of crops [N, 1, 128, 128], refined from the posterior's means."""
    with torch.no_grad():
        output = networks.discriminator(image, perspective)
    start = output.latent
    latent = start.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([latent], lr=config.rate)
    for _ in range(config.steps):
        made = networks.generator(latent, perspective)
        if config.objective == "embedding":
            again = networks.discriminator(made, perspective).embedding
            gap = (again - output.embedding).pow(2).sum(dim=1).mean()
        else:
            gap = 10.0 * reconstruction_loss(made, image, clip=config.clip)
        loss = gap + config.pull * (latent - start).pow(2).sum(dim=1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return latent.detach()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``python -m training refine``."""
    parser.add_argument(
        "--run-folder", type=Path, help="with a joint training; the shipped networks if not given"
    )
    parser.add_argument("--preset", default="crossing")
    parser.add_argument("--pose-vae", type=Path, help="file of a trained pose VAE")
    parser.add_argument("--test", type=Path, required=True, metavar="CROPS")
    parser.add_argument("--count", type=int, default=256, help="crops")
    parser.add_argument("--steps", type=int, nargs="+", default=[0, 5, 10, 20, 40])
    parser.add_argument("--rate", type=float, default=RefineConfig().rate)


def run(options: argparse.Namespace) -> None:
    """Measure what refinement in the latent space gains and costs; prints a table."""
    networks = _networks(options)
    dataset = CropDataset(options.test)
    lines = table(networks, dataset, options.count, options.steps, options.rate)
    sys.stdout.write("\n".join(lines) + "\n")


def _networks(options: argparse.Namespace) -> Networks:
    if options.run_folder is None:
        return shipped_networks(load_preset(options.preset))
    return load_run(options.run_folder, load_preset(options.preset), options.pose_vae)


def table(
    networks: Networks, dataset: CropDataset, count: int, steps: Sequence[int], rate: float
) -> list[str]:
    """Lines of a Markdown table: error and time by objective and number of steps."""
    lines = ["| descended | steps | error mm (median) | ms a crop |", "|---|---|---|---|"]
    for objective in OBJECTIVES:
        for number in steps:
            config = RefineConfig(steps=number, rate=rate, objective=objective)
            errors, start, crops_seen = [], time.perf_counter(), 0
            for crops in crops_of(dataset, count):
                found = refine(networks, crops.image, crops.perspective, config)
                joints = networks.latent.decode(found)[:, :JOINT_COUNT]
                errors.append((joints - crops.points[:, :JOINT_COUNT]).norm(dim=-1).mean(dim=1))
                crops_seen += len(crops.image)
            spent = (time.perf_counter() - start) * 1000.0 / crops_seen
            error = torch.cat(errors)
            figures = f"{error.mean():.1f} ({error.median():.1f}) | {spent:.1f}"
            lines.append(f"| {objective} | {number} | {figures} |")
    return lines
