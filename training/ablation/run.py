"""Train and test the runs, each once, and print their table."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import openvino as ov
import torch
from torch import Tensor, nn

from engine.output import write_text
from engine.skeleton import Handedness
from engine.tracking.crop import cut_crop
from engine.tracking.crop_coordinates import CROP_SIZE, camera_to_uvd
from engine.tracking.estimate import RIGHT
from training.ablation.data import VariantCrops
from training.ablation.networks import network_of
from training.ablation.variants import FURTHER, VARIANTS, SceneOptions, Variant
from training.benchmark.benchmark_frames import BenchmarkFrame
from training.benchmark.commands import STORE
from training.benchmark.frame_specs import Kind
from training.benchmark.frame_store import FrameStore
from training.benchmark.poses import real_poses
from training.benchmark.report import SHARED
from training.crops.batches import EstimatorBatch
from training.crops.crop_sampler import TEST_SEED
from training.learning.config import LoopConfig
from training.learning.learner import Learner
from training.learning.loop import Loop
from training.supervised.losses import estimator_loss

RESULT: Final = "result.json"
BATCH: Final = 64
RATE, FURTHER_RATE = 1.5e-3, 4e-4
"""Learning rates from scratch, and of a network that is trained already."""
CENTRE_SD_MM: Final = 10.0
"""How far the benchmark's crops are off, as detections are."""
TIMED: Final = 200


@dataclass(frozen=True, slots=True)
class AblationConfig:
    """``crops`` that the base learns from; ``test_chunks`` of 16 held-out crops; ``frames`` of the
    bench; ``start`` weights of a trained estimator to go on from."""

    folder: Path
    crops: int
    test_chunks: int
    frames: tuple[BenchmarkFrame, ...]
    start: Path | None = None


