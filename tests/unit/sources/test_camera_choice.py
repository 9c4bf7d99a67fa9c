"""Which camera, mode and preset ``camera:...`` asks for."""

from __future__ import annotations

import pytest

from engine.errors import CameraError, InvalidInputError
from engine.sources.camera_choice import CameraChoice, DepthMode, choose_mode, preset_key


@pytest.mark.parametrize(
    ("spec", "choice"),
    [
        ("camera", CameraChoice()),
        ("camera:42", CameraChoice("42")),
        ("camera:42,848x480@60", CameraChoice("42", DepthMode(848, 480, 60))),
        ("camera:42,,hand", CameraChoice("42", None, "hand")),
        (
            "camera:,640x480@30,high-accuracy",
            CameraChoice("", DepthMode(640, 480, 30), "high-accuracy"),
        ),
    ],
)
def test_a_choice_is_read_and_written(spec: str, choice: CameraChoice) -> None:
    assert CameraChoice.parse(spec) == choice
    assert CameraChoice.parse(str(choice)) == choice


def test_order_and_case_do_not_matter() -> None:
    wanted = CameraChoice("7", DepthMode(848, 480, 90), "high-density")
    assert CameraChoice.parse("camera:7, High Density, 848X480@90") == wanted
    assert preset_key("Remove IR Pattern") == "remove-ir-pattern"


@pytest.mark.parametrize(
    "spec", ["camera:1,848x480@", "camera:1,big@30", "camera:1,hand,default", "video:1"]
)
def test_what_is_not_understood_is_said(spec: str) -> None:
    with pytest.raises(InvalidInputError, match="FPS"):
        CameraChoice.parse(spec)


@pytest.mark.parametrize(
    ("model", "fps", "chosen"),
    [
        ("Intel RealSense D435I", 30, DepthMode(848, 480, 30)),
        ("Intel RealSense D405", 60, DepthMode(848, 480, 60)),
        ("Intel RealSense D435", 90, DepthMode(848, 480, 90)),
        ("Intel RealSense SR305", 30, DepthMode(640, 480, 30)),
        ("Intel RealSense L515", 30, DepthMode(640, 480, 30)),
    ],
)
def test_the_mode_suits_the_model(model: str, fps: int, chosen: DepthMode) -> None:
    sizes = ((1280, 720), (848, 480), (640, 480), (424, 240))
    modes = [DepthMode(*size, rate) for size in sizes for rate in (6, 15, 30, 60, 90)]
    assert choose_mode(modes, model, fps) == chosen


def test_on_a_slow_connection_the_rate_comes_first() -> None:
    modes = [DepthMode(848, 480, 6), DepthMode(640, 480, 15), DepthMode(480, 270, 30)]
    assert choose_mode(modes, "Intel RealSense D435", 30) == DepthMode(640, 480, 15)
    with pytest.raises(CameraError, match="no depth stream"):
        choose_mode([], "Intel RealSense D435", 30)
