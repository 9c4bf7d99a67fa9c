"""The OSC messages of the UDP stream, as documented in ``docs/streaming.md``.

A hand takes ``python-osc`` about 0.4 ms.
"""

from __future__ import annotations

import numpy as np
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

from engine.skeleton import JOINT_NAMES, Handedness
from engine.stream.messages import NEWEST
from engine.types import FrameResult, TrackedHand


def osc_datagrams(result: FrameResult, sequence: int, version: int = NEWEST) -> list[bytes]:
    """One bundle for each hand, or one that says there is none; each below 1,400 bytes, so that no
    network has to split it.
    """
    frame = result.frame
    sides = {hand.pose.handedness for hand in result.hands}
    head = [
        message(
            "/hands/frame",
            "iiisd",
            _int32(frame.index),
            _int32(sequence),
            len(result.hands),
            result.status.value,
            frame.timestamp_ms,
        ),
        *(message(f"/hand/{side.value}/found", "i", int(side in sides)) for side in Handedness),
    ]
    if not result.hands:
        return [bundle(head)]
    return [bundle([*head, *_hand_messages(hand, version)]) for hand in result.hands]


def _hand_messages(hand: TrackedHand, version: int) -> list[OscMessage]:
    pose = hand.pose
    address = f"/hand/{pose.handedness.value}"
    rows = np.column_stack((pose.joints_mm, pose.sigma_mm)).tolist()
    fields: tuple[float, ...] = (_int32(hand.track_id), pose.score)
    if version == NEWEST:
        fields = (*fields, hand.side_score)
    gesture = [message(f"{address}/gesture", "s", hand.gesture or "")]
    return [
        message(address, "iff"[: len(fields)], *fields),
        *(gesture if version == NEWEST else ()),
        *(
            message(f"{address}/{name}", "ffff", *row)
            for name, row in zip(JOINT_NAMES, rows, strict=True)
        ),
    ]


def message(address: str, types: str, *arguments: float | str) -> OscMessage:
    """A message with ``arguments`` of these ``types``."""
    builder = OscMessageBuilder(address)
    for kind, argument in zip(types, arguments, strict=True):
        builder.add_arg(argument, kind)
    return builder.build()


def bundle(messages: list[OscMessage]) -> bytes:
    """A bundle to be acted on at once."""
    builder = OscBundleBuilder(IMMEDIATELY)
    for message in messages:
        builder.add_content(message)
    return builder.build().dgram


def _int32(number: int) -> int:
    """OSC's integers have 32 bits: counting begins anew at 0 after two thousand million."""
    return number & 0x7FFFFFFF
