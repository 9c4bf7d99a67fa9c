"""Estimates for every frame of a data set, written as the lists that the community compares.

NYU, ICVL, MSRA: one line a frame with ``u v d`` (pixels, pixels, mm) for each evaluated joint, as
``score`` reads them. HANDS17: the image's name and 21 joints in mm, as the challenge took them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from engine.camera import FloatArray
from engine.errors import InvalidInputError
from engine.output import write_text
from engine.tracking.crop_coordinates import CUBE_MM
from engine.tracking.detect import Detector
from engine.tracking.estimate import Estimator
from engine.types import Frame
from training.datasets import DATASETS, SPLITS, AnnotatedFrame, DepthDataset, open_dataset
from training.datasets.crops import cut_around
from training.datasets.formats import BENCHMARKS, HANDS17, DatasetFormat
from training.datasets.frames import left_out, read_frames
from training.evaluation.centres import read_centres
from training.evaluation.native_joints import evaluated_points

USUAL_CUBE_MM: Final = {"nyu": 300.0, "icvl": 250.0, "msra": 200.0, "hands17": 300.0}
"""Sides of the cube that papers on these sets cut."""
FORMATS: Final = {**BENCHMARKS, HANDS17.name: HANDS17}
NEAREST_MM: Final = 100.0
_HAND_DEPTH_MM: Final = 150.0


class Predictor:
    """The networks with the set's conventions: one hand of a known side in every frame.

    Args:
        models: a folder of networks; None takes the shipped ones.
        device: where they run, as OpenVINO calls it.
        cube_mm: side of the cube that is cut.
    """

    def __init__(self, models: Path | None, device: str, cube_mm: float) -> None:
        self._detector = Detector(device=device, directory=models)
        self._estimator = Estimator(device=device, directory=models)
        self._cube_mm = cube_mm
        self.undetected = 0

    def around(self, frame: AnnotatedFrame, centre_mm: NDArray[np.floating]) -> FloatArray:
        """Joints [21, 3] (mm, camera frame) in the cube around ``centre_mm`` [3]."""
        pose, _ = self._estimator(cut_around(frame, centre_mm, self._cube_mm))
        return pose.joints_mm

    def found(self, frame: AnnotatedFrame) -> FloatArray:
        """Joints of the hand that is detected; the cube is put anew on the first estimate.

        Where none is detected the nearest thing is taken for it.
        """
        image = Frame(frame.depth_mm, 0.0, 0, frame.camera)
        regions = self._detector(image, 1)
        if regions:
            centre: NDArray[np.floating] = regions[0].centre_mm
        else:
            self.undetected += 1
            centre = nearest_thing(frame)
        return self.around(frame, self.around(frame, centre).mean(axis=0))


def nearest_thing(frame: AnnotatedFrame) -> FloatArray:
    """The middle [3] (mm, camera frame) of what lies nearest to the camera.

    Raises:
        InvalidInputError: if nothing was measured.
    """
    depth_mm = frame.depth_mm
    seen = depth_mm > NEAREST_MM
    if not seen.any():
        raise InvalidInputError(f"{frame.name} shows nothing: no depth was measured")
    near = seen & (depth_mm < depth_mm[seen].min() + _HAND_DEPTH_MM)
    rows, columns = np.nonzero(near)
    points = frame.camera.unproject(np.stack([columns, rows], axis=-1), depth_mm[near])
    return np.median(points, axis=0).astype(np.float32)


def predictions(
    dataset: DepthDataset,
    predictor: Predictor,
    centres_mm: NDArray[np.float64] | None,
    damaged: list[str] | None,
) -> Iterator[tuple[AnnotatedFrame, int, FloatArray]]:
    """Each frame, its place among the annotations, and its joints [21, 3] in mm."""
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


def _line(form: DatasetFormat, name: str, joints_mm: FloatArray) -> str:
    points = evaluated_points(form, joints_mm)
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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command line of ``python -m training predict``."""
    parser.add_argument("--dataset", choices=tuple(DATASETS), required=True)
    parser.add_argument("--path", type=Path, required=True, help="where the data set lies")
    parser.add_argument("--split", choices=SPLITS, default="test")
    parser.add_argument("--output", type=Path, required=True, help="the list to write")
    parser.add_argument("--ground-truth", type=Path, help="write the set's own joints alike")
    parser.add_argument("--models", type=Path, help="a folder of networks; else the shipped ones")
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
    form = FORMATS[options.dataset]
    cube_mm = _cube_mm(options.cube, options.dataset)
    dataset = _open(options)
    centres_mm = None
    if options.centres is not None:
        centres_mm, understood = read_centres(options.centres, dataset)
        sys.stderr.write(f"{options.centres} is read as {understood}\n")
    predictor = Predictor(options.models, options.device, cube_mm)
    damaged: list[str] | None = [] if options.allow_missing else None
    lines: dict[int, str] = {}
    truth: dict[int, str] = {}
    for frame, place, joints in predictions(dataset, predictor, centres_mm, damaged):
        lines[place] = _line(form, frame.name, joints)
        if options.ground_truth is not None:
            truth[place] = list_line(form, frame.native_mm[list(form.evaluated)])
    if not lines:
        raise InvalidInputError(f"{options.path} holds no frame that can be read")
    _write(options.output, filled(lines, dataset.annotated))
    if options.ground_truth is not None:
        _write(options.ground_truth, filled(truth, dataset.annotated))
    for sentence in left_out(dataset, damaged or []):
        sys.stdout.write(f"{sentence}\n")
    if predictor.undetected:
        sys.stdout.write(f"no hand was detected in {predictor.undetected} frames\n")
    sys.stdout.write(f"{options.output}: {dataset.annotated} lines\n")


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
