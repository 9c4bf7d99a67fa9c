"""How a run was started and with what: ``run.json`` in its folder."""

from __future__ import annotations

import hashlib
import json
import platform
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any, Final

import torch

from engine.errors import InvalidInputError, ModelError
from engine.output import write_text
from training.learning.checkpoint import CHECKPOINT, load_tensors

PACKAGES: Final = ("numpy", "numba", "safetensors", "scipy")
"""Whose versions are kept beside torch's."""
GIT_S: Final = 20.0
"""Longest wait for git in seconds."""


def write_record(run: Path, task: str, seed: int, settings: dict[str, Any] | None = None) -> None:
    """Add how this run was started, with its ``settings``, to ``run.json``.

    Raises:
        ModelError: if the folder holds a run of another task, or its record is damaged.
    """
    run.mkdir(parents=True, exist_ok=True)
    path = run / "run.json"
    record: dict[str, Any] = {"task": task, "starts": []}
    if path.exists():
        try:
            record = json.loads(path.read_text())
            record["starts"] = list(record["starts"])
            before = record["task"]
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise ModelError(f"{path} is damaged: {error}") from error
        if before != task:
            raise ModelError(f"{run} is a run of '{before}', not of '{task}'")
    arguments = shlex.join(["python", "-m", "training", *sys.argv[1:]])
    start = {
        "command": arguments,
        "seed": seed,
        "commit": code_commit(),
        "torch": torch.__version__,
        "versions": {name: version(name) for name in PACKAGES} | {"python": python_version()},
        **(settings or {}),
    }
    record["starts"].append(start)
    write_text(path, json.dumps(record, indent=2) + "\n")


def code_commit() -> str | None:
    """The commit of the code that runs, with ``+`` if files were changed since; None where the code
    lies in no repository."""
    folder = Path(__file__).resolve().parents[2]
    command = ["git", "-C", str(folder), "describe", "--always", "--abbrev=40", "--exclude=*"]
    try:
        found = subprocess.run(
            [*command, "--dirty=+"],
            capture_output=True,
            encoding="utf-8",
            check=True,
            timeout=GIT_S,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip() or None


def file_hash(path: Path) -> str:
    """SHA-256 of a file.

    Raises:
        InvalidInputError: if it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror or error}") from error


def training_record(run: Path) -> dict[str, Any]:
    """How the network in a run folder was trained, for the manifest."""
    _, meta = load_tensors(run / CHECKPOINT)
    record = json.loads((run / "run.json").read_text())
    return {
        "commands": [start["command"] for start in record["starts"]],
        "seed": meta["config"]["seed"],
        "steps": meta["step"],
        "samples": meta["step"] * meta["config"]["batch"],
        "hours": round(meta["seconds"] / 3600, 2),
        "machine": f"{platform.machine()} CPU",
    }
