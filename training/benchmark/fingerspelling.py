"""Fingerspelling of a real person, of which only the letters are known.

If the estimated hands of one letter are alike and those of different letters are not, a linear
classifier on the joints tells letters apart that it saw at another time. And a hand drawn on the
estimated joints should look like what the camera saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from tqdm import tqdm

from engine.errors import InvalidInputError
from engine.skeleton import Handedness
from engine.tracking.calibration import Calibration
from engine.tracking.crop import cut_crop
from engine.tracking.estimate import CropEvidence, Estimator
from engine.types import Frame, HandPose
from training.benchmark.pictures import tile, write_sheet
from training.benchmark.redraw import agreement
from training.benchmark.report import Candidate, Report, Row, Setting, Table, percent
from training.datasets.kinect_crops import crop_frame, letter_folders, nearest_centre

Floats = NDArray[np.float64]

FOLDER: Final = "kinect_fingerspelling"
LETTER_SHARE: Final = 0.15
"""Crops a letter, as a share of the frames asked for."""
TRAINED_PART: Final = 0.6
"""Crops of a letter before this part of its time teach the classifier, those after it test it."""
RIDGE: Final = 1.0
"""Weight of the classifier's squared coefficients."""
UNIT_MM: Final = 30.0
WORST: Final = 8
HEADS: Final = (
    *("fingers tell the letter %", "fingers and turn %", "image %", "spread in a letter mm"),
    *("between letters mm", "taken for left %", "explained %", "covered %"),
)
"""Heads of what ``score`` returns."""


@dataclass(frozen=True, slots=True, eq=False)
class LetterEstimate:
    """One crop: its ``letter``, its place ``when`` in the letter's time (0 to 1), the frame it
    makes, the ``pose`` found, whether the image's left hand was taken for one, and how well the
    hand drawn on its joints agrees with the image."""

    letter: str
    when: float
    frame: Frame
    pose: HandPose
    left: bool
    explained: float
    covered: float


def measure_fingerspelling(setting: Setting) -> Report:
    """How consistent and separable letters are in the estimated poses."""
    count = max(4, round(LETTER_SHARE * setting.frames))
    crops = letter_frames(setting.recordings / FOLDER, count)
    rows: list[Row] = []
    figures: dict[str, object] = {}
    notes: list[str] = []
    for candidate in setting.candidates:
        estimates = estimate_letters(candidate, crops)
        figure = score(estimates)
        by_letter = _explained(estimates)
        figures[candidate.name] = {**figure, "explained_by_letter": by_letter}
        rows.append((candidate.name, len(estimates), *figure.values()))
        path = setting.file(f"fingerspelling-{candidate.name}.png")
        write_sheet(path, [_tile(each) for each in _one_a_letter(estimates)], 6)
        worst = sorted(by_letter, key=by_letter.__getitem__)[:WORST]
        listed = ", ".join(f"{letter} ({by_letter[letter]:.0f}%)" for letter in worst)
        notes += [f"one crop a letter: {path}", f"least explained of {candidate.name}: {listed}"]
    table = Table("Letters of the later time", ("networks", "crops", *HEADS), tuple(rows))
    return Report((table,), {"networks": figures}, tuple(notes))


def estimate_letters(
    candidate: Candidate, crops: Sequence[tuple[str, float, Frame]]
) -> list[LetterEstimate]:
    """What the networks of ``candidate`` make of crops from ``letter_frames``.

    Raises:
        ModelError: if the networks cannot be loaded.
    """
    estimator = Estimator(device=candidate.device, directory=candidate.directory)
    calibration = Calibration.load(candidate.directory)
    return [_estimated(estimator, calibration, *crop) for crop in tqdm(crops, leave=False)]


def letter_frames(folder: Path, count: int) -> list[tuple[str, float, Frame]]:
    """``count`` crops of each letter, evenly over its time.

    Raises:
        InvalidInputError: if there is no such folder or a picture cannot be read.
    """
    letters = letter_folders(folder)
    if len(letters) < 2:
        raise InvalidInputError(f"there are no letters in {folder}")
    found = []
    for letter in letters:
        files = sorted(letter.glob("*.png"))
        for k in np.unique(np.linspace(0, len(files) - 1, count).astype(int)):
            when = k / max(len(files) - 1, 1)
            found.append((letter.name, float(when), crop_frame(files[k], int(k))[0]))
    return found


def _estimated(
    estimator: Estimator, calibration: Calibration, letter: str, when: float, frame: Frame
) -> LetterEstimate:
    """Two looks as at a left hand, and one as at a right hand to see which is likelier."""

    def look(centre: NDArray[np.floating], side: Handedness) -> tuple[HandPose, CropEvidence]:
        mirrored = side is Handedness.LEFT
        return estimator(cut_crop(frame.depth_mm, frame.camera, centre, mirrored=mirrored))

    first, _ = look(nearest_centre(frame), Handedness.LEFT)
    centre = first.joints_mm.mean(axis=0)
    pose, evidence = look(centre, Handedness.LEFT)
    other = look(centre, Handedness.RIGHT)[1]
    explained, covered = agreement(frame, pose.joints_mm)
    left = calibration.side_log_odds(evidence, other) > 0
    return LetterEstimate(letter, when, frame, pose, left, explained, covered)


