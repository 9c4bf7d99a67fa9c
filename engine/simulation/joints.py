"""Where a hand's joints are, from the pivots about which the rig's skin bends.

The source mesh bends its knuckles too near to its webs and its wrist too far in the palm: the web
between index and middle finger ends 12 mm beyond the line of the knuckles' pivots, where the crease
at a finger's base lies 14 to 20 mm beyond the joint (Bugbee and Botte, "Surface anatomy of the
hand", Clinical Orthopaedics 296, 1993), and the forearm's outline widens 22 mm before the wrist's
pivot. So the joints that the program speaks of lie some millimetres nearer to the elbow. Each moves
with the bone that its pivot moves with: it is a fixed mean of pivots that are rigidly joined.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.skeleton import FINGER_JOINTS, JOINT_COUNT, WRIST

MIDDLE_KNUCKLE: Final = FINGER_JOINTS["middle"][0]
BACK_IN_PALM: Final = {WRIST: 0.10, FINGER_JOINTS["thumb"][0]: 0.08}
"""How far these lie behind their pivots, as a share of the way from wrist to middle knuckle."""
TOWARDS_WRIST: Final = {"index": 0.08, "middle": 0.075, "ring": 0.055, "little": 0.05}
"""How far the knuckle of each finger lies from its pivot towards the wrist's."""
TOWARDS_BASE: Final = {"thumb": 0.08, "index": 0.06, "middle": 0.05, "ring": 0.0, "little": 0.05}
"""How far the second joint of each finger lies from its pivot towards the first one's."""


def _joints_from_pivots() -> NDArray[np.float32]:
    shares = np.eye(JOINT_COUNT)
    for joint, share in BACK_IN_PALM.items():
        shares[joint, WRIST] += share
        shares[joint, MIDDLE_KNUCKLE] -= share
    for finger, share in TOWARDS_WRIST.items():
        knuckle = FINGER_JOINTS[finger][0]
        shares[knuckle, [knuckle, WRIST]] = 1.0 - share, share
    for finger, share in TOWARDS_BASE.items():
        first, second = FINGER_JOINTS[finger][:2]
        shares[second, [second, first]] = 1.0 - share, share
    return shares.astype(np.float32)


JOINTS_FROM_PIVOTS: Final = _joints_from_pivots()
"""[21, 21]: joints [21, 3] = this @ pivots [21, 3], in any frame."""
PIVOTS_FROM_JOINTS: Final = np.linalg.inv(JOINTS_FROM_PIVOTS.astype(np.float64)).astype(np.float32)
"""[21, 21], the inverse."""
