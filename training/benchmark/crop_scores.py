"""``python -m training benchmark crops``: an estimator's weights scored on crops, within a minute.

Made for the choice between checkpoints of a training run: no export, no pipeline.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.tracking.estimate import LEFT, RIGHT
from training.arguments import add_frames
from training.benchmark.crops import CropSet, crop_sets, millimetres
from training.benchmark.labelled_frames import FIST_BELOW, OPEN_ABOVE
from training.benchmark.report import SHARED, Report, Table, percent, write
from training.benchmark.trembling import trembling_mm
from training.models.estimator import HandEstimator
from training.models.saved_estimator import load_estimator

BATCH: Final = 64
GOOD_MM: Final = 30.0
EXTERNAL_HANDS: Final = ("leap_revamped", "aframe_high")
HEADS: Final = (
    *("crops of", "use", "hands", "mean mm", "median mm", "tips mm", "all < 30 mm %"),
    *("fists mm", "open mm", "side by class %", "side, antisymmetric %", "trembling mm"),
)


@dataclass(frozen=True, slots=True)
class CropScore:
    """Errors in mm over the scored joints of ``hands`` right hands, shares in [0, 1].

    ``tips_mm`` at the five tips, ``fists_mm`` and ``open_mm`` of closed and of open hands;
    ``side_class`` how often the class of one crop is right, over the crops and their mirror images;
    ``side`` how often the antisymmetric logit s(x) - s(mirrored x) is; ``trembling_mm`` how far the
    joints move as the crop does (``trembling``).
    """

    name: str
    use: str
    hands: int
    mean_mm: float
    median_mm: float
    tips_mm: float
    all_under_30mm: float
    fists_mm: float
    open_mm: float
    side_class: float
    side: float
    trembling_mm: float


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument(
        "--estimator", type=Path, nargs="+", required=True, metavar="RUN",
        help="run folder, checkpoint, or discriminator.safetensors",
    )  # fmt: skip
    parser.add_argument(
        "--hands", type=Path, nargs="*", metavar="FOLDER",
        help=f"folders with hand.npz that judge ({', '.join(EXTERNAL_HANDS)} where they are)",
    )  # fmt: skip
    parser.add_argument("--shared", type=Path, default=SHARED, help="recordings/ and hands/")
    add_frames(parser, 320, "crops a set at most")
    parser.add_argument("--device", default="cpu", help="torch device")
    parser.add_argument("--threads", type=int, default=1, help="torch threads")
    parser.add_argument("--json", type=Path, help="where to write the figures")


def run(options: argparse.Namespace) -> None:
    """Judge an estimator's averaged weights on crops of held-out, foreign and real hands.

    Select on the sets called "select"; those called "report" are for the record.

    Raises:
        InvalidInputError: if a recording cannot be read.
        ModelError: if the weights or a hand cannot be loaded.
    """
    torch.set_num_threads(options.threads)
    networks = {str(path): load_estimator(path) for path in options.estimator}
    hands = options.hands
    if hands is None:
        hands = [options.shared / "hands" / name for name in EXTERNAL_HANDS]
        hands = [folder for folder in hands if folder.is_dir()]
    recordings = options.shared / "recordings"
    sets = crop_sets(hands, recordings, options.frames, options.seed)
    report = judge(networks, sets, options.device)
    if options.json is not None:
        write(report, options.json)
    sys.stdout.write(report.markdown() + "\n")


def judge(networks: Mapping[str, HandEstimator], sets: list[CropSet], device: str) -> Report:
    """A table for each of ``networks``."""
    tables, figures = [], {}
    for name, network in networks.items():
        scores = [score(network.to(device), each) for each in sets]
        tables.append(Table(name, HEADS, tuple(_cells(each) for each in scores)))
        figures[name] = [asdict(each) for each in scores]
    return Report(tuple(tables), {"estimators": figures})


@torch.no_grad()
def score(network: HandEstimator, crops: CropSet) -> CropScore:
    """How well ``network`` (in evaluation mode) reads ``crops``."""
    device = next(network.parameters()).device
    errors, logits, mirrored = [], [], []
    for image, joints in zip(crops.image.split(BATCH), crops.joints.split(BATCH), strict=True):
        seen = network(image.to(device))
        errors.append(millimetres((seen.joints.cpu() - joints).norm(dim=-1)))
        logits.append(_side_logit(seen.class_logits))
        mirrored.append(_side_logit(network(image.flip(-1).to(device)).class_logits))
    all_errors = torch.cat(errors).numpy().astype(np.float64)
    scored = all_errors[:, list(crops.scored)]
    means = scored.mean(axis=1)
    own, other = torch.cat(logits), torch.cat(mirrored)
    return CropScore(
        name=crops.name,
        use=crops.use,
        hands=len(means),
        mean_mm=float(means.mean()),
        median_mm=float(np.median(means)),
        tips_mm=float(all_errors[:, 4::4].mean()),
        all_under_30mm=float((scored.max(axis=1) < GOOD_MM).mean()),
        fists_mm=_mean(means[crops.extension < FIST_BELOW]),
        open_mm=_mean(means[crops.extension > OPEN_ABOVE]),
        side_class=float((0.5 * ((own > 0).float() + (other < 0).float())).mean()),
        side=float((own > other).float().mean()),
        trembling_mm=trembling_mm(lambda image: network(image.to(device)).joints.cpu(), crops),
    )


def _side_logit(class_logits: Tensor) -> Tensor:
    return (class_logits[:, RIGHT] - class_logits[:, LEFT]).cpu()


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _cells(s: CropScore) -> tuple[str | float, ...]:
    errors = (s.mean_mm, s.median_mm, s.tips_mm, percent(s.all_under_30mm))
    sides = (percent(s.side_class), percent(s.side))
    return (s.name, s.use, s.hands, *errors, s.fists_mm, s.open_mm, *sides, s.trembling_mm)
