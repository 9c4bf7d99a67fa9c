"""Small presets, crop files and runs of Crossing Nets, for tests in one process and in several."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from training.crops.batches import EstimatorBatch
from training.crops.crop_dataset import CropDataset, Sample, write_crops
from training.crops.synthetic_domains import DOMAINS
from training.crossing.joint_batches import JointBatchSampler
from training.crossing.networks import build_vae
from training.crossing.preset import FOLDER, Preset, load_preset
from training.crossing.stages import joint_stage
from training.learning import loop as training_loop
from training.learning.checkpoint import load_tensors, save_tensors
from training.learning.config import LoopConfig
from training.learning.learner import Learner
from training.learning.loop import Loop
from training.models.depth_gan import crop_coordinates
from training.models.estimator import HandEstimator
from training.models.trunk import TrunkConfig
from training.supervised.losses import estimator_loss

SMALL = TrunkConfig(stem=16, channels=(16, 32, 64), blocks=(1, 1, 1), fused=(16, 32, 32))
CROPS = {"labelled": 48, "unlabelled": 32}


@dataclass(frozen=True, slots=True)
class CropFiles:
    """Paths of a labelled and an unlabelled crop file."""

    labelled: Path
    unlabelled: Path


def make_crop_files(folder: Path) -> CropFiles:
    """A few crops of the study's domains."""
    paths = {name: folder / f"{name}.safetensors" for name in CROPS}
    for name, count in CROPS.items():
        sampler = DOMAINS[name].sampler()
        samples = (sampler.sample(seed) for seed in range(count))
        write_crops(paths[name], samples, {"domain": name})
    return CropFiles(**paths)


def altered(dataset: CropDataset, points: Iterable[int], path: Path) -> Path:
    """A copy of a dataset on which ``points`` are not marked."""

    def samples() -> Iterable[Sample]:
        for sample in (dataset[k] for k in range(len(dataset))):
            marked = sample.points.copy()
            marked[list(points)] = np.nan
            yield sample._replace(points=marked)

    write_crops(path, samples(), {})
    return path


def tiny_preset(name: str, folder: Path, *, batch: int = 16) -> Path:
    """A shipped preset with two steps of ``batch`` samples in each of its stages, at full rate and
    without a burn-in."""
    text = (FOLDER / f"{name}.toml").read_text()
    text = re.sub(r"(?m)^steps = [1-9]\d*", "steps = 2", text)
    text = re.sub(r"(?m)^epochs = .*", "steps = 2", text)
    text = re.sub(r"(?m)^batch = \d+", f"batch = {batch}", text)
    text = re.sub(r"(?m)^warmup_steps = \d+", "warmup_steps = 1", text)
    text = re.sub(r"(?m)^burn_in_steps = \d+", "burn_in_steps = 0", text)
    path = folder / f"tiny_{name}.toml"
    path.write_text(text)
    return path


def untrained_vae(preset: Preset, path: Path) -> Path:
    """A checkpoint of a pose VAE that has learnt nothing."""
    torch.manual_seed(1)
    named = {f"average.{key}": value for key, value in build_vae(preset).state_dict().items()}
    save_tensors(path, named, {"step": 0})
    return path


def joint_loop(run: Path, preset: Preset, vae: Path, crop_files: CropFiles, steps: int) -> Loop:
    """The joint stage with labelled and unlabelled crops, two learners."""
    torch.manual_seed(0)
    sampler = JointBatchSampler(
        preset, CropDataset(crop_files.labelled), [CropDataset(crop_files.unlabelled)]
    )
    stage = joint_stage(preset, vae, sampler)
    config = preset.joint_stage.loop(0, steps)
    return Loop(stage.learners, config, run, sample_chunk=stage.sample_chunk, kind="joint")


def estimator_loop(run: Path, crop_files: CropFiles, steps: int) -> Loop:
    """The direct estimator on crops of a dataset, 32 a step."""
    torch.manual_seed(0)
    dataset = CropDataset(crop_files.labelled)

    def sample_chunk(seed: int) -> EstimatorBatch:
        chosen = np.random.default_rng(seed).integers(0, len(dataset), 16)
        samples = [dataset[int(k)] for k in chosen]
        points = torch.from_numpy(np.stack([s.points[:21] for s in samples]))
        perspective = torch.tensor([s.perspective for s in samples])
        return EstimatorBatch(
            image=torch.from_numpy(np.stack([s.image for s in samples]))[:, None],
            perspective=perspective,
            joints=crop_coordinates(points, perspective),
            hand_class=torch.zeros(16, dtype=torch.long),
        )

    def loss_of(network: torch.nn.Module, batch: EstimatorBatch, _: int) -> dict[str, torch.Tensor]:
        return estimator_loss(network(batch.image), batch.joints, batch.hand_class)

    config = LoopConfig(steps=steps, batch=32, warmup_steps=1)
    return Loop([Learner(HandEstimator(SMALL), loss_of)], config, run, sample_chunk=sample_chunk)


def weights_of(run: Path) -> dict[str, torch.Tensor]:
    """The weights (not the averages) in a run's checkpoint."""
    tensors, _ = load_tensors(run / "checkpoint.safetensors")
    return {
        name: tensor
        for name, tensor in tensors.items()
        if "model." in name and "running" not in name and tensor.is_floating_point()
    }


def run_both_loops(folder: Path, preset: Path, vae: Path, crop_files: CropFiles) -> None:
    """Three steps of the joint stage and of the estimator, in this process's share."""
    joint_loop(folder / "joint", load_preset(preset), vae, crop_files, 3).run()
    estimator_loop(folder / "estimator", crop_files, 3).run()


def worker(
    rank: int, world: int, port: int, folder: Path, preset: Path, vae: Path, crop_files: CropFiles
) -> None:
    """One process of several, told of the others as ``torchrun`` does."""
    os.environ |= {
        "RANK": str(rank),
        "WORLD_SIZE": str(world),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "CUDA_VISIBLE_DEVICES": "",
    }
    torch.set_num_threads(1)
    training_loop.STATISTICS_CHUNKS = 1
    run_both_loops(folder, preset, vae, crop_files)
    torch.distributed.destroy_process_group()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
