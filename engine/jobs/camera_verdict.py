"""Will it work with this camera? Its measures against those of cameras that are known to work.

The normals are data (``assets/cameras/normals.json``): for each camera the values of the measures
and how they were taken (``python -m tests.bench.cameras``). A measure is normal where it is no
worse than the worst of these cameras, weak up to ``MUCH`` times as bad, and poor beyond.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from engine.assets import asset_path
from engine.errors import ModelError
from engine.model_files import read_json
from engine.sources.camera_choice import SLOWEST_FPS

MUCH: Final = 2.0
SLACK: Final = 1.05
"""So much worse than the worst normal camera is still called normal: takes differ."""
RANGE_SLACK: Final = 1.35
"""The same for where the hand was held and how large it is, which depends on the person."""
MOST_FRAMES_WITHOUT: Final = 0.5
"""Share of frames without a hand above which the first thing said is that none is found."""


class Kind(Enum):
    """What a measure's value says: less is better, more is better, as usual is better, nothing."""

    LOW = "low"
    HIGH = "high"
    RANGE = "range"
    FACT = "fact"


@dataclass(frozen=True, slots=True)
class MeasureSpec:
    """How a measure is called and shown, and what helps where it is bad (empty: it is an outcome,
    not a cause). Values times ``scale`` are in ``unit``."""

    title: str
    unit: str
    kind: Kind
    digits: int = 1
    scale: float = 1.0
    help: str = ""


MEASURES: Final[dict[str, MeasureSpec]] = {
    "fps": MeasureSpec(
        "frame rate",
        "fps",
        Kind.HIGH,
        help="Choose a mode with 30 frames a second or more: hands move too far between frames.",
    ),
    "gaps": MeasureSpec(
        "frames left out",
        "%",
        Kind.FACT,
        scale=100.0,
    ),
    "hand_mm": MeasureSpec(
        "distance of the hand",
        "mm",
        Kind.RANGE,
        digits=0,
        help="Hold the hand about 30 to 60 cm from the camera.",
    ),
    "px_per_cm": MeasureSpec(
        "pixels per cm of the hand",
        "px",
        Kind.HIGH,
        help="Come nearer or choose a mode with more pixels: the hand is too small in the image.",
    ),
    "noise_mm": MeasureSpec(
        "noise at the hand's distance",
        "mm",
        Kind.LOW,
        digits=2,
        help="Come nearer, or lessen the noise: the preset for high accuracy, more laser power, "
        "no sunlight.",
    ),
    "hand_holes": MeasureSpec(
        "holes on the hand",
        "%",
        Kind.LOW,
        scale=100.0,
        help="Depth is missing on the hand: keep it out of sunlight, off shiny things and beyond "
        "the nearest distance that the camera measures, or choose another preset.",
    ),
    "flying": MeasureSpec(
        "edge pixels that fly",
        "%",
        Kind.LOW,
        scale=100.0,
        help="Edges are smeared: switch the camera's own spatial and hole-filling filters off, and "
        "store depth without resizing it smoothly.",
    ),
    "palm_mm": MeasureSpec(
        "length of the palm",
        "mm",
        Kind.RANGE,
        digits=0,
        help="The hand has an impossible size: check the depth unit (depth_unit_mm) and the focal "
        "length (fx, fy).",
    ),
    "found": MeasureSpec("frames with a hand", "%", Kind.HIGH, digits=0, scale=100.0),
    "confidence": MeasureSpec("confidence", "%", Kind.HIGH, digits=0, scale=100.0),
    "expected_error_mm": MeasureSpec("expected error of a joint", "mm", Kind.LOW),
    "explained": MeasureSpec("hand redrawn as seen", "%", Kind.HIGH, digits=0, scale=100.0),
    "nearest_mm": MeasureSpec("nearest depth", "mm", Kind.FACT, digits=0),
    "farthest_mm": MeasureSpec("farthest depth", "mm", Kind.FACT, digits=0),
    "holes": MeasureSpec("image without depth", "%", Kind.FACT, digits=0, scale=100.0),
    "unit_mm": MeasureSpec("depth unit", "mm", Kind.FACT, digits=4),
    "lens_shift_px": MeasureSpec("distortion undone, up to", "px", Kind.FACT),
}
OUTCOMES: Final = ("found", "explained", "confidence", "expected_error_mm")
ADAPT: Final = (
    "Depth is as usual, but the networks know such a camera or hand too little: adapt them to it "
    "with `python -m training adapt`."
)
SHOW_A_HAND: Final = (
    "Show one open hand, 30 to 60 cm from the camera and nearer to it than everything else."
)


class Standing(Enum):
    """How a measure stands beside those of cameras that work; facts are not judged."""

    NORMAL = "normal"
    WEAK = "weak"
    POOR = "poor"
    UNJUDGED = ""


class Outlook(Enum):
    """Will it work?"""

    GOOD = "It works."
    LIMITED = "It works, with limits."
    BAD = "It does not work well as it is."
    UNKNOWN = "No hand was seen, so nothing can be said about hands."


