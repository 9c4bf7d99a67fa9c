"""The depth stream of a ROS recording: images of a camera's driver with its ``camera_info``.

ROS has depth as 16-bit numbers in mm or as floats in metres (REP 118), plain or packed by the
image transports ``compressedDepth`` and ``compressed``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from engine.errors import SourceError
from engine.sources.depth_message import (
    COUNTS,
    HEAD_BYTES,
    METRES,
    ImageInfo,
    camera_lens,
    image_info,
)
from engine.sources.depth_stream import DepthStream, header_stamps_ms, is_packed
from engine.sources.lens import Lens
from engine.sources.message_file import MESSAGE_ERRORS, MessageFile, Topic

_IMAGES: Final = ("sensor_msgs/Image", "sensor_msgs/CompressedImage")
_CAMERA: Final = "sensor_msgs/CameraInfo"
_ALIGNED: Final = re.compile("align|regist|depth_to_")
_ENCODINGS: Final = ("ros1", "cdr")
_MAX_NAMES: Final = 8


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A topic with depth images, what the first one says, and the topic of its camera."""

    topic: Topic
    info: ImageInfo
    camera: str

    @property
    def order(self) -> tuple[bool, bool, bool, bool, str]:
        """The smallest is chosen: with a lens, named depth, as measured, unpacked."""
        name = self.topic.name.lower()
        return (
            not self.camera, "depth" not in name, bool(_ALIGNED.search(name)),
            is_packed(self.topic), name,
        )  # fmt: skip


def ros_stream(path: Path, file: MessageFile) -> DepthStream:
    """The depth stream that suits best, see ``_Candidate.order``.

    Raises:
        SourceError: if there is none, or its lens is missing; it names what there is.
        One of ``MESSAGE_ERRORS`` if something is damaged.
    """
    candidates = sorted(_candidates(file), key=lambda each: each.order)
    if not candidates:
        raise SourceError(_without_depth(path, file))
    chosen = candidates[0]
    if not chosen.camera:
        there = _listed([_described(each) for each in candidates])
        ended = f"; it {file.unfinished}" if file.unfinished else ""
        raise SourceError(
            f"{path} holds depth images in {there} but no camera_info beside them: their lens "
            f"(focal lengths and centre) is missing{ended}"
        )
    messages = file.messages(chosen.topic.name)
    counts = chosen.info.encoding in COUNTS
    notices = ["depth is taken to be in mm, as ROS has it"] if counts else []
    if len(candidates) > 1:
        others = _listed([each.topic.name for each in candidates[1:]])
        notices.append(f"depth is that of {chosen.topic.name}, not {others}")
    return DepthStream(
        topic=chosen.topic,
        messages=messages,
        lens=topic_lens(file, chosen.topic, chosen.camera),
        units_mm=np.full(len(messages), 1.0 if counts else 1000.0),
        unit_mm=1.0 if counts else 0.125,  # metres as whole units: 16 bits reach 8 m
        stamps_ms=header_stamps_ms(file, chosen.topic, messages),
        clocks=None,
        notice=", ".join(notices),
    )


def images(file: MessageFile) -> Iterator[tuple[Topic, ImageInfo]]:
    """The topics with images that can be read, and what the first of each says."""
    for name, topic in file.topics.items():
        if topic.kind not in _IMAGES or topic.encoding not in _ENCODINGS or not file.messages(name):
            continue
        try:
            head = file.head(file.messages(name)[0], HEAD_BYTES)
            info = image_info(head, packed=is_packed(topic), cdr=topic.cdr)
        except MESSAGE_ERRORS:
            continue
        yield topic, info


def _candidates(file: MessageFile) -> list[_Candidate]:
    return [
        _Candidate(topic, info, camera_topic(file, topic.name, info))
        for topic, info in images(file)
        if info.encoding in (*COUNTS, *METRES)
    ]


def camera_topic(file: MessageFile, images: str, info: ImageInfo) -> str:
    """The ``camera_info`` in the images' namespace, else one of the same frame and size."""
    parts = images.split("/")
    for length in (-1, -2):
        name = "/".join([*parts[:length], "camera_info"])
        if file.messages(name):
            return name
    for name, topic in file.topics.items():
        if topic.kind != _CAMERA or not file.messages(name):
            continue
        try:
            # A CameraInfo begins like an image: header, height, width.
            message = file.read(file.messages(name)[0])
            camera = image_info(message, packed=False, cdr=topic.cdr)
        except MESSAGE_ERRORS:
            continue
        same_size = info.width in (0, camera.width) and info.height in (0, camera.height)
        if info.frame_id and camera.frame_id == info.frame_id and same_size:
            return name
    return ""


def topic_lens(file: MessageFile, images: Topic, camera: str) -> Lens:
    """The lens of ``images`` in the first message of the topic ``camera``."""
    message = file.read(file.messages(camera)[0])
    rectified = "rect" in images.name.rpartition("/image")[2]
    return camera_lens(message, cdr=file.topics[camera].cdr, rectified=rectified)


def _without_depth(path: Path, file: MessageFile) -> str:
    """What a recording without a depth image holds, in a sentence."""
    if not any(file.messages(name) for name in file.topics):
        ended = f": it {file.unfinished}" if file.unfinished else ""
        return f"{path} is a ROS recording without any message{ended}"
    foreign = {topic.encoding for topic in file.topics.values()} - set(_ENCODINGS)
    if foreign:
        coded = f" (messages are in {_listed(sorted(foreign))}, only those of ROS can be read)"
    else:
        coded = ""
    names = _listed(sorted(name for name in file.topics if file.messages(name)))
    return f"{path} is a ROS recording without a depth image{coded}: it holds {names}"


def _described(candidate: _Candidate) -> str:
    info = candidate.info
    size = f", {info.width}x{info.height}" if info.width else ""
    return f"{candidate.topic.name} ({info.encoding}{size})"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    return ", ".join(name[:80] for name in names[:_MAX_NAMES]) + more
