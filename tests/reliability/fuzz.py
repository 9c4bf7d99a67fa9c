"""Damaged inputs by the thousand: none may crash, hang, fill the memory or end in a traceback."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from tests.reliability.target import Target
from tests.reliability.targets import TARGETS

HANG_S: Final = 10.0
START_S: Final = 120.0
"""For loading the networks and reading the sound sample."""
LONGEST: Final = 800
"""Characters of a fault in a report; the last of a traceback tell most."""
ROOT: Final = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class Fault:
    """An input that was neither read nor refused in words: which, and what happened."""

    target: str
    seed: int
    number: int
    text: str


@dataclass(slots=True)
class FuzzReport:
    """Inputs by target and outcome ("read", "refused", "fault"), and the faults."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)

    @property
    def inputs(self) -> int:
        """How many were tried."""
        return sum(self.counts.values())

    def text(self) -> str:
        """A table and the faults."""
        lines = [f"{'input':14}{'tried':>8}{'read':>8}{'refused':>9}{'faults':>8}"]
        names = [t.name for t in TARGETS if any(key[0] == t.name for key in self.counts)]
        for name in names:
            read, refused, faults = (
                self.counts[name, outcome] for outcome in ("read", "refused", "fault")
            )
            tried = read + refused + faults
            lines.append(f"{name:14}{tried:8}{read:8}{refused:9}{faults:8}")
        lines.append(f"{'all':14}{self.inputs:8}{'':17}{len(self.faults):8}")
        for fault in self.faults:
            again = (
                f"fuzz --only {fault.target} --seed {fault.seed} --first {fault.number} --count 1"
            )
            lines.append(f"\n{again}\n{fault.text.strip()[-LONGEST:]}")
        return "\n".join(lines)


def fuzz(count: int, seed: int, *, only: Sequence[str] = (), first: int = 0) -> FuzzReport:
    """Try ``count`` inputs, shared among the targets (those named in ``only``), from the number
    ``first`` of each on."""
    targets = [target for target in TARGETS if not only or target.name in only]
    shares = sum(target.share for target in targets)
    report = FuzzReport()
    with tempfile.TemporaryDirectory(prefix="fuzzing-") as name:
        for target in targets:
            own = max(1, round(count * target.share / shares))
            sample = Path(name) / target.name
            sample.mkdir()
            target.prepare(sample)
            _fuzz_one(target, sample, seed, range(first, first + own), report)
            sys.stderr.write(f"{target.name}: {own}, {len(report.faults)} faults so far\n")
    return report


def _fuzz_one(target: Target, sample: Path, seed: int, numbers: range, report: FuzzReport) -> None:
    """Let workers read, a new one after each that did not come back."""
    number = numbers.start
    while number < numbers.stop:
        begun: int | None = None
        problem = "the worker did not start"
        for told, outcome, text in _work(target, sample, seed, number, numbers.stop):
            if outcome == "begin":
                begun = told
            elif outcome == "lost":
                problem = text
            else:
                report.counts[target.name, outcome] += 1
                if outcome == "fault":
                    report.faults.append(Fault(target.name, seed, told, text))
                begun, number = None, told + 1
        if number >= numbers.stop:
            return
        if begun is None and problem:
            raise RuntimeError(f"{target.name}: {problem}")
        report.counts[target.name, "fault"] += 1
        report.faults.append(Fault(target.name, seed, number, problem))
        number += 1


def _work(
    target: Target, sample: Path, seed: int, first: int, last: int
) -> Iterator[tuple[int, str, str]]:
    """What one worker tells; "lost" at the end if it was not able to."""
    home = sample.parent / "home"
    home.mkdir(exist_ok=True)
    with tempfile.TemporaryFile() as said:
        command = [sys.executable, "-m", "tests.reliability.fuzz_worker", target.name, str(sample)]
        worker = subprocess.Popen(
            [*command, str(seed), str(first), str(last)],
            cwd=ROOT, env=_environment(home), stdout=subprocess.PIPE, stderr=said, encoding="utf-8",
        )  # fmt: skip
        assert worker.stdout is not None
        lines = _Lines(worker.stdout)
        try:
            patience_s = START_S
            while (line := lines.next(patience_s)) is not None:
                number, outcome, text = json.loads(line)
                yield number, outcome, text
                patience_s = HANG_S
            if lines.waits:
                yield -1, "lost", f"no answer for {patience_s:.0f} s"
            elif worker.wait():
                said.seek(0)
                tail = said.read()[-1500:].decode(errors="replace")
                yield -1, "lost", f"the interpreter ended with {worker.returncode}\n{tail}"
        finally:
            worker.kill()
            worker.wait()
            lines.close()


def _environment(home: Path) -> dict[str, str]:
    """Nothing of the user's is touched; compiled kernels of this program are."""
    own = {"HOME": home, "XDG_CACHE_HOME": home / "cache", "TMPDIR": home}
    return os.environ | {name: str(value) for name, value in own.items()} | {
        "QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1", "PYTHONFAULTHANDLER": "1",
    }  # fmt: skip


class _Lines:
    """Lines of a pipe that can be waited for; ``waits`` says that none came in time."""

    def __init__(self, pipe: IO[str]) -> None:
        self.waits = False
        self._pipe = pipe
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def next(self, patience_s: float) -> str | None:
        """The next line; None at the end, or if it did not come in time."""
        try:
            return self._lines.get(timeout=patience_s)
        except queue.Empty:
            self.waits = True
            return None

    def close(self) -> None:
        """The writer has ended."""
        self._thread.join()
        self._pipe.close()

    def _read(self) -> None:
        for line in self._pipe:
            self._lines.put(line)
        self._lines.put(None)
