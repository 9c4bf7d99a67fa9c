"""The examples of the docs run as they stand."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from engine.sources.synthetic import SyntheticCamera
from tests.windows import write_folder

EXAMPLES = Path(__file__).resolve().parents[3] / "docs" / "examples"


@pytest.mark.parametrize(
    ("name", "needs", "arguments"),
    [
        ("gestures", "numpy", ()),
        ("lsl_outlets", "pylsl", ("test-example",)),
        ("rerun_log", "rerun", ("log.rrd",)),
        ("rotations", "numpy", ()),
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


def test_the_tracker_of_the_examples_finds_a_hand_in_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(SyntheticCamera(seed=3)) as source:
        frames = [frame for _ in range(3) if (frame := source.read()) is not None]
    assert frames[0].depth_mm.shape == (480, 640)
    for frame in frames:
        depth = np.round(frame.depth_mm).astype(np.uint16)
        Image.fromarray(depth).save(tmp_path / f"{frame.index:06d}.png")
    monkeypatch.setattr(sys, "argv", ["tracker", str(tmp_path)])
    runpy.run_path(str(EXAMPLES / "tracker.py"), run_name="__main__")
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("000002.png 0 ") for line in lines)
