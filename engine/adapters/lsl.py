"""Hands in the Lab Streaming Layer: an outlet of numbers for each side, and one of gestures.

``NAME right`` and ``NAME left`` (type ``MoCap``): a sample a frame of ``CHANNELS`` numbers, NaN
where the hand is not seen. ``NAME gestures`` (type ``Markers``): a text such as ``right fist`` or
``right`` whenever the gesture of a hand changes. Millimetres in the camera frame (x right, y down,
z forward); samples carry the time at which they were sent.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.errors import InvalidInputError
from engine.export.writer import ResultWriter
from engine.extras import Extra, load_extra
from engine.skeleton import JOINT_NAMES, Handedness
from engine.types import FrameResult, TrackedHand

LABELS: Final = (
    *("timestamp_ms", "confidence"),
    *(f"{joint}_{axis}" for joint in JOINT_NAMES for axis in "xyz"),
    *(f"{joint}_error" for joint in JOINT_NAMES),
)
CHANNELS: Final = len(LABELS)
UNITS: Final = ("ms", "1", *("mm",) * (CHANNELS - 2))
IRREGULAR: Final = 0.0
"""A camera's frames do not come at an exact rate."""


class LslOutlets(ResultWriter):
    """Sends every result to whoever listens in the network; nobody need.

    Raises:
        MissingExtraError: if ``pylsl`` is not installed or does not find its library.
        InvalidInputError: if ``name`` is empty.
    """

    def __init__(self, name: str = "crossing-hands") -> None:
        if not name.strip():
            raise InvalidInputError("an LSL stream needs a name")
        self.path = Path(name)
        self._lsl: Any = load_extra(Extra.LSL)
        self._numbers = {side: self._outlet(name, side) for side in Handedness}
        info = self._lsl.StreamInfo(f"{name} gestures", "Markers", 1, IRREGULAR, "string", name)
        self._markers: Any = self._lsl.StreamOutlet(info)
        self._gestures: dict[Handedness, str | None] = {}

    @property
    def written(self) -> tuple[Path, ...]:
        """Nothing is left."""
        return ()

    def write(self, result: FrameResult) -> None:
        """Send one result."""
        for side in Handedness:
            hands = [hand for hand in result.hands if hand.handedness is side]
            hand = max(hands, key=lambda hand: hand.confidence, default=None)
            self._numbers[side].push_sample(sample(result, hand))
            gesture = None if hand is None else hand.gesture
            if gesture != self._gestures.get(side):
                self._gestures[side] = gesture
                self._markers.push_sample([f"{side.value} {gesture or ''}".strip()])

    def close(self) -> None:
        """Take the streams out of the network."""
        # The library does so when its objects go.
        self._numbers, self._markers = {}, None

    def _break_off(self, error: BaseException) -> None:
        self.close()

    def _outlet(self, name: str, side: Handedness) -> Any:
        info = self._lsl.StreamInfo(
            f"{name} {side.value}", "MoCap", CHANNELS, IRREGULAR, "float32", f"{name} {side.value}"
        )
        channels = info.desc().append_child("channels")
        for label, unit in zip(LABELS, UNITS, strict=True):
            channel = channels.append_child("channel")
            channel.append_child_value("label", label)
            channel.append_child_value("unit", unit)
        return self._lsl.StreamOutlet(info)


def sample(result: FrameResult, hand: TrackedHand | None) -> list[float]:
    """The numbers of ``LABELS`` for one hand; NaN but for the time where there is none."""
    values = np.full(CHANNELS, np.nan)
    values[0] = result.frame.timestamp_ms
    if hand is not None:
        values[1:] = [hand.confidence, *hand.joints_mm.ravel(), *hand.expected_error_mm]
    return [float(value) for value in values]
