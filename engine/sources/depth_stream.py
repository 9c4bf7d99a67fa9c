"""The depth stream of an open message file: which messages are its frames, and how to read them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.sources.depth_message import (
    HEAD_BYTES,
    Pixels,
    image_info,
    image_pixels,
)
from engine.sources.lens import Lens
from engine.sources.message_file import MESSAGE_ERRORS, Message, MessageFile, Topic


@dataclass(frozen=True, slots=True, eq=False)
class DepthStream:
    """Depth frames as they lie in the file.

    ``units_mm`` [N] what a stored 1 is in each frame, ``unit_mm`` the unit of the whole stream.
    ``stamps_ms`` [N] are the images' own; ``clocks`` returns of which clock each is (see
    ``timeline.repair_timeline``). ``fps`` is 0 if unknown; ``name`` and ``serial`` the camera's,
    empty if unknown; ``notice`` what the user should know.
    """

    topic: Topic
    messages: Sequence[Message]
    lens: Lens
    units_mm: NDArray[np.float64]
    unit_mm: float
    stamps_ms: NDArray[np.float64]
    clocks: Callable[[], Sequence[Hashable]] | None
    fps: float = 0.0
    name: str = ""
    serial: str = ""
    notice: str = ""

    @property
    def recorded_ms(self) -> NDArray[np.float64]:
        """When each frame was written [N]."""
        return np.array([message.recorded_ns / 1e6 for message in self.messages])

    def pixels(self, file: MessageFile, place: int) -> Pixels:
        """Depth [H, W] of the frame at ``place`` in the file's order, as it is stored."""
        message = file.read(self.messages[place])
        return image_pixels(message, packed=is_packed(self.topic), cdr=self.topic.cdr)


def is_packed(topic: Topic) -> bool:
    """Whether a topic's images are packed."""
    return topic.kind.endswith("CompressedImage")


def header_stamps_ms(
    file: MessageFile, topic: Topic, messages: Sequence[Message]
) -> NDArray[np.float64]:
    """The stamps in the images' headers [N]; NaN where one cannot be read."""
    return np.array([_stamp_ms(file, topic, message) for message in messages])


def _stamp_ms(file: MessageFile, topic: Topic, message: Message) -> float:
    try:
        head = file.head(message, HEAD_BYTES)
        return image_info(head, packed=is_packed(topic), cdr=topic.cdr).stamp_ms
    except MESSAGE_ERRORS:
        return float("nan")
