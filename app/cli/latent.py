"""The options of ``main.py latent``, some of which the tracker has too."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_source(parser: argparse.ArgumentParser) -> None:
    """What the tracker and the studio have in common."""
    parser.add_argument("source", nargs="?", metavar="SOURCE", help="where depth comes from")
    parser.add_argument("--hands", type=int, metavar="N", help="most hands: 1 or 2 (1)")
    parser.add_argument(
        "--device", type=str.upper, metavar="D", help="OpenVINO device (CPU), also CPU:F32"
    )


def build_latent_parser() -> argparse.ArgumentParser:
    """Describe the options of ``main.py latent``."""
    parser = argparse.ArgumentParser(
        prog="main.py latent",
        description="The latent studio: sample, steer and question the model of hands.",
        epilog="Without --sample, --walk or --decode the window opens; SOURCE as in `main.py -h`.",
    )
    add_source(parser)
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="of random hands (0)")
    data = parser.add_argument_group("data, without a window")
    data.add_argument("--sample", type=int, metavar="N", help="write N random hands")
    data.add_argument(
        "--walk", type=int, nargs=2, metavar="SEED", help="walk from one seed's hand to another's"
    )
    data.add_argument("--frames", type=int, metavar="K", help="hands of the walk (60)")
    data.add_argument(
        "--spherical", action="store_true", help="walk along an arc, not the straight line"
    )
    data.add_argument("--decode", metavar='"z0,z1,..."', help="write the hand of a copied vector")
    data.add_argument("--export", type=Path, metavar="DIR", help="folder to write, new or empty")
    data.add_argument(
        "--layout",
        choices=("folder", "msra", "nyu"),
        help="a recording that this program replays (folder), or a data set's layout",
    )
    return parser
