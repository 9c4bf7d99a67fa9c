"""The sections of ``python -m training benchmark real``: each measures one kind of frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from engine.errors import InvalidInputError
from engine.simulation.model import HandModel
from engine.sources.camera_file import CAMERA_FILE
from engine.sources.folder import FolderSource
from engine.types import Frame, TrackedHand
from training.benchmark.external_hands import (
    EXTERNAL_HANDS,
    empty_frames,
    moving_frames,
    still_frames,
)
from training.benchmark.fingerspelling import FOLDER, estimate_letters, letter_frames, score
from training.benchmark.fingerspelling import HEADS as LETTER_HEADS
from training.benchmark.labelled_frames import TOF_HANDS, labelled_frames
from training.benchmark.marked_frames import marked_sets
from training.benchmark.marked_scores import HEADS as MARKED_HEADS
from training.benchmark.marked_scores import measure_marked
from training.benchmark.outcome_sheets import false_hands_sheet, worst_sheet
from training.benchmark.outcomes import (
    HandFigures,
    HandOutcome,
    false_hands,
    figures,
    jitter_ratio,
    outcomes,
)
from training.benchmark.report import Candidate, Row, Table, file_name, percent

OWN_HAND: Final = "own hand"
LETTER_SHARE: Final = 0.04
"""Crops of a letter, as a share of the frames of a set."""
HEADS: Final = (
    *("frames of", "use", "networks", "frames", "found %", "side right %", "mean mm", "median mm"),
    *("side right: mean mm", "all joints < 30 mm %", "fists mm", "open hands mm", "worst joint mm"),
)
FALSE_HEADS: Final = (
    *("frames without a hand", "use", "networks", "frames", "with a false hand %"),
    *("highest confidence", "false hands with 0.95 or more"),
)


@dataclass(slots=True)
class Predictions:
    """Probabilities that were reported and whether they were right, for the calibration."""

    confidence: list[float] = field(default_factory=list)
    is_hand: list[bool] = field(default_factory=list)
    side: list[float] = field(default_factory=list)
    side_right: list[bool] = field(default_factory=list)

    def add(self, seen: Sequence[HandOutcome]) -> None:
        """Hands that were reported in frames with one."""
        for each in seen:
            if each.hand is not None:
                self.confidence.append(each.hand.pose.score)
                self.is_hand.append(True)
                self.side.append(each.hand.side_score)
                self.side_right.append(each.side_right)
            self.add_false(each.others)

    def add_false(self, hands: Sequence[TrackedHand]) -> None:
        """Hands that were reported where none is."""
        self.confidence += [hand.pose.score for hand in hands]
        self.is_hand += [False] * len(hands)


@dataclass(frozen=True, slots=True)
class RealSetting:
    """What a section is given: networks, ``shared`` with recordings/, hands/ and cases/, ``frames``
    of the largest set, and the folder ``sheets`` for pictures, if any are wanted. ``predictions``
    gathers, for each candidate's name, what the frames of other hands show of its probabilities."""

    candidates: tuple[Candidate, ...]
    shared: Path
    frames: int
    seed: int
    sheets: Path | None
    predictions: dict[str, Predictions]

    @property
    def recordings(self) -> Path:
        """The folder with real recordings."""
        return self.shared / "recordings"

    def sheet(self, name: str) -> Path | None:
        """Where the contact sheet ``name`` goes; None if none is wanted."""
        return None if self.sheets is None else self.sheets / file_name(f"{name}.png")


@dataclass(frozen=True, slots=True)
class Section:
    """What a section found."""

    table: Table
    figures: dict[str, object]


SectionOf = Callable[[RealSetting], Section]


def measure_tof(setting: RealSetting) -> Section:
    """Real hands with known joints (time of flight), each frame alone, and followed."""
    rows: list[Row] = []
    found: dict[str, object] = {}
    for recording in TOF_HANDS:
        folder = setting.recordings / "tof_hands" / recording.name
        every = labelled_frames(folder, doubtful=recording.doubtful)
        some = labelled_frames(folder, setting.frames, doubtful=recording.doubtful)
        name = f"tof_hands {recording.name}"
        for candidate in setting.candidates:
            alone = outcomes(candidate.pipeline(), some, follow=False)
            add_rows(setting, rows, found, name, recording.use, candidate, alone)
            seen = outcomes(candidate.pipeline(), every, follow=True)
            add_rows(setting, rows, found, name, recording.use, candidate, seen, followed=True)
    heads = (*HEADS, "jitter / true")
    return Section(Table("Real hands, wrist left out of errors", heads, tuple(rows)), found)


def add_rows(
    setting: RealSetting,
    rows: list[Row],
    found: dict[str, object],
    name: str,
    use: str,
    candidate: Candidate,
    seen: Sequence[HandOutcome],
    *,
    followed: bool = False,
) -> None:
    """Add the row of ``seen``, its figures and its contact sheet."""
    name = f"{name}, {'followed' if followed else 'each alone'}"
    figure = figures(seen)
    jitter = jitter_ratio(seen) if followed else float("nan")
    rows.append((name, use, candidate.name, *_cells(figure), jitter))
    found[f"{name}, {candidate.name}"] = {"use": use, **asdict(figure), "jitter_ratio": jitter}
    path = setting.sheet(f"{name} {candidate.name}")
    if path is not None:
        worst_sheet(path, seen)


