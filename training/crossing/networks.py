"""The networks of a preset, built together because they must agree on the latent space."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from training.crossing.preset import Preset
from training.learning.checkpoint import CHECKPOINT, load_tensors, restore_module
from training.models.depth_gan import (
    CrossingDiscriminator,
    PaperDiscriminator,
    PaperGenerator,
)
from training.models.generator import CrossingGenerator
from training.models.latent import Latent, PaperLatent, RigLatent
from training.models.live import LiveDiscriminator
from training.models.pose_vae import PaperPoseVAE, RigPoseVAE


class Frozen(nn.Module):
    """A trained network that others learn beside: neither weights nor statistics change."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network.requires_grad_(False)
        self.train()

    def forward(self, *inputs: Tensor) -> Tensor:
        """What the network does."""
        return self.network(*inputs)

    def train(self, mode: bool = True) -> Frozen:
        """The network stays in evaluation mode."""
        super().train(mode)
        self.network.eval()
        return self


Generator = PaperGenerator | CrossingGenerator | Frozen
Discriminator = PaperDiscriminator | CrossingDiscriminator | LiveDiscriminator


@dataclass(frozen=True, slots=True, eq=False)
class Networks:
    """The latent space with its pose VAE (frozen), the generator and the discriminator."""

    latent: Latent
    generator: Generator
    discriminator: Discriminator


def build_vae(preset: Preset) -> PaperPoseVAE | RigPoseVAE:
    """The preset's pose VAE, untrained."""
    config = preset.pose_vae
    kind = PaperPoseVAE if preset.kind == "paper" else RigPoseVAE
    return kind(config.code_size, config.hidden)


def load_vae(vae: PaperPoseVAE | RigPoseVAE, path: Path) -> None:
    """Weights from a run's checkpoint or from an exported pose decoder's ``.safetensors``.

    Raises:
        ModelError: if the file is missing, damaged or of another preset.
    """
    tensors, _ = load_tensors(path)
    exported = "average.latent.vae."
    prefix = exported if any(name.startswith(exported) for name in tensors) else "average."
    restore_module(vae, tensors, prefix, path)


def latent_of(vae: PaperPoseVAE | RigPoseVAE) -> Latent:
    """The latent space over a pose VAE."""
    return PaperLatent(vae) if isinstance(vae, PaperPoseVAE) else RigLatent(vae)


def needed_points(preset: Preset) -> tuple[int, ...]:
    """The points that labelled crops must show for the preset's latent space."""
    return PaperLatent.needed if preset.kind == "paper" else RigLatent.needed


def build(preset: Preset, vae_checkpoint: Path | None = None) -> Networks:
    """All networks of ``preset``, the pose VAE from a checkpoint if given.

    Raises:
        ModelError: if the checkpoint is missing, damaged or of another preset.
    """
    vae = build_vae(preset)
    if vae_checkpoint is not None:
        load_vae(vae, vae_checkpoint)
    latent = latent_of(vae)
    latent.eval().requires_grad_(False)
    resolution = preset.resolution
    if isinstance(vae, PaperPoseVAE):
        generator = PaperGenerator(latent.size, resolution=resolution)
        return Networks(latent, generator, PaperDiscriminator(latent.size, resolution=resolution))
    assert isinstance(latent, RigLatent)
    discriminator = CrossingDiscriminator(vae.code_size, resolution=resolution)
    return Networks(latent, CrossingGenerator(latent, resolution=resolution), discriminator)


def load_run(folder: Path, preset: Preset, vae: Path | None = None) -> Networks:
    """The averaged networks of a joint training in ``folder``, beside its pose VAE or ``vae``.

    Raises:
        ModelError: if a checkpoint is missing, damaged or of another preset.
    """
    networks = build(preset, vae or folder / "pose-vae" / CHECKPOINT)
    path = folder / "joint" / CHECKPOINT
    tensors, _ = load_tensors(path)
    restore_module(networks.discriminator, tensors, "discriminator.average.", path)
    if preset.joint.uses_generator:
        restore_module(networks.generator, tensors, "generator.average.", path)
    networks.discriminator.eval()
    networks.generator.eval()
    return networks


@contextmanager
def batch_statistics(module: nn.Module) -> Iterator[nn.Module]:
    """``module`` with the statistics of the batch it sees, as in training."""
    before = module.training
    module.train()
    try:
        yield module
    finally:
        module.train(before)
