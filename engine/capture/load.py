"""Makes the goals of a guided capture: named poses, and some sampled from the latent space."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from engine.camera import FloatArray
from engine.capture.goals import Goal, GoalKind
from engine.capture.look import palm_pose, pose_gap
from engine.latent.sampling import RandomHands
from engine.latent.space import LatentSpace
from engine.simulation.gestures import gesture_angles
from engine.simulation.model import HandModel
from engine.simulation.orientation import rotation_from_view
from engine.skeleton import Handedness
from engine.tracking.generate import PoseDecoder
from engine.types import frozen

SEED: Final = 7
DRAWN: Final = 64
"""Random hands among which the sampled poses are chosen."""
SAMPLED: Final = 12
PALM_MM: Final = 95.0
"""Palm length of a ghost."""
GHOST_MM: Final = 450.0
"""How far away it is."""

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
    hand = poses["open"]
    right = _goal("right_hand", GoalKind.SIDE, "Show your right hand", hand)
    left = _goal("left_hand", GoalKind.SIDE, "Show your left hand", hand)
    return (
        replace(right, frames=45, side=Handedness.RIGHT),
        *(
            replace(_goal(key, GoalKind.POSE, prompt, poses[key]), any_pose=False)
            for key, (_, prompt) in NAMED.items()
        ),
        *_view_goals(poses),
        *_distance_goals(hand),
        *(
            replace(
                _goal(f"sample_{k}", GoalKind.SAMPLE, "Do as this hand does", pose),
                frames=10,
                any_pose=False,
            )
            for k, pose in enumerate(samples, start=1)
        ),
        replace(left, frames=45, side=Handedness.LEFT),
    )


def _view_goals(poses: dict[str, FloatArray]) -> tuple[Goal, ...]:
    hand, kind = poses["open"], GoalKind.VIEW
    back = _goal("back", kind, "Turn the back of the hand to the camera", hand, (0.0, 0.0, 180.0))
    edge = _goal("edge", kind, "Turn the edge of the hand to the camera", hand, (0.0, 0.0, 75.0))
    tips = _goal("pointing", kind, "Point at the camera", poses["together"], (0.0, 65.0, 0.0))
    return (
        replace(_goal("palm", kind, "Show the palm", hand), facing_deg=(0.0, 35.0)),
        replace(back, facing_deg=(145.0, 180.0)),
        replace(edge, facing_deg=(65.0, 115.0), pointing_deg=(45.0, 180.0)),
        replace(tips, pointing_deg=(0.0, 45.0)),
    )


def _distance_goals(hand: FloatArray) -> tuple[Goal, ...]:
    asked = (
        ("near", "Come nearer: about 30 cm", (0.0, 380.0)),
        ("middle", "Half a metre away", (400.0, 600.0)),
        ("far", "Go farther away: about 70 cm", (620.0, np.inf)),
    )
    return tuple(
        replace(_goal(key, GoalKind.DISTANCE, prompt, hand), range_mm=span)
        for key, prompt, span in asked
    )


def _goal(
    key: str,
    kind: GoalKind,
    prompt: str,
    pose: FloatArray,
    view_deg: tuple[float, float, float] = (0.0, 0.0, 0.0),
) -> Goal:
    """A goal whose ghost is turned by ``view_deg`` (roll, tilt, yaw of
    ``simulation.orientation``)."""
    points = pose * PALM_MM @ rotation_from_view(np.array([view_deg]))[0].T
    points += (0.0, 0.0, GHOST_MM) - points.mean(axis=0)
    return Goal(key, kind, prompt, pose, frozen(points))


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
