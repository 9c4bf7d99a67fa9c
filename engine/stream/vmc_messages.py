"""Hands for avatars: the VMC protocol over OSC, as documented in ``docs/streaming.md``.

Unity's frame: left-handed, metres, x to the avatar's right, y up, z forward. The camera is the
origin, and the avatar stands before it and looks at it, so its right hand is the user's. Local
rotations are those from the T pose (``engine.measure.rotations.T_POSE``).

Protocol: https://protocol.vmc.info/marionette-spec (MIT).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from pythonosc.osc_message import OscMessage

from engine.measure.rotations import ORDER, T_POSE, hand_rotations
from engine.skeleton import FINGER_JOINTS, FINGERS, JOINT_NAMES, PARENTS, WRIST, Handedness
from engine.stream.osc_messages import bundle, message
from engine.types import FrameResult, TrackedHand

UNITY_FROM_CAMERA: Final = np.diag([-1.0, -1.0, -1.0])
"""The camera sees the avatar from the front: its x is the avatar's left, its z goes backwards."""
FOREARM_M: Final = 0.25
"""From the elbow to the hand at rest, for programs that take over the places of bones, too."""
BONE: Final = "/VMC/Ext/Bone/Pos"
TRACKER: Final = "/VMC/Ext/Tra/Pos"
MOST_BONES: Final = 15
"""In a bundle below 1,400 bytes."""
_IDENTITY: Final = (0.0, 0.0, 0.0, 1.0)
_METRES: Final = 1e-3


def _bone_names() -> dict[int, str]:
    parts = ("Proximal", "Intermediate", "Distal")
    return {WRIST: "Hand"} | {
        joint: finger.capitalize() + part
        for finger in FINGERS
        for joint, part in zip(FINGER_JOINTS[finger], parts, strict=False)
    }


BONE_NAMES: Final = _bone_names()
"""Unity's name of the bone that begins at each joint, without its side; the thumb's metacarpal is
its proximal bone."""


def vmc_datagrams(result: FrameResult, _: int = 0) -> list[bytes]:
    """One bundle with the state and the wrists, then bundles with the hands' bones, each below
    1,400 bytes. Of two hands of one side the likelier counts. A hand not seen is not sent.
    """
    hands = {
        hand.handedness: hand
        for hand in sorted(result.hands, key=lambda hand: hand.confidence)
        if np.isfinite(hand.joints_mm).all()
    }
    head = [
        message("/VMC/Ext/OK", "i", int(bool(hands))),
        message("/VMC/Ext/T", "f", result.frame.timestamp_ms * _METRES),
        _placed("/VMC/Ext/Root/Pos", "root", np.zeros(3), _IDENTITY),
    ]
    bones: list[OscMessage] = []
    for side, hand in hands.items():
        wrist, *own = _hand_messages(side, hand)
        head.append(wrist)
        bones += own
    parts = [bones[at : at + MOST_BONES] for at in range(0, len(bones), MOST_BONES)]
    return [bundle(part) for part in (head, *parts)]


def _hand_messages(side: Handedness, hand: TrackedHand) -> list[OscMessage]:
    """Where the wrist is, as that of a tracker, then the hand's 16 bones."""
    rotated = hand_rotations(hand.joints_mm, side, T_POSE, UNITY_FROM_CAMERA)
    turns = rotated.quaternions
    rest_m = rotated.rest_mm * _METRES
    name = f"{JOINT_NAMES[WRIST]}_{side.value}"
    messages = [_placed(TRACKER, name, rotated.wrist_mm * _METRES, turns[0])]
    for joint, turn in zip(ORDER, turns, strict=True):
        offset = rest_m[joint] - rest_m[PARENTS[joint]]
        if joint == WRIST:
            offset = np.array([FOREARM_M if side is Handedness.RIGHT else -FOREARM_M, 0.0, 0.0])
        bone = f"{side.value.capitalize()}{BONE_NAMES[joint]}"
        messages.append(_placed(BONE, bone, offset, turn))
    return messages


def _placed(
    address: str,
    name: str,
    place_m: NDArray[np.floating],
    turn: NDArray[np.floating] | tuple[float, ...],
) -> OscMessage:
    numbers = [float(value) for value in (*place_m, *turn)]
    return message(address, "s" + "f" * len(numbers), name, *numbers)
