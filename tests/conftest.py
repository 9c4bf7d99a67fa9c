"""What all tests share: seeds, the recordings beside the repository, and a check for leaks."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")

REPOSITORY = Path(__file__).resolve().parent.parent
SHARED = REPOSITORY.parent / "shared"
THREAD_GRACE_S = 2.0
LASTING_THREADS = ("pytest_timeout", "tqdm_monitor", "ThreadPoolExecutor", "Dummy")


def _existing(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"{path} is not there")
    return path


@pytest.fixture(autouse=True)
def _same_networks_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests run the networks in one way on every computer, not in the one measured there."""
    from engine.tracking import inference_mode
    from engine.tracking.inference_mode import EIGHT_BITS, Measured

    chosen = Measured(EIGHT_BITS, {EIGHT_BITS: 1.0})
    monkeypatch.setattr(inference_mode, "_fastest_mode", lambda directory, key: chosen)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The repository's root."""
    return REPOSITORY


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of real recordings beside the repository; skips the test if it is missing."""
    return _existing(SHARED / "recordings")


@pytest.fixture(scope="session")
def benchmarks() -> Path:
    """The folder of published benchmark results; skips the test if it is missing."""
    return _existing(SHARED / "benchmarks")


@pytest.fixture
def refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., list[str]]:
    """Calls the command line in ``tmp_path``, where it must end with 2 and write nothing to
    standard output; gives the lines of standard error, whose last is the error."""
    from main import main

    def refused(*arguments: str) -> list[str]:
        monkeypatch.chdir(tmp_path)
        assert main(arguments) == 2
        written = capsys.readouterr()
        assert written.out == ""
        lines = written.err.splitlines()
        assert lines[-1].startswith("error: ")
        return lines

    return refused


@pytest.fixture(autouse=True)
def _same_random_numbers() -> None:
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - for libraries that still use the global generator


@pytest.fixture(autouse=True)
def _no_thread_stays() -> Iterator[None]:
    """Fail a test that leaves a thread running (libraries' pools for life excepted)."""
    before = set(threading.enumerate())
    yield
    deadline_s = time.monotonic() + THREAD_GRACE_S
    while (left := _new_threads(before)) and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert not left, f"threads left running: {sorted(thread.name for thread in left)}"


def _new_threads(before: set[threading.Thread]) -> list[threading.Thread]:
    return [
        thread
        for thread in set(threading.enumerate()) - before
        if not any(name in thread.name for name in LASTING_THREADS)
    ]
