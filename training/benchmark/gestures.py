"""Gestures: named ones of the benchmark's hand and of fingerspelling, own ones of letters.

The benchmark's hand takes key poses whose gesture is known, in its usual scenes, each frame alone.
Of the real person's letters some show a named gesture; the others are taught as own gestures by a
few crops of an earlier time and recognised at a later one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from engine.gestures.hold import HOLD
from engine.gestures.named import named_scores
from engine.gestures.own import NO_GESTURES, OwnGestures
from engine.simulation.gestures import gesture_angles
from engine.simulation.orientation import rotation_from_view
from engine.skeleton import Handedness
from engine.tracking.config import TrackingSettings
from engine.types import HandPose
from training.benchmark.anatomy import draw_person
from training.benchmark.benchmark_frames import BenchmarkFrame, render_frame
from training.benchmark.fingerspelling import (
    FOLDER,
    LETTER_SHARE,
    TRAINED_PART,
    LetterEstimate,
    estimate_letters,
    letter_frames,
)
from training.benchmark.frame_specs import SENSOR_CHOICES, FrameSpec, Kind, turned
from training.benchmark.implicit_hand import Hand
from training.benchmark.report import Candidate, Report, Row, Setting, Table, percent

POSES: Final[dict[str, tuple[str, ...]]] = {
    "open": ("open_palm", "spread", "flat_together"),
    "four": ("four", "asl_b"),
    "three": ("three_fingers", "three_thumb"),
    "two": ("peace", "two_together"),
    "point": ("point",),
    "fist": ("fist_thumb_over", "fist_thumb_side", "fist_tight"),
    "thumbs_up": ("thumbs_up",),
    "l_shape": ("gun",),
    "call": ("call",),
    "little": ("pinky",),
    "rock": ("rock", "love"),
    "ok": ("ok", "asl_f"),
    "pinch": ("pinch_index", "pinch_flat", "ok_curled"),
    "": ("relaxed", "relaxed_curled", "claw", "table", "grasp_thick", "grasp_sphere", "asl_c"),
}
"""Key poses that show a gesture, and some that show none."""
LETTERS: Final = {
    **dict.fromkeys("aemnst", "fist"),
    "b": "four",
    "d": "point",
    "f": "ok",
    "i": "little",
    "l": "l_shape",
    "v": "two",
    "w": "three",
    "y": "call",
}
"""Letters whose hand shows a named gesture."""
POSE_SHARE: Final = 0.04
"""Frames of a key pose, as a share of the frames asked for."""
POSE_SPREAD_DEG: Final = 5.0
VIEW_SPREAD_DEG: Final = (25.0, 20.0, 35.0)
"""Roll, tilt and yaw about a palm, or a back, that is shown."""
CHOSEN_ON: Final = "abcdefghiklm"
"""The letters on which the distance of rejection was chosen; the others are reported."""
TAUGHT: Final = 5
EXAMPLES: Final = 8
ROUNDS: Final = 100


class Counts(NamedTuple):
    """Shares of those that show a gesture: ``right``, and taken for ``another``."""

    right: float
    another: float


def measure_gestures(setting: Setting) -> Report:
    """How often gestures are recognised, named ones and own ones, and how often falsely."""
    count = max(1, round(POSE_SHARE * setting.frames))
    frames = list(_frames(count, setting.seed))
    crops = letter_frames(
        setting.recordings / FOLDER, max(10, round(LETTER_SHARE * setting.frames))
    )
    tables: list[Table] = []
    figures: dict[str, object] = {}
    for candidate in setting.candidates:
        shown = _shown(candidate, frames)
        estimates = estimate_letters(candidate, crops)
        synthetic = {name: counts(found, name) for name, found in shown.items()}
        letters = {
            letter: counts([_named(each.pose) for each in estimates if each.letter == letter], name)
            for letter, name in LETTERS.items()
        }
        own = {
            "letters a to m": own_figures(estimates, CHOSEN_ON, setting.seed),
            "letters n to y": own_figures(estimates, _others(estimates), setting.seed),
        }
        tables += [
            _table(f"Synthetic hands, {candidate.name}", synthetic),
            _table(f"Letters with a named gesture, {candidate.name}", letters),
            Table(
                f"{TAUGHT} own gestures of {EXAMPLES} examples each, {candidate.name}",
                ("letters", "recognised %", "taken for another %", "other letters taken for one %"),
                tuple((what, *map(percent, each.values())) for what, each in own.items()),
            ),
        ]
        plain = {name or "none": each._asdict() for name, each in synthetic.items()}
        figures[candidate.name] = {"synthetic": plain, "letters": letters, "own": own}
    return Report(tuple(tables), {"networks": figures})


def _frames(count: int, seed: int) -> Iterator[tuple[str, BenchmarkFrame]]:
    """``count`` frames of each key pose, with the gesture that it shows."""
    poses = [(name, pose) for name, group in POSES.items() for pose in group]
    for index, (name, pose) in enumerate(tqdm(poses, desc="making gestures", leave=False)):
        for k in range(count):
            rng = np.random.default_rng([seed, index, k])
            yield name, render_frame(_spec(pose, rng), rng, k)


def _spec(pose: str, rng: np.random.Generator) -> FrameSpec:
    """Another person's hand in key pose ``pose``, whole in the image of one of the sensors."""
    sensor, near, far = SENSOR_CHOICES[int(rng.integers(len(SENSOR_CHOICES)))]
    angles = gesture_angles(pose).astype(np.float64)
    angles[2:] += np.deg2rad(rng.normal(0.0, POSE_SPREAD_DEG, len(angles) - 2))
    view = rng.normal((0.0, 10.0, rng.choice((0.0, 180.0))), VIEW_SPREAD_DEG)
    side = Handedness.RIGHT if rng.random() < 0.5 else Handedness.LEFT
    camera = sensor.camera
    uv = (0.3 + 0.4 * rng.random(2)) * (camera.width - 1, camera.height - 1)
    centre = camera.unproject(uv, np.array(near * (far / near) ** rng.random()))
    turn = turned(rotation_from_view(view[None])[0], side)
    hand = Hand(draw_person(rng)).pose(angles, turn, centre, side)
    return FrameSpec(Kind.USUAL, sensor, (hand,))


