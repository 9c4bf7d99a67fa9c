"""How a run was started and with what: ``run.json`` in its folder."""

from __future__ import annotations

import json
import platform
import shlex
import sys
from pathlib import Path
from typing import Any

import torch

from engine.errors import ModelError
from engine.output import write_text
from training.learning.checkpoint import CHECKPOINT, load_tensors


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
    start = {"command": arguments, "seed": seed, "torch": torch.__version__, **(settings or {})}
    record["starts"].append(start)
    write_text(path, json.dumps(record, indent=2) + "\n")


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
