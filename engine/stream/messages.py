"""The messages of both streams, as documented in ``docs/streaming.md``: results to JSON and OSC.

OSC datagrams are put together here from parts made beforehand: with ``python-osc`` a hand takes
milliseconds to write, here less than 0.1 ms. The tests read them with that library.
"""

from __future__ import annotations

import json
import struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.camera import Camera
from engine.skeleton import JOINT_NAMES, PARENTS, Handedness
from engine.types import FrameResult, TrackedHand

PROTOCOL: Final = "crossing-hands"
VERSION: Final = 1
DECIMALS: Final = 2
"""Hundredths of a millimetre: far below any sensor's noise."""

# -- JSON ------------------------------------------------------------------------------------


def about_text(camera: Camera | None) -> str:
    """What a client needs to know once: names, units and the camera, null before any frame."""
    names = ("name", "width", "height", "fx", "fy", "cx", "cy", "fps")
    return _json(
        {
            "type": "about",
            "protocol": PROTOCOL,
            "version": VERSION,
            "units": "mm",
            "axes": "camera frame: x right, y down, z forward",
            "joints": JOINT_NAMES,
            "parents": PARENTS,
            "camera": camera and {name: getattr(camera, name) for name in names},
        }
    )


def frame_text(result: FrameResult, sequence: int, sent_ms: float) -> str:
    """One result; ``sent_ms`` is the time now in ms since 1970."""
    return _json(
        {
            "type": "frame",
            "sequence": sequence,
            "frame": result.frame.index,
            "timestamp_ms": round(result.frame.timestamp_ms, 3),
            "sent_ms": round(sent_ms, 3),
            "status": result.status.value,
            "hands": [_hand(hand) for hand in result.hands],
        }
    )


def _hand(hand: TrackedHand) -> dict[str, object]:
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


# -- OSC -------------------------------------------------------------------------------------


def osc_datagrams(result: FrameResult, sequence: int) -> list[bytes]:
    """One bundle for each hand, or one that says there is none; each below 1,400 bytes, so that no
    network has to split it.
    """
    sides = {hand.pose.handedness for hand in result.hands}
    head = [
        _message(
            "/hands/frame",
            "iiisd",
            struct.pack(">iii", *map(_int32, (result.frame.index, sequence, len(result.hands)))),
            _padded(result.status.value),
            struct.pack(">d", result.frame.timestamp_ms),
        ),
        *(_FOUND[side, side in sides] for side in Handedness),
    ]
    if not result.hands:
        return [_bundle(head)]
    return [_bundle([*head, *_hand_messages(hand)]) for hand in result.hands]


def _hand_messages(hand: TrackedHand) -> list[bytes]:
    pose = hand.pose
    side = pose.handedness
    rows = np.column_stack((pose.joints_mm, pose.sigma_mm)).astype(">f4")
    track = struct.pack(">if", _int32(hand.track_id), pose.score)
    joints = zip(_JOINT_HEADS[side], rows, strict=True)
    return [
        _message(f"/hand/{side.value}", "if", track),
        *(begin + row.tobytes() for begin, row in joints),
    ]


def _padded(text: str) -> bytes:
    """An OSC string: at least one zero at its end, its length a multiple of four."""
    raw = text.encode("ascii")
    return raw + b"\0" * (4 - len(raw) % 4)


def _message(path: str, types: str, *arguments: bytes) -> bytes:
    return b"".join((_padded(path), _padded("," + types), *arguments))


def _bundle(messages: list[bytes]) -> bytes:
    """A bundle to be acted on at once."""
    sized = (part for message in messages for part in (_SIZE.pack(len(message)), message))
    return b"".join((b"#bundle\0", b"\0\0\0\0\0\0\0\1", *sized))


def _int32(number: int) -> int:
    """OSC's integers have 32 bits: counting begins anew at 0 after two thousand million."""
    return number & 0x7FFFFFFF


_SIZE: Final = struct.Struct(">i")
_JOINT_HEADS: Final = {
    side: tuple(_message(f"/hand/{side.value}/{name}", "ffff") for name in JOINT_NAMES)
    for side in Handedness
}
_FOUND: Final = {
    (side, found): _message(f"/hand/{side.value}/found", "i", struct.pack(">i", found))
    for side in Handedness
    for found in (False, True)
}
