"""Export a trained network to OpenVINO (float16 weights), with a parity check and its manifest.

Beside it lie the same weights as safetensors, for training to go on from.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import openvino as ov
import torch
from torch import Tensor, nn

from engine.errors import ModelError
from engine.model_files import MANIFEST
from engine.output import write_text
from training.learning.checkpoint import save_tensors

TOLERANCE: Final = 0.02
"""Largest difference allowed for an output of which the spec says nothing."""


@dataclass(frozen=True, slots=True)
class ExportSpec:
    """``name`` in the manifest; ``contract`` as ``engine`` expects it; ``inputs`` and their shapes
    with -1 for sizes that may change; ``output_names`` in the order the module returns them, the
    largest difference allowed for each (``tolerance``) in its own unit. Of outputs with steps in
    them (``stepped``) the mean difference counts, as a step may be taken a pixel further."""

    name: str
    contract: str
    inputs: Mapping[str, tuple[int, ...]]
    output_names: tuple[str, ...]
    tolerance: Mapping[str, float] = field(default_factory=dict)
    stepped: tuple[str, ...] = ()

    def allowed(self, output: str) -> float:
        """Largest difference allowed for an output."""
        return self.tolerance.get(output, TOLERANCE)


class Outputs(nn.Module):
    """The first ``count`` fields of what a network returns, as a plain tuple."""

    def __init__(self, network: nn.Module, count: int) -> None:
        super().__init__()
        self.network, self.count = network, count

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Inputs to outputs."""
        found = self.network(*inputs)
        return (found,) if isinstance(found, Tensor) else tuple(found)[: self.count]


def to_openvino(network: nn.Module, spec: ExportSpec, example: Sequence[Tensor]) -> ov.Model:
    """Convert ``network`` (put into evaluation mode) traced on ``example``, one tensor an input."""
    plain = Outputs(
        network.eval().to("cpu", memory_format=torch.contiguous_format), len(spec.output_names)
    )
    model = ov.convert_model(plain, example_input=tuple(example))
    for port, name in zip(model.inputs, spec.inputs, strict=True):
        port.get_tensor().set_names({name})
    model.reshape({name: ov.PartialShape(list(shape)) for name, shape in spec.inputs.items()})
    for port, name in zip(model.outputs, spec.output_names, strict=True):
        port.get_tensor().set_names({name})
    return model


def parity(
    network: nn.Module, path: Path, examples: Sequence[Tensor], spec: ExportSpec
) -> dict[str, float]:
    """Largest absolute difference of each output between torch (float32) and the exported file;
    of stepped outputs the largest mean one of an example."""
    core = ov.Core()
    compiled = core.compile_model(core.read_model(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    plain = Outputs(network, len(spec.output_names))
    worst = dict.fromkeys(spec.output_names, 0.0)
    with torch.no_grad():
        for example in zip(*(tensor.split(1) for tensor in examples), strict=True):
            found = compiled([tensor.numpy() for tensor in example])
            for k, expected in enumerate(plain(*example)):
                name = spec.output_names[k]
                difference = np.abs(found[compiled.output(k)] - expected.numpy())
                apart = difference.mean() if name in spec.stepped else difference.max()
                worst[name] = max(worst[name], float(apart))
    return worst


def save_model(
    model: ov.Model, path: Path, check: Callable[[Path], None] = lambda _: None
) -> dict[str, str]:
    """Write the IR ``path`` (.xml, and .bin beside it) with weights of 16 bits once ``check`` has
    not refused it; the files' hashes by name. What was there stays until then."""
    with TemporaryDirectory(dir=path.parent) as folder:
        made = Path(folder) / path.name
        ov.save_model(model, made, compress_to_fp16=True)
        check(made)
        hashes = {}
        for file in (made.with_suffix(".bin"), made):
            hashes[file.name] = hashlib.sha256(file.read_bytes()).hexdigest()
            file.replace(path.with_name(file.name))
    return hashes


def export(
    network: nn.Module,
    spec: ExportSpec,
    examples: Sequence[Tensor],
    directory: Path,
    *,
    trained: Mapping[str, Any],
    measured: Mapping[str, Any],
) -> dict[str, Any]:
    """Write the model and its manifest entry into ``directory``; returns the entry.

    ``examples`` are real inputs [N, ...], one tensor an input, for the parity check.

    Raises:
        ModelError: if an output of the exported file differs by more than the spec allows.
    """
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{spec.name}.xml"
    traced = to_openvino(network, spec, [tensor[:1] for tensor in examples])
    worst: dict[str, float] = {}

    def check(written: Path) -> None:
        worst.update(parity(network, written, examples, spec))
        for name, difference in worst.items():
            if not difference <= spec.allowed(name):
                raise ModelError(
                    f"exported {spec.name} differs from torch: {name} by {difference:.4g}, "
                    f"more than {spec.allowed(name):.4g}"
                )

    hashes = save_model(traced, path, check)
    entry = {
        "file": path.name,
        "contract": spec.contract,
        "sha256": hashes,
        "parity": {name: round(difference, 6) for name, difference in worst.items()},
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
    write_text(manifest, json.dumps(entries, indent=2, sort_keys=True) + "\n")
