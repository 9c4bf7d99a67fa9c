"""Everything that hangs on a newly trained network, in one command.

The posterior's heads, 8 bits, weights of the evidence, references of the self-check and the
comparison with the networks of before follow one another, each a command of its own. What is done
is not done again, so a release that was broken off goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.assets import asset_path
from engine.errors import InvalidInputError, ModelError
from engine.output import write_text

DONE_FILE: Final = "release.json"
"""The commands that are done, in the run folder."""
COMPARED: Final = ("tof", "marked", "false-hands", "hands")
"""Parts of the benchmark of real frames that old and new networks are compared on."""


@dataclass(frozen=True, slots=True)
class ReleasePlan:
    """What is released and how long its parts take.

    ``estimator`` and ``detector`` are run folders (None: the shipped one stays); ``folder`` holds
    the new networks in ``models``; ``steps`` of the posterior's heads; ``frames`` of each sensor
    for the evidence and a set of the benchmark; ``shared`` has its recordings, None leaves the
    comparison out.
    """

    folder: Path
    estimator: Path | None
    detector: Path | None
    steps: int = 1500
    frames: int = 150
    shared: Path | None = None

    @property
    def models(self) -> Path:
        """Where the new networks lie."""
        return self.folder / "models"


def commands(plan: ReleasePlan, before: Path) -> Iterator[list[str]]:
    """The commands of a release in their order; ``before`` holds the networks of before."""
    models, frames = str(plan.models), str(plan.frames)
    if plan.estimator is not None:
        vae, generator = before / "pose_decoder.safetensors", before / "generator.safetensors"
        given = ["--estimator", str(plan.estimator), "--pose-vae", str(vae)]
        run = ["--run-folder", str(plan.folder)]
        heads = ["--generator", str(generator), "--steps", str(plan.steps)]
        resume = ["--resume"] if (plan.folder / "posterior").exists() else []
        yield ["posterior", *run, *given, *heads, *resume]
        yield ["export", "estimator", *run, *given, "--output", models]
        yield ["quantise", "--models", models]
    if plan.detector is not None:
        yield ["export", "detector", "--run-folder", str(plan.detector), "--output", models]
    yield ["calibrate", "--models", models, "--frames", frames, "--write"]
    yield ["health", "--models", models, "--frames", frames, "--fit"]
    yield ["references", "--output", models]
    if plan.shared is not None:
        sets = ["--shared", str(plan.shared), "--frames", frames, "--only", *COMPARED]
        report = ["--json", str(plan.folder / "comparison.json")]
        yield ["benchmark", "real", "--models", str(before), models, *sets, *report]


def release(plan: ReleasePlan, before: Path) -> None:
    """Run the commands that are not done yet, and all that follow one of them: each builds on what
    those before it made.

    Raises:
        InvalidInputError: if nothing is to be released.
        ModelError: naming the command that failed; those before it stay done.
    """
    if plan.estimator is None and plan.detector is None:
        raise InvalidInputError("nothing to release: name a run with --estimator or --detector")
    if not plan.models.exists():
        shutil.copytree(before, plan.models)
    path = plan.folder / DONE_FILE
    earlier: list[str] = json.loads(path.read_text()) if path.exists() else []
    done: list[str] = []
    for command in commands(plan, before):
        words = shlex.join(part for part in command if part != "--resume")
        if words in earlier:
            done.append(words)
            continue
        earlier = []
        sys.stderr.write(f"python -m training {words}\n")
        if subprocess.run([sys.executable, "-m", "training", *command], check=False).returncode:
            raise ModelError(f"this failed, see above: python -m training {words}")
        done.append(words)
        write_text(path, json.dumps(done, indent=1) + "\n")


def install(plan: ReleasePlan, target: Path) -> None:
    """Put the new networks into ``target``, the manifest last."""
    for path in sorted(plan.models.iterdir(), key=lambda path: path.name == "manifest.json"):
        shutil.copyfile(path, target / path.name)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of ``python -m training release``."""
    parser.add_argument("--run-folder", type=Path, required=True, help="where it is made")
    parser.add_argument("--estimator", type=Path, help="run folder of the new estimator")
    parser.add_argument("--detector", type=Path, help="run folder of the new detector")
    parser.add_argument("--steps", type=int, default=1500, help="of the posterior's heads")
    parser.add_argument("--frames", type=int, default=150, help="of each sensor or recording")
    parser.add_argument("--shared", type=Path, help="recordings to compare old and new on")
    parser.add_argument(
        "--install", action="store_true", help="put the networks into assets/models at the end"
    )


def run(options: argparse.Namespace) -> None:
    """Make all that hangs on a newly trained estimator or detector, and compare it with before."""
    folder, before = options.run_folder, asset_path("models")
    networks = (options.estimator, options.detector)
    plan = ReleasePlan(folder, *networks, options.steps, options.frames, options.shared)
    folder.mkdir(parents=True, exist_ok=True)
    release(plan, before)
    if options.install:
        install(plan, before)
    where = before if options.install else plan.models
    sys.stderr.write(f"the networks are in {where}\n")
