"""The command ``unlabelled``: real frames without labels teach an estimator, its last step before
a release.

The estimator labels hands of real people by its own means (turned views, redrawn latents) and
learns them beside synthetic crops; frames without a hand teach what is none. Of the weights before
and after, the farthest are taken that forget no synthetic hand.
"""

from __future__ import annotations

import argparse
import copy
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from engine.errors import InvalidInputError
from engine.progress import Progress, line_progress
from engine.tracking.detect import Detector
from engine.tracking.estimate import Precision
from engine.tracking.pipeline import Pipeline
from training.adaptation.batches import AdaptationSampler
from training.adaptation.blend import farthest
from training.adaptation.encoded import EncodedEstimator
from training.adaptation.folder import averaged, write_networks
from training.adaptation.hands import RecordedHand, RecordedPlace
from training.adaptation.losses import AdaptationLosses, RecordedWeights
from training.adaptation.network import held_statistics
from training.adaptation.real_frames import hands_of, places_without_hands
from training.adaptation.redraw import RedrawConfig, Teacher
from training.adaptation.teacher import PseudoLabels, hand_size, joined_labels, teach
from training.arguments import add_models
from training.crossing.posterior import shipped_networks
from training.crossing.preset import load_preset
from training.learning.checkpoint import CHECKPOINT, checkpoint_of, save_tensors
from training.learning.config import LoopConfig
from training.learning.learner import Learner
from training.learning.loop import Loop
from training.learning.memory import keep_freed_memory
from training.models.latent import RigLatent
from training.models.live import LiveDiscriminator
from training.models.saved_estimator import load_estimator

WEIGHTS: Final = RecordedWeights(joints=1.0, latent=0.0, hand=0.0, side=0.0, place=0.2)
"""What real frames teach: with their sides and that they are hands, others' sides became worse."""
LEARNING: Final = "learning"
MODELS: Final = "models"
BLEND_CROPS: Final = 640


@dataclass(frozen=True, slots=True)
class UnlabelledPlan:
    """What is learned: ``hands`` are recordings, or folders of letters, of one person each, of whom
    ``most`` hands are labelled; ``without`` show no hand. ``estimator`` is a run's (None: that of
    the networks in ``models``, whose other networks follow and draw); results go to ``folder``."""

    folder: Path
    models: Path
    estimator: Path | None
    hands: tuple[Path, ...]
    without: tuple[Path, ...]
    steps: int = 300
    batch: int = 32
    rate: float = 1e-4
    most: int = 500
    seed: int = 0
    device: str = "cpu"


class _Student:
    """The estimator that learns, with the posterior's heads of ``plan.models`` on it: those learn
    too if they are its own."""

    def __init__(self, plan: UnlabelledPlan) -> None:
        networks = shipped_networks(load_preset("crossing"), plan.models)
        assert isinstance(networks.latent, RigLatent)
        assert isinstance(networks.discriminator, LiveDiscriminator)
        self.own_heads = plan.estimator is None
        before = networks.discriminator
        if plan.estimator is not None:
            before = LiveDiscriminator(load_estimator(plan.estimator), before.heads).eval()
        self.before = copy.deepcopy(before)
        seen = EncodedEstimator(self.before.estimator, networks.latent)
        self.teacher = Teacher(seen, networks.generator, networks.latent)
        space = copy.deepcopy(networks.latent).to(plan.device) if self.own_heads else None
        self.learner = Learner(held_statistics(before), AdaptationLosses(space, WEIGHTS))


