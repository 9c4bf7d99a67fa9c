"""The trained detector as the program's network."""

from __future__ import annotations

from pathlib import Path

from engine.tracking.detect import CONTRACT as DETECTOR_CONTRACT
from training.crops.crop_sampler import TEST_SEED
from training.learning.checkpoint import CHECKPOINT, load_tensors, restore_module
from training.learning.run_record import training_record
from training.shipping.export import ExportSpec, export
from training.supervised.tasks import detector_task

DETECTOR_SPEC = ExportSpec(
    "detector", DETECTOR_CONTRACT, {"image": (1, 2, -1, -1)}, ("heat", "offset", "side")
)


def export_detector(run: Path, output: Path) -> None:
    """Export the averaged weights of a detector's run, measured once more on held-out samples.

    Raises:
        ModelError: if the run's checkpoint does not fit or the exported file differs from it.
    """
    task = detector_task()
    network = task.network().eval()
    path = run / CHECKPOINT
    tensors, _ = load_tensors(path)
    restore_module(network, tensors, "average.", path)
    examples = task.sample_chunk(TEST_SEED).image
    figures = {"trained": training_record(run), "measured": task.validate(network)}
    export(network, DETECTOR_SPEC, [examples], output, **figures)
