"""Several recordings in one call, as a user meets it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli.main import main
from engine.recording.record import write_recording
from engine.sources.synthetic import SyntheticCamera
from tests.recordings import write_folder

FRAMES = 12
LONG = 5000
WAIT_S = 100.0


def record(path: Path, seed: int) -> str:
    camera = SyntheticCamera(seed=seed)
    frames = (camera.read() for _ in range(FRAMES))
    write_recording(path, (frame for frame in frames if frame is not None), camera.camera)
    return str(path)


def start(repository: Path, *given: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(repository / "main.py"), *given],
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )


def finished(program: subprocess.Popen[str]) -> tuple[int, list[str]]:
    _, errors = program.communicate(timeout=WAIT_S)
    return program.returncode, errors.splitlines()


def group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_same_files_as_one_after_the_other(tmp_path: Path, repository: Path) -> None:
    first = record(tmp_path / "first", 1)
    second = record(tmp_path / "second.db3", 2)
    damaged = tmp_path / "damaged.bag"
    damaged.write_bytes(b"no bag at all")
    out = tmp_path / "out"
    sources = (first, str(damaged), second, str(tmp_path / "missing.bag"))
    code, lines = finished(
        start(repository, *sources, "--headless", "--export", str(out), "--jobs", "2")
    )
    assert code == 2
    assert f"error: {damaged} is not a recording" in "\n".join(lines)
    assert any(line.startswith(f"error: {tmp_path / 'missing.bag'}: no such") for line in lines)
    assert lines[-1] == "error: 2 of 4 recordings failed"
    assert {path.name for path in out.iterdir()} == {"first.csv", "second.csv"}
    for source, name in ((first, "first.csv"), (second, "second.csv")):
        alone = tmp_path / name
        assert finished(start(repository, source, "--headless", "--export", str(alone)))[0] == 0
        assert len(alone.read_text().splitlines()) > FRAMES // 2
        assert (out / name).read_bytes() == alone.read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="signals to groups of processes")
def test_an_interrupt_ends_all_processes_without_a_trace(tmp_path: Path, repository: Path) -> None:
    sources = [str(write_folder(tmp_path / name, LONG)) for name in ("a", "b")]
    out = tmp_path / "out"
    program = start(repository, *sources, "--headless", "--export", str(out), "--jobs", "2")
    deadline_s = time.monotonic() + WAIT_S
    while len(list(out.glob("*.partial")) if out.exists() else []) < 2:
        assert time.monotonic() < deadline_s
        assert program.poll() is None
        time.sleep(0.02)
    os.killpg(program.pid, signal.SIGINT)
    code, lines = finished(program)
    assert code == 130
    assert lines[-1] == "interrupted"
    assert not [line for line in lines if "Traceback" in line]
    assert list(out.iterdir()) == []
    while group_lives(program.pid):  # what cleans up behind the others goes last
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("a.bag", "b.bag"), "several sources need --headless"),
        (("a.bag", "b.bag", "--headless"), "need --export DIR"),
        (("a.bag", "--jobs", "2"), "--jobs needs --headless"),
        (("--jobs", "2", "--headless", "--export", "out"), "--jobs needs recordings"),
        (("a.bag", "--jobs", "0", "--headless", "--export", "out"), "jobs must be 1 or more"),
        (("a.bag", "b.bag", "--headless", "--export", "x.csv"), "need a folder to write to"),
        (("x/a.bag", "y/a.bag", "--headless", "--export", "out"), "would both be written"),
        (
            ("a.bag", "b.bag", "--headless", "--export", "out", "--measures", "m.csv"),
            "--measures is for one source",
        ),
        (
            ("a.bag", "b.bag", "--headless", "--export", "out", "--picture", "p.png"),
            "--picture is for one source",
        ),
    ],
)
def test_what_does_not_go_with_several_is_said(
    refusal: Callable[..., list[str]], given: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    assert message in refusal(*given)[-1]
    assert list(tmp_path.iterdir()) == []


def test_one_recording_with_jobs_goes_to_a_folder(tmp_path: Path) -> None:
    source = record(tmp_path / "take", 3)
    given = (source, "--headless", "--jobs", "1", "--export", str(tmp_path / "out"))
    assert main(given) == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["take.csv"]
