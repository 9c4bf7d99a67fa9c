"""The command ``adapt``."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import torch

from engine.assets import asset_path
from engine.progress import Progress, line_progress
from engine.tracking.config import SideChoice, TrackingSettings
from training.adaptation.conclude import require_kept
from training.adaptation.plan import AdaptationPlan
from training.adaptation.report import verdict
from training.adaptation.run import adapt
from training.learning.memory import keep_freed_memory


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``python -m training adapt``."""
    parser.add_argument(
        "recordings", type=Path, nargs="+", metavar="RECORDING",
        help="of one person's hand before one camera: .bag, .db3 or folder, no labels needed",
    )  # fmt: skip
    parser.add_argument("--output", type=Path, required=True, help="folder of the profile")
    parser.add_argument("--name", help="of the profile; the folder's if not given")
    parser.add_argument("--minutes", type=float, default=40.0, help="time in all (40)")
    parser.add_argument("--steps", type=int, help="steps of learning, whatever time they take")
    parser.add_argument("--resume", action="store_true", help="go on where it was interrupted")
    parser.add_argument(
        "--side", choices=[side.value for side in SideChoice], default="either",
        help="which hand is shown, where that is known",
    )  # fmt: skip
    parser.add_argument(
        "--models", type=Path, default=asset_path("models"), help="networks to start from"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu", help="torch device to learn on")
    parser.add_argument("--threads", type=int, default=1, help="torch threads")


def run(options: argparse.Namespace) -> None:
    """Fit the networks to a camera and a person by recordings without labels.

    The last quarter of each recording proves, without labels too, whether they became better; they
    are kept only if they did. Progress is written to standard output.

    Raises:
        InvalidInputError: if the recordings or the output do not serve.
        ModelError: if the networks cannot be loaded, or did not become better.
        CancelledError: if it was interrupted; it can be resumed.
    """
    keep_freed_memory()
    torch.set_num_threads(options.threads)
    plan = AdaptationPlan(
        tuple(options.recordings),
        options.output,
        options.name or options.output.resolve().name,
        options.models,
        options.minutes,
        options.steps,
        options.seed,
        options.device,
        TrackingSettings(side=SideChoice(options.side)),
    )
    with _interrupted() as ended:
        proof = adapt(plan, lambda stage: _progress(stage, ended), resume=options.resume)
    require_kept(plan, proof)
    sys.stdout.write(f"networks: {plan.output}\n{verdict(proof)}\n")


def _progress(stage: str, ended: list[int]) -> Progress:
    return line_progress(stage, sys.stdout, lambda: not ended)


@contextmanager
def _interrupted() -> Iterator[list[int]]:
    """A list that holds the signal by which the user has asked for an end."""
    ended: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        ended.append(number)

    before = {each: signal.signal(each, note) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield ended
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
