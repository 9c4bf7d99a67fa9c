"""The command ``crops``: crops to learn from, of a synthetic domain, a data set, recordings."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from engine.errors import InvalidInputError
from training.crops.crop_dataset import CropDataset
from training.crops.sources import CROPS_SUFFIX, write_dataset, write_recordings
from training.crops.synthetic_domains import DOMAINS, write_domain
from training.datasets import DATASETS, SPLITS
from training.models.joint_sets import HAND, JOINT_SETS, joint_set

DOMAIN_COUNT = 4096
Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse names it nowhere else


def add_command(commands: Commands[argparse.ArgumentParser]) -> None:
    """Register ``crops``, which was called ``material``."""
    parser = commands.add_parser(
        "crops",
        aliases=["material"],
        help="write crops to learn from",
        description="Write crops of a synthetic domain, a data set or recordings to one file.",
    )
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--domain", choices=sorted(DOMAINS), help="synthetic hands, made here")
    source.add_argument("--dataset", choices=tuple(DATASETS), help="as its authors lay it out")
    source.add_argument(
        "--recording", type=Path, nargs="+", metavar="PATH", help=".bag, .db3 or folder"
    )
    parser.add_argument("--output", type=Path, required=True, help=CROPS_SUFFIX)
    parser.add_argument(
        "--count",
        type=int,
        help=f"crops of a domain ({DOMAIN_COUNT} if not given); at most so many of a data set, "
        "evenly spread, or of each recording",
    )
    parser.add_argument("--path", type=Path, metavar="FOLDER", help="where the data set lies")
    parser.add_argument("--split", choices=SPLITS, help="of the data set; train if not given")
    parser.add_argument(
        "--joints",
        choices=tuple(JOINT_SETS),
        default=HAND.name,
        help="which points are labels: the program's joints, or those that the set marks",
    )
    parser.add_argument(
        "--allow-missing",
        action="store_true",
        help="leave out frames without an image, or with a damaged one, and say how many",
    )
    parser.set_defaults(work=run)


def run(options: argparse.Namespace) -> None:
    """Make a crop file and say what it holds.

    Raises:
        InvalidInputError: if options do not go together, the data set is not as its authors lay it
            out, no hand is found, or the file cannot be written.
        SourceError: if a recording cannot be read to its end.
    """
    _check(options)
    if options.domain:
        write_domain(options.domain, options.count or DOMAIN_COUNT, options.output)
    elif options.dataset:
        _from_dataset(options)
    else:
        write_recordings(options.output, options.recording, limit=options.count)
    sys.stdout.write(f"{options.output}: {len(CropDataset(options.output))} crops\n")


def _check(options: argparse.Namespace) -> None:
    if options.output.suffix != CROPS_SUFFIX:
        raise InvalidInputError(f"--output must end in {CROPS_SUFFIX}, not {options.output}")
    if options.count is not None and options.count < 1:
        raise InvalidInputError(f"--count must be positive, not {options.count}")
    if options.dataset and options.path is None:
        raise InvalidInputError("--dataset needs --path, the folder in which it lies")
    only = (options.path, options.split, options.allow_missing, options.joints != HAND.name)
    if not options.dataset and any(only):
        raise InvalidInputError(
            "--path, --split, --joints and --allow-missing go with --dataset only"
        )


def _from_dataset(options: argparse.Namespace) -> None:
    sentences = write_dataset(
        options.output,
        options.dataset,
        options.path,
        options.split or "train",
        joints=joint_set(options.joints),
        limit=options.count,
        allow_missing=options.allow_missing,
    )
    for sentence in sentences:
        sys.stdout.write(f"{sentence}\n")
