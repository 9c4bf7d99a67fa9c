"""Colour into recordings and back: what comes out again, here and from the SDK's own player."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.colour import ColourImage
from engine.errors import FrameError
from engine.recording.record import write_recording
from engine.sources import open_source
from engine.sources.base import SeekableSource
from engine.types import Frame
from tests import colour_recordings as made
from tests.recordings import CAMERA, make_frames

NAMES = ("a.db3", "folder")
LOSS = 12
"""Levels by which JPEG may change these steep ramps."""


def smooth(k: int) -> np.ndarray:
    """Colours without edges, as JPEG keeps them."""
    return (np.asarray(made.colours(k)) // 2 + 60).astype(np.uint8)


def frames(count: int = 3) -> list[Frame]:
    return [
        replace(frame, colour=ColourImage(made.colour_camera(), lambda k=frame.index: smooth(k)))  # type: ignore[misc]
        for frame in make_frames(count)
    ]


@pytest.fixture(params=NAMES)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / str(request.param)


def read_back(path: Path) -> Iterator[Frame]:
    with closing(open_source(str(path))) as source:
        assert isinstance(source, SeekableSource)
        for index in range(source.frame_count):
            yield source.frame_at(index)


def test_colour_comes_out_again(path: Path) -> None:
    written = frames()
    write_recording(path, written, CAMERA)
    for before, after in zip(written, read_back(path), strict=True):
        assert after.colour is not None, after.colour_problem
        np.testing.assert_array_equal(
            np.rint(before.depth_mm / 0.125) % 65535, after.depth_mm / 0.125
        )
        pixels = after.colour.pixels().astype(int)
        assert np.abs(pixels - smooth(before.index)).max() <= LOSS
        point = np.array([30.0, 20.0, 500.0])
        np.testing.assert_allclose(
            after.colour.camera.project(point), made.colour_camera().project(point), atol=1e-2
        )


def test_colour_may_begin_later_and_have_gaps(path: Path) -> None:
    written = frames(5)
    broken = ColourImage(made.colour_camera(), lambda: made.colours(0)[1:])
    written[0] = replace(written[0], colour=None)
    written[2] = replace(written[2], colour=broken)
    with pytest.raises(FrameError):
        broken.pixels()
    write_recording(path, written, CAMERA)
    found = list(read_back(path))
    assert len(found) == 5
    assert [found[k].colour is not None for k in (1, 3, 4)] == [True] * 3
    if path.suffix != ".db3":  # where the nearest in time is shown
        assert [found[k].colour is None for k in (0, 2)] == [True] * 2


def test_depth_alone_is_written_as_before(path: Path) -> None:
    write_recording(path, make_frames(2), CAMERA)
    assert all(frame.colour is None for frame in read_back(path))
    assert not (path / "color").exists()


def test_the_sdk_plays_colour_that_was_recorded(tmp_path: Path) -> None:
    sdk = pytest.importorskip("pyrealsense2")
    path = tmp_path / "a.db3"
    write_recording(path, frames(4), CAMERA)
    config, pipeline = sdk.config(), sdk.pipeline()
    config.enable_device_from_file(str(path), False)
    profile = pipeline.start(config)
    profile.get_device().as_playback().set_real_time(False)
    depth, colour = profile.get_stream(sdk.stream.depth), profile.get_stream(sdk.stream.color)
    lens = colour.as_video_stream_profile().get_intrinsics()
    assert lens.model == sdk.distortion.brown_conrady
    np.testing.assert_allclose(lens.coeffs, made.COEFFS, atol=1e-6)
    between = depth.get_extrinsics_to(colour)
    np.testing.assert_allclose(np.array(between.rotation).reshape(3, 3).T, made.TURN, atol=1e-5)
    np.testing.assert_allclose(between.translation, made.MOVE_MM / 1000.0, atol=1e-5)
    seen = 0
    while seen < 4:
        arrived, found = pipeline.try_wait_for_frames(500)
        if not arrived:
            break
        image = found.get_color_frame()
        if image:
            seen += 1
            pixels = np.asarray(image.get_data())
            assert np.abs(pixels[..., :2].astype(int) - smooth(0)[..., :2]).max() <= LOSS
    pipeline.stop()
    assert seen
