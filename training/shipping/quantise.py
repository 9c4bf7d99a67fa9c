"""Round the discriminator's convolutions to 8 bits, which CPUs compute several times faster.

Only the trunk's are rounded: the heads turn features into millimetres, and rounding them costs more
accuracy than it saves time (measured: all layers 12.0 to 16.5 mm, the trunk 12.0 to 12.1 mm). Done
with NNCF's post-training quantisation; weights are kept to 7 bits, so that processors without VNNI
instructions, whose sums would overflow, see the same network.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import openvino as ov
import torch
from numpy.typing import NDArray

from engine.errors import ModelError
from engine.inference import model_entry
from engine.model_files import MANIFEST
from engine.tracking.estimate import ESTIMATOR_CONTRACT, NAMES, RIGHT, Precision
from training.arguments import add_models
from training.crops.crop_sampler import TEST_SEED, CropSampler
from training.learning.batches import joined
from training.learning.workers import CHUNK
from training.models.depth_gan import metric_points
from training.shipping.export import save_model, write_entry

TRUNK: Final = "estimator.trunk."
STEM: Final = "estimator.trunk.stem"
"""The first convolution sees depth itself, of which 8 bits keep only every second millimetre."""
WEIGHED: Final = frozenset({"Convolution", "MatMul"})
MAX_LOSS: Final = 0.02
"""Share by which the mean joint error may rise."""


@dataclass(frozen=True, slots=True, eq=False)
class Crops:
    """``image`` [N, 1, 128, 128], ``perspective`` [N], ``joints`` [N, 21, 3] normalised and
    ``hand_class`` [N]."""

    image: NDArray[np.float32]
    perspective: NDArray[np.float32]
    joints: NDArray[np.float32]
    hand_class: NDArray[np.int64]

    @classmethod
    def drawn(cls, count: int, seed: int) -> Crops:
        """``count`` crops of scenes (a multiple of 16), from chunk ``seed`` on."""
        sampler = CropSampler.load()
        chunks = [sampler.chunk(seed + k) for k in range(max(1, count // CHUNK))]
        return cls(*(tensor.numpy() for tensor in joined(chunks, torch.device("cpu"))))

    def inputs(self) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """One pair of network inputs a crop."""
        count = len(self.image)
        return [(self.image[k : k + 1], self.perspective[k : k + 1]) for k in range(count)]


def quantised(model: ov.Model, crops: Crops) -> ov.Model:
    """``model`` with the trunk's convolutions in 8 bits, their ranges measured on ``crops``."""
    import nncf
    from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters, OverflowFix

    others = [op.get_friendly_name() for op in model.get_ops() if not _rounded(op)]
    return nncf.quantize(
        model,
        nncf.Dataset(crops.inputs()),
        subset_size=len(crops.image),
        preset=nncf.QuantizationPreset.MIXED,
        fast_bias_correction=False,  # takes minutes; the fast one costs 0.1 mm on crops
        ignored_scope=nncf.IgnoredScope(names=others, validate=False),
        advanced_parameters=AdvancedQuantizationParameters(overflow_fix=OverflowFix.ENABLE),
    )


def _rounded(op: ov.Node) -> bool:
    """Whether ``op`` is one of the trunk's; a convolution is named by what reads it."""
    names = [op.get_friendly_name()]
    if op.get_type_name() in WEIGHED:
        names += [port.get_node().get_friendly_name() for port in op.output(0).get_target_inputs()]
    return any(TRUNK in name for name in names) and not any(STEM in name for name in names)


def measure(model: ov.Model, crops: Crops) -> dict[str, float]:
    """Mean joint error in mm on right hands, and the share of classes that are right."""
    request = ov.Core().compile_model(model, "CPU").create_infer_request()
    joints, classes = [], []
    for inputs in crops.inputs():
        found = request.infer(list(inputs), share_inputs=True)
        joints.append(np.array(found["joints"]))
        classes.append(np.array(found["class"]))
    perspective = torch.from_numpy(crops.perspective)
    seen, true = (
        metric_points(torch.from_numpy(points), perspective)
        for points in (np.concatenate(joints), crops.joints)
    )
    away = (seen - true).norm(dim=-1).numpy()
    shown = crops.hand_class == RIGHT
    right = np.concatenate(classes).argmax(axis=1) == crops.hand_class
    return {
        "error_mm": float(away[shown].mean()),
        "class_accuracy": float(right.mean()),
    }


def write(directory: Path, count: int, seed: int) -> dict[str, Any]:
    """Quantise the discriminator in ``directory`` and write the result beside it; its entry.

    Raises:
        ModelError: if there is none, or the result is less accurate than it may be.
    """
    source = model_entry(NAMES[Precision.F16], contract=ESTIMATOR_CONTRACT, directory=directory)
    core = ov.Core()
    test = Crops.drawn(count, TEST_SEED + seed)
    before = measure(core.read_model(source.path), test)
    model = quantised(core.read_model(source.path), Crops.drawn(count, seed))
    after = measure(model, test)
    if after["error_mm"] > (1.0 + MAX_LOSS) * before["error_mm"]:
        raise ModelError(
            f"in 8 bits the error is {after['error_mm']:.2f} mm, not {before['error_mm']:.2f} mm: "
            "nothing was written"
        )
    name = NAMES[Precision.INT8]
    path = directory / f"{name}.xml"
    entry = {
        "file": path.name,
        "contract": ESTIMATOR_CONTRACT,
        "sha256": save_model(model, path),
        "made_of": dict(source.sha256),
        "trained": {
            "command": f"python -m training quantise --crops {count} --seed {seed}",
            "nncf": version("nncf"),
            "from": source.path.name,
        },
        "measured": {"crops": len(test.image), "f16": before, "int8": after},
    }
    write_entry(directory / MANIFEST, name, entry)
    return entry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``python -m training quantise``."""
    parser.add_argument("--crops", type=int, default=512, help="crops to measure ranges on")
    parser.add_argument("--seed", type=int, default=10_000, help="first chunk of crops")
    add_models(parser)


def run(options: argparse.Namespace) -> None:
    """Round the shipped discriminator to 8 bits and measure what that costs."""
    entry = write(options.models, options.crops, options.seed)
    for name in ("f16", "int8"):
        found = entry["measured"][name]
        classes = f"{found['class_accuracy']:.1%} of the classes right"
        sys.stdout.write(f"{name}: {found['error_mm']:.2f} mm, {classes}\n")
