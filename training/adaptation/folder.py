"""Adapted networks as a folder that ``--models`` takes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import openvino as ov
import torch

from engine.errors import ModelError
from engine.model_files import MANIFEST, check_hashes, checked_record, read_manifest
from engine.tracking.calibration import CALIBRATION_FILE
from engine.tracking.config import TrackingSettings
from engine.tracking.estimate import NAMES, Precision
from engine.types import Frame
from training.adaptation.false_hands import share_with_hand
from training.adaptation.proof import SyntheticError
from training.crops.crop_sampler import TEST_SEED, CropSampler
from training.crossing.posterior import shipped_networks
from training.crossing.preset import load_preset
from training.models.live import LiveDiscriminator
from training.shipping.crossing_export import DISCRIMINATOR_SPEC
from training.shipping.export import export
from training.shipping.quantise import Crops, measure
from training.shipping.quantise import write as write_int8

ADAPTED: Final = NAMES[Precision.F16]
COPIED: Final = (CALIBRATION_FILE, "latent_space.json")
"""Files beside the networks that go with them."""
WEIGHTS: Final = ("pose_decoder.safetensors", "generator.safetensors")
"""What adapting such a folder again needs of it beside the discriminator."""
PARITY_SEED: Final = TEST_SEED + 40_000
SYNTHETIC_SEED: Final = 41_000
INT8_CROPS: Final = 256
INT8_SEED: Final = 10_000


def write_networks(
    network: LiveDiscriminator, base: Path, folder: Path, trained: Mapping[str, Any]
) -> None:
    """Write ``network`` and the other networks of ``base`` into ``folder``.

    Raises:
        ModelError: if a network of ``base`` is damaged, or the export differs from torch.
    """
    folder.mkdir(parents=True, exist_ok=True)
    others = [name for name in read_manifest(base) if name not in NAMES.values()]
    entries = {name: checked_record(base, name) for name in others}
    for entry in entries.values():
        check_hashes(base, entry["sha256"])
        for file in entry["sha256"]:
            shutil.copyfile(base / file, folder / file)
    for file in (*COPIED, *WEIGHTS):
        if (base / file).exists():
            shutil.copyfile(base / file, folder / file)
    (folder / MANIFEST).write_text(json.dumps(entries, indent=2, sort_keys=True) + "\n")
    chunk = CropSampler.load().chunk(PARITY_SEED)
    examples = [chunk.image, chunk.perspective]
    export(network, DISCRIMINATOR_SPEC, examples, folder, trained=trained, measured={})


def write_int8_network(folder: Path) -> str:
    """Round the discriminator in ``folder`` to 8 bits beside it; why not, where that costs too
    much accuracy or cannot be done, else empty."""
    try:
        write_int8(folder, INT8_CROPS, INT8_SEED)
    except (ModelError, ImportError) as error:
        return str(error)
    return ""


def synthetic_error(
    folder: Path, crops: Crops, empty: Sequence[Frame], tracking: TrackingSettings
) -> SyntheticError:
    """How the networks in ``folder`` do on held-out synthetic crops and on ``empty`` scenes."""
    found = measure(ov.Core().read_model(folder / f"{ADAPTED}.xml"), crops)
    shown = share_with_hand(folder, empty, tracking)
    return SyntheticError(found["error_mm"], found["class_accuracy"], shown)


def synthetic_crops(count: int) -> Crops:
    """Held-out synthetic crops."""
    return Crops.drawn(count, TEST_SEED + SYNTHETIC_SEED)


def live_network(folder: Path) -> LiveDiscriminator:
    """The discriminator that lies in ``folder`` as torch weights.

    Raises:
        ModelError: if the file is missing, damaged or of another network.
    """
    network = shipped_networks(load_preset("crossing"), folder).discriminator
    assert isinstance(network, LiveDiscriminator)
    return network.eval()


def averaged(network: torch.nn.Module) -> LiveDiscriminator:
    """The averaged network of a learner, in evaluation mode."""
    assert isinstance(network, LiveDiscriminator)
    return network.eval()
