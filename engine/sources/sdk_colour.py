"""The colour stream of a recording of the RealSense SDK, and where its camera stands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np

from engine.errors import InvalidInputError, SourceError
from engine.sources.colour_stream import (
    ColourStream,
    NoColour,
    Place,
    colour_camera,
    no_colour,
    unusable,
)
from engine.sources.cursor import Cursor
from engine.sources.depth_stream import DepthStream
from engine.sources.message_file import MESSAGE_ERRORS, MessageFile
from engine.sources.sdk_stream import stream_lens, text_pairs

_IMAGES: Final = re.compile(r"(/device_\d+/sensor_\d+/Color_\d+)/image/data(/compressed)?")
_STREAM: Final = re.compile(r"/device_\d+/sensor_\d+/\w+_\d+")
_TRANSFORM: Final = re.compile(r"/tf/(?:ref_)?(\d+)")


def sdk_colour(path: Path, file: MessageFile, depth: DepthStream) -> ColourStream | NoColour:
    """The first colour stream that has images, or why there is none."""
    found = [match for match in map(_IMAGES.fullmatch, sorted(file.topics)) if match is not None]
    colour = next((match for match in found if file.messages(match[0])), None)
    if colour is None:
        return no_colour(path)
    try:
        depth_stream = _STREAM.match(depth.topic.name)
        place = None if depth_stream is None else _place(file, depth_stream[0], colour[1])
        camera = colour_camera(stream_lens(path, file, colour[1]), place)
        messages = file.messages(colour[0])
        return ColourStream(path, file, file.topics[colour[0]], messages, camera, depth.messages)
    except (InvalidInputError, SourceError, *MESSAGE_ERRORS) as error:
        return unusable(path, error)


def _place(file: MessageFile, depth: str, colour: str) -> Place | None:
    """How the colour camera stands beside the depth camera; None if that was not recorded."""
    of_depth, of_colour = _transforms(file, depth), _transforms(file, colour)
    for reference, place in of_colour.items():
        if reference in of_depth:
            return of_depth[reference].inverse().then(place)
    return None


def _transforms(file: MessageFile, stream: str) -> dict[str, Place]:
    """Where a stream's camera stands, by the number of its reference.

    The SDK notes how points of that reference are turned and moved into the stream's frame.
    """
    found = {}
    for name, topic in file.topics.items():
        match = _TRANSFORM.fullmatch(name.removeprefix(stream)) if name.startswith(stream) else None
        if match is None or not file.messages(name):
            continue
        if topic.kind == "std_msgs/String":
            values = dict(text_pairs(file, name))
            columns = np.array(values["rotation"].split(","), np.float64).reshape(3, 3)
            t_m = np.array(values["translation"].split(","), np.float64).reshape(3)
            found[match[1]] = Place(columns.T, 1000.0 * t_m)
        else:
            cursor = Cursor(file.read(file.messages(name)[0]), cdr=topic.cdr)
            t, quaternion = cursor.numbers("d", 3), cursor.numbers("d", 4)
            found[match[1]] = Place.of_quaternion(t, quaternion)
    return found
