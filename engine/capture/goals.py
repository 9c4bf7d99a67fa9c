"""What a recording of a hand should hold: poses, poses between them, views, distances, sides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

import numpy as np

from engine.camera import FloatArray
from engine.capture.look import HandLook, palm_pose, pose_gap
from engine.latent.sampling import RandomHands
from engine.latent.space import LatentSpace
from engine.simulation.gestures import gesture_angles
from engine.simulation.model import HandModel
from engine.simulation.orientation import rotation_from_view
from engine.skeleton import Handedness
from engine.tracking.generate import PoseDecoder
from engine.types import frozen

LIKE: Final = 0.42
"""Gap of two poses (``pose_gap``) up to which they are alike: a finger's joints are 4 cm off."""
SEED: Final = 7
DRAWN: Final = 64
"""Random hands among which the sampled poses are chosen."""
SAMPLED: Final = 12
PALM_MM: Final = 95.0
"""Palm length of a ghost."""


class GoalKind(Enum):
    """What a goal is about; the value is for people."""

    POSE = "Poses"
    SAMPLE = "Poses between"
    VIEW = "Views"
    DISTANCE = "Distances"
    SIDE = "Hands"


Range = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Goal:
    """Something to show for ``frames`` frames.

    ``key`` names it in files; ``prompt`` asks for it; ``pose`` [21, 3] as ``HandLook.pose`` is what
    its ghost shows, turned by ``view_deg`` (roll, tilt, yaw of ``simulation.orientation``). A look
    fulfils it if everything that is given agrees: the pose (``any_pose``: does not matter), and
    the ranges of ``facing_deg``, ``pointing_deg`` and ``range_mm``, and the ``side``.
    """

    key: str
    kind: GoalKind
    prompt: str
    pose: FloatArray
    frames: int = 15
    view_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    any_pose: bool = True
    facing_deg: Range = (0.0, 180.0)
    pointing_deg: Range = (0.0, 180.0)
    range_mm: Range = (0.0, np.inf)
    side: Handedness | None = None

    def is_shown(self, look: HandLook) -> bool:
        """Whether ``look`` fulfils it."""
        if self.side not in (None, look.side):
            return False
        within = (
            (look.facing_deg, self.facing_deg),
            (look.pointing_deg, self.pointing_deg),
            (look.range_mm, self.range_mm),
        )
        if not all(low <= value <= high for value, (low, high) in within):
            return False
        return self.any_pose or pose_gap(look.pose, self.pose) <= LIKE


NAMED: Final = {
    "open": ("spread", "Open your hand and spread the fingers"),
    "together": ("flat_together", "Hold the fingers straight and together"),
    "fist": ("fist_thumb_over", "Make a fist"),
    "thumb": ("thumbs_up", "Stretch only the thumb"),
    "index": ("point", "Stretch only the index finger"),
    "two": ("peace", "Stretch index and middle finger"),
    "ring": ("pinch_ring", "Touch the ring finger with the thumb"),
    "little": ("pinky", "Stretch only the little finger"),
    "pinch": ("ok", "Touch the index finger with the thumb"),
    "claw": ("hook", "Bend the fingers like a hook"),
    "flat_bend": ("table", "Bend the straight fingers forward"),
}
"""Named poses: key to gesture of ``simulation.gestures`` and prompt."""


def named_poses(model: HandModel) -> dict[str, FloatArray]:
    """The poses [21, 3] of ``NAMED`` as a mean hand shows them."""
    shape, origin = np.zeros(model.n_shape, np.float32), np.zeros(3, np.float32)

    def pose(gesture: str) -> FloatArray:
        joints = model.pose_joints(gesture_angles(gesture), shape, np.eye(3), origin)
        return palm_pose(joints, Handedness.RIGHT)

    return {key: pose(gesture) for key, (gesture, _) in NAMED.items()}


