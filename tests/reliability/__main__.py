"""Measures the promises of ``docs/reliability.md``; each has a command here."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Protocol

from tests.reliability.targets import TARGETS

Command = Callable[[argparse.Namespace], bool]
"""Prints what was measured; returns whether the promise was kept."""


class Outcome(Protocol):
    """What a measurement found."""

    @property
    def kept(self) -> bool:
        """Whether the promise was kept."""
        ...

    def text(self) -> str:
        """What was measured, in lines."""
        ...


def main() -> int:
    """Run one measurement; 1 if a promise is broken."""
    given = _parser().parse_args()
    work: Command = given.work
    return 0 if work(given) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability", description=__doc__)
    commands = parser.add_subparsers(required=True)

    def add(name: str, work: Command, about: str, count: int) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=about, description=about)
        command.add_argument("--count", type=int, default=count, help=f"how many ({count})")
        command.add_argument("--seed", type=int, default=1)
        command.set_defaults(work=work)
        return command

    fuzz = add("fuzz", _fuzz, "read damaged files and texts", 300)
    fuzz.add_argument("--first", type=int, default=0, help="number of the first input")
    names = [target.name for target in TARGETS]
    fuzz.add_argument("--only", nargs="+", default=(), choices=names)
    add("kill", _kill, "kill a program while it records", 20)
    add("full-disk", _full_disk, "fill the disk under recordings and exports (root only)", 10)
    add("unplug", _unplug, "unplug a camera while it is recorded and streamed", 20)
    clients = add("clients", _clients, "let clients misbehave beside a good one", 100)
    clients.add_argument("--seconds", type=float, default=30.0)
    hours = add("hours", _hours, "hours of a camera in minutes", 1)
    hours.add_argument("--minutes", type=float, default=10.0)
    return parser


def _fuzz(given: argparse.Namespace) -> bool:
    from tests.reliability.fuzz import fuzz

    report = fuzz(given.count, given.seed, only=given.only, first=given.first)
    print(report.text())
    return not report.faults


def _kill(given: argparse.Namespace) -> bool:
    from tests.reliability.kill import kill_recordings, report

    killed = kill_recordings(given.count, given.seed)
    print(report(killed))
    return all(one.kept for one in killed)


def _clients(given: argparse.Namespace) -> bool:
    from tests.reliability.clients import attack

    return _shown(attack(given.count, given.seconds))


def _full_disk(given: argparse.Namespace) -> bool:
    from tests.reliability.full_disk import fill_disks, report

    filled = fill_disks(given.count, given.seed)
    print(report(filled))
    return not any(one.problem for one in filled)


def _unplug(given: argparse.Namespace) -> bool:
    from tests.reliability.unplug import unplug

    return _shown(unplug(given.count, given.seed))


def _hours(given: argparse.Namespace) -> bool:
    from tests.reliability.endurance import endure

    return _shown(endure(given.minutes, given.seed))


def _shown(outcome: Outcome) -> bool:
    print(outcome.text())
    return outcome.kept


if __name__ == "__main__":
    sys.exit(main())
