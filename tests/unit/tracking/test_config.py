"""Options name the field that is wrong."""

from __future__ import annotations

import pytest

from engine.errors import InvalidInputError
from engine.skeleton import Handedness
from engine.tracking.config import Options, SideChoice, TrackingOverrides, TrackingSettings
from engine.tracking.smoothing import Smoothing


@pytest.mark.parametrize(
    ("field", "value"),
    [("source", " "), ("hands", 0), ("hands", 3), ("device", "TPU"), ("device", ""), ("seed", -1)],
)
def test_a_bad_value_names_its_field(field: str, value: object) -> None:
    with pytest.raises(InvalidInputError, match=f"^{field} must"):
        Options(**{field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("device", ["CPU", "GPU", "GPU.1", "NPU", "AUTO"])
def test_devices(device: str) -> None:
    assert Options(device=device).device == device


@pytest.mark.parametrize(
    ("source", "endless"),
    [(None, True), ("synthetic", True), ("camera", True), ("camera:123", True), ("a.bag", False)],
)
def test_cameras_are_endless(source: str | None, endless: bool) -> None:
    assert Options(source=source).endless is endless


def test_what_was_asked_for_at_start_wins() -> None:
    remembered = TrackingSettings(2, Smoothing.STRONG)
    assert TrackingOverrides().applied_to(remembered) == remembered
    assert TrackingOverrides(hands=1).applied_to(remembered) == TrackingSettings(
        1, Smoothing.STRONG
    )
    assert TrackingOverrides(smoothing=Smoothing.OFF).applied_to(remembered) == TrackingSettings(
        2, Smoothing.OFF
    )
    with pytest.raises(InvalidInputError, match=r"^hands must"):
        TrackingOverrides(hands=5).applied_to(remembered)
    assert Options("a.bag", seed=3).with_tracking(remembered).tracking == remembered


def test_a_side_is_part_of_the_tracking_settings() -> None:
    remembered = TrackingSettings(side=SideChoice.LEFT)
    assert TrackingOverrides().applied_to(remembered).side is SideChoice.LEFT
    asked = TrackingOverrides(side=SideChoice.EITHER)
    assert asked.applied_to(remembered).side is SideChoice.EITHER
    assert Options(side=SideChoice.RIGHT).tracking.side.handedness is Handedness.RIGHT
    assert Options().with_tracking(remembered).side.handedness is Handedness.LEFT
    assert SideChoice.EITHER.handedness is None