def spread_out(
    candidates: Sequence[FloatArray], known: Iterable[FloatArray], count: int
) -> list[FloatArray]:
    """``count`` of the poses, each as far as can be from those ``known`` and chosen before."""
    gaps = np.full(len(candidates), np.inf)
    chosen: list[FloatArray] = []

    def add(pose: FloatArray) -> None:
        np.minimum(gaps, [pose_gap(pose, each) for each in candidates], out=gaps)

    for pose in known:
        add(pose)
    while len(chosen) < min(count, len(candidates)):
        best = candidates[int(gaps.argmax())]
        chosen.append(best)
        add(best)
    return chosen


def all_goals(poses: dict[str, FloatArray], samples: Sequence[FloatArray]) -> tuple[Goal, ...]:
    """The goals in the order in which they are asked for; named ``poses`` as ``named_poses`` gives
    them, ``samples`` of the latent space."""
    kind, hand = GoalKind, poses["open"]
    return (
        Goal("right_hand", kind.SIDE, "Show your right hand", hand, 45, side=Handedness.RIGHT),
        *(
            Goal(key, kind.POSE, prompt, poses[key], any_pose=False)
            for key, (_, prompt) in NAMED.items()
        ),
        Goal("palm", kind.VIEW, "Show the palm", hand, facing_deg=(0.0, 35.0)),
        Goal(
            *("back", kind.VIEW, "Turn the back of the hand to the camera", hand),
            view_deg=(0.0, 0.0, 180.0),
            facing_deg=(145.0, 180.0),
        ),
        Goal(
            *("edge", kind.VIEW, "Turn the edge of the hand to the camera", hand),
            view_deg=(0.0, 0.0, 75.0),
            facing_deg=(65.0, 115.0),
            pointing_deg=(45.0, 180.0),
        ),
        Goal(
            *("pointing", kind.VIEW, "Point at the camera", poses["together"]),
            view_deg=(0.0, 65.0, 0.0),
            pointing_deg=(0.0, 45.0),
        ),
        Goal("near", kind.DISTANCE, "Come nearer: about 30 cm", hand, range_mm=(0.0, 380.0)),
        Goal("middle", kind.DISTANCE, "Half a metre away", hand, range_mm=(400.0, 600.0)),
        Goal("far", kind.DISTANCE, "Go farther away: about 70 cm", hand, range_mm=(620.0, np.inf)),
        *(
            Goal(f"sample_{k}", kind.SAMPLE, "Do as this hand does", pose, 10, any_pose=False)
            for k, pose in enumerate(samples, start=1)
        ),
        Goal("left_hand", kind.SIDE, "Show your left hand", hand, 45, side=Handedness.LEFT),
    )


def load_goals(directory: Path | None = None) -> tuple[Goal, ...]:
    """All goals, with poses sampled from the latent space of the shipped networks, or of those in
    ``directory``, where the named ones leave it uncovered.

    Raises:
        ModelError: if the pose decoder or its latent space is missing or damaged.
    """
    model, decoder = HandModel.load(), PoseDecoder(directory=directory)
    hands = RandomHands(decoder, LatentSpace.load(directory), model=model)
    drawn = [
        palm_pose(decoder(latent).joints_mm, Handedness.RIGHT)
        for latent in hands.latents(SEED, DRAWN)
    ]
    poses = named_poses(model)
    return all_goals(poses, spread_out(drawn, poses.values(), SAMPLED))


def ghost_joints_mm(goal: Goal, side: Handedness, distance_mm: float = 450.0) -> FloatArray:
    """The joints [21, 3] of a hand that fulfils ``goal``, mm, camera frame, on the camera's axis
    ``distance_mm`` away; of ``goal.side`` or else of ``side``."""
    R = rotation_from_view(np.array([goal.view_deg]))[0]
    points = goal.pose * PALM_MM @ R.T
    points -= points.mean(axis=0)
    if (goal.side or side) is Handedness.LEFT:
        points[:, 0] *= -1.0
    points[:, 2] += distance_mm
    return frozen(points)