def _cells(f: HandFigures) -> tuple[float, ...]:
    shares = (f.frames, percent(f.found), percent(f.side))
    errors = (f.mean_mm, f.median_mm, f.right_side_mm, percent(f.all_under_30mm))
    return (*shares, *errors, f.fists_mm, f.open_mm, f.worst_joint_mm)


def measure_hands(setting: RealSetting) -> Section:
    """Hands of other origins in scenes of training's kind, each frame alone, and followed for
    5 s; the own hand beside them."""
    rows: list[Row] = []
    found: dict[str, object] = {}
    for name, use, model in external_models(setting.shared):
        still = list(still_frames(model, setting.frames, setting.seed))
        takes = max(2, setting.frames // 50)
        for candidate in setting.candidates:
            alone = outcomes(candidate.pipeline(), still, follow=False)
            add_rows(setting, rows, found, name, use, candidate, alone)
            if name != OWN_HAND:
                setting.predictions[candidate.name].add(alone)
        seen: dict[str, list[HandOutcome]] = {each.name: [] for each in setting.candidates}
        for take in range(takes):
            frames = list(moving_frames(model, take, setting.seed))
            for candidate in setting.candidates:
                pipeline = candidate.pipeline()
                seen[candidate.name] += outcomes(pipeline, frames, follow=True)
        for candidate in setting.candidates:
            own = seen[candidate.name]
            add_rows(setting, rows, found, name, use, candidate, own, followed=True)
    title = "Synthetic hands in scenes of training's kind, held-out seeds"
    return Section(Table(title, (*HEADS, "jitter / true"), tuple(rows)), found)


def external_models(shared: Path) -> Iterator[tuple[str, str, HandModel]]:
    """Name, use and model of the own hand and of the external hands.

    Raises:
        InvalidInputError: if a external hand is not there.
    """
    yield OWN_HAND, "select", HandModel.load()
    for name in EXTERNAL_HANDS:
        path = shared / "hands" / name / "hand.npz"
        if not path.is_file():
            raise InvalidInputError(f"there is no hand {path}")
        yield name, "report", HandModel.load(path)


def measure_marked_frames(setting: RealSetting) -> Section:
    """Real frames with marks made by eye (2D), each frame alone."""
    rows: list[Row] = []
    found: dict[str, object] = {}
    for name, frames in marked_sets(setting.recordings).items():
        for candidate in setting.candidates:
            path = setting.sheet(f"{name} {candidate.name}")
            row, figure = measure_marked(name, frames, candidate, path)
            rows.append(row)
            found[f"{name}, {candidate.name}"] = asdict(figure)
    return Section(Table("Clear marks in 2D, each frame alone", MARKED_HEADS, tuple(rows)), found)


def measure_letters(setting: RealSetting) -> Section:
    """A real person's fingerspelling: whether estimates tell letters apart and fit the image."""
    count = max(4, round(LETTER_SHARE * setting.frames))
    crops = letter_frames(setting.recordings / FOLDER, count)
    rows: list[Row] = []
    found: dict[str, object] = {}
    for candidate in setting.candidates:
        figure = score(estimate_letters(candidate, crops))
        rows.append(("report", candidate.name, len(crops), *figure.values()))
        found[candidate.name] = figure
    title = "Fingerspelling, letters of the later time"
    return Section(Table(title, ("use", "networks", "crops", *LETTER_HEADS), tuple(rows)), found)


def measure_false_hands(setting: RealSetting) -> Section:
    """Frames without a hand: real rooms and tables, drawn cases that fooled it, made scenes."""
    rows: list[Row] = []
    found: dict[str, object] = {}
    sets = [(name, "report", _frames(folder)) for name, folder in handless_folders(setting.shared)]
    made = list(empty_frames(setting.frames, setting.seed))
    sets.append(("made scenes", "select", made))
    for name, use, frames in sets:
        for candidate in setting.candidates:
            seen = false_hands(candidate.pipeline(), frames)
            scores = [hand.pose.score for _, hand in seen]
            # Made scenes of several sensors share their numbers.
            with_hand = len({id(frame) for frame, _ in seen}) / len(frames)
            sure = sum(score >= 0.95 for score in scores)
            highest = f"{max(scores):.2f}" if scores else "-"
            row = (name, use, candidate.name, len(frames), percent(with_hand), highest, sure)
            rows.append(row)
            found[f"{name}, {candidate.name}"] = {
                "use": use, "frames": len(frames), "frames_with_hand": with_hand, "scores": scores
            }  # fmt: skip
            setting.predictions[candidate.name].add_false([hand for _, hand in seen])
            path = setting.sheet(f"false hands {name} {candidate.name}")
            if path is not None:
                false_hands_sheet(path, seen)
    return Section(Table("False hands, each frame alone", FALSE_HEADS, tuple(rows)), found)


def handless_folders(shared: Path) -> list[tuple[str, Path]]:
    """Names and folders of the recordings without a hand.

    Raises:
        InvalidInputError: if there are none.
    """
    real = sorted(path.parent for path in (shared / "recordings/handless").glob(f"*/{CAMERA_FILE}"))
    cases = (shared / "cases").glob(f"false-hand*/recording/{CAMERA_FILE}")
    drawn = sorted(path.parent for path in cases)
    if not real:
        raise InvalidInputError(f"there are no recordings in {shared / 'recordings/handless'}")
    return [(f"handless {path.name}", path) for path in real] + [
        (path.parent.name, path) for path in drawn
    ]


def _frames(folder: Path) -> list[Frame]:
    with closing(FolderSource(folder)) as source:
        return [source.frame_at(index) for index in range(source.frame_count)]
