"""Export of pose decoder, generator and discriminator for ``engine.generate``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from engine.crop import CROP_SIZE
from engine.errors import InvalidInputError, ModelError
from engine.generate import (
    DISCRIMINATOR_CONTRACT,
    GENERATOR_CONTRACT,
    LATENT_SIZE,
    POSE_CONTRACT,
)
from engine.skeleton import JOINT_COUNT
from training.checkpoint import load_tensors, restore_module
from training.crossing.latent import RigLatent
from training.crossing.material import Material
from training.crossing.measure import (
    crops_of,
    generator_score,
    posterior_errors,
    summary,
)
from training.crossing.networks import Networks, build
from training.crossing.preset import load_preset
from training.crossing.stages import held_out_poses, pose_vae_score
from training.export import ExportSpec, export
from training.models.pose_vae import palm_points

PARITY_CROPS = 16
IMAGE, LATENT, ONE = (1, 1, CROP_SIZE, CROP_SIZE), (1, LATENT_SIZE), (1,)
POSE_SPEC = ExportSpec(
    "pose_decoder",
    POSE_CONTRACT,
    {"latent": (-1, LATENT_SIZE)},
    ("joints", "angles", "shape", "rotation", "root"),
    {"joints": 0.5, "root": 0.1},  # mm
)
GENERATOR_SPEC = ExportSpec(
    "generator",
    GENERATOR_CONTRACT,
    {"latent": LATENT, "perspective": ONE},
    ("depth",),
    {"depth": 0.1},  # half cubes; the outline is a step
)
DISCRIMINATOR_SPEC = ExportSpec(
    "discriminator",
    DISCRIMINATOR_CONTRACT,
    {"crop": IMAGE, "perspective": ONE},
    ("real", "latent", "embedding"),
    {"real": 0.2, "latent": 0.05, "embedding": 0.2},
)


class PoseDecoder(nn.Module):
    """Latent [N, 29] to joints, angles, shape, rotation and root of ``engine.generate``."""

    def __init__(self, latent: RigLatent) -> None:
        super().__init__()
        self.latent = latent

    def forward(self, latent: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """See the class."""
        code, rotation, root = self.latent.split(latent)
        articulation = self.latent.vae.articulate(code)
        points = palm_points(articulation) @ rotation.transpose(1, 2) + root
        joints = points[:, :JOINT_COUNT]
        return joints, articulation.angles, articulation.shape, rotation, root[:, 0]


def load_run(folder: Path, preset_name: str, vae: Path | None = None) -> Networks:
    """The averaged networks of a run folder's joint training.

    Raises:
        ModelError: if a checkpoint is missing, damaged or of another preset.
    """
    preset = load_preset(preset_name)
    networks = build(preset, vae or folder / "pose-vae" / "checkpoint.safetensors")
    path = folder / "joint" / "checkpoint.safetensors"
    tensors, _ = load_tensors(path)
    restore_module(networks.discriminator, tensors, "discriminator.average.", path)
    if preset.joint.uses_generator:
        restore_module(networks.generator, tensors, "generator.average.", path)
    networks.discriminator.eval()
    networks.generator.eval()
    return networks


def export_crossing(
    folder: Path, preset_name: str, test: Material, output: Path, *, vae: Path | None = None
) -> dict[str, Any]:
    """Export a run's three networks, measured on ``test``; returns the measured figures.

    Raises:
        InvalidInputError: if the preset's networks are not those of ``engine.generate``.
        ModelError: if a checkpoint does not fit or an exported file differs from it.
    """
    networks = load_run(folder, preset_name, vae)
    if not isinstance(networks.latent, RigLatent) or networks.latent.size != LATENT_SIZE:
        raise InvalidInputError(
            f"the program runs latents of {LATENT_SIZE} numbers with a rig, as preset crossing has"
        )
    crops = next(crops_of(test, PARITY_CROPS))
    latents = networks.latent.encode(crops.points)
    errors = summary(posterior_errors(networks.discriminator, networks.latent, test, len(test)))
    depth = generator_score(networks.generator, networks.latent, test, len(test))
    drawn = {"depth_mm": depth.silhouette_mm, "iou": depth.iou}
    trained = {
        name: json.loads(path.read_text())
        for name in ("pose-vae", "joint")
        if (path := folder / name / "run.json").exists()
    }
    export_pose_decoder(networks.latent, latents, output, trained)
    both = [latents, crops.perspective]
    export(networks.generator, GENERATOR_SPEC, both, output, trained=trained, measured=drawn)
    seen = [crops.image, crops.perspective]
    export(
        networks.discriminator, DISCRIMINATOR_SPEC, seen, output, trained=trained, measured=errors
    )
    _check_complete(output)
    return {**errors, **drawn}


def export_pose_decoder(
    latent: RigLatent, latents: Tensor, output: Path, trained: Mapping[str, Any]
) -> dict[str, float]:
    """Export the decoder of a pose VAE, checked on ``latents``; returns the measured figures."""
    decoder = PoseDecoder(latent).eval()
    measured = pose_vae_score(latent.vae, held_out_poses())
    export(decoder, POSE_SPEC, [latents], output, trained=trained, measured=measured)
    return measured


def export_pose_vae(folder: Path, preset_name: str, output: Path) -> dict[str, float]:
    """Export the pose decoder of a run folder's pose VAE; returns the measured figures.

    Raises:
        InvalidInputError: if the preset's latent space is not that of ``engine.generate``.
        ModelError: if the checkpoint does not fit or the exported file differs from it.
    """
    networks = build(load_preset(preset_name), folder / "pose-vae" / "checkpoint.safetensors")
    if not isinstance(networks.latent, RigLatent) or networks.latent.size != LATENT_SIZE:
        raise InvalidInputError(f"the program runs latents of {LATENT_SIZE} numbers with a rig")
    record = json.loads((folder / "pose-vae" / "run.json").read_text())
    latents = networks.latent.encode(held_out_poses()[:PARITY_CROPS])
    return export_pose_decoder(networks.latent, latents, output, {"pose-vae": record})


def _check_complete(output: Path) -> None:
    """Raise unless ``engine.generate`` can load what was written."""
    from engine.generate import LatentModel

    try:
        LatentModel(directory=output)
    except ModelError as error:
        raise ModelError(f"the exported networks cannot be loaded: {error}") from error
