"""The training command line: ``python -m training COMMAND --help``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from engine import cache_notice
from engine.errors import CrossingHandsError, InvalidInputError
from training.arguments import add_frames, add_hands, add_training_run

NO_TORCH: Final = (
    "training and adaptation need PyTorch, which is not installed: run "
    "`python -m pip install -r training/requirements.txt` (about 1 GB on disk for the CPU)"
)


def _add_train(commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str) -> None:
    parser = commands.add_parser(name, help=f"train the {name}", description=f"Train the {name}.")
    parser.add_argument("--run-folder", type=Path, required=True, help="run folder")
    parser.add_argument("--steps", type=int, default=20_000, help="optimiser steps in all")
    parser.add_argument("--batch", type=int, default=64, help="samples a step, all processes")
    parser.add_argument(
        "--norm-batch", type=int, default=64, help="samples that share batch statistics"
    )
    parser.add_argument("--rate", type=float, default=1.5e-3, help="learning rate")
    parser.add_argument(
        "--average-steps", type=int, default=500, help="time constant of the averaged weights"
    )
    parser.add_argument("--anneal", type=float, default=0.4, help="last share: rate falls to 0")
    parser.add_argument(
        "--start-from", type=Path, help="run folder or .safetensors file to begin with"
    )
    add_hands(parser)
    add_training_run(parser, data_processes=1)
    parser.set_defaults(work=_train, task=name, blocks=None)
    if name == "estimator":
        blocks = "residual blocks of its three stages (2 1 1)"
        parser.add_argument("--blocks", type=int, nargs=3, metavar="N", help=blocks)


def _train(options: argparse.Namespace) -> None:
    from training.supervised.train import train

    train(options)


def _add_export(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "export", help="write a trained network into assets/models", description=_export.__doc__
    )
    parser.add_argument("task", choices=("detector", "pose-vae", "crossing", "estimator"))
    parser.add_argument("--run-folder", type=Path, required=True, help="run folder")
    parser.add_argument("--output", type=Path, default=Path("assets/models"))
    parser.add_argument(
        "--test", type=Path, nargs="+", metavar="CROPS", help="crossing: measured on them"
    )
    parser.add_argument("--preset", default="crossing", help="crossing: trained with it")
    parser.add_argument("--pose-vae", type=Path, help="crossing: its file, if not in the folder")
    parser.add_argument("--estimator", type=Path, help="crossing: its file, for the discriminator")
    parser.set_defaults(work=_export)


def _export(options: argparse.Namespace) -> None:
    """Export the averaged weights to OpenVINO, check parity and write the manifest entry.

    ``crossing`` exports the pose decoder, the generator and the discriminator, ``pose-vae`` the
    first of them alone, ``estimator`` the last.
    """
    from training.crops.crop_dataset import CropDataset
    from training.learning.checkpoint import CHECKPOINT, checkpoint_of
    from training.shipping.crossing_export import export_crossing, export_estimator, export_pose_vae
    from training.shipping.detector_export import export_detector

    if options.task == "pose-vae":
        export_pose_vae(options.run_folder, options.preset, options.output)
        return
    if options.task == "estimator":
        if options.pose_vae is None or options.estimator is None:
            raise InvalidInputError("estimator needs --pose-vae and --estimator")
        given = {"vae": options.pose_vae, "estimator": checkpoint_of(options.estimator)}
        export_estimator(options.run_folder, options.preset, options.output, **given)
        return
    if options.task == "crossing":
        if options.test is None or options.estimator is None:
            raise InvalidInputError("crossing needs --test to measure on, and --estimator")
        run, tests = options.run_folder, [CropDataset(path) for path in options.test]
        vae = options.pose_vae or run / "pose-vae" / CHECKPOINT
        files = {"vae": vae, "estimator": options.estimator}
        export_crossing(run, options.preset, tests, options.output, **files)
        return
    export_detector(options.run_folder, options.output)


def _add_evaluate(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "evaluate", help="measure the shipped networks", description=_evaluate.__doc__
    )
    add_frames(parser, 500, "frames with, and without, a hand")
    parser.add_argument("--device", default="CPU", help="OpenVINO device")
    parser.add_argument("--precision", choices=("f16", "int8"), help="of the discriminator")
    parser.add_argument("--labels", type=Path, help="marks of real frames (.json)")
    parser.add_argument("--output", type=Path, help="where to write the figures as JSON")
    parser.set_defaults(work=_evaluate)


def _evaluate(options: argparse.Namespace) -> None:
    """Measure the whole pipeline on held-out synthetic frames and on marked real ones."""
    from engine.tracking.estimate import Precision
    from engine.tracking.pipeline import Pipeline
    from training.evaluation.evaluate import report

    precision = None if options.precision is None else Precision(options.precision)
    pipeline = Pipeline.load(device=options.device, precision=precision)
    table = report(pipeline, options.frames, options.seed, options.labels, options.output)
    print(table)


def _add_look(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    from training import contact_sheets
    from training.ablation import run as ablation
    from training.adaptation import bone_command as bones
    from training.adaptation import command as adaptation
    from training.adaptation import unlabelled
    from training.crossing import latent_space, probe, real_poses, refine, study
    from training.evaluation import predict, reproduce, score
    from training.rig import coverage
    from training.shipping import (
        average,
        calibrate,
        health,
        pack,
        quantise,
        references,
        release,
    )

    for name, module, summary in (
        ("adapt", adaptation, "fit the networks to your camera and hand, without labels"),
        ("bones", bones, "measure how well a person's bone lengths are found"),
        ("unlabelled", unlabelled, "let real frames without labels teach the estimator"),
        ("sheets", contact_sheets, "write contact sheets of the training data"),
        ("calibrate", calibrate, "fit what the evidence of the networks is worth"),
        ("quantise", quantise, "round the shipped discriminator to 8 bits"),
        ("release", release, "make all that hangs on a newly trained network"),
        ("average", average, "average the weights of networks trained on from one another"),
        ("pack", pack, "keep an unfinished run in little space"),
        ("coverage", coverage, "measure how well sampled poses cover real ones"),
        ("predict", predict, "write what the networks see in a data set as its benchmark's list"),
        ("reproduce", reproduce, "train the paper's method on NYU or ICVL and score it"),
        ("score", score, "score lists of predicted joints as the field's benchmark does"),
        ("real-poses", real_poses, "measure how near the latent space comes to real poses"),
        ("latent-space", latent_space, "find and name the latent space's directions"),
        ("health", health, "measure how well the health number tells good poses from lost ones"),
        ("refine", refine, "measure refinement in the latent space"),
        ("references", references, "write what the self-check compares devices with"),
        ("ablate", ablation, "train the estimator with one thing changed at a time"),
        ("probe", probe, "measure what a discriminator's first convolutions tell of the pose"),
        ("study", study, "run the study of labels, unlabelled crops and parts of the method"),
    ):
        parser = commands.add_parser(name, help=summary, description=module.run.__doc__)
        module.add_arguments(parser)
        parser.set_defaults(work=module.run)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 on success, 2 with one line on an error the user can mend."""
    if find_spec("torch") is None:
        print(f"error: {NO_TORCH}", file=sys.stderr)
        return 2
    from training.benchmark.commands import add_command as add_benchmark
    from training.crops.command import add_command as add_crops
    from training.crossing.commands import add_commands as add_crossing
    from training.crossing.commands import add_posterior

    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_train(commands, "estimator")
    _add_train(commands, "detector")
    _add_export(commands)
    _add_evaluate(commands)
    _add_look(commands)
    add_crops(commands)
    add_crossing(commands)
    add_posterior(commands)
    add_benchmark(commands)
    options = parser.parse_args(argv)
    if cache_notice:
        print(f"note: {cache_notice}", file=sys.stderr)
    try:
        options.work(options)
    except CrossingHandsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
