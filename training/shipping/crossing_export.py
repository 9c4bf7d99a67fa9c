"""Export of pose decoder, generator and discriminator for ``engine.tracking.generate``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from engine.errors import InvalidInputError
from engine.skeleton import JOINT_COUNT
from engine.tracking.crop_coordinates import CROP_SIZE
from engine.tracking.estimate import ESTIMATOR_CONTRACT
from engine.tracking.generate import (
    GENERATOR_CONTRACT,
    LATENT_SIZE,
    POSE_CONTRACT,
    DepthGenerator,
    PoseDecoder,
)
from training.crops.crop_dataset import CropDataset
from training.crops.crop_sampler import TEST_SEED
from training.crossing.metrics import crops_of, generator_score
from training.crossing.networks import load_rig_latent
from training.crossing.pose_vae_stage import held_out_poses, pose_vae_score
from training.crossing.posterior import (
    VALIDATION_CHUNKS,
    SceneBatchSampler,
    live_discriminator,
    load_generator,
    posterior_score,
)
from training.crossing.preset import Preset, load_preset
from training.learning.checkpoint import CHECKPOINT, load_tensors
from training.learning.run_record import training_record
from training.models.generator import CrossingGenerator
from training.models.latent import RigLatent
from training.shipping.export import ExportSpec, export
from training.supervised.tasks import estimator_task

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
    {"depth": 0.004},  # half cubes
    stepped=("depth",),
)
DISCRIMINATOR_SPEC = ExportSpec(
    "discriminator",
    ESTIMATOR_CONTRACT,
    {"crop": IMAGE, "perspective": ONE},
    ("joints", "log_sigma", "class", "latent", "log_sd", "embedding", "real"),
    {"latent": 0.05, "log_sd": 0.1, "embedding": 0.2, "real": 0.2},
)


class PoseOutputs(nn.Module):
    """Latent [N, 29] to joints, angles, shape, rotation and root of ``tracking.generate``."""

    def __init__(self, latent: RigLatent) -> None:
        super().__init__()
        self.latent = latent

    def forward(self, latent: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """See the class."""
        code, rotation, root = self.latent.split(latent)
        articulation = self.latent.vae.articulate(code)
        joints = self.latent.decode(latent)[:, :JOINT_COUNT]
        return joints, articulation.angles, articulation.shape, rotation, root[:, 0]


class HardOutlineGenerator(nn.Module):
    """Latent and perspective to the depth map that is shown."""

    def __init__(self, generator: CrossingGenerator) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, latent: Tensor, perspective: Tensor) -> Tensor:
        """See the class."""
        return self.generator.hard_outline(latent, perspective)


def export_crossing(
    folder: Path,
    preset_name: str,
    tests: Sequence[CropDataset],
    output: Path,
    *,
    vae: Path,
    estimator: Path,
) -> dict[str, Any]:
    """Export pose decoder, generator and discriminator of a run folder: the generator of its last
    stage that has one, the discriminator as ``estimator`` (``.safetensors`` or checkpoint) with the
    heads of its stage ``posterior``. Measured on ``tests`` and on scenes; returns the figures.

    Raises:
        InvalidInputError: if the preset's networks are not those that the program runs.
        ModelError: if a checkpoint does not fit or an exported file differs from it.
    """
    preset = load_preset(preset_name)
    latent = _program_latent(preset, vae)
    crops = next(crops_of(tests[0], PARITY_CROPS))
    latents = latent.encode(crops.points)
    measured: dict[str, Any] = export_pose_decoder(latent, latents, output, _made(vae))
    stages = [folder / name / CHECKPOINT for name in ("joint", "depth-gan")]
    last = next((path for path in stages if path.exists()), stages[-1])
    generator = load_generator(last, latent)
    drawn: dict[str, float] = {}
    for test in tests:
        depth = generator_score(generator, latent, test, len(test))
        name = test.path.stem
        drawn |= {f"{name}/depth_mm": depth.silhouette_mm, f"{name}/iou": depth.iou}
    both = [latents, crops.perspective]
    hard_outline = HardOutlineGenerator(generator).eval()
    export(hard_outline, GENERATOR_SPEC, both, output, trained=_made(last), measured=drawn)
    measured |= drawn | export_discriminator(folder, preset, latent, estimator, output)
    DepthGenerator(directory=output)
    PoseDecoder(directory=output)
    return measured


def export_estimator(
    folder: Path, preset_name: str, output: Path, *, vae: Path, estimator: Path
) -> dict[str, Any]:
    """Export ``estimator`` with the heads of a run folder's stage ``posterior`` alone, for the pose
    decoder and generator that lie in ``output``; returns the figures.

    Raises:
        InvalidInputError: if the preset's networks are not those that the program runs.
        ModelError: if a checkpoint does not fit or the exported file differs from it.
    """
    preset = load_preset(preset_name)
    return export_discriminator(folder, preset, _program_latent(preset, vae), estimator, output)


def export_discriminator(
    folder: Path, preset: Preset, latent: RigLatent, estimator: Path, output: Path
) -> dict[str, Any]:
    """Export the estimator with the heads of a run's stage ``posterior``; returns the figures."""
    network = live_discriminator(preset, folder / "posterior" / CHECKPOINT, estimator)
    sampler = SceneBatchSampler(preset)
    chunks = [sampler.chunk(TEST_SEED + k) for k in range(VALIDATION_CHUNKS)]
    score = posterior_score(network, latent, chunks) | estimator_task().validate(network.estimator)
    example = [chunks[0].image, chunks[0].perspective]
    trained = {"estimator": _made(estimator), "posterior": _made(folder / "posterior" / CHECKPOINT)}
    export(network, DISCRIMINATOR_SPEC, example, output, trained=trained, measured=score)
    return score


def _program_latent(preset: Preset, vae: Path) -> RigLatent:
    latent = load_rig_latent(preset, vae)
    if latent.size != LATENT_SIZE:
        raise InvalidInputError(
            f"the program runs latents of {LATENT_SIZE} numbers, as preset crossing has"
        )
    return latent


def _made(path: Path) -> dict[str, Any]:
    """How the network in a run's checkpoint or in an exported file was trained."""
    if path.name == CHECKPOINT:
        return training_record(path.parent)
    _, meta = load_tensors(path)
    trained = dict(meta["trained"])
    return dict(trained.get("estimator", trained))


def export_pose_decoder(
    latent: RigLatent, latents: Tensor, output: Path, trained: Mapping[str, Any]
) -> dict[str, float]:
    """Export the decoder of a pose VAE, checked on ``latents``; returns the measured figures."""
    decoder = PoseOutputs(latent).eval()
    measured = pose_vae_score(latent, held_out_poses())
    export(decoder, POSE_SPEC, [latents], output, trained=trained, measured=measured)
    return measured


def export_pose_vae(folder: Path, preset_name: str, output: Path) -> dict[str, float]:
    """Export the pose decoder of a run folder's pose VAE; returns the measured figures.

    Raises:
        InvalidInputError: if the preset's latent space is not that of ``engine.tracking.generate``.
        ModelError: if the checkpoint does not fit or the exported file differs from it.
    """
    latent = _program_latent(load_preset(preset_name), folder / "pose-vae" / CHECKPOINT)
    latents = latent.encode(held_out_poses()[:PARITY_CROPS])
    return export_pose_decoder(latent, latents, output, _made(folder / "pose-vae" / CHECKPOINT))
