"""Export a trained network to OpenVINO (float16 weights), with a parity check and its manifest.

Beside it lie the same weights as safetensors, for training to go on from.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import torch
from torch import Tensor, nn

from engine.errors import ModelError
from engine.inference import MANIFEST
from training.checkpoint import save_tensors


@dataclass(frozen=True, slots=True)
class ExportSpec:
    """``name`` in the manifest; ``contract`` as ``engine`` expects it; input shape with -1 for
    sizes that may change; names of the outputs in the order the module returns them."""

    name: str
    contract: str
    input_shape: tuple[int, ...]
    output_names: tuple[str, ...]


class Outputs(nn.Module):
    """The first ``count`` fields of what a network returns, as a plain tuple."""

    def __init__(self, network: nn.Module, count: int) -> None:
        super().__init__()
        self.network, self.count = network, count

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        """Image to outputs."""
        return tuple(self.network(image))[: self.count]


def to_openvino(network: nn.Module, spec: ExportSpec, example: Tensor) -> ov.Model:
    """Convert ``network`` (put into evaluation mode) traced on ``example``."""
    plain = Outputs(
        network.eval().to("cpu", memory_format=torch.contiguous_format), len(spec.output_names)
    )
    model = ov.convert_model(plain, example_input=example)
    model.reshape(ov.PartialShape(list(spec.input_shape)))
    for port, name in zip(model.outputs, spec.output_names, strict=True):
        port.get_tensor().set_names({name})
    return model


def parity(network: nn.Module, path: Path, examples: Tensor, count: int) -> list[float]:
    """Largest absolute difference of each output between torch (float32) and the exported file."""
    compiled = ov.Core().compile_model(
        ov.Core().read_model(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
    )
    worst = [0.0] * count
    with torch.no_grad():
        for example in examples:
            expected = tuple(network(example[None]))[:count]
            found = compiled(example[None].numpy())
            for k in range(count):
                difference = np.abs(found[compiled.output(k)] - expected[k].numpy()).max()
                worst[k] = max(worst[k], float(difference))
    return worst


def export(
    network: nn.Module,
    spec: ExportSpec,
    examples: Tensor,
    directory: Path,
    *,
    trained: Mapping[str, Any],
    measured: Mapping[str, Any],
    tolerance: float = 0.02,
) -> dict[str, Any]:
    """Write the model and its manifest entry into ``directory``; returns the entry.

    ``examples`` [N, C, H, W] real inputs for the parity check.

    Raises:
        ModelError: if an output of the exported file differs by more than ``tolerance``.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{spec.name}.xml"
    ov.save_model(to_openvino(network, spec, examples[:1]), path, compress_to_fp16=True)
    worst = parity(network, path, examples, len(spec.output_names))
    if not max(worst) <= tolerance:
        raise ModelError(f"exported {spec.name} differs from torch: {worst} > {tolerance}")
    entry = {
        "file": path.name,
        "contract": spec.contract,
        "sha256": {
            file.name: hashlib.sha256(file.read_bytes()).hexdigest()
            for file in (path, path.with_suffix(".bin"))
        },
        "parity": dict(zip(spec.output_names, (round(w, 6) for w in worst), strict=True)),
        "trained": dict(trained),
        "measured": dict(measured),
    }
    weights = {f"average.{k}": _halved(v) for k, v in network.state_dict().items()}
    save_tensors(directory / f"{spec.name}.safetensors", weights, {"trained": dict(trained)})
    write_entry(directory / MANIFEST, spec.name, entry)
    return entry


def _halved(tensor: Tensor) -> Tensor:
    return tensor.half() if tensor.is_floating_point() else tensor


def write_entry(manifest: Path, name: str, entry: Mapping[str, Any]) -> None:
    """Put one entry into the manifest, leaving the others as they are; atomic."""
    entries = json.loads(manifest.read_text()) if manifest.exists() else {}
    entries[name] = dict(entry)
    part = manifest.with_suffix(".part")
    part.write_text(json.dumps(entries, indent=2, sort_keys=True) + "\n")
    part.replace(manifest)
