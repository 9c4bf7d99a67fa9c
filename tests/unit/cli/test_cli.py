"""The command line as a user meets it: exit codes and one clear line."""

from __future__ import annotations

import csv
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from pythonosc.osc_bundle import OscBundle

import main
from app.cli.console import EXIT_OK, EXIT_UNUSABLE
from app.display import has_display
from engine.assets import asset_path
from engine.export.joints import CSV_COLUMNS
from engine.recording.record import FolderRecorder
from tests.fakes import SMALL_CAMERA, FakePipeline, make_frame, make_hand

QT_CHECK = """
import sys
import main
code = main.main(sys.argv[1:])
assert not [name for name in sys.modules if name.startswith(("PySide6", "torch"))]
sys.exit(code)
"""

START_CHECK = """
import sys
import app.application, app.backend, app.cli.main
slow = {"numba", "scipy", "openvino", "moderngl", "open3d", "pyqtgraph", "pyrealsense2", "tqdm"}
sys.exit(", ".join(sorted(slow & set(sys.modules))) or 0)
"""


def run(
    repository: Path, *command: str, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run Python with ``command`` in a process of its own, without a display."""
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    clean = {name: value for name, value in os.environ.items() if name not in hidden}
    return subprocess.run(
        [sys.executable, *command],
        cwd=cwd or repository,
        env=clean | {"PYTHONPATH": str(repository)} | environment,
        capture_output=True,
        encoding="utf-8",
        timeout=110,
    )


def test_the_window_waits_for_no_slow_library(repository: Path) -> None:
    done = run(repository, "-c", START_CHECK, QT_QPA_PLATFORM="offscreen")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("nowhere.bag", "--headless"), "nowhere.bag"),
        (("nowhere.bag", "--headless", "--export", "x.csv"), "nowhere.bag"),
        (("a.bag", "--headless", "--hands", "3"), "hands must be 1 or 2"),
        (("a.bag", "--headless", "--device", "abacus"), "device must be"),
        (("a.bag", "--headless", "--seed", "-1"), "seed must not be negative"),
        (("a.bag", "--headless", "--seconds", "0"), "seconds must be positive"),
        (("a.bag", "--export", "x.csv"), "--export needs --headless"),
        (("a.bag", "--headless", "--independent", "--smoothing", "light"), "leave one of the two"),
        (("a.bag", "--measures", "x.csv"), "--measures needs --headless"),
        (("a.bag", "--independent"), "--independent needs --headless"),
        (("a.bag", "--stream-ws", "here"), "'here' is no address"),
        (("a.bag", "--headless", "--stream-osc", "70000"), "between 1 and 65535"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_exit_2(
    arguments: tuple[str, ...], part: str, tmp_path: Path, refusal: Callable[..., list[str]]
) -> None:
    (line,) = refusal(*arguments)
    assert part in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["empty.bag", "text.db3", "folder", "picture.png"])
def test_unusable_files_are_one_line_and_exit_2(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.bag").write_bytes(b"")
    (tmp_path / "text.db3").write_text("this is no database\n" * 100)
    (tmp_path / "folder").mkdir()
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    assert main.main([str(tmp_path / name), "--headless"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert name in line


def test_the_process_says_so_too(repository: Path) -> None:
    result = run(repository, "main.py", "nowhere.bag", "--headless")
    assert result.returncode == 2
    assert result.stderr.startswith("error: ")
    assert len(result.stderr.splitlines()) == 1


def test_help_tells_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main.main(["--help"])
    assert stopped.value.code == 0
    text = capsys.readouterr().out
    for word in ("--headless", "--export", "--independent", "synthetic", "Exit codes"):
        assert word in text


def test_an_interrupt_is_told_and_has_its_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("engine.jobs.headless.run_headless", interrupted)
    assert main.main(["a.bag", "--headless"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_recording_to_joints_and_a_picture(
    repository: Path, recordings: Path, tmp_path: Path
) -> None:
    export, picture = tmp_path / "joints.csv", tmp_path / "picture.png"
    arguments = ("--headless", "--export", str(export), "--picture", str(picture))
    source = str(recordings / "sr305_hand")
    result = run(repository, "-c", QT_CHECK, source, *arguments)
    assert result.returncode == 0, result.stderr
    with export.open(newline="") as file:
        rows = list(csv.reader(file))
    assert tuple(rows[0]) == CSV_COLUMNS
    assert [row[0] for row in rows[1:]] == [str(n) for n in range(11)]
    assert {row[3] for row in rows[1:]} == {"right"}
    with Image.open(picture) as image:
        assert image.size == (640, 480)
    assert str(export) in result.stderr
    assert "11 frames, a hand in 11" in result.stderr


def test_standard_output_carries_the_rows_and_nothing_else(repository: Path) -> None:
    wanted = ("synthetic", "--headless", "--seconds", "0.2", "--export", "-")
    done = run(repository, "main.py", *wanted, "--measures", "/dev/null")
    assert done.returncode == 0, done.stderr
    header, *rows = csv.reader(done.stdout.splitlines())
    assert tuple(header) == CSV_COLUMNS
    assert {len(row) for row in rows} == {len(CSV_COLUMNS)}
    assert "frames, a hand in" in done.stderr and "wrote" not in done.stderr
    assert not (repository / "-").exists() and Path("/dev/null").is_char_device()
    done = run(repository, "main.py", *wanted, "--export-format", "jsonl")
    assert [json.loads(line)["frame"] for line in done.stdout.splitlines()] == list(range(6))


def test_an_export_to_standard_output_and_no_recording_to_a_device(
    tmp_path: Path, repository: Path
) -> None:
    with FolderRecorder(tmp_path / "take", SMALL_CAMERA) as recorder:
        for index in range(3):
            recorder.write(make_frame(index))
    take = str(tmp_path / "take")
    done = run(repository, "main.py", "export", take, "-", "--format", "jsonl")
    assert [json.loads(line)["frame"] for line in done.stdout.splitlines()] == [0, 1, 2]
    done = run(repository, "main.py", "convert", take, "/dev/null")
    assert (done.returncode, done.stdout) == (2, "")
    assert "/dev/null is no place for a recording" in done.stderr
    assert Path("/dev/null").is_char_device()


def test_without_a_display_it_runs_headless_and_says_where(
    repository: Path, tmp_path: Path
) -> None:
    result = run(repository, str(repository / "main.py"), cwd=tmp_path, DISPLAY=":4711")
    assert result.returncode == 0, result.stderr
    assert "No display is available" in result.stderr
    for name in ("joints.csv", "picture.png"):
        path = tmp_path / "out" / name
        assert path.stat().st_size > 0
        assert str(path) in result.stderr
    assert "300 frames" in result.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="displays are asked on Linux only")
def test_a_display_must_answer(tmp_path: Path) -> None:
    assert not has_display({})
    assert not has_display({"DISPLAY": ":4711"})
    assert not has_display({"DISPLAY": "nonsense"})
    assert not has_display({"WAYLAND_DISPLAY": "w-0", "XDG_RUNTIME_DIR": str(tmp_path)})
    assert has_display({"QT_QPA_PLATFORM": "offscreen"})


def test_a_taken_port_is_one_line_and_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        words = ["synthetic", "--headless", "--stream-osc", "9", "--stream-ws", str(port)]
        assert main.main(words) == EXIT_UNUSABLE
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(f"127.0.0.1:{port}: another program uses this port; choose another one")


def test_a_headless_run_is_streamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "engine.tracking.pipeline.Pipeline.load", lambda **_: FakePipeline(make_hand())
    )
    with FolderRecorder(tmp_path / "wall", SMALL_CAMERA) as recorder:
        for index in range(4):
            recorder.write(make_frame(index))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(10.0)
        port = str(receiver.getsockname()[1])
        words = [str(tmp_path / "wall"), "--headless", "--stream-osc", port]
        assert main.main(words) == EXIT_OK
        bundles = [OscBundle(receiver.recv(2048)) for _ in range(4)]
    assert [bundle.content(0).params[0] for bundle in bundles] == [0, 1, 2, 3]
    assert f"streaming joints by OSC at 127.0.0.1:{port}" in capsys.readouterr().err


@pytest.mark.parametrize("damage", ["no folder", "no manifest", "another weight"])
def test_networks_that_cannot_be_used_are_one_line_and_exit_2(
    damage: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models = tmp_path / "models"
    if damage != "no folder":
        shutil.copytree(asset_path("models"), models)
    if damage == "no manifest":
        (models / "manifest.json").unlink()
    if damage == "another weight":
        weights = models / "generator.bin"
        weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    assert main.main(["synthetic", "--models", str(models)]) == EXIT_UNUSABLE
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ") and str(models) in line


def test_networks_of_a_folder_find_hands_of_the_given_side(tmp_path: Path) -> None:
    models, joints = tmp_path / "models", tmp_path / "joints.csv"
    shutil.copytree(asset_path("models"), models)
    words = ["synthetic", "--headless", "--seconds", "0.5", "--export", str(joints)]
    assert main.main([*words, "--models", str(models), "--side", "left"]) == EXIT_OK
    with joints.open() as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert {row["handedness"] for row in rows} == {"left"}
