"""Adaptation of the networks in a child process, so that the program itself stays quick.

The child is ``python -m training adapt``, which needs what the program does not: PyTorch.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import invalidate_caches
from importlib.util import find_spec
from pathlib import Path
from typing import Final, TextIO

from engine.assets import asset_path
from engine.errors import CancelledError, InvalidInputError, ModelError
from engine.mailbox import BoundedQueue, Overflow
from engine.output import cannot_write
from engine.profile_store import StoredProfile, add_profile, data_folder, profiles_folder
from engine.profiles import PROFILE_FILE, check_name
from engine.progress import ProgressLine

REPORT_FILE: Final = "report.html"
BEGUN_FILE: Final = Path("adaptation", "plan.json")
"""What an adaptation that was begun leaves in its folder."""
NEEDED: Final = ("torch", "nncf", "tensorboard")
REQUIREMENTS: Final = Path("training", "requirements.txt")
CPU_WHEELS: Final = "https://download.pytorch.org/whl/cpu"
"""Where PyTorch is without what only graphics cards need, which takes several GB more."""
INSTALL: Final = f"python -m pip install --extra-index-url {CPU_WHEELS} -r {REQUIREMENTS}"
INSTALL_SIZE: Final = "about 1.2 GB on disk"
POLL_S: Final = 0.2
MAX_LINES: Final = 64
"""Lines of the child that wait to be looked at; then it waits."""
END_S: Final = 20.0
"""How long a child may take to save what it has."""
ERROR: Final = "error: "


@dataclass(frozen=True, slots=True)
class AdaptationRequest:
    """``recordings`` of one hand before one camera; ``name`` of the profile; ``minutes`` in all."""

    recordings: tuple[Path, ...]
    name: str
    minutes: float = 40.0


@dataclass(frozen=True, slots=True)
class AdaptationOutcome:
    """``text`` says how it ended; ``report`` is the file with the proof, None where it ended
    before; ``profile`` is the one that was added to the user's, None if nothing was kept."""

    text: str
    report: Path | None
    profile: StoredProfile | None = None


def missing_packages() -> str:
    """What to do before anything can be adapted, in words; empty if nothing is missing."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if not missing:
        return ""
    return (
        f"Adaptation needs {', '.join(missing)}, which is not installed ({INSTALL_SIZE}). "
        f"Install it with: {INSTALL}"
    )


def can_install() -> bool:
    """Whether ``install_packages`` has what it needs: pip, and the list of what is needed."""
    return find_spec("pip") is not None and (asset_path().parent / REQUIREMENTS).is_file()


def install_packages(
    progress: Callable[[ProgressLine], bool], command: Sequence[str] | None = None
) -> None:
    """Install what is missing, with pip, into the environment that the program runs in.

    ``progress`` is called several times a second; False ends it. ``command`` stands in for pip's in
    tests.

    Raises:
        ModelError: with pip's last words if something is missing still.
        CancelledError: if ``progress`` ended it.
    """
    requirements = str(asset_path().parent / REQUIREMENTS)
    pip = [sys.executable, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    pip += ["--extra-index-url", CPU_WHEELS, "-r", requirements]
    lines = _follow(list(command or pip), lambda _: progress(ProgressLine("install", 0, 0)))
    invalidate_caches()
    if missing_packages():
        raise ModelError(f"PyTorch could not be installed: {lines.last or 'pip said nothing'}")


def adaptation_folder(name: str) -> Path:
    """Where the adaptation called ``name`` works.

    Raises:
        ModelError: if there is no place for the user's data.
    """
    folder = data_folder()
    if folder is None:
        raise ModelError("an adaptation cannot be kept: there is no home folder")
    return folder / "adaptations" / name


def command_of(request: AdaptationRequest, output: Path) -> list[str]:
    """The child's command; one that was begun in ``output`` goes on."""
    resume = ["--resume"] if (output / BEGUN_FILE).exists() else []
    return [
        *(sys.executable, "-m", "training", "adapt", *map(str, request.recordings)),
        *("--output", str(output), "--name", request.name),
        *("--minutes", f"{request.minutes:g}", *resume),
    ]


def run_adaptation(
    request: AdaptationRequest,
    progress: Callable[[ProgressLine], bool],
    command: Sequence[str] | None = None,
) -> AdaptationOutcome:
    """Adapt in a child process and add the profile to the user's if it is better.

    ``progress`` is called several times a second with the newest line; False ends the child, which
    saves what it has and goes on from there when asked again. ``command`` stands in for the child's
    in tests.

    Raises:
        InvalidInputError: if there is a profile of that name, or there can be none.
        ModelError: with the child's words if it could not do its work.
        CancelledError: if ``progress`` ended it.
    """
    check_name(request.name)
    if (profiles_folder() / request.name).exists():
        raise InvalidInputError(f"there is a profile {request.name!r} already: choose another name")
    output = adaptation_folder(request.name)
    report = output / REPORT_FILE
    try:
        report.unlink(missing_ok=True)
    except OSError as error:
        raise cannot_write(report, error) from error
    lines = _follow(list(command or command_of(request, output)), progress)
    found = report if report.exists() else None
    if (output / PROFILE_FILE).exists():
        profile = add_profile(output)
        shutil.rmtree(output, ignore_errors=True)
        return AdaptationOutcome(lines.last, profile.path / REPORT_FILE, profile)
    if found is not None:
        return AdaptationOutcome(lines.error or lines.last, found)
    raise ModelError(lines.error or "the adaptation ended without a result")


@dataclass(slots=True)
class _Lines:
    """The last line that was no progress, and the last error."""

    last: str = ""
    error: str = ""


def _follow(command: list[str], progress: Callable[[ProgressLine], bool]) -> _Lines:
    """Run ``command`` to its end and report its progress."""
    root = str(asset_path().parent)
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    try:
        child = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, "PYTHONPATH": path},
        )
    except OSError as error:
        raise ModelError(f"{command[0]} cannot be started: {error}") from error
    assert child.stdout is not None
    output: BoundedQueue[str] = BoundedQueue(MAX_LINES, Overflow.BLOCK)
    reader = threading.Thread(target=_read, args=(child.stdout, output), daemon=True)
    reader.start()
    lines, newest = _Lines(), ProgressLine("start", 0, 0)
    try:
        while True:
            if not progress(newest):
                raise CancelledError("interrupted: it goes on when started again")
            ended = output.closed
            text = output.take(POLL_S)
            if text is not None:
                newest = _note(text, lines) or newest
            elif ended:
                break
    finally:
        output.close()
        _end(child)
        reader.join(END_S)
    return lines


def _note(text: str, lines: _Lines) -> ProgressLine | None:
    """The progress in ``text``; other lines are noted."""
    line = ProgressLine.parsed(text)
    if line is None and text.strip():
        lines.last = text.strip()
        if text.startswith(ERROR):
            lines.error = text.removeprefix(ERROR).strip()
    return line


def _read(stream: TextIO, output: BoundedQueue[str]) -> None:
    """All lines of a child's output; closes ``output`` at its end. Runs in a thread of its own,
    and reads on where nobody takes them, so that the child never waits for room in its pipe."""
    with stream:
        for text in stream:
            output.put(text)
    output.close()


def _end(child: subprocess.Popen[str]) -> None:
    """Let a child that still runs save what it has and end."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(END_S)
        except subprocess.TimeoutExpired:
            child.kill()
    child.wait()