def palm_frame(joints_mm: NDArray[np.floating]) -> tuple[Floats, Floats]:
    """Joints [21, 3] seen from the palm (mm), and the palm's axes [3, 3] in the camera frame."""
    joints = np.asarray(joints_mm, np.float64)
    along = joints[9] - joints[0]
    along /= np.linalg.norm(along)
    across = joints[5] - joints[17]
    across -= (across @ along) * along
    across /= np.linalg.norm(across)
    axes = np.stack([across, along, np.cross(across, along)])
    return (joints - joints[[0, 5, 9, 13, 17]].mean(axis=0)) @ axes.T, axes


def score(estimates: Sequence[LetterEstimate]) -> dict[str, float]:
    """The figures of the table, shares as percent."""
    palms = [palm_frame(each.pose.joints_mm) for each in estimates]
    fingers = np.array([joints.ravel() / UNIT_MM for joints, _ in palms])
    turns = np.array([np.concatenate([axes[0], axes[1]]) * 2.0 for _, axes in palms])
    images = np.array([_image(each.frame) for each in estimates])
    letters = np.array([each.letter for each in estimates])
    before = np.array([each.when < TRAINED_PART for each in estimates])

    def accuracy_of(features: Floats) -> float:
        return percent(accuracy(features, letters, before))

    within, between = _spreads(np.array([joints for joints, _ in palms]), letters)
    return {
        "fingers": accuracy_of(fingers),
        "fingers_and_turn": accuracy_of(np.concatenate([fingers, turns], axis=1)),
        "image": accuracy_of(images),
        "within_mm": within,
        "between_mm": between,
        "left": percent(float(np.mean([each.left for each in estimates]))),
        "explained": percent(float(np.mean([each.explained for each in estimates]))),
        "covered": percent(float(np.mean([each.covered for each in estimates]))),
    }


def accuracy(features: Floats, letters: NDArray[np.str_], before: NDArray[np.bool_]) -> float:
    """Share of the letters not ``before`` [N] that a softmax regression on ``features`` [N, F],
    fitted to those before, tells."""
    names, numbers = np.unique(letters, return_inverse=True)
    x = features - features[before].mean(axis=0)
    x = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    known, truth = x[before], numbers[before]
    shape = (x.shape[1], len(names))

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(shape)
        logits = known @ weights
        logits -= logits.max(axis=1, keepdims=True)
        p = np.exp(logits)
        p /= p.sum(axis=1, keepdims=True)
        rows = np.arange(len(truth))
        cost = -np.log(p[rows, truth] + 1e-12).sum() + 0.5 * RIDGE * (weights**2).sum()
        p[rows, truth] -= 1.0
        return float(cost), (known.T @ p + RIDGE * weights).ravel()

    found = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B").x.reshape(shape)
    return float(((x[~before] @ found).argmax(axis=1) == numbers[~before]).mean())


def _spreads(joints: Floats, letters: NDArray[np.str_]) -> tuple[float, float]:
    """RMS distance in mm of joints [N, 21, 3] from their letter's mean, and of letters' means from
    the mean of all."""
    means = {name: joints[letters == name].mean(axis=0) for name in np.unique(letters)}
    own = np.array([means[name] for name in letters])
    within = np.sqrt(((joints - own) ** 2).sum(axis=-1).mean())
    between = np.sqrt(((own - joints.mean(axis=0)) ** 2).sum(axis=-1).mean())
    return float(within), float(between)


def _explained(estimates: Sequence[LetterEstimate]) -> dict[str, float]:
    """Percent of the drawn hand that the camera saw, the mean over each letter's crops."""
    names = sorted({each.letter for each in estimates})
    return {
        name: percent(float(np.mean([each.explained for each in estimates if each.letter == name])))
        for name in names
    }


def _image(frame: Frame) -> Floats:
    """A 16 x 16 picture of the hand's cube [256], for comparison."""
    crop = cut_crop(frame.depth_mm, frame.camera, nearest_centre(frame), mirrored=True)
    return np.asarray(crop.image.reshape(16, 8, 16, 8).mean(axis=(1, 3)).ravel(), np.float64)


def _one_a_letter(estimates: Sequence[LetterEstimate]) -> list[LetterEstimate]:
    """The crop of each letter nearest to the middle of its time."""
    names = sorted({each.letter for each in estimates})
    return [
        min(
            (each for each in estimates if each.letter == name),
            key=lambda each: abs(each.when - 0.5),
        )
        for name in names
    ]


def _tile(each: LetterEstimate) -> NDArray[np.uint8]:
    joints = each.pose.joints_mm
    text = f"{each.letter}: explained {percent(each.explained):.0f}%"
    return tile(each.frame, joints.mean(axis=0), None, joints, text)
