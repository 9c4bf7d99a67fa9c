"""The JSON messages of the WebSocket stream, as documented in ``docs/streaming.md``.

Version 2 says ``hand`` and ``handedness`` as the files of joints do, and names each joint. Version
1 said ``id`` and ``side``, had joints as lists and no probability of the side.
"""

from __future__ import annotations

import json
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera
from engine.export.joints import hand_fields
from engine.skeleton import JOINT_NAMES, PARENTS
from engine.types import FrameResult, TrackedHand

PROTOCOL: Final = "crossing-hands"
VERSIONS: Final = (1, 2)
NEWEST: Final = 2
DECIMALS: Final = 2
"""Hundredths of a millimetre: far below any sensor's noise."""


def about_text(camera: Camera | None, version: int = NEWEST) -> str:
    """What a client needs to know once: names, units and the camera, null before any frame."""
    names = ("name", "width", "height", "fx", "fy", "cx", "cy", "fps")
    return _json(
        {
            "type": "about",
            "protocol": PROTOCOL,
            "version": version,
            "units": "mm",
            "axes": "camera frame: x right, y down, z forward",
            "joints": JOINT_NAMES,
            "parents": PARENTS,
            "camera": camera and {name: getattr(camera, name) for name in names},
        }
    )


def frame_text(result: FrameResult, sequence: int, sent_ms: float, version: int = NEWEST) -> str:
    """One result; ``sent_ms`` is the time now in ms since 1970."""
    hand_fields = _hand if version == NEWEST else _hand_1
    return _json(
        {
            "type": "frame",
            "sequence": sequence,
            "frame": result.frame.index,
            "timestamp_ms": round(result.frame.timestamp_ms, 3),
            "sent_ms": round(sent_ms, 3),
            "status": result.status.value,
            "hands": [hand_fields(hand) for hand in result.hands],
        }
    )


def _hand(hand: TrackedHand) -> dict[str, object]:
    pose = hand.pose
    return {
        **hand_fields(hand),
        "joints_mm": dict(zip(JOINT_NAMES, _rounded(pose.joints_mm), strict=True)),
        "sigma_mm": dict(zip(JOINT_NAMES, _rounded(pose.sigma_mm), strict=True)),
    }


def _hand_1(hand: TrackedHand) -> dict[str, object]:
    pose = hand.pose
    return {
        "id": hand.track_id,
        "side": pose.handedness.value,
        "confidence": round(pose.score, 4),
        "joints_mm": _rounded(pose.joints_mm),
        "sigma_mm": _rounded(pose.sigma_mm),
    }


def _rounded(values: NDArray[np.floating]) -> Any:
    """Nested lists; None for what is no number, as JSON knows none of these."""
    wide = values.astype(np.float64).round(DECIMALS)
    if np.isfinite(wide).all():
        return wide.tolist()
    plain = wide.astype(object)
    plain[~np.isfinite(wide)] = None
    return plain.tolist()


def _json(content: dict[str, object]) -> str:
    return json.dumps(content, separators=(",", ":"), allow_nan=False)
