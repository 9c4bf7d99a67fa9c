"""Every figure of speed and lightness in one table: ``make bench``."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tqdm import tqdm

from engine.errors import CrossingHandsError
from tests.bench.figures import ROOT, Measured
from tests.bench.turns import GROUPS

PATIENCE_S: Final = 600.0


def measure(groups: Sequence[str], folders: Sequence[Path] = (ROOT,)) -> list[Measured]:
    """All turns of ``groups`` for each of the ``folders`` (copies of the program), which take
    turns so that they see the same machine.

    Raises:
        CrossingHandsError: naming the group that could not be measured.
    """
    measured: list[dict[str, list[float]]] = [defaultdict(list) for _ in folders]
    turns = [(group, turn) for group in groups for turn in range(GROUPS[group][1])]
    for group, turn in tqdm(turns, desc="measuring", unit="turn", disable=None):
        order = list(zip(folders, measured, strict=True))
        for folder, values in reversed(order) if turn % 2 else order:
            for key, value in _turn(group, folder).items():
                values[key].append(value)
    return list(measured)


def as_kept(measured: Measured, folder: Path) -> Mapping[str, Any]:
    """Figures of another copy of the program in the form in which a release's are kept."""
    figures = {key: {"median": sorted(each)[len(each) // 2]} for key, each in measured.items()}
    return {"version": f"in {folder}", "machine": "this machine, in turns", "figures": figures}


def _turn(group: str, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.turns", group]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, encoding="utf-8", timeout=PATIENCE_S
    )
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise CrossingHandsError(f"cannot measure '{group}' in {folder}: {reason}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found
