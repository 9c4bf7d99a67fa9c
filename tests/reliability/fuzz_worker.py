"""Reads damaged inputs in a process of its own: it may be killed, hang or run out of memory.

``python -m tests.reliability.fuzz_worker TARGET SAMPLE SEED FIRST LAST`` tells for each input, as a
line of JSON, that it begins and how it ended.
"""

from __future__ import annotations

import json
import random
import resource
import shutil
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

from engine.errors import CrossingHandsError
from tests.reliability.target import Target
from tests.reliability.targets import TARGETS

MEMORY_BYTES = 1 << 30
"""So much more than before the first input may be asked for."""
_LONGEST_REFUSAL = 1000


def main() -> None:
    """Read inputs FIRST to LAST - 1."""
    name, sample, seed, first, last = sys.argv[1:6]
    target = next(target for target in TARGETS if target.name == name)
    warnings.filterwarnings("error", category=RuntimeWarning, module="engine")
    _read_sound(target, Path(sample))
    _limit_memory()
    for number in range(int(first), int(last)):
        _tell(number, "begin", "")
        outcome, text = attempt(target, Path(sample), f"{seed} {name} {number}")
        _tell(number, outcome, text)


def attempt(target: Target, sample: Path, seed: str) -> tuple[str, str]:
    """Damage the sample as ``seed`` has it and read it: "read", "refused" or "fault", and why."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name) / "input"
        shutil.copytree(sample, folder, symlinks=True)
        target.damage(folder, random.Random(seed))
        try:
            target.read(folder)
        except CrossingHandsError as error:
            text = str(error)
            clear = text.strip() and text.isprintable() and len(text) < _LONGEST_REFUSAL
            return ("refused", text) if clear else ("fault", f"not one clear line: {text!r}")
        except BaseException:  # noqa: BLE001 - whatever else comes is what is looked for
            return "fault", traceback.format_exc(limit=-6)
    return "read", ""


def _read_sound(target: Target, sample: Path) -> None:
    """Load what reading needs, and see that the sound sample is read."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name) / "input"
        shutil.copytree(sample, folder)
        target.read(folder)


def _limit_memory() -> None:
    status = Path("/proc/self/status").read_text()
    used = int(status.partition("VmData:")[2].split()[0]) * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (used + MEMORY_BYTES,) * 2)


def _tell(number: int, outcome: str, text: str) -> None:
    sys.stdout.write(json.dumps([number, outcome, text]) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