def learn_unlabelled(plan: UnlabelledPlan) -> Path:
    """Learn from real frames; returns the networks' folder, or the estimator's checkpoint.

    Raises:
        InvalidInputError: if recordings do not serve, or the folder holds a run.
        SourceError: if a recording cannot be read.
        ModelError: if networks cannot be loaded or learning fails.
    """
    if (plan.folder / LEARNING).exists():
        raise InvalidInputError(f"{plan.folder} holds a run already: choose another folder")
    torch.manual_seed(plan.seed)
    student = _Student(plan)
    hands, places, labels = _labelled(plan, student.teacher)
    config = LoopConfig(
        steps=plan.steps,
        batch=plan.batch,
        norm_batch=plan.batch,
        learning_rate=plan.rate,
        weight_decay=0.0,
        warmup_steps=max(1, min(50, plan.steps // 8)),
        anneal=0.5,
        average_steps=max(2, min(200, plan.steps // 8)),
        seed=plan.seed,
    )
    loop = Loop(
        [student.learner],
        config,
        plan.folder / LEARNING,
        sample_chunk=AdaptationSampler(hands, labels, places).chunk,
        kind="unlabelled",
        device=plan.device,
        precision="auto",
        progress=_progress("learn"),
    )
    loop.run()
    network, share = farthest(student.before, averaged(student.learner.average), BLEND_CROPS)
    sys.stdout.write(f"{share:.0%} of the way is gone: as far as nothing synthetic is forgotten\n")
    made = {
        "step": plan.steps,
        "unlabelled": [path.name for path in (*plan.hands, *plan.without)],
        "hands": len(hands),
        "places": len(places),
        "share": share,
        "seed": plan.seed,
    }
    return _written(plan, network, made)


def _labelled(
    plan: UnlabelledPlan, teacher: Teacher
) -> tuple[list[RecordedHand], list[RecordedPlace], PseudoLabels]:
    """Hands of all people, places without one, and the hands' labels."""
    pipeline = Pipeline.load(directory=plan.models, precision=Precision.F16)
    detector = Detector(directory=plan.models)
    hands: list[RecordedHand] = []
    places = list(places_without_hands(plan.without, detector, plan.seed, _progress("places")))
    labels = []
    for number, path in enumerate(plan.hands):
        given = (pipeline, detector, teacher.network)
        seen, beside = hands_of(path, number, *given, plan.most, _progress("follow hands"))
        size = hand_size(teacher, seen)
        labels.append(teach(teacher, seen, size, RedrawConfig(), _progress("label")))
        hands += seen
        places += beside
        sys.stdout.write(f"{path.name}: {len(seen)} hands, size {size:.2f}, seen as ")
        sys.stdout.write(f"{seen[0].side.value}; {len(beside)} places beside them\n")
    return hands, places, joined_labels(labels)


def _written(plan: UnlabelledPlan, network: LiveDiscriminator, made: dict[str, Any]) -> Path:
    if plan.estimator is None:
        write_networks(network, plan.models, plan.folder / MODELS, made)
        return plan.folder / MODELS
    path = plan.folder / CHECKPOINT
    tensors = network.estimator.state_dict()
    save_tensors(path, {f"average.{name}": each for name, each in tensors.items()}, made)
    return path


def _progress(stage: str) -> Progress:
    return line_progress(stage, sys.stdout, lambda: True)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``python -m training unlabelled``."""
    parser.add_argument("--run-folder", type=Path, required=True, help="where it is made")
    parser.add_argument(
        "--estimator", type=Path, help="run of the estimator that learns; else the networks' own"
    )
    add_models(parser)
    parser.add_argument(
        "--people", type=Path, nargs="+", required=True, metavar="RECORDING",
        help="of one person's hand each, or a folder with Kinect crops of each letter",
    )  # fmt: skip
    parser.add_argument(
        "--without-hands", type=Path, nargs="*", default=[], metavar="RECORDING",
        help="that show no hand",
    )  # fmt: skip
    parser.add_argument("--steps", type=int, default=300, help="of learning")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu", help="torch device to learn on")
    parser.add_argument("--threads", type=int, default=1, help="torch threads")


def run(options: argparse.Namespace) -> None:
    """Teach an estimator by real frames without labels, as its last step before a release.

    Writes an estimator's checkpoint for ``release --estimator``, or, without ``--estimator``, a
    folder of networks for ``--models``.
    """
    keep_freed_memory()
    torch.set_num_threads(options.threads)
    estimator = None if options.estimator is None else checkpoint_of(options.estimator)
    plan = UnlabelledPlan(
        options.run_folder,
        options.models,
        estimator,
        tuple(options.people),
        tuple(options.without_hands),
        options.steps,
        seed=options.seed,
        device=options.device,
    )
    sys.stdout.write(f"{learn_unlabelled(plan)}\n")