def _shown(
    candidate: Candidate, frames: Sequence[tuple[str, BenchmarkFrame]]
) -> dict[str, list[str | None]]:
    """What the program says of each frame alone; hands that are not found say nothing."""
    pipeline, settings = candidate.pipeline(), TrackingSettings()
    said: dict[str, list[str | None]] = {name: [] for name in POSES}
    for name, each in frames:
        hands = pipeline.step(each.frame, pipeline.initial_state(), settings)[0].hands
        said[name].append(hands[0].gesture if hands else None)
    return said


def _named(pose: HandPose) -> str | None:
    scores = named_scores(pose.joints_mm, pose.handedness)
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] >= HOLD.enter else None


def counts(found: Sequence[str | None], name: str) -> Counts:
    """How often ``found`` is ``name``, and how often it is another gesture."""
    right = [(each or "") == name for each in found]
    another = [each is not None and each != name for each in found]
    return Counts(float(np.mean(right)), float(np.mean(another)))


def _table(title: str, each: dict[str, Counts]) -> Table:
    rows: list[Row] = [
        (name or "none", percent(count.right), percent(count.another))
        for name, count in each.items()
    ]
    named = [count for name, count in each.items() if name]
    means = (float(np.mean([count[k] for count in named])) for k in range(2))
    rows.append(("mean of the gestures", *map(percent, means)))
    return Table(title, ("shown", "recognised %", "taken for another %"), tuple(rows))


def _others(estimates: Sequence[LetterEstimate]) -> str:
    return "".join(sorted({each.letter for each in estimates} - set(CHOSEN_ON)))


def own_figures(estimates: Sequence[LetterEstimate], pool: str, seed: int) -> dict[str, float]:
    """Shares of the later crops of ``pool``: of the letters taught those recognised and those
    taken for another one taught, and of the other letters those taken for one."""
    known = [each for each in estimates if each.letter in pool]
    letters = np.array(sorted({each.letter for each in known}))
    later = [each for each in known if each.when >= TRAINED_PART]
    truth = np.array([each.letter for each in later])
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(ROUNDS):
        chosen = rng.choice(letters, TAUGHT, replace=False)
        own = taught([each for each in known if each.letter in chosen])
        said = np.array([_own(own, each.pose) for each in later])
        found.append(_shares(said, truth, np.isin(truth, chosen)))
    recognised, another, falsely = (float(share) for share in np.mean(found, axis=0))
    return {"recognised": recognised, "another": another, "falsely": falsely}


def taught(estimates: Sequence[LetterEstimate]) -> OwnGestures:
    """Own gestures of ``EXAMPLES`` crops of each letter, evenly over the earlier time."""
    own = NO_GESTURES
    for letter in sorted({each.letter for each in estimates}):
        latents = [
            each.pose.latent
            for each in estimates
            if each.letter == letter and each.when < TRAINED_PART and each.pose.latent is not None
        ]
        places = np.linspace(0, len(latents) - 1, min(EXAMPLES, len(latents)))
        own = own.with_gesture(letter, [latents[k] for k in places.round().astype(int)])
    return own


def _own(own: OwnGestures, pose: HandPose) -> str:
    scores = own.scores(pose.latent)
    best = max(scores, key=scores.__getitem__)
    return best if scores[best] >= HOLD.enter else ""


def _shares(
    said: NDArray[np.str_], truth: NDArray[np.str_], shown: NDArray[np.bool_]
) -> tuple[float, float, float]:
    """Of those ``shown`` the right ones and those taken for another; of the rest those taken."""
    right, taken = said == truth, said != ""
    wrong = taken & ~right
    return float(right[shown].mean()), float(wrong[shown].mean()), float(taken[~shown].mean())
