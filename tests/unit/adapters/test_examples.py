"""The examples of the docs run as they stand."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.windows import write_folder

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples"


@pytest.mark.parametrize(
    ("name", "needs", "arguments"),
    [
        ("gestures", "numpy", ()),
        ("lsl_outlets", "pylsl", ("test-example",)),
        ("rerun_log", "rerun", ("log.rrd",)),
        ("ros_mcap", "rosbags.rosbag2", ("hands.mcap",)),
    ],
)
def test_an_example_runs(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    needs: str,
    arguments: Sequence[str],
) -> None:
    pytest.importorskip(needs, exc_type=ImportError)
    recording = write_folder(tmp_path / "recording", frames=2)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [name, str(recording), *arguments])
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    assert all((tmp_path / file).exists() for file in arguments if "." in file)
