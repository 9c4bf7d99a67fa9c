"""Colours: the depth table's order and the shared colours' completeness."""

from __future__ import annotations

import numpy as np
import pytest

from app.style.theme import DARK, LIGHT, Theme
from engine.errors import InvalidInputError
from engine.pictures.palette import (
    BONE_RGB,
    FINGER_RGB,
    JOINT_RGB,
    NO_DATA_RGB,
    SERIES_ON_DARK,
    SERIES_ON_LIGHT,
    WRIST_RGB,
    Rgb,
    depth_palette,
)
from engine.skeleton import BONES, FINGERS, JOINT_COUNT
from tests.colour_vision import SIMULATIONS, seen, smallest_difference


def _lightness(table: np.ndarray) -> np.ndarray:
    red, green, blue = (table >> shift & 0xFF for shift in (16, 8, 0))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_near_is_light_and_warm_far_is_dark_and_cool() -> None:
    table = depth_palette(200.0, 2_000.0)
    assert table.shape == (65_536,)
    assert table.dtype == np.uint32
    assert np.all(np.diff(_lightness(table[200:2_000])) <= 1.5)
    near, far = int(table[200]), int(table[2_000])
    assert (near >> 16 & 0xFF) > (near & 0xFF)
    assert (far >> 16 & 0xFF) < (far & 0xFF)
    assert table[1] == table[200]
    assert table[60_000] == table[2_000]
    assert int(table[0]) == 0xFF000000 | NO_DATA_RGB[0] << 16 | NO_DATA_RGB[1] << 8 | NO_DATA_RGB[2]


@pytest.mark.parametrize("limits", [(0.0, 100.0), (500.0, 500.0), (600.0, 500.0)])
def test_a_range_must_be_a_range(limits: tuple[float, float]) -> None:
    with pytest.raises(InvalidInputError, match="depth range"):
        depth_palette(*limits)


def test_every_joint_and_bone_has_its_fingers_colour() -> None:
    assert tuple(FINGER_RGB) == FINGERS
    assert len(set(FINGER_RGB.values())) == len(FINGERS)
    assert len(JOINT_RGB) == JOINT_COUNT
    assert [BONE_RGB[k] for k in range(len(BONES))] == [JOINT_RGB[child] for _, child in BONES]


def test_fingers_and_lines_are_told_apart_by_colour_blind_eyes() -> None:
    fingers = FINGER_RGB | {"wrist": WRIST_RGB}
    assert smallest_difference(fingers)[0] > 11.6
    for series in (SERIES_ON_DARK, SERIES_ON_LIGHT):
        assert smallest_difference({str(k): rgb for k, rgb in enumerate(series)})[0] > 10.5


def test_the_simulation_takes_red_from_green_for_those_who_lack_it() -> None:
    colours = {"red": (200, 60, 40), "green": (110, 120, 40)}
    by_kind = {
        kind: float(np.linalg.norm(seen(colours["red"], kind) - seen(colours["green"], kind)))
        for kind in SIMULATIONS
    }
    assert by_kind["deuteranopia"] < 0.4 * by_kind["trichromat"]
    assert by_kind["tritanopia"] > 0.7 * by_kind["trichromat"]
    grey = [seen((128, 128, 128), kind) for kind in SIMULATIONS]
    assert np.ptp(grey, axis=0).max() < 0.01


@pytest.mark.parametrize(("series", "ground"), [(SERIES_ON_DARK, DARK), (SERIES_ON_LIGHT, LIGHT)])
def test_lines_stand_out_from_their_ground(series: tuple[Rgb, ...], ground: Theme) -> None:
    red, green, blue = (int(ground.window[k : k + 2], 16) for k in (1, 3, 5))
    for rgb in series:
        both = {"line": rgb, "ground": (red, green, blue)}
        assert smallest_difference(both)[0] > 25.0
