"""Where compiled code is kept: homes that are missing, programs that may not be written to."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import caches

ROOT = Path(__file__).parents[2]
UNKNOWN_USER = """
import os, pwd, sys
def nobody(_):
    raise KeyError("unknown")
pwd.getpwuid = nobody
os.environ.pop("HOME", None)
sys.path.insert(0, {root!r})
"""

Ask = Callable[[], Path | None]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Asks anew; the temporary folder is ``tmp_path/tmp``, the working folder ``tmp_path/here``."""
    for name in ("tmp", "here", "home"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    for name in ("XDG_CACHE_HOME", caches.KERNELS_VARIABLE, caches.NO_KERNELS_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return caches.cache_folder.__wrapped__


def no_home(_: type[Path]) -> Path:
    raise RuntimeError("Could not determine home directory.")


@pytest.mark.skipif(sys.platform != "linux", reason="cache folders as Linux has them")
def test_the_home_is_taken_first(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask() == tmp_path / "home" / ".cache" / "crossing-hands"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    assert ask() == tmp_path / "own" / "crossing-hands"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")  # to be ignored, says the standard
    assert ask() == tmp_path / "home" / ".cache" / "crossing-hands"


def test_without_a_home_the_temporary_folder_is_taken(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "nowhere"))
    folder = ask()
    assert folder is not None
    assert folder.parent == tmp_path / "tmp"
    assert folder.stat().st_mode & 0o777 == 0o700
    monkeypatch.setattr(Path, "home", classmethod(no_home))
    assert ask() == folder
    assert caches.home_folder() == Path("/")
    assert not list((tmp_path / "here").iterdir())
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_of_another_user_is_not_taken(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", classmethod(no_home))
    uid = os.getuid()
    (tmp_path / "tmp" / f"crossing-hands-{uid + 1}").mkdir()
    monkeypatch.setattr(os, "getuid", lambda: uid + 1)
    assert ask() is None
    assert not list((tmp_path / "here").iterdir())


def test_the_working_folder_is_no_temporary_folder(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", classmethod(no_home))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "here"))
    assert ask() is None


def test_kernels_go_elsewhere_if_the_program_may_not_be_written_to(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caches, "cache_folder", ask)
    assert caches.keep_kernels_elsewhere() == ""
    assert caches.KERNELS_VARIABLE not in os.environ
    monkeypatch.setattr(caches, "_writable", lambda _: False)
    notice = caches.keep_kernels_elsewhere()
    assert "may not be written to, so compiled code is kept in" in notice
    assert "\n" not in notice
    assert Path(os.environ[caches.KERNELS_VARIABLE]).name == "kernels"
    assert caches.keep_kernels_elsewhere() == ""  # as in a child process
    del os.environ[caches.KERNELS_VARIABLE]


def run(code: str, folder: Path, **environment: str) -> str:
    """The output of Python code run in ``folder`` by a user whom nobody knows, without a home."""
    start = UNKNOWN_USER.format(root=str(ROOT))
    given = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_CACHE_HOME")}
    done = subprocess.run(
        [sys.executable, "-c", start + code],
        cwd=folder,
        env=given | {"TMPDIR": str(folder.parent)} | environment,
        capture_output=True,
        encoding="utf-8",
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_an_unknown_user_leaves_nothing_behind(tmp_path: Path) -> None:
    """Neither a folder called ~ nor one of a telemetry; the networks run."""
    here = tmp_path / "here"
    here.mkdir()
    code = """
import engine
from engine.tracking.pipeline import Pipeline
Pipeline.load()
loaded = [name for name, module in sys.modules.items() if "openvino_telemetry" in name and module]
print(loaded, "openvino" in sys.modules)
"""
    assert run(code, here).split("\n")[-2] == "[] True"
    assert not list(here.iterdir())


def test_kernels_run_where_nothing_can_be_kept(tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    code = """
from engine.tracking.crop import rotation_towards
import numpy as np
print(np.round(rotation_towards(np.array([0.0, 0.0, 500.0]))).astype(int).tolist())
"""
    told = run(code, here, **{caches.NO_KERNELS_VARIABLE: "1"})
    assert told == "[[1, 0, 0], [0, 1, 0], [0, 0, 1]]\n"
    assert not list(here.iterdir())


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
@pytest.mark.parametrize("left", [0, 100])
def test_kernels_cut_off_by_a_power_cut_are_compiled_anew(
    tmp_path: Path, suffix: str, left: int
) -> None:
    (tmp_path / "kernel.py").write_text(
        "import engine, numba\n\n@numba.njit(cache=True)\ndef twice(x):\n    return 2 * x\n\n"
        "print(twice(4))\n"
    )
    environment = os.environ | {caches.KERNELS_VARIABLE: str(tmp_path / "kernels")}

    def run() -> str:
        environment["PYTHONPATH"] = str(ROOT)
        command = [sys.executable, str(tmp_path / "kernel.py")]
        done = subprocess.run(
            command, env=environment, capture_output=True, encoding="utf-8", timeout=100
        )
        return done.stdout + done.stderr

    assert run() == "8\n"
    (kept,) = (tmp_path / "kernels").rglob(f"*.{suffix}")
    kept.write_bytes(kept.read_bytes()[:left])
    assert run() == "8\n"
    assert kept.stat().st_size > 100
    assert run() == "8\n"


def test_a_first_start_is_known_by_the_kernels_that_are_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(caches.KERNELS_VARIABLE, str(tmp_path))
    assert not caches.kernels_kept()
    (tmp_path / "tracking_12").mkdir()
    (tmp_path / "tracking_12" / "crop_kernel.nbi").write_bytes(b"\x80.")
    assert caches.kernels_kept()
