"""The colour stream of a ROS recording: images beside depth, and where their camera stands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from engine.errors import InvalidInputError, SourceError
from engine.sources.colour_message import is_colour
from engine.sources.colour_stream import (
    ColourStream,
    NoColour,
    Place,
    colour_camera,
    no_colour,
    unusable,
)
from engine.sources.cursor import Cursor
from engine.sources.depth_message import HEAD_BYTES, ImageInfo, image_info
from engine.sources.depth_stream import DepthStream, is_packed
from engine.sources.message_file import MESSAGE_ERRORS, MessageFile, Topic
from engine.sources.ros_stream import camera_topic, images, topic_lens

_EXTRINSICS: Final = "extrinsics/depth_to_color"
"""What RealSense drivers publish: a rotation by columns, and metres."""
_STATIC: Final = "/tf_static"


def ros_colour(path: Path, file: MessageFile, depth: DepthStream) -> ColourStream | NoColour:
    """The colour stream that suits best, or why there is none: with a lens, called colour,
    unpacked."""
    found = sorted(_candidates(file), key=lambda each: _order(*each))
    if not found:
        return no_colour(path)
    topic, info, camera_name = found[0]
    try:
        if not camera_name:
            raise InvalidInputError(f"there is no camera_info beside {topic.name}")
        lens = topic_lens(file, topic, camera_name)
        head = file.head(depth.messages[0], HEAD_BYTES)
        of_depth = image_info(head, packed=is_packed(depth.topic), cdr=depth.topic.cdr)
        camera = colour_camera(lens, _place(file, of_depth.frame_id, info.frame_id))
        return ColourStream(path, file, topic, file.messages(topic.name), camera, depth.messages)
    except (InvalidInputError, SourceError, *MESSAGE_ERRORS) as error:
        return unusable(path, error)


def _candidates(file: MessageFile) -> Iterator[tuple[Topic, ImageInfo, str]]:
    for topic, info in images(file):
        if is_colour(info.encoding) and "depth" not in topic.name.rpartition("/")[2].lower():
            yield topic, info, camera_topic(file, topic.name, info)


def _order(topic: Topic, _info: ImageInfo, camera: str) -> tuple[bool, bool, bool, str]:
    name = topic.name.lower()
    called = any(word in name for word in ("color", "colour", "rgb"))
    return not camera, not called, is_packed(topic), name


def _place(file: MessageFile, depth: str, colour: str) -> Place | None:
    """How the colour camera stands beside the depth camera; None if that was not recorded."""
    if depth and depth == colour:
        return Place.none()
    for name in file.topics:
        if name.endswith(_EXTRINSICS) and file.messages(name):
            cursor = Cursor(file.read(file.messages(name)[0]), cdr=file.topics[name].cdr)
            if not file.topics[name].cdr:
                cursor.header()
            columns = np.array(cursor.numbers("d", 9)).reshape(3, 3)
            return Place(columns.T, 1000.0 * np.array(cursor.numbers("d", 3)))
    return _through_tree(dict(_parents(file)), depth, colour)


def _parents(file: MessageFile) -> Iterator[tuple[str, tuple[str, Place]]]:
    """Each frame of the tree with its parent, and how it stands in it."""
    topic = file.topics.get(_STATIC)
    for message in file.messages(_STATIC) if topic is not None else ():
        cursor = Cursor(file.read(message), cdr=topic.cdr if topic else False)
        for _ in range(cursor.integer()):
            _, parent = cursor.header()
            child = cursor.text()
            t, quaternion = cursor.numbers("d", 3), cursor.numbers("d", 4)
            yield child, (parent, Place.of_quaternion(t, quaternion))


def _through_tree(parents: dict[str, tuple[str, Place]], depth: str, colour: str) -> Place | None:
    up, down = _to_root(parents, depth), _to_root(parents, colour)
    common = next((frame for frame in up if frame in down), None)
    return None if common is None else up[common].then(down[common].inverse())


def _to_root(parents: dict[str, tuple[str, Place]], frame: str) -> dict[str, Place]:
    """The frame and all above it, with how the frame stands in each."""
    found = {frame: Place.none()} if frame else {}
    while frame in parents and parents[frame][0] not in found:
        parent, place = parents[frame]
        found[parent] = found[frame].then(place)
        frame = parent
    return found
