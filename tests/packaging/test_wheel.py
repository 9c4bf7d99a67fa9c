"""The wheel holds all that the program needs: installed elsewhere, its command finds a hand."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from contextlib import closing
from pathlib import Path

import pytest

from engine.recording.record import write_recording
from engine.sources.synthetic import SyntheticCamera

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "out", "runs", "build", "*.egg-info")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the commands of an environment that has the wheel, and beside it only what the
    program requires, taken from the environment that runs the tests."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(ROOT, source, ignore=LEFT_OUT)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
    made = subprocess.run(
        [*pip, "wheel", "-q", "--no-deps", "-w", str(folder), str(source)],
        capture_output=True,
        encoding="utf-8",
    )
    if made.returncode and "No matching distribution found for setuptools" in made.stderr:
        pytest.skip("the build's own requirements cannot be downloaded")
    assert made.returncode == 0, made.stderr
    wheel = next(folder.glob("crossing_hands-*.whl"))
    home = folder / "environment"
    venv.create(home, symlinks=True)
    scheme = {"base": str(home), "platbase": str(home)}
    library = Path(sysconfig.get_path("purelib", "venv", scheme))
    (library / "required.pth").write_text(sysconfig.get_path("purelib") + "\n")
    python = Path(sysconfig.get_path("scripts", "venv", scheme)) / "python"
    subprocess.run(
        [*pip, "--python", str(python), "install", "-q", "--no-deps", str(wheel)], check=True
    )
    return python.parent


def test_the_command_writes_the_joints_of_a_hand(installed: Path, tmp_path: Path) -> None:
    source = SyntheticCamera(seed=3)
    with closing(source):
        frames = [source.read() for _ in range(4)]
    write_recording(tmp_path / "hand", [f for f in frames if f is not None], source.camera)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = ["hand", "--headless", "--export", "joints.csv"]
    done = subprocess.run(
        [str(installed / "crossing-hands"), *command],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    with (tmp_path / "joints.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) >= 3


def test_what_is_imported_comes_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    script = "import engine, app, training, main; print(engine.__file__)"
    found = subprocess.run(
        [str(installed / "python"), "-c", script],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
    )
    assert found.returncode == 0, found.stderr
    assert Path(found.stdout.strip()).is_relative_to(installed.parent)