@dataclass(frozen=True, slots=True)
class CameraNormals:
    """Least and greatest value of each measure among the cameras that work, and their names."""

    least: Mapping[str, float]
    greatest: Mapping[str, float]
    cameras: tuple[str, ...]

    @classmethod
    def load(cls, path: Path | None = None) -> CameraNormals:
        """The shipped normals.

        Raises:
            ModelError: if the file is missing or damaged.
        """
        path = path or asset_path("cameras", "normals.json")
        try:
            takes = read_json(path)["cameras"]
            names = tuple(dict.fromkeys(str(take["camera"]) for take in takes))
            found: dict[str, list[float]] = {}
            for take in takes:
                for name, value in take["values"].items():
                    found.setdefault(name, []).append(float(value))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ModelError(f"{path} is damaged: {error!r:.200}") from error
        least = {name: min(values) for name, values in found.items()}
        greatest = {name: max(values) for name, values in found.items()}
        return cls(least, greatest, names)

    def badness(self, name: str, value: float) -> float:
        """How many times as bad as the worst normal one a value is: 1 or less is normal; 1 where
        nothing can be judged."""
        kind = MEASURES[name].kind
        if name == "fps":
            return SLOWEST_FPS / max(value, 1e-3)
        if kind is Kind.FACT or not math.isfinite(value) or name not in self.least:
            return 1.0
        low, high = self.least[name], self.greatest[name]
        too_low, too_high = low / max(value, 1e-9), value / max(high, 1e-9)
        if kind is Kind.LOW:
            return too_high
        return too_low if kind is Kind.HIGH else max(too_low, too_high) / RANGE_SLACK

    def standing(self, name: str, value: float) -> Standing:
        """The value in a word."""
        judged = name == "fps" or (MEASURES[name].kind is not Kind.FACT and name in self.least)
        if not judged or not math.isfinite(value):
            return Standing.UNJUDGED
        bad = self.badness(name, value)
        if bad <= SLACK:
            return Standing.NORMAL
        return Standing.WEAK if bad <= MUCH else Standing.POOR


@dataclass(frozen=True, slots=True)
class CameraVerdict:
    """Whether it works, what is bad about it (by measure, the worst first) and the one thing that
    would help most, empty if nothing is needed."""

    outlook: Outlook
    bad: tuple[str, ...]
    help: str


def judge(
    values: Mapping[str, float], problems: tuple[str, ...], normals: CameraNormals
) -> CameraVerdict:
    """The verdict on a camera's ``values``; ``problems`` are sentences about its depth as a whole
    (``engine.run.depth_monitor``), which go before everything else."""
    badness = {name: normals.badness(name, value) for name, value in values.items()}
    bad = tuple(sorted((n for n in badness if badness[n] > SLACK), key=lambda name: -badness[name]))
    found = values.get("found", 0.0)
    if problems:
        outlook = Outlook.BAD if found > 0.0 else Outlook.UNKNOWN
        return CameraVerdict(outlook, bad, problems[0])
    if found == 0.0:
        return CameraVerdict(Outlook.UNKNOWN, bad, SHOW_A_HAND)
    return CameraVerdict(_outlook(badness), bad, _help(bad, found))


def _outlook(badness: Mapping[str, float]) -> Outlook:
    worst = max((badness.get(name, 1.0) for name in OUTCOMES), default=1.0)
    if worst > MUCH:
        return Outlook.BAD
    return Outlook.LIMITED if max(badness.values(), default=1.0) > SLACK else Outlook.GOOD


def _help(bad: tuple[str, ...], found: float) -> str:
    causes = [name for name in bad if MEASURES[name].help]
    if causes:
        return MEASURES[causes[0]].help
    if found < MOST_FRAMES_WITHOUT:
        return SHOW_A_HAND
    return ADAPT if bad else ""


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """A measure in words: its value, what is normal, and how it stands."""

    title: str
    value: str
    normal: str
    standing: Standing


def measure_rows(values: Mapping[str, float], normals: CameraNormals) -> tuple[MeasureRow, ...]:
    """Every measure there is, in the order of ``MEASURES``."""
    return tuple(
        MeasureRow(
            spec.title,
            _shown(spec, values[name]),
            _normal(name, spec, normals),
            normals.standing(name, values[name]),
        )
        for name, spec in MEASURES.items()
        if name in values
    )


def _shown(spec: MeasureSpec, value: float) -> str:
    text = f"{value * spec.scale:.{spec.digits}f}"
    text = text.rstrip("0").rstrip(".") if spec.digits > 2 else text
    return f"{text} {spec.unit}"


def _normal(name: str, spec: MeasureSpec, normals: CameraNormals) -> str:
    if name == "fps":
        return f"from {_shown(spec, SLOWEST_FPS)} on"
    if spec.kind is Kind.FACT or name not in normals.least:
        return ""
    slack = SLACK * RANGE_SLACK if spec.kind is Kind.RANGE else SLACK
    low = _shown(spec, normals.least[name] / slack)
    high = _shown(spec, normals.greatest[name] * slack)
    if spec.kind is Kind.LOW:
        return f"up to {high}"
    return f"from {low} on" if spec.kind is Kind.HIGH else f"{low} to {high}"
