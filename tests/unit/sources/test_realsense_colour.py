"""A camera's colour: only while it is wanted, beside depth that goes on whatever happens to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import numpy as np
import pytest

from engine.sources import realsense_colour
from engine.sources.base import ColourSwitch
from engine.sources.camera_choice import CameraChoice
from engine.sources.realsense_camera import RealSenseCamera
from engine.sources.reconnecting_camera import ReconnectingCamera
from engine.types import Frame
from tests import colour_recordings as made
from tests.recordings import make_frames
from tests.sdk_cameras import Bus, SoftwareCamera

KINDS = ("own", "shared")


@pytest.fixture
def sdk() -> Any:
    return pytest.importorskip("pyrealsense2")


def shown(
    camera: SoftwareCamera,
    source: RealSenseCamera | ReconnectingCamera,
    until: Callable[[Frame], bool],
    *,
    colour: bool = True,
) -> Frame:
    """Let the camera take depth, perhaps colour, until a frame is as it should be."""
    deadline_s = time.monotonic() + 5.0
    (image,) = make_frames(1)
    k = 0
    while time.monotonic() < deadline_s:
        k += 1
        if colour:
            camera.send_colour(k % 30)
        camera.send(image)
        frame = source.read(200)
        if frame is not None and until(frame):
            return frame
    raise AssertionError("no such frame came")


def has_colour(frame: Frame) -> bool:
    return frame.colour is not None


@pytest.mark.parametrize("kind", KINDS)
def test_colour_comes_while_it_is_wanted(sdk: Any, kind: Any) -> None:
    camera = SoftwareCamera(sdk, colour=kind)
    with closing(camera.open()) as source:
        assert isinstance(source, ColourSwitch)
        frame = shown(camera, source, lambda _: True, colour=False)
        assert (frame.colour, frame.colour_problem) == (None, "")
        source.show_colour(True)
        frame = shown(camera, source, has_colour)
        assert frame.colour is not None
        pixels = frame.colour.pixels()
        np.testing.assert_array_equal(pixels[..., :2], made.colours(0)[..., :2])
        known = frame.colour.camera
        np.testing.assert_allclose(known.R_colour_from_depth, made.TURN, atol=1e-5)
        np.testing.assert_allclose(known.t_colour_from_depth_mm, made.MOVE_MM, atol=1e-3)
        np.testing.assert_allclose(known.coeffs, made.COEFFS, atol=1e-6)
        source.show_colour(False)
        frame = shown(camera, source, lambda frame: not has_colour(frame), colour=False)
        assert frame.colour_problem == ""
        source.show_colour(True)
        assert shown(camera, source, has_colour).depth_mm.any()


def test_a_camera_without_colour_says_so(sdk: Any) -> None:
    camera = SoftwareCamera(sdk)
    with closing(camera.open()) as source:
        source.show_colour(True)
        frame = shown(camera, source, lambda _: True, colour=False)
        assert frame.colour_problem == realsense_colour.NO_COLOUR


@pytest.mark.parametrize("kind", KINDS)
def test_colour_that_stops_is_said_and_depth_goes_on(
    sdk: Any, kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(realsense_colour, "_WAIT_S", 0.1)
    monkeypatch.setattr(realsense_colour, "_START_S", 0.2)
    camera = SoftwareCamera(sdk, colour=kind)
    with closing(camera.open()) as source:
        source.show_colour(True)
        shown(camera, source, has_colour)
        frame = shown(
            camera,
            source,
            lambda frame: frame.colour_problem == realsense_colour.STOPPED,
            colour=False,
        )
        assert frame.depth_mm.any()
        shown(camera, source, has_colour)


def test_colour_that_cannot_be_switched_on_is_said(sdk: Any) -> None:
    camera = SoftwareCamera(sdk, colour="own")
    profile = camera.colour_sensor.get_stream_profiles()[0]
    camera.colour_sensor.open(profile)  # as another program would
    with closing(camera.open()) as source:
        source.show_colour(True)
        frame = shown(camera, source, lambda _: True, colour=False)
        assert "colour cannot be switched on" in frame.colour_problem
    camera.colour_sensor.close()


def test_a_camera_that_comes_back_has_colour_again(sdk: Any) -> None:
    camera = SoftwareCamera(sdk, colour="own")
    bus = Bus(sdk, camera)
    with closing(ReconnectingCamera(bus, CameraChoice(), retry_s=0.01)) as source:
        source.show_colour(True)
        shown(camera, source, has_colour)
        bus.cameras.clear()
        deadline_s = time.monotonic() + 5.0
        while source.connection.state.delivering and time.monotonic() < deadline_s:
            source.read(100)
        again = SoftwareCamera(sdk, colour="own")
        bus.cameras.append(again)
        while source.read(20) is None and not source.connection.state.delivering:
            again.send(make_frames(1)[0])
            assert time.monotonic() < deadline_s + 5.0
        assert shown(again, source, has_colour).index > 0


def test_the_mode_of_colour_suits_that_of_depth(sdk: Any) -> None:
    camera = SoftwareCamera(sdk, colour="own")
    with closing(camera.open()) as source:
        found = realsense_colour.colour_profile(sdk, camera.device, source.mode)
    assert found is not None
    assert found[1].as_video_stream_profile().width() == made.COLOUR.width
