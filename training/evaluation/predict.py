"""Estimates for every frame of a data set, written as the lists that the community compares.

NYU, ICVL, MSRA: one line a frame with ``u v d`` (pixels, pixels, mm) for each evaluated joint, as
``score`` reads them. HANDS17: the image's name and 21 joints in mm, as the challenge took them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from engine.camera import FloatArray
from engine.errors import InvalidInputError
from engine.output import write_text
from engine.tracking.crop_coordinates import CUBE_MM
from training.crossing.preset import load_preset
from training.datasets import DATASETS, SPLITS, AnnotatedFrame, DepthDataset, open_dataset
from training.datasets.formats import BENCHMARKS, HANDS17, DatasetFormat
from training.datasets.frames import left_out, read_frames
from training.evaluation.centres import read_centres
from training.evaluation.native_joints import evaluated_points
from training.evaluation.predictor import Predictor, posterior_predictor
from training.models.joint_sets import HAND, JointSet

USUAL_CUBE_MM: Final = {"nyu": 300.0, "icvl": 250.0, "msra": 200.0, "hands17": 300.0}
"""Sides of the cube that papers on these sets cut."""
FORMATS: Final = {**BENCHMARKS, HANDS17.name: HANDS17}


def predictions(
    dataset: DepthDataset,
    predictor: Predictor,
    centres_mm: NDArray[np.float64] | None,
    damaged: list[str] | None,
) -> Iterator[tuple[AnnotatedFrame, int, FloatArray]]:
    """Each frame, its place among the annotations, and its hand's points [J, 3] in mm."""
    progress = tqdm(range(len(dataset)), unit="frame", file=sys.stderr)
    for index, frame in read_frames(dataset, progress, damaged):
        try:
            if centres_mm is not None and np.isfinite(centres_mm[index]).all():
                joints = predictor.around(frame, centres_mm[index])
            else:
                joints = predictor.found(frame)
        except InvalidInputError as error:
            if damaged is None:
                raise
            damaged.append(str(error))
            continue
        yield frame, int(dataset.places[index]), joints


def list_line(form: DatasetFormat, points_mm: NDArray[np.floating]) -> str:
    """Evaluated points [E, 3] in mm as a line of ``u v d``, in float64 as ``score`` reads them."""
    x, y, z = np.asarray(points_mm, np.float64).T
    camera = form.camera
    uvd = [x / z * camera.fx + camera.cx, y / z * camera.fy + camera.cy, z]
    return " ".join(f"{value:.4f}" for value in np.stack(uvd, axis=-1).ravel())


def _line(form: DatasetFormat, name: str, points_mm: FloatArray, joints: JointSet) -> str:
    own = joints.name == form.name
    points = points_mm[list(form.evaluated)] if own else evaluated_points(form, points_mm)
    if form is HANDS17:
        return "\t".join([name, *(f"{value:.4f}" for value in points.ravel())])
    return list_line(form, points)


def filled(lines: dict[int, str], count: int) -> list[str]:
    """A line for each of ``count`` annotations: one without an image gets the line before it, or
    else the first."""
    last = lines[min(lines)]
    out = []
    for place in range(count):
        last = lines.get(place, last)
        out.append(last)
    return out


@dataclass(frozen=True, slots=True)
class Lists:
    """Where a set's list goes, and that of its own joints if wanted."""

    predictions: Path
    ground_truth: Path | None = None