def run_variant(variant: Variant, config: AblationConfig) -> dict[str, Any]:
    """Do one run, go on with it, or read its result if it was done before."""
    folder = config.folder / variant.folder
    result = folder / RESULT
    if result.exists():
        return dict(json.loads(result.read_text()))
    torch.manual_seed(variant.seed)
    sampler = VariantCrops(variant.scene)
    steps = max(1, round(variant.length * config.crops / BATCH))
    loop_config = LoopConfig(
        steps, BATCH, learning_rate=RATE if config.start is None else FURTHER_RATE,
        warmup_steps=max(1, min(200, steps // 4)), average_steps=200, seed=variant.seed,
    )  # fmt: skip
    heat = 0.02 if variant.dense else 0.0

    def loss_of(network: nn.Module, batch: EstimatorBatch, _: int) -> dict[str, Tensor]:
        image = batch.image.contiguous(memory_format=torch.channels_last)
        return estimator_loss(network(image), batch.joints, batch.hand_class, heat_weight=heat)

    learner = Learner(network_of(variant), loss_of)
    loop = Loop([learner], loop_config, folder, sample_chunk=sampler.chunk, kind=variant.name)
    if loop.checkpoint_path.exists():
        loop.resume()
    elif config.start is not None:
        loop.load_averages(config.start)
    loop.run()
    found = {
        "name": variant.name,
        "crops": steps * BATCH,
        "minutes": round(loop.seconds / 60, 2),
        **measured(learner.average, variant, config),
    }
    write_text(result, json.dumps(found, indent=2) + "\n")
    return found


def measured(network: nn.Module, variant: Variant, config: AblationConfig) -> dict[str, float]:
    """Errors in mm and shares of right sides, on held-out hands like those of the base and on the
    benchmark's, and the time in ms that the network takes."""
    cube = variant.scene.cube_mm
    sampler = VariantCrops(SceneOptions(cube_mm=cube))
    chunks = [sampler.chunk(TEST_SEED + k) for k in range(config.test_chunks)]
    tests = {"held_out": chunks, "bench": list(benchmark_batches(config.frames, cube))}
    found: dict[str, float] = {}
    for name, batches in tests.items():
        errors, sides = errors_mm(network, batches, cube)
        found[f"{name}_mm"] = float(errors.mean())
        found[f"{name}_median_mm"] = float(np.median(errors))
        found[f"{name}_side"] = sides
    return found | {"ms": network_ms(network)}


@torch.no_grad()
def errors_mm(
    network: nn.Module, batches: Sequence[EstimatorBatch], cube_mm: float
) -> tuple[np.ndarray, float]:
    """Mean joint errors of the right hands, and the share of hands whose side is right."""
    errors, sides = [], []
    for batch in batches:
        estimate = network(batch.image)
        hands = batch.hand_class == RIGHT
        off = (estimate.joints - batch.joints)[hands].norm(dim=-1)
        errors.append(off.mean(dim=1).numpy() * cube_mm / 2)
        logits = estimate.class_logits[:, :2]
        shown = batch.hand_class < logits.shape[1]
        sides.append((logits.argmax(dim=1) == batch.hand_class)[shown].numpy())
    return np.concatenate(errors), float(np.concatenate(sides).mean())


def benchmark_batches(frames: Sequence[BenchmarkFrame], cube_mm: float) -> Iterator[EstimatorBatch]:
    """Crops of the benchmark's hands, each with its mirror image, which shows the other side."""
    for index, each in enumerate(frames):
        rng = np.random.default_rng(index)
        for truth in each.truths:
            centre = truth.joints_mm.mean(axis=0) + rng.normal(0.0, CENTRE_SD_MM, 3)
            left, depth = truth.handedness is Handedness.LEFT, each.frame.depth_mm
            crops = [
                cut_crop(depth, each.frame.camera, centre, mirrored=mirrored, cube_mm=cube_mm)
                for mirrored in (left, not left)
            ]
            joints = np.stack([camera_to_uvd(crop, truth.joints_mm) for crop in crops])
            yield EstimatorBatch(
                image=torch.from_numpy(np.stack([crop.image for crop in crops])[:, None]),
                perspective=torch.tensor([crop.perspective for crop in crops]),
                joints=torch.from_numpy(joints),
                hand_class=torch.tensor([RIGHT, 1 - RIGHT]),
            )


def network_ms(network: nn.Module) -> float:
    """Median time of one crop through OpenVINO on one core."""
    shape = (1, 1, CROP_SIZE, CROP_SIZE)
    model = ov.convert_model(network, example_input=torch.zeros(shape), input=list(shape))
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_NUM_THREADS": 1})
    request, image = compiled.create_infer_request(), np.zeros(shape, np.float32)
    times = []
    for _ in range(TIMED):
        start = time.perf_counter()
        request.infer([image])
        times.append(time.perf_counter() - start)
    return float(np.median(times)) * 1000.0


def report(results: Sequence[dict[str, Any]]) -> str:
    """The runs as Markdown, in the order of ``VARIANTS``."""
    found = {result["name"]: result for result in results}
    heads = ("run", "crops", "held-out mm (median)", "side", "bench mm (median)", "side", "ms")
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for variant in VARIANTS:
        if variant.name not in found:
            continue
        r = found[variant.name]
        cells = [variant.name, str(r["crops"])]
        for test in ("held_out", "bench"):
            cells += [f"{r[f'{test}_mm']:.1f} ({r[f'{test}_median_mm']:.1f})"]
            cells += [f"{r[f'{test}_side']:.1%}"]
        lines.append("| " + " | ".join([*cells, f"{r['ms']:.1f}"]) + " |")
    return "\n".join(lines)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``python -m training ablate``."""
    parser.add_argument("--run-folder", type=Path, required=True, help="holds all runs")
    parser.add_argument("--crops", type=int, default=65_536, help="that the base learns from")
    parser.add_argument(
        "--start-from",
        type=Path,
        help="a trained estimator: what its crops show is changed from there",
    )
    parser.add_argument("--test", type=int, default=128, help="chunks of 16 held-out crops")
    parser.add_argument("--frames", type=int, default=200, help="of the bench")
    parser.add_argument("--minutes", type=float, help="begin no run after so many")
    parser.add_argument("--share", type=int, nargs=2, default=[0, 1], metavar=("K", "N"))
    parser.add_argument("--data", type=Path, default=SHARED / "benchmarks", help="nyu/ and icvl/")
    parser.add_argument(
        "--store", type=Path, default=STORE, help="the benchmark's frames, made once"
    )
    parser.add_argument("--threads", type=int, default=1, help="torch threads")
    parser.add_argument("--report", action="store_true", help="only print what was measured")


def run(options: argparse.Namespace) -> None:
    """Train the estimator with one thing changed at a time, and print what that does.

    Raises:
        InvalidInputError: if the benchmark's poses are missing.
        ModelError: if a run folder holds something else.
    """
    if not options.report:
        torch.set_num_threads(options.threads)
        bench = FrameStore(real_poses(options.data, options.store), options.store)
        frames = tuple(bench.frames(Kind.USUAL, options.frames))
        start = options.start_from
        config = AblationConfig(options.run_folder, options.crops, options.test, frames, start)
        variants = VARIANTS if start is None else FURTHER
        started = time.monotonic()
        for variant in variants[options.share[0] :: options.share[1]]:
            spent = (time.monotonic() - started) / 60
            if options.minutes is None or spent < options.minutes:
                run_variant(variant, config)
    found = sorted(options.run_folder.glob(f"*/{RESULT}"))
    sys.stdout.write(report([json.loads(path.read_text()) for path in found]) + "\n")
