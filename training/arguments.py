"""Options that several commands of ``python -m training`` share."""

from __future__ import annotations

import argparse
from pathlib import Path

from engine.assets import asset_path


def add_compute(
    parser: argparse.ArgumentParser, *, data_processes: int, precision: str = "auto"
) -> None:
    """Where and how a run computes; ``data_processes`` and ``precision`` if not said otherwise."""
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu", help="torch device")
    parser.add_argument("--threads", type=int, default=1, help="torch threads a process")
    parser.add_argument(
        "--precision",
        default=precision,
        help=f"auto (bf16 where it is faster), f32, bf16; {precision} if not given",
    )
    parser.add_argument(
        "--data-processes",
        type=int,
        default=data_processes,
        help="child processes that make the samples",
    )


def add_training_run(
    parser: argparse.ArgumentParser, *, data_processes: int, precision: str = "auto"
) -> None:
    """How a run is done: where and how it computes, whether it goes on or is only tried."""
    add_compute(parser, data_processes=data_processes, precision=precision)
    parser.add_argument("--resume", action="store_true", help="go on from the run folder")
    parser.add_argument("--dry-run", action="store_true", help="two steps, nothing is kept")


def add_hands(parser: argparse.ArgumentParser) -> None:
    """Hands that are shown beside the program's own."""
    parser.add_argument(
        "--hands",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="folder with a hand of another origin (hand.npz), shown too; may be repeated",
    )


def add_frames(parser: argparse.ArgumentParser, frames: int, about: str, *, seed: int = 0) -> None:
    """How much is measured, ``frames`` if not said otherwise, and the seed it is drawn from."""
    parser.add_argument("--frames", type=int, default=frames, help=f"{about} (%(default)s)")
    parser.add_argument("--seed", type=int, default=seed, help="of what is drawn (%(default)s)")


def add_models(parser: argparse.ArgumentParser) -> None:
    """The folder of networks that is worked on."""
    parser.add_argument(
        "--models", type=Path, default=asset_path("models"), metavar="DIR", help="folder"
    )


def add_compared_models(parser: argparse.ArgumentParser) -> None:
    """Folders of networks that are compared."""
    parser.add_argument(
        "--models",
        type=Path,
        nargs="*",
        default=[],
        metavar="DIR",
        help="folders like assets/models to compare, each with its manifest (the shipped networks)",
    )