def write_lists(
    lists: Lists,
    dataset: DepthDataset,
    predictor: Predictor,
    joints: JointSet = HAND,
    *,
    centres_mm: NDArray[np.float64] | None = None,
    allow_missing: bool = False,
) -> tuple[str, ...]:
    """Write what ``predictor`` sees of ``joints`` in ``dataset`` as the benchmark's list; gives a
    sentence for each reason why frames were left out.

    Raises:
        InvalidInputError: if no frame can be read, or one cannot and ``allow_missing`` is False.
        ExportError: if a list cannot be written.
    """
    form = FORMATS[dataset.name]
    if joints.name not in (HAND.name, form.name):
        raise InvalidInputError(f"joints {joints.name} are not those of data set {form.name}")
    damaged: list[str] | None = [] if allow_missing else None
    lines: dict[int, str] = {}
    truth: dict[int, str] = {}
    for frame, place, points in predictions(dataset, predictor, centres_mm, damaged):
        lines[place] = _line(form, frame.name, points, joints)
        if lists.ground_truth is not None:
            truth[place] = list_line(form, frame.native_mm[list(form.evaluated)])
    if not lines:
        raise InvalidInputError(f"data set {form.name} holds no frame that can be read")
    _write(lists.predictions, filled(lines, dataset.annotated))
    if lists.ground_truth is not None:
        _write(lists.ground_truth, filled(truth, dataset.annotated))
    sentences = left_out(dataset, damaged or [])
    if predictor.undetected:
        sentences = (*sentences, f"no hand was detected in {predictor.undetected} frames")
    return (*sentences, f"{lists.predictions}: {dataset.annotated} lines")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of ``python -m training predict``."""
    parser.add_argument("--dataset", choices=tuple(DATASETS), required=True)
    parser.add_argument("--path", type=Path, required=True, help="where the data set lies")
    parser.add_argument("--split", choices=SPLITS, default="test")
    parser.add_argument("--output", type=Path, required=True, help="the list to write")
    parser.add_argument("--ground-truth", type=Path, help="write the set's own joints alike")
    parser.add_argument("--models", type=Path, help="a folder of networks; else the shipped ones")
    parser.add_argument(
        "--run-folder", type=Path, help="the posterior of a joint training there instead"
    )
    parser.add_argument("--preset", default="paper", help="with --run-folder: trained with it")
    parser.add_argument(
        "--centres", type=Path, help="crop centres, one line a frame; else hands are detected"
    )
    parser.add_argument(
        "--cube",
        default=f"{CUBE_MM:g}",
        metavar="MM|usual",
        help=f"side of the cube that is cut ({CUBE_MM:g}); usual: as papers on the set cut it",
    )
    parser.add_argument("--subjects", nargs="+", metavar="P", help="MSRA: of these, P0 ... P8")
    parser.add_argument(
        "--allow-missing",
        action="store_true",
        help="a frame without an image, or with a damaged one, gets the line of the one before",
    )
    parser.add_argument("--seed", type=int, default=0, help="unused: nothing here is random")
    parser.add_argument("--device", default="CPU", help="OpenVINO device")


def run(options: argparse.Namespace) -> None:
    """Write what the networks see in a data set as the list that its benchmark compares.

    Raises:
        InvalidInputError: if the data set or the centres are not usable.
        ModelError: if the networks are not.
        ExportError: if the list cannot be written.
    """
    cube_mm = _cube_mm(options.cube, options.dataset)
    dataset = _open(options)
    centres_mm = None
    if options.centres is not None:
        centres_mm, understood = read_centres(options.centres, dataset)
        sys.stderr.write(f"{options.centres} is read as {understood}\n")
    joints = HAND
    if options.run_folder is None:
        predictor = Predictor.load(options.models, options.device, cube_mm)
    else:
        if options.models is not None or cube_mm != CUBE_MM:
            raise InvalidInputError("--run-folder goes with neither --models nor --cube")
        preset = load_preset(options.preset)
        joints = preset.joint_set
        predictor = posterior_predictor(options.run_folder, preset, options.device)
    sentences = write_lists(
        Lists(options.output, options.ground_truth),
        dataset,
        predictor,
        joints,
        centres_mm=centres_mm,
        allow_missing=options.allow_missing,
    )
    sys.stdout.write("".join(f"{sentence}\n" for sentence in sentences))


def _open(options: argparse.Namespace) -> DepthDataset:
    more: dict[str, Any] = {}
    if options.subjects is not None:
        if options.dataset != "msra":
            raise InvalidInputError("--subjects goes with --dataset msra only")
        more["subjects"] = options.subjects
    if options.ground_truth is not None and options.dataset == HANDS17.name:
        raise InvalidInputError("--ground-truth is for nyu, icvl and msra, which score compares")
    return open_dataset(
        options.dataset, options.path, options.split, allow_missing=options.allow_missing, **more
    )


def _cube_mm(text: str, dataset: str) -> float:
    if text == "usual":
        return USUAL_CUBE_MM[dataset]
    try:
        side = float(text)
    except ValueError:
        side = np.nan
    if not 50.0 <= side <= 1000.0:
        raise InvalidInputError(f"--cube is 'usual' or a side in mm from 50 to 1000, not {text!r}")
    return side


def _write(path: Path, lines: Iterable[str]) -> None:
    write_text(path, "".join(f"{line}\n" for line in lines))
