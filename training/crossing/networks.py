"""The networks of a preset, built together because they must agree on the latent space."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from torch import Tensor, nn

from engine.errors import InvalidInputError
from training.crossing.preset import Preset
from training.learning.checkpoint import CHECKPOINT, load_tensors, restore_module
from training.models.depth_gan import CrossingDiscriminator, DiscriminatorOutput
from training.models.generator import CrossingGenerator
from training.models.joint_sets import JointSet
from training.models.latent import Latent, PaperLatent, RigLatent
from training.models.live import LiveDiscriminator
from training.models.paper_networks import PaperDiscriminator, PaperGenerator, PaperOutput
from training.models.pose_vae import PaperPoseVAE, RigPoseVAE


class Frozen(nn.Module):
    """A trained network that others learn beside: neither weights nor statistics change."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network.requires_grad_(False)
        self.train()

    def forward(self, *inputs: Tensor, **options: Any) -> Tensor:
        """What the network does."""
        return self.network(*inputs, **options)

    def train(self, mode: bool = True) -> Frozen:
        """The network stays in evaluation mode."""
        super().train(mode)
        self.network.eval()
        return self


PoseVAE = PaperPoseVAE | RigPoseVAE
Generator = PaperGenerator | CrossingGenerator | Frozen
Discriminator = PaperDiscriminator | CrossingDiscriminator | LiveDiscriminator
Output = DiscriminatorOutput | PaperOutput
"""What a discriminator says of crops."""


@dataclass(frozen=True, slots=True, eq=False)
class Networks:
    """The latent space with its pose VAE (frozen), the generator and the discriminator."""

    latent: Latent
    generator: Generator
    discriminator: Discriminator


class Architecture(NamedTuple):
    """How the networks of one ``kind`` of preset are made, all untrained, and the ``precision``
    that they are trained in if no other is asked for: bfloat16 has too few digits for a rig."""

    vae: Callable[[Preset], PoseVAE]
    latent: Callable[[Any], Latent]
    generator: Callable[[Any, int], PaperGenerator | CrossingGenerator]
    discriminator: Callable[[Any, int], PaperDiscriminator | CrossingDiscriminator]
    needed: Callable[[JointSet], tuple[int, ...]]
    precision: str


def _paper_vae(preset: Preset) -> PoseVAE:
    config = preset.pose_vae
    return PaperPoseVAE(config.code_size, config.hidden, preset.joint_set)


ARCHITECTURES: Final = {
    "paper": Architecture(
        _paper_vae,
        PaperLatent,
        lambda latent, side: PaperGenerator(latent.size, resolution=side),
        lambda latent, side: PaperDiscriminator(latent.size, resolution=side),
        PaperLatent.needed,
        "auto",
    ),
    "crossing": Architecture(
        lambda preset: RigPoseVAE(preset.pose_vae.code_size, preset.pose_vae.hidden),
        RigLatent,
        lambda latent, side: CrossingGenerator(latent, resolution=side),
        lambda latent, side: CrossingDiscriminator(latent.vae.code_size, resolution=side),
        RigLatent.needed,
        "f32",
    ),
}


def build_vae(preset: Preset) -> PoseVAE:
    """The preset's pose VAE, untrained."""
    return ARCHITECTURES[preset.kind].vae(preset)


def load_vae(vae: PoseVAE, path: Path) -> None:
    """Weights from a run's checkpoint or from an exported pose decoder's ``.safetensors``.

    Raises:
        ModelError: if the file is missing, damaged or of another preset.
    """
    tensors, _ = load_tensors(path)
    exported = "average.latent.vae."
    prefix = exported if any(name.startswith(exported) for name in tensors) else "average."
    restore_module(vae, tensors, prefix, path)


def load_latent(preset: Preset, path: Path | None = None) -> Latent:
    """The preset's latent space, frozen, over the pose VAE of a checkpoint (untrained without one).

    Raises:
        ModelError: if the checkpoint is missing, damaged or of another preset.
    """
    vae = build_vae(preset)
    if path is not None:
        load_vae(vae, path)
    return latent_of(preset, vae).eval().requires_grad_(False)


def latent_of(preset: Preset, vae: PoseVAE) -> Latent:
    """The latent space over a pose VAE."""
    return ARCHITECTURES[preset.kind].latent(vae)


def load_rig_latent(preset: Preset, path: Path) -> RigLatent:
    """As ``load_latent``, for what needs a latent space with a rig.

    Raises:
        InvalidInputError: if the preset's has none.
        ModelError: if the checkpoint is missing, damaged or of another preset.
    """
    latent = load_latent(preset, path)
    if not isinstance(latent, RigLatent):
        raise InvalidInputError(
            f"preset {preset.name} has no rig in its latent space, as preset crossing has"
        )
    return latent


def needed_points(preset: Preset) -> tuple[int, ...]:
    """The points that labelled crops must show for the preset's latent space."""
    return ARCHITECTURES[preset.kind].needed(preset.joint_set)


def build(preset: Preset, vae_checkpoint: Path | None = None) -> Networks:
    """All networks of ``preset``, the pose VAE from a checkpoint if given.

    Raises:
        ModelError: if the checkpoint is missing, damaged or of another preset.
    """
    architecture = ARCHITECTURES[preset.kind]
    latent = load_latent(preset, vae_checkpoint)
    return Networks(
        latent,
        architecture.generator(latent, preset.resolution),
        architecture.discriminator(latent, preset.resolution),
    )


def load_run(
    folder: Path, preset: Preset, vae: Path | None = None, *, checkpoint: str = CHECKPOINT
) -> Networks:
    """The averaged networks that a joint training in ``folder`` left in its file ``checkpoint``,
    beside its pose VAE or ``vae``.

    Raises:
        ModelError: if a checkpoint is missing, damaged or of another preset.
    """
    networks = build(preset, vae or folder / "pose-vae" / CHECKPOINT)
    path = folder / "joint" / checkpoint
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
