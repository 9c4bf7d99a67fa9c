"""A hand as rotations: ``python docs/examples/rotations.py RECORDING``."""

import sys

from engine import hand_rotations, track
from engine.measure.rotations import ORDER
from engine.skeleton import JOINT_NAMES

for result in track(sys.argv[1], hands=2):
    for hand in result.hands:
        moved = hand_rotations(hand.joints_mm, hand.handedness)
        for joint, axis_angle in zip(ORDER, moved.axis_angle.round(3).tolist(), strict=True):
            print(result.frame.index, hand.handedness.value, JOINT_NAMES[joint], *axis_angle)
