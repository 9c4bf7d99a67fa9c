"""Measures the promises of ``docs/reliability.md``; each has a command here."""

from __future__ import annotations

import argparse
import sys

from tests.reliability.fuzz import fuzz
from tests.reliability.targets import TARGETS


def main() -> int:
    """Run one measurement; 1 if a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    fuzzing = commands.add_parser("fuzz", help="damaged files and texts")
    fuzzing.add_argument("--count", type=int, default=300)
    fuzzing.add_argument("--seed", type=int, default=1)
    fuzzing.add_argument("--first", type=int, default=0, help="number of the first input")
    names = [target.name for target in TARGETS]
    fuzzing.add_argument("--only", nargs="+", default=(), choices=names)
    given = parser.parse_args()
    report = fuzz(given.count, given.seed, only=given.only, first=given.first)
    print(report.text())
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
