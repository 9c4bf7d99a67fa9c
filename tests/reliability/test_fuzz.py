"""Some hundred damaged inputs of every kind: each is read, or refused in one clear line."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import pytest

from engine.errors import InvalidInputError
from tests.reliability import fuzz as fuzzing
from tests.reliability.fuzz import fuzz
from tests.reliability.fuzz_worker import attempt
from tests.reliability.target import Target
from tests.reliability.targets import TARGETS


@pytest.mark.timeout(600)
def test_no_fault_in_three_hundred_inputs() -> None:
    report = fuzz(300, seed=7)
    assert report.inputs >= 290
    assert not report.faults, report.text()
    assert {name for name, _ in report.counts} == {target.name for target in TARGETS}
    refused = sum(report.counts[target.name, "refused"] for target in TARGETS)
    assert refused > 60  # or the damage would be too little to tell anything


def target(read: object) -> Target:
    def prepare(folder: Path) -> None:
        (folder / "a").write_text("sound")

    def damage(folder: Path, random: random.Random) -> None:
        (folder / "a").write_text("spoilt")

    return Target("test", 1, prepare, damage, read)  # type: ignore[arg-type]


def outcome(read: object, folder: Path) -> tuple[str, str]:
    made = target(read)
    made.prepare(folder)
    return attempt(made, folder, "seed")


def test_what_is_read_refused_or_a_fault(tmp_path: Path) -> None:
    def refuses(folder: Path) -> None:
        raise InvalidInputError((folder / "a").read_text())

    def rambles(folder: Path) -> None:
        raise InvalidInputError("word " * 400)

    assert outcome(lambda folder: None, tmp_path) == ("read", "")
    assert outcome(refuses, tmp_path) == ("refused", "spoilt")
    assert outcome(rambles, tmp_path)[0] == "fault"
    told = outcome(lambda folder: {"a": 1}[folder.name], tmp_path)
    assert told[0] == "fault" and "KeyError" in told[1]


def test_the_same_seed_spoils_the_same_way(tmp_path: Path) -> None:
    made = next(target for target in TARGETS if target.name == "words")
    spoilt: list[bytes] = []
    for number in (1, 1, 2):
        folder = tmp_path / str(len(spoilt))
        folder.mkdir()
        made.prepare(folder)
        made.damage(folder, random.Random(number))
        spoilt.append((folder / "words.txt").read_bytes())
    assert spoilt[0] == spoilt[1] != spoilt[2]


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("import os; os.abort()", "ended with -6"),
        ("import time; time.sleep(60)", "no answer for 1 s"),
    ],
)
def test_a_worker_that_dies_or_hangs_is_a_fault(
    what: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that tells that it begins with the first input, and then does this."""
    worker = tmp_path / "worker"
    begins = "print('[' + sys.argv[4] + ', \"begin\", \"\"]', flush=True)"
    worker.write_text(f"#!/usr/bin/env python3\nimport sys\nsys.argv.pop(1)\n{begins}\n{what}\n")
    worker.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(worker))
    monkeypatch.setattr(fuzzing, "HANG_S", 1.0)
    began = time.monotonic()
    report = fuzz(2, seed=1, only=["words"])
    assert [fault.number for fault in report.faults] == [0, 1]
    assert all(told in fault.text for fault in report.faults)
    assert time.monotonic() - began < 20.0
