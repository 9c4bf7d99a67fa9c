"""The hand's 24 joint angles: names, signs and anatomical limits.

Hand frame (right hand): origin at the wrist joint, +y from the wrist to the middle finger's
knuckle, +z out of the palm, +x = y cross z, towards the thumb; right-handed, millimetres. A left
hand is the mirror image in x. Angles are radians, 0 in the template's rest pose: a flat hand, the
fingers straight and parallel, the thumb lying relaxed beside the palm. Flexion is positive towards
the palm (thumb: across the palm), abduction positive towards the thumb's side (thumb CMC: out of
the palm's plane), deviation of the wrist positive towards the thumb's side.
"""

from __future__ import annotations

from typing import Final

import numpy as np

LIMITS_DEG: Final[dict[str, tuple[float, float]]] = {
    "wrist_flexion": (-60.0, 70.0),
    "wrist_deviation": (-35.0, 20.0),
    "thumb_cmc_flexion": (-35.0, 50.0),
    "thumb_cmc_abduction": (-10.0, 60.0),
    "thumb_cmc_twist": (-20.0, 45.0),
    "thumb_mcp_flexion": (-10.0, 65.0),
    "thumb_mcp_abduction": (-18.0, 12.0),
    "thumb_ip_flexion": (-20.0, 85.0),
    "index_mcp_flexion": (-25.0, 90.0),
    "index_mcp_abduction": (-20.0, 30.0),
    "index_pip_flexion": (-5.0, 110.0),
    "index_dip_flexion": (-8.0, 75.0),
    "middle_mcp_flexion": (-25.0, 90.0),
    "middle_mcp_abduction": (-20.0, 20.0),
    "middle_pip_flexion": (-5.0, 110.0),
    "middle_dip_flexion": (-8.0, 75.0),
    "ring_mcp_flexion": (-25.0, 90.0),
    "ring_mcp_abduction": (-22.0, 18.0),
    "ring_pip_flexion": (-10.0, 115.0),
    "ring_dip_flexion": (-8.0, 75.0),
    "little_mcp_flexion": (-35.0, 95.0),
    "little_mcp_abduction": (-36.0, 20.0),
    "little_pip_flexion": (-10.0, 110.0),
    "little_dip_flexion": (-8.0, 80.0),
}
"""Lower and upper limit of each angle in degrees (Lin, Wu and Huang 2000; widened to hold the
poses of the NYU and ICVL test sets)."""

ANGLE_NAMES: Final[tuple[str, ...]] = tuple(LIMITS_DEG)
ANGLE_COUNT: Final = len(ANGLE_NAMES)
ANGLE_INDEX: Final[dict[str, int]] = {name: i for i, name in enumerate(ANGLE_NAMES)}
LOWER_RAD: Final = np.deg2rad([low for low, _ in LIMITS_DEG.values()]).astype(np.float32)
UPPER_RAD: Final = np.deg2rad([high for _, high in LIMITS_DEG.values()]).astype(np.float32)
